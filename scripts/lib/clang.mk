# scripts/lib/clang.mk - clang's front end reads every source, and every header that no source proves, each alone; read after the
# Makefile by make check-clang. A file is read again only when it, or what it includes, has changed.
# Sources come after a precompiled header of what most of them include (half the time): that a source names all it needs is seen by
# the compiler that builds it. (What clang 19 calls deprecated is called by libstdc++ 12 itself.)
clang_sources := $(shell cd $(srcdir) && find src tests bench -name '*.cc' ! -path 'tests/regress/check_awaits/*')
clang_headers := $(shell srcdir=$(srcdir) $(srcdir)/scripts/check-headers --list)
clang_source_stamps := $(addsuffix .ok,$(addprefix clang/,$(clang_sources)))
clang_stamps := $(clang_source_stamps) $(addsuffix .ok,$(addprefix clang/,$(clang_headers)))
clang_common := <algorithm> <array> <atomic> <chrono> <condition_variable> <deque> <fstream> <functional> <list> <map> \
	<memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <variant> <vector> \
	<gtest/gtest.h> "async/scope.h" "async/worker_pool.h" "config/config.h" "log/logger.h"
clang_read = $(CLANG) -std=c++20 -Wall -Wextra -Werror -Wno-pragma-once-outside-header -Wno-deprecated-declarations \
	$(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(clang_own_flags) $(GTEST_CFLAGS) -MMD -MF $(basename $@).d -MT $@

clang-tree: $(clang_stamps)
clang/common.pch: $(srcdir)/scripts/lib/clang.mk
	@mkdir -p $(@D)
	@printf '#include %s\n' $(foreach name,$(clang_common),'$(name)') >$(basename $@).h
	@$(clang_read) -fpch-instantiate-templates -x c++-header $(basename $@).h -o $@
$(clang_source_stamps): clang_ahead = -include-pch clang/common.pch
$(clang_source_stamps): clang/common.pch
clang/src/sendmail/main.cc.ok: clang_own_flags = $(src_sendmail_sendmail_CPPFLAGS)
clang/%.ok: $(srcdir)/%
	@mkdir -p $(@D)
	@$(clang_read) -fsyntax-only $(clang_ahead) -x c++ $< && touch $@
-include $(clang_stamps:.ok=.d) clang/common.d
# A header that has left the tree since then: who included it is read again.
%.h: ;
.PHONY: clang-tree
