# scripts/lib/clang.mk - clang's front end reads every source, and every header that no source proves, alone and without a
# precompiled header; read after the Makefile by make check-clang. A file is read again only when it, or what it includes, has changed.
# (What clang 19 calls deprecated is called by libstdc++ 12 itself.)
clang_sources := $(shell cd $(srcdir) && find src tests bench -name '*.cc' ! -path 'tests/regress/check_awaits/*') \
	$(shell srcdir=$(srcdir) $(srcdir)/scripts/check-headers --list)
clang_stamps := $(addsuffix .ok,$(addprefix clang/,$(clang_sources)))

clang-tree: $(clang_stamps)
clang/%.ok: $(srcdir)/%
	@mkdir -p $(@D)
	@$(CLANG) -std=c++20 -fsyntax-only -Wall -Wextra -Werror -Wno-pragma-once-outside-header -Wno-deprecated-declarations \
	  $(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(GTEST_CFLAGS) -MMD -MF $(@:.ok=.d) -MT $@ -x c++ $< && touch $@
-include $(clang_stamps:.ok=.d)
# A header that has left the tree since then: who included it is read again.
%.h: ;
.PHONY: clang-tree
