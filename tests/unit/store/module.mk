# tests/unit/store - mirrors src/store
unit_tests += tests/unit/unit_store
tests_unit_unit_store_SOURCES = tests/unit/store/account_test.cc \
	tests/unit/store/binary_message_test.cc \
	tests/unit/store/copy_test.cc \
	tests/unit/store/damage_test.cc \
	tests/unit/store/entry_table_test.cc \
	tests/unit/store/folders_test.cc \
	tests/unit/store/lines_test.cc \
	tests/unit/store/mailbox_test.cc \
	tests/unit/store/maintenance_test.cc \
	tests/unit/store/mending_test.cc \
	tests/unit/store/names_test.cc \
	tests/unit/store/outside_test.cc \
	tests/unit/store/outside_watch_test.cc \
	tests/unit/store/record_test.cc \
	tests/unit/store/restart_test.cc \
	tests/unit/store/scan_test.cc \
	tests/unit/store/shared_sync_test.cc \
	tests/unit/store/sort_table_test.cc \
	tests/unit/store/store_fixture.h \
	tests/unit/store/status_test.cc \
	tests/unit/store/summary_test.cc \
	tests/unit/store/view_test.cc \
	tests/unit/store/wake_test.cc
tests_unit_unit_store_LDADD = $(UNIT_LIBS)
