// policy/counters.h - how often an address does what it may do only so often
//
// PURPOSE
//   The state child counts for all workers, and each worker for itself while the state child is away.
// CONTRACT
//   A bucket for each address and event: it holds as many tokens as the limit allows in its time, each event takes one,
//   and they come back evenly over that time. An event that finds no token is over the limit, takes nothing, and is
//   told when there will be one again; what has happened anyway (a command that made no sense) empties the bucket down
//   to none. A connection is over its limit also while its address is over one of those for unknown recipients, early
//   talk or junk. An IPv6 address counts by its /64. Pure but for memory; for one thread.
// LIMITS
//   kMostBuckets. Full ones are forgotten, for they say nothing; if that does not help, any.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/address.h"

namespace md::policy {

/// The numbers are told between processes.
enum class Occasion : std::uint8_t {
    connection = 1,
    message = 2,
    unknown_recipient = 3,
    early_talk = 4,    ///< spoke before it was greeted, or went on where it must wait
    junk_command = 5,  ///< a command that is none, or makes no sense where it stands
    greeting = 6,      ///< of a stranger by SMTP: never counted, and over while one of 3 to 5 is
};
inline constexpr std::size_t kOccasions = 6;
[[nodiscard]] std::string_view name(Occasion occasion) noexcept;

/// So many in so much time; 0: without limit.
struct Rate {
    std::uint32_t events = 0;
    std::chrono::milliseconds time{0};
};
/// By the number of the occasion, less one.
using Rates = std::array<Rate, kOccasions>;

struct Counted {
    bool over = false;
    std::chrono::milliseconds again{0};  ///< over: until there is room for one
};

class Counters {
  public:
    static constexpr std::size_t kMostBuckets = 200'000;
    /// Of a steady clock.
    using Now = std::chrono::milliseconds;

    explicit Counters(const Rates& rates) : rates_(rates) {}

    Counted count(Occasion occasion, const IpAddress& address, std::uint32_t events, Now now);
    /// Is the address over any limit but those of connections and messages? Takes nothing.
    [[nodiscard]] Counted look(const IpAddress& address, Now now) const;
    /// Forgets what is full again.
    void sweep(Now now);
    [[nodiscard]] std::size_t size() const noexcept { return buckets_.size(); }

  private:
    struct Bucket {
        double tokens = 0;
        Now at{0};
    };

    [[nodiscard]] const Rate& rate(Occasion occasion) const noexcept {
        return rates_[static_cast<std::size_t>(occasion) - 1];
    }
    [[nodiscard]] static std::string key_of(Occasion occasion, const IpAddress& address);
    [[nodiscard]] static double tokens_at(const Bucket& bucket, const Rate& rate, Now now) noexcept;
    [[nodiscard]] static Counted over(double tokens, const Rate& rate) noexcept;

    Rates rates_;
    std::unordered_map<std::string, Bucket> buckets_;
    Now swept_{0};
};

}  // namespace md::policy
