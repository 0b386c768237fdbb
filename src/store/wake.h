// store/wake.h - "something changed in this mailbox", told to every worker that may have it open
//
// PURPOSE
//   WakeSender sends the MAILBOXID as one datagram to each socket in <run>/wake/ (doc/formats/wake.md). Each worker of
//   mdimapd and mdpop3d has one socket there.
// CONTRACT
//   send() never blocks and never fails: a wake-up may be lost without harm, for selected mailboxes are read again
//   every 30 s. A receiver that drained as many datagrams in one turn as its socket holds may have missed some, and
//   looks at all its mailboxes. A socket whose owner is dead is removed by the first sender that notices. send() is
//   thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace md::store {

class WakeSender {
  public:
    explicit WakeSender(std::string directory);
    void send(std::string_view mailbox_id) noexcept;

  private:
    void refresh();

    std::string directory_;
    Fd socket_;
    std::mutex mutex_;
    std::vector<std::string> receivers_;
    std::int64_t listed_ns_ = -1;  ///< mtime of the directory when it was listed; -1: list again
};

/// A worker's own end: a non-blocking datagram socket, bound in the directory; its name is removed by the destructor.
class WakeSocket {
  public:
    explicit WakeSocket(const std::string& directory);
    ~WakeSocket();
    WakeSocket(const WakeSocket&) = delete;
    WakeSocket& operator=(const WakeSocket&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    struct Drained {
        std::vector<std::string> mailbox_ids;  ///< each once
        bool look_at_all = false;              ///< as many came as the socket holds: some may have been lost
    };
    /// All that waits now.
    [[nodiscard]] Drained drain();

  private:
    Fd socket_;
    std::string path_;
    std::size_t holds_;
};

/// One datagram: the MAILBOXID in it, or none if it is not ours.
[[nodiscard]] std::optional<std::string> parse_wake(std::string_view datagram);
[[nodiscard]] std::string format_wake(std::string_view mailbox_id);

}  // namespace md::store
