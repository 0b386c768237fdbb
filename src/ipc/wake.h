// ipc/wake.h - "look again": datagrams that may be lost without harm
//
// PURPOSE
//   A process binds a WakeSocket in a folder (run/wake/); who has changed something sends a short text, for instance a
//   MAILBOXID, to every socket of the folder. WakeReceiver is a socket that a coroutine awaits.
// CONTRACT
//   Neither side ever waits for the other. Only a sender learns that a receiver's queue was full, so a receiver that
//   finds as many datagrams as the queue holds reports `all`: something may be missing, look at everything. A
//   socket that refuses has lost its owner, and the first sender to notice removes its name. The sender
//   reads the folder (file calls): only behind a worker pool; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/fd_watch.h"
#include "async/task.h"
#include "base/fd.h"

namespace md::ipc {

inline constexpr std::size_t kMaxWakeSize = 256;

struct Wakes {
    std::vector<std::string> texts;  ///< in the order of arrival, doubles included
    bool all = false;
};

class WakeSocket {
  public:
    /// Binds `path`, in place of a stale socket. SystemError.
    explicit WakeSocket(std::string path);
    ~WakeSocket();
    WakeSocket(const WakeSocket&) = delete;
    WakeSocket& operator=(const WakeSocket&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    /// What waits, at most as much as the queue holds.
    [[nodiscard]] Wakes drain();

  private:
    std::string path_;
    Fd socket_;
    std::size_t queue_length_;
};

class WakeReceiver {
  public:
    explicit WakeReceiver(std::string path) : socket_(std::move(path)), watch_(socket_.descriptor()) {}

    /// What has arrived, as soon as there is something; empty at the deadline.
    async::Task<Wakes> next(async::Deadline deadline);

  private:
    WakeSocket socket_;
    async::FdWatch watch_;
};

class WakeSender {
  public:
    explicit WakeSender(std::string folder);

    /// To every receiver in the folder; how many took it.
    std::size_t send(std::string_view text) noexcept;

  private:
    using Receivers = std::shared_ptr<const std::vector<std::string>>;
    [[nodiscard]] Receivers receivers();

    std::string folder_;
    Fd socket_;
    std::mutex mutex_;
    std::int64_t folder_changed_ns_ = -1;
    Receivers receivers_;
};

}  // namespace md::ipc
