# tests/unit/daemon - mirrors src/daemon; test_daemon is a daemon that supervisor_test.cc starts
unit_tests += tests/unit/unit_daemon
tests_unit_unit_daemon_SOURCES = tests/unit/daemon/arguments_test.cc tests/unit/daemon/contain_test.cc tests/unit/daemon/users_test.cc \
	tests/unit/daemon/account_pools_test.cc tests/unit/daemon/auth_role_test.cc \
	tests/unit/daemon/identity_test.cc tests/unit/daemon/instance_lock_test.cc tests/unit/daemon/backoff_test.cc tests/unit/daemon/connection_table_test.cc tests/unit/daemon/counter_book_test.cc \
	tests/unit/daemon/listening_test.cc tests/unit/daemon/parent_channel_test.cc tests/unit/daemon/proxied_test.cc \
	tests/unit/daemon/running_daemon.cc tests/unit/daemon/running_daemon.h tests/unit/daemon/supervisor_test.cc \
	tests/unit/daemon/user_names_test.cc
tests_unit_unit_daemon_LDADD = $(UNIT_LIBS)
if HAVE_GTEST
check_PROGRAMS += tests/unit/daemon/test_daemon
endif
tests_unit_daemon_test_daemon_SOURCES = tests/unit/daemon/test_daemon.cc
tests_unit_daemon_test_daemon_LDADD = $(MD_LIBS) $(MD_SYSTEM_LIBS)
