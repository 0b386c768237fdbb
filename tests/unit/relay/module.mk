# tests/unit/relay - mirrors src/relay
unit_tests += tests/unit/unit_relay
tests_unit_unit_relay_SOURCES =
tests_unit_unit_relay_LDADD = $(UNIT_LIBS)
tests_unit_unit_relay_SOURCES += tests/unit/relay/exchanges_test.cc
