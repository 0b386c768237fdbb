// store/outside_watch.cc - see outside_watch.h

#include "store/outside_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace md::store {

namespace {

constexpr std::uint32_t kMask = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::size_t kReadAtOnce = 16U << 10U;
/// Of one drain(): a directory in which others work hard is not read for ever.
constexpr int kMostReads = 64;

}  // namespace

OutsideWatch::OutsideWatch() : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), no_inotify_(inotify_ ? 0 : errno) {}

void OutsideWatch::join(const std::string& mailbox_id) {
    const std::lock_guard lock(mutex_);
    ++interests_[mailbox_id].joined;
}

int OutsideWatch::arm(const std::string& mailbox_id, const std::string& maildir) {
    if (!inotify_) return no_inotify_;
    if (is_armed(mailbox_id)) return 0;
    if (const int error = arm_one(mailbox_id, maildir + "/new", 0); error != 0) return error;
    return arm_one(mailbox_id, maildir + "/cur", 1);
}

bool OutsideWatch::is_armed(const std::string& mailbox_id) {
    const std::lock_guard lock(mutex_);
    const auto& watches = interests_.at(mailbox_id).watches;
    return std::find(watches.begin(), watches.end(), kNone) == watches.end();
}

/// The kernel is asked without the lock, for it looks the path up on the disk. Two who ask get the same watch.
int OutsideWatch::arm_one(const std::string& mailbox_id, const std::string& directory, std::size_t which) {
    const int watch = ::inotify_add_watch(inotify_.get(), directory.c_str(), kMask);
    if (watch < 0) return errno;
    const std::lock_guard lock(mutex_);
    auto& own = interests_.at(mailbox_id).watches[which];
    if (own == watch) return 0;
    let_go(own, mailbox_id);
    forget(watch);  // of a Maildir that has another MAILBOXID now
    mailboxes_[watch] = mailbox_id;
    own = watch;
    return 0;
}

void OutsideWatch::leave(const std::string& mailbox_id) noexcept {
    const std::lock_guard lock(mutex_);
    const auto interest = interests_.find(mailbox_id);
    if (--interest->second.joined > 0) return;
    for (const int watch : interest->second.watches) let_go(watch, mailbox_id);
    interests_.erase(interest);
}

/// Unless it is none, or another's by now.
void OutsideWatch::let_go(int watch, const std::string& mailbox_id) noexcept {
    const auto mailbox = mailboxes_.find(watch);
    if (mailbox == mailboxes_.end() || mailbox->second != mailbox_id) return;
    ::inotify_rm_watch(inotify_.get(), watch);
    mailboxes_.erase(mailbox);
}

/// Whose it was is not armed any more.
void OutsideWatch::forget(int watch) noexcept {
    const auto mailbox = mailboxes_.find(watch);
    if (mailbox == mailboxes_.end()) return;
    const auto interest = interests_.find(mailbox->second);
    if (interest != interests_.end()) {
        auto& watches = interest->second.watches;
        std::replace(watches.begin(), watches.end(), watch, kNone);
    }
    mailboxes_.erase(mailbox);
}

void OutsideWatch::drain(Touched& touched) {
    alignas(inotify_event) std::array<char, kReadAtOnce> buffer;
    for (int reads = 0; reads < kMostReads; ++reads) {
        const auto n = ::read(inotify_.get(), buffer.data(), buffer.size());
        if (n <= 0) break;
        take(std::string_view(buffer.data(), static_cast<std::size_t>(n)), touched);
    }
}

void OutsideWatch::take(std::string_view events, Touched& touched) {
    const std::lock_guard lock(mutex_);
    int last = kNone;
    while (events.size() >= sizeof(inotify_event)) {
        inotify_event event;
        std::memcpy(&event, events.data(), sizeof event);
        events.remove_prefix(sizeof event + event.len);
        if ((event.mask & IN_Q_OVERFLOW) != 0) touched.look_at_all = true;
        const bool moved = (event.mask & IN_MOVE_SELF) != 0;
        const bool gone = moved || (event.mask & IN_IGNORED) != 0;
        if (std::exchange(last, event.wd) == event.wd && !gone) continue;
        const auto mailbox = mailboxes_.find(event.wd);
        if (mailbox == mailboxes_.end()) continue;
        touched.mailbox_ids.insert(mailbox->second);
        if (gone) forget(event.wd);
        if (moved) ::inotify_rm_watch(inotify_.get(), event.wd);
    }
}

}  // namespace md::store
