// base/assert.cc - the one exit for our own mistakes; see assert.h

#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace md {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
    std::abort();
}

}  // namespace md
