// store/outside_watch.h - which mailboxes' directories were touched, by whomever, as inotify(7) tells it
//
// PURPOSE
//   Other programs put messages into a Maildir, rename and remove them, and send no wake-up (store/wake.h). One
//   instance a process watches new/ and cur/ of the mailboxes that its sessions have selected.
// CONTRACT
//   A hint, no more: it tells of own changes too, may lose some and then says so, and sees nothing where the kernel has
//   no instance or no room for watches left, or on a file system that other nodes write. A watch is of a directory, not
//   of its path: one that was moved aside or removed is watched no more. Who relies on it looks every 30 s anyway.
//   join() and leave() are balanced and do not block; the others are called between the two; arm() alone blocks.
//   Thread-safe.
#pragma once

#include <array>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/fd.h"

namespace md::store {

class OutsideWatch {
  public:
    OutsideWatch();

    /// -1: there is none, for the user has as many instances as he may; then nothing is ever touched.
    [[nodiscard]] int descriptor() const noexcept { return inotify_.get(); }

    /// Somebody wants to know of this mailbox.
    void join(const std::string& mailbox_id);
    void leave(const std::string& mailbox_id) noexcept;
    /// Whether both of its directories are watched; not so any more after one was replaced.
    [[nodiscard]] bool is_armed(const std::string& mailbox_id);
    /// From now on; `maildir` is where it is. 0, or the errno for which its changes will not be seen: ENOSPC, the user
    /// has as many watches as he may; EMFILE, as many instances.
    int arm(const std::string& mailbox_id, const std::string& maildir);

    struct Touched {
        std::set<std::string> mailbox_ids;
        bool look_at_all = false;  ///< some were lost
        [[nodiscard]] bool none() const noexcept { return mailbox_ids.empty() && !look_at_all; }
    };
    /// Adds what was touched since the last call.
    void drain(Touched& touched);

  private:
    static constexpr int kNone = -1;
    struct Interest {
        unsigned joined = 0;
        std::array<int, 2> watches{kNone, kNone};
    };

    int arm_one(const std::string& mailbox_id, const std::string& directory, std::size_t which);
    void take(std::string_view events, Touched& touched);
    void let_go(int watch, const std::string& mailbox_id) noexcept;
    void forget(int watch) noexcept;

    Fd inotify_;
    int no_inotify_;  ///< why there is none
    std::mutex mutex_;
    std::unordered_map<std::string, Interest> interests_;
    std::unordered_map<int, std::string> mailboxes_;  ///< by watch
};

}  // namespace md::store
