# tests/unit/policy - mirrors src/policy
unit_tests += tests/unit/unit_policy
tests_unit_unit_policy_SOURCES = tests/unit/policy/counters_test.cc tests/unit/policy/entry_test.cc tests/unit/policy/lists_test.cc \
	tests/unit/policy/request_test.cc tests/unit/policy/state_test.cc
tests_unit_unit_policy_LDADD = $(UNIT_LIBS)
