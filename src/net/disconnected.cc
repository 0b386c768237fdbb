// net/disconnected.cc - see disconnected.h

#include "net/disconnected.h"

namespace md::net {

std::string_view name(EndReason reason) noexcept {
    switch (reason) {
        case EndReason::closed: return "closed";
        case EndReason::reset: return "reset";
        case EndReason::timed_out: return "timed-out";
        case EndReason::tls: return "tls";
        case EndReason::stopped: return "stopped";
        case EndReason::compression: return "compression";
    }
    return "unknown";
}

}  // namespace md::net
