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
    explicit Reserved(AccountJournal& account, std::string token = {}) : account_(account), token_(std::move(token)) {}
    ~Reserved() {
        if (!token_.empty()) account_.release(token_);
    }
    Reserved(const Reserved&) = delete;
    Reserved& operator=(const Reserved&) = delete;
    [[nodiscard]] std::string take() { return std::exchange(token_, {}); }

    /// Another size, or the same anew: as much as there is of `most` octets, and no less than `least`. Over quota: what
    /// was reserved stays.
    [[nodiscard]] Result<void, OverQuota> resize(const QuotaUse& least, std::uint64_t most, const QuotaLimits& limit) {
        auto now = account_.reserve(least, most, limit, token_);
        if (!now) return fail(now.error());
        token_ = std::move(now->token);
        room_ = now->room;
        time_ = now->time;
        return {};
    }
    /// As of resize().
    [[nodiscard]] const QuotaUse& room() const noexcept { return room_; }
    [[nodiscard]] bool holds(const QuotaUse& wanted) const noexcept {
        return wanted.bytes <= room_.bytes && wanted.messages <= room_.messages;
    }
    /// Far from its end by time.
    [[nodiscard]] bool is_fresh(std::int64_t now) const noexcept {
        return time_ <= now && now - time_ < kReservationSeconds / 4;
    }

  private:
    AccountJournal& account_;
    std::string token_;
    QuotaUse room_;
    std::int64_t time_ = 0;
};

/// Empty: no limit, nothing to reserve.
[[nodiscard]] inline Result<std::string, OverQuota> reserve(AccountJournal& account, const QuotaUse& wanted,
                                                            const QuotaLimits& limit) {
    if (limit.none()) return std::string();
    auto kept = account.reserve(wanted, wanted.bytes, limit);
    if (!kept) return fail(kept.error());
    return std::move(kept->token);
}

}  // namespace md::store
