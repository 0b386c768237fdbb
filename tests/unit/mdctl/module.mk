# tests/unit/mdctl - mirrors src/mdctl
unit_tests += tests/unit/unit_mdctl
tests_unit_unit_mdctl_SOURCES = \
	tests/unit/mdctl/account_transfer_test.cc \
	tests/unit/mdctl/account_verbs_test.cc \
	tests/unit/mdctl/alias_verbs_test.cc \
	tests/unit/mdctl/ban_verbs_test.cc \
	tests/unit/mdctl/cert_verbs_test.cc \
	tests/unit/mdctl/command_line_test.cc \
	tests/unit/mdctl/completion_test.cc \
	tests/unit/mdctl/domain_verbs_test.cc \
	tests/unit/mdctl/list_stream_test.cc \
	tests/unit/mdctl/log_line_test.cc \
	tests/unit/mdctl/log_verbs_test.cc \
	tests/unit/mdctl/pages_test.cc \
	tests/unit/mdctl/queue_verbs_test.cc \
	tests/unit/mdctl/stats_verbs_test.cc \
	tests/unit/mdctl/store_verbs_test.cc \
	tests/unit/mdctl/verbs_test.cc
tests_unit_unit_mdctl_LDADD = src/mdctl/libmdctl.a $(UNIT_LIBS)
