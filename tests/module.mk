# tests - what make check runs. Every test has a time limit of its own (TEST_SECONDS), by the driver that automake lets us name.
TEST_SECONDS = 300
LOG_COMPILER = timeout --kill-after=5 $(TEST_SECONDS)
AM_TESTS_ENVIRONMENT = srcdir='$(abs_top_srcdir)'; export srcdir; builddir='$(abs_top_builddir)'; export builddir;
EXTRA_DIST += tests/fixtures

tests/%.o: AM_CXXFLAGS += $(MD_SANITIZE_TEST_FLAGS)

# For scripts/check, which runs the programs itself to count their cases.
list-unit-tests:
	@echo $(unit_tests)
list-dialogue-tests:
	@echo $(dialogue_tests)
list-regress-tests:
	@echo $(regress_tests)
build-tests: $(check_PROGRAMS)
# Of the optimised build: what coroutines do there shows in the sessions, and unit tests have run in the other.
check-sessions:
	@$(MAKE) --no-print-directory check check_PROGRAMS='$(dialogue_tests)' \
	  TESTS='$(tree_checks) $(dialogue_tests) $(regress_tests)'
.PHONY: check-sessions
.PHONY: list-unit-tests list-dialogue-tests list-regress-tests build-tests
