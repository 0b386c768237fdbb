// store/wake.h - "something changed in this mailbox", told to every worker that may have it open
//
// PURPOSE
//   WakeSender sends the MAILBOXID as one datagram to each socket in <run>/wake/ (doc/formats/wake.md). Each worker of
//   mdimapd has one socket there; mdpop3d only sends, for what its sessions see is settled at their login.
// CONTRACT
//   send() never blocks and never fails: a wake-up may be lost without harm, for selected mailboxes are read again
//   every 30 s. A receiver that drained as many datagrams in one turn as its socket holds may have missed some, and
//   looks at all its mailboxes. A socket whose owner is dead is removed by the first sender that notices. send() is
//   thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ipc/wake.h"

namespace md::store {

class WakeSender {
  public:
    explicit WakeSender(std::string directory) : sender_(std::move(directory)) {}
    void send(std::string_view mailbox_id) noexcept;

  private:
    ipc::WakeSender sender_;
};

/// A worker's own end: a non-blocking datagram socket, bound in the directory; its name is removed by the destructor.
class WakeSocket {
  public:
    explicit WakeSocket(const std::string& directory);

    [[nodiscard]] int descriptor() const noexcept { return socket_.descriptor(); }
    [[nodiscard]] const std::string& path() const noexcept { return socket_.path(); }

    struct Drained {
        std::vector<std::string> mailbox_ids;  ///< each once
        bool look_at_all = false;              ///< as many came as the socket holds: some may have been lost
    };
    /// What waits now, at most as much as the socket holds.
    [[nodiscard]] Drained drain();

  private:
    ipc::WakeSocket socket_;
};

/// One datagram: the MAILBOXID in it, or none if it is not ours.
[[nodiscard]] std::optional<std::string> parse_wake(std::string_view datagram);
[[nodiscard]] std::string format_wake(std::string_view mailbox_id);

}  // namespace md::store
