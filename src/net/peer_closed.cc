// net/peer_closed.cc - see peer_closed.h

#include "net/peer_closed.h"

#include <poll.h>

namespace md::net {

bool peer_has_closed(const Stream& stream) noexcept {
    pollfd socket{stream.descriptor(), POLLRDHUP, 0};
    return ::poll(&socket, 1, 0) > 0;
}

}  // namespace md::net
