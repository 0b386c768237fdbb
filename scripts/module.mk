# scripts - what people run by hand (quickstart, check) and what make check reads the tree with
tree_checks = scripts/check-layers scripts/check-awaits scripts/check-headers scripts/check-doc scripts/check-fragments
TESTS += $(tree_checks)
EXTRA_DIST += $(tree_checks) scripts/lib/cxx_text.py scripts/check scripts/quickstart scripts/packages

check-layers check-awaits check-headers check-doc check-fragments:
	@srcdir=$(srcdir) $(srcdir)/scripts/$@
.PHONY: check-layers check-awaits check-headers check-doc check-fragments
EXTRA_DIST += scripts/lib/packages.sh scripts/lib/build.sh scripts/lib/layers.sh scripts/lib/run_tests.py scripts/lib/first_message.py \
	scripts/lib/clang.mk .ci/run

CLANG = clang++-19
check-clang:
	@$(MAKE) --no-print-directory -k -f Makefile -f $(srcdir)/scripts/lib/clang.mk CLANG='$(CLANG)' clang-tree
.PHONY: check-clang
