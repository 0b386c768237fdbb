// net/peer_closed.h - whether the peer may be gone while nobody reads
#pragma once

#include "net/stream.h"

namespace md::net {

/// The peer sends nothing more: it is gone, or only waits for what we have to say. What it sent before may be unread.
[[nodiscard]] bool peer_has_closed(const Stream& stream) noexcept;

}  // namespace md::net
