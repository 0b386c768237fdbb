// tests/unit/net/pair.h - two streams that are connected to each other
#pragma once

#include <sys/socket.h>

#include "base/assert.h"
#include "net/stream.h"

namespace md::net::test {

/// Needs a Loop in its thread.
struct Pair {
    Pair() : Pair(make()) {}

    Stream a;
    Stream b;

  private:
    struct Ends {
        int one, two;
    };
    explicit Pair(Ends ends) : a(Fd(ends.one), {}, {}), b(Fd(ends.two), {}, {}) {}
    static Ends make() {
        int fds[2];
        MD_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        return {fds[0], fds[1]};
    }
};

}  // namespace md::net::test
