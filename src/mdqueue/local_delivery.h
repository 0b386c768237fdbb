// mdqueue/local_delivery.h - one delivery into a mailbox of the store
//
// CONTRACT
//   Blocks. What is delivered is durable only after the store's next good sync, or at once for How::anew.
// ERRORS
//   SystemError: what was done is not known.
#pragma once

#include "base/files.h"
#include "delivery/room.h"
#include "mdqueue/deliver_protocol.h"
#include "store/store.h"

namespace md::mdqueue {

/// `message`: the file in which `delivery` places its octets.
[[nodiscard]] DeliveryResult deliver_into(store::Store& store, const Delivery& delivery, const File& message);

/// Status of a message that the quota keeps out.
inline constexpr std::string_view kMailboxFull = "4.2.2";

/// Blocks.
[[nodiscard]] delivery::Room room_in(store::Store& store, const delivery::RoomQuestion& question);

}  // namespace md::mdqueue
