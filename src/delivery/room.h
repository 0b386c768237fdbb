// delivery/room.h - does a message fit into a mailbox? What mdsmtpd asks mdqueue at RCPT
//
// PURPOSE
//   A mailbox that is full is told of while the client waits, and not by a report days later.
// CONTRACT
//   An answer is a hint: room is reserved by the delivery alone, and who is not answered in time takes the recipient.
// FORMAT
//   doc/formats/room.md
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/account.h"
#include "ipc/client.h"

namespace md::delivery {

namespace room {
/// Below paths.run: asked by mdsmtpd, answered by the manager of mdqueue.
inline constexpr std::string_view kSocket = "room.sock";
inline constexpr std::uint16_t kAsk = 1;
inline constexpr auto kPatience = std::chrono::milliseconds(300);
}  // namespace room

struct RoomQuestion {
    accounts::Name account;
    std::uint64_t quota_bytes = 0;     ///< 0: none
    std::uint64_t quota_messages = 0;  ///< likewise
    std::uint64_t size_bytes = 0;      ///< of the message, as far as it is known
};
[[nodiscard]] std::string encode(const RoomQuestion& question);
[[nodiscard]] std::optional<RoomQuestion> decode_room_question(std::string_view payload);

enum class Room : std::uint8_t { fits = 0, full = 1 };
[[nodiscard]] std::string encode(Room room);
[[nodiscard]] std::optional<Room> decode_room(std::string_view payload);

class RoomClient {
  public:
    RoomClient(async::Scope& scope, std::string socket) : client_(scope, std::move(socket)) {}

    /// none: nobody says.
    async::Task<std::optional<Room>> ask(RoomQuestion question);

  private:
    ipc::Client client_;
};

}  // namespace md::delivery
