# tests/unit/checks - mirrors src/checks
unit_tests += tests/unit/unit_checks
tests_unit_unit_checks_SOURCES = tests/unit/checks/judgement_test.cc tests/unit/checks/lists_check_test.cc \
	tests/unit/checks/pipeline_test.cc tests/unit/checks/scripted_check.h
tests_unit_unit_checks_LDADD = $(UNIT_LIBS)
