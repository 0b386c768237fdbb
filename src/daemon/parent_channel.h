// daemon/parent_channel.h - what a parent and its child say to each other
//
// FORMAT
//   A SOCK_SEQPACKET pair; each message one packet: kind (1 octet), number (8 octets, little-endian), text (the rest).
//   Both ends are the same program, so it has no version.
// CONTRACT
//   send() never waits: a packet that the other side's queue does not take is false (the other side hangs, and its
//   parent will kill it; a child whose parent hangs may lose a count of sessions). A child is not trusted: what it
//   sends that is no message ends the channel for the parent, which kills it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "async/fd_watch.h"
#include "async/task.h"
#include "base/fd.h"

namespace md::daemon {

enum class Said : std::uint8_t {
    // child to parent
    ready = 1,
    sessions = 2,  ///< number: how many there are
    acted = 3,     ///< number: of the change
    answer = 4,    ///< number: of the question; text: JSON
    // parent to child
    retire = 16,
    stop = 17,
    change = 18,    ///< number, text: what has changed
    ask = 20,       ///< number, text: a question in JSON (session_book.h)
    identity = 19,  ///< text: length of the chain (number) octets of chain, then the key; both PEM
};

struct Message {
    Message() = default;
    Message(Said k, std::uint64_t n, std::string t) : kind(k), number(n), text(std::move(t)) {}

    Said kind = Said::ready;
    std::uint64_t number = 0;
    std::string text;
};

[[nodiscard]] std::string encode(const Message& message);
[[nodiscard]] std::optional<Message> decode(std::string_view packet);

class ParentChannel {
  public:
    static constexpr std::size_t kMaxPacket = 128U << 10U;

    explicit ParentChannel(Fd fd) : fd_(std::move(fd)), watch_(fd_.get()) {}

    /// Both ends, close-on-exec and non-blocking; SystemError.
    [[nodiscard]] static std::pair<Fd, Fd> make_pair();

    bool send(const Message& message) noexcept;
    /// The next message; none: the other side is gone, or speaks nonsense.
    async::Task<std::optional<Message>> receive();

  private:
    Fd fd_;
    async::FdWatch watch_;
};

}  // namespace md::daemon
