// store/reservation.h - room in the quota for messages that are on their way
//
// CONTRACT
//   For store/ alone. A reservation ends when nothing came of it, or with the numbers that the account is told of what
//   came (MailboxCore::Writing::release).
#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "store/account_journal.h"
#include "store/mailbox.h"

namespace md::store {

class Reserved {
  public:
    Reserved(AccountJournal& account, std::string token) : account_(account), token_(std::move(token)) {}
    ~Reserved() {
        if (token_.empty()) return;
        try {
            account_.release(token_);
        } catch (...) {
            // It ends by itself after ten minutes.
        }
    }
    Reserved(const Reserved&) = delete;
    Reserved& operator=(const Reserved&) = delete;
    [[nodiscard]] std::string take() { return std::exchange(token_, {}); }

  private:
    AccountJournal& account_;
    std::string token_;
};

/// Empty: no limit, nothing to reserve.
[[nodiscard]] inline Result<std::string, OverQuota> reserve(AccountJournal& account, const QuotaUse& wanted,
                                                            const QuotaLimits& limit) {
    if (limit.none()) return std::string();
    return account.reserve(wanted, limit);
}

}  // namespace md::store
