// store/outside_watch.h - which mailboxes' directories were touched, by whomever, as inotify(7) tells it
//
// PURPOSE
//   Other programs put messages into a Maildir, rename and remove them, and send no wake-up (store/wake.h). One
//   instance a process watches new/ and cur/ of the mailboxes that its sessions have selected.
// CONTRACT
//   A hint, no more: it tells of own changes too, may lose some and then says so, and sees nothing where the kernel has
//   no instance or no room for watches left, or on a file system that other nodes write. Who relies on it looks every
//   30 s anyway. join() and leave() are balanced and do not block; arm() blocks, between the two; drain() does not.
//   Thread-safe.
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/fd.h"

namespace md::store {

class OutsideWatch {
  public:
    OutsideWatch();

    /// -1: there is none, for the user has as many instances as he may; then nothing is ever touched.
    [[nodiscard]] int descriptor() const noexcept { return inotify_.get(); }

    /// Somebody wants to know of this mailbox.
    void join(const std::string& mailbox_id);
    /// From now on; `maildir` is where it is. 0, or the errno for which its changes will not be seen: ENOSPC, the user
    /// has as many watches as he may.
    int arm(const std::string& mailbox_id, const std::string& maildir);
    void leave(const std::string& mailbox_id) noexcept;

    struct Touched {
        std::vector<std::string> mailbox_ids;  ///< each once
        bool look_at_all = false;              ///< some were lost
    };
    /// What was touched since the last call.
    [[nodiscard]] Touched drain();

  private:
    static constexpr int kNone = -1;
    struct Interest {
        unsigned joined = 0;
        std::array<int, 2> watches{kNone, kNone};
    };

    int arm_one(const std::string& mailbox_id, const std::string& directory, std::size_t which);
    [[nodiscard]] bool is_armed(const std::string& mailbox_id);
    void take(std::string_view events, Touched& out);
    void forget(int watch);

    Fd inotify_;
    std::mutex mutex_;
    std::unordered_map<std::string, Interest> interests_;
    std::unordered_map<int, std::string> mailboxes_;  ///< by watch
};

}  // namespace md::store
