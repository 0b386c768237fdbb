// store/pop3_visit.cc - see pop3_visit.h

#include "store/pop3_visit.h"

#include "store/account.h"
#include "store/core.h"

namespace md::store {

bool may_visit(Store& store, const AccountName& account, std::chrono::milliseconds delay) {
    if (delay.count() <= 0) return true;
    const auto path = store.account(account)->maildir() + "/mdmail.pop3";
    auto& files = store.core().files();
    const auto now_ns = store.core().now_ns();
    const auto delay_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(delay).count();
    const auto mark = files.info(path);
    // A mark of the future is none: the clock was set back.
    if (mark && mark->modified_ns <= now_ns && now_ns - mark->modified_ns < delay_ns) return false;
    if (!mark) static_cast<void>(files.open(path, OpenMode::create));
    files.set_modified(path, now_ns);
    return true;
}

}  // namespace md::store
