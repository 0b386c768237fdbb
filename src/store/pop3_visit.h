// store/pop3_visit.h - when an account's maildrop was last opened by POP3, for LOGIN-DELAY
//
// CONTRACT
//   The mark is the modification time of mdmail.pop3 in the account's Maildir: workers and restarts share it, and it is
//   looked at only where there is a delay. Two logins at the same moment may both pass. Blocks; SystemError.
// RFC
//   2449 §6.5, §8.1.1
#pragma once

#include <chrono>

#include "store/store.h"

namespace md::store {

/// Whether `delay` has passed since the last visit; notes this one if so. Always true where `delay` is none.
[[nodiscard]] bool may_visit(Store& store, const AccountName& account, std::chrono::milliseconds delay);

}  // namespace md::store
