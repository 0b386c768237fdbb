# tests/unit/log - mirrors src/log
unit_tests += tests/unit/unit_log
tests_unit_unit_log_SOURCES = tests/unit/log/counter_test.cc tests/unit/log/descriptor_sink_test.cc tests/unit/log/event_test.cc \
	tests/unit/log/format_test.cc tests/unit/log/sink_test.cc tests/unit/log/syslog_sink_test.cc
tests_unit_unit_log_LDADD = $(UNIT_LIBS)
