# tests/unit/config - mirrors src/config
unit_tests += tests/unit/unit_config
tests_unit_unit_config_SOURCES = tests/unit/config/config_test.cc tests/unit/config/edit_test.cc tests/unit/config/emit_test.cc \
	tests/unit/config/route_test.cc tests/unit/config/value_test.cc
tests_unit_unit_config_LDADD = $(UNIT_LIBS)
