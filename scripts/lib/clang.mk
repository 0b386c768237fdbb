# scripts/lib/clang.mk - clang's front end reads every source, and every header that no source proves, alone and without a
# precompiled header; run by make check-clang. A file is read again only when it, or what it includes, has changed.
# (What clang 19 calls deprecated is called by libstdc++ 12 itself.)
sources := $(shell cd $(srcdir) && find src tests bench -name '*.cc' ! -path 'tests/regress/check_awaits/*') \
	$(shell srcdir=$(srcdir) $(srcdir)/scripts/check-headers --list)
stamps := $(addsuffix .ok,$(addprefix clang/,$(sources)))

all: $(stamps)
clang/%.ok: $(srcdir)/%
	@mkdir -p $(@D)
	@$(CLANG) -std=c++20 -fsyntax-only -Wall -Wextra -Werror -Wno-pragma-once-outside-header -Wno-deprecated-declarations $(CLANG_FLAGS) -MMD -MF $(@:.ok=.d) -MT $@ -x c++ $< && touch $@
-include $(stamps:.ok=.d)
.PHONY: all
