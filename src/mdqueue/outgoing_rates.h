// mdqueue/outgoing_rates.h - how much mail for other sites leaves in a time: of one sender, of one domain's senders, to
// one destination
//
// PURPOSE
//   Mail beyond a rate waits. Each that waits is told when to come again, one behind the other, so that it is looked at
//   once and not each time that there is room for one.
// CONTRACT
//   Pure: no I/O, no clock; `now` is steady, so that a wall clock that jumps changes nothing. On the manager's loop. A
//   rate is an average: whoever sent nothing for its period may send all of it at once; what is more than all of it at
//   once goes when nothing is owed. A rate of 0 is none. Reports (no account, null reverse-path) have no sender.
//   save() and load() carry the counts over a restart: what was owed is owed less the time between.
// FORMAT
//   doc/formats/outgoing-rates.md
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "spool/envelope.h"

namespace md::mdqueue {

struct OutgoingRateRules {
    std::uint64_t of_sender = 0;       ///< recipients in an hour: of an account, or without one of a reverse-path
    std::uint64_t of_domain = 0;       ///< likewise, of the domain of those
    std::uint64_t to_destination = 0;  ///< transactions in a minute

    [[nodiscard]] bool any() const noexcept { return of_sender + of_domain + to_destination > 0; }
};

/// What one key has used up and promised.
class Pace {
  public:
    using Time = std::chrono::steady_clock::time_point;
    struct Rate {
        std::uint64_t count = 0;  ///< in `period`; not 0
        std::chrono::microseconds period{0};
    };

    /// When `count` more may go; none: now. `promised`: it comes at the time that it was told.
    [[nodiscard]] std::optional<Time> ask(std::uint64_t count, const Rate& rate, bool promised, Time now) const;
    void use(std::uint64_t count, const Rate& rate, Time now);
    /// It will come at `when`, and whoever comes anew meanwhile comes behind it.
    void promise(std::uint64_t count, const Rate& rate, Time when);

    Time used;      ///< all that went is paid for then
    Time promised;  ///< the last that was told to come has come then
};

class OutgoingRates {
  public:
    using Time = Pace::Time;
    static constexpr std::string_view kOfSender = "rate of the sender";
    static constexpr std::string_view kToDestination = "rate of the destination";

    explicit OutgoingRates(const OutgoingRateRules& rules) : rules_(rules) {}
    [[nodiscard]] const OutgoingRateRules& rules() const noexcept { return rules_; }

    /// Not before `wait` is over, because of `reason`, which begins with one of the texts above.
    struct Wait {
        std::chrono::microseconds wait{0};
        std::string reason;
    };
    /// none: so many recipients may go, and are counted. `promised`: this is why they waited until now.
    [[nodiscard]] std::optional<Wait> ask_sender(const spool::Envelope& envelope, std::uint64_t recipients,
                                                 bool promised, Time now);
    /// Likewise, one transaction.
    [[nodiscard]] std::optional<Wait> ask_destination(const std::string& destination, bool promised, Time now);

    /// Of the file that the next process loads, what is owed at `now`, which is `wall`.
    [[nodiscard]] std::string save(Time now, WallTime wall);
    /// false: it is no such file; nothing is owed
    bool load(std::string_view file, Time now, WallTime wall);
    /// Something was counted since the last save().
    [[nodiscard]] bool dirty() const noexcept { return dirty_; }
    [[nodiscard]] std::size_t size() const noexcept { return paces_.size(); }

  private:
    void forget_paid(Time now);

    OutgoingRateRules rules_;
    std::unordered_map<std::string, Pace> paces_;  ///< by kind and name
    std::size_t sweep_at_ = 1024;
    bool dirty_ = false;
};

}  // namespace md::mdqueue
