# tests/unit/relay - mirrors src/relay
unit_tests += tests/unit/unit_relay
tests_unit_unit_relay_SOURCES =
tests_unit_unit_relay_LDADD = $(UNIT_LIBS)
tests_unit_unit_relay_SOURCES += tests/unit/relay/exchanges_test.cc
tests_unit_unit_relay_SOURCES += tests/unit/relay/opening_test.cc tests/unit/relay/scripted_server.h
tests_unit_unit_relay_SOURCES += tests/unit/relay/client_test.cc tests/unit/relay/commands_test.cc
tests_unit_unit_relay_SOURCES += tests/unit/relay/connector_test.cc
