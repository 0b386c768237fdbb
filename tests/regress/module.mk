# tests/regress - one test a bug, and the tests of the checks themselves; a script of its own each, exit 77 is "skipped"
regress_tests = tests/regress/checks_test
TESTS += $(regress_tests)
EXTRA_DIST += $(regress_tests) tests/regress/check_awaits/good.cc tests/regress/check_awaits/bad.cc
