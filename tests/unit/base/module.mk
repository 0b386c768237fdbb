# tests/unit/base - mirrors src/base
unit_tests += tests/unit/unit_base
tests_unit_unit_base_SOURCES = tests/unit/base/strings_test.cc
tests_unit_unit_base_LDADD = $(UNIT_LIBS)
