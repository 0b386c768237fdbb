// base/ids.h - queue ids and random octets
//
// PURPOSE
//   A QueueId names one message from its acceptance to its end, in every log line, journal and reply.
// FORMAT
//   64 bits: milliseconds since 2020-01-01 UTC (42) | slot of the maker (6) | sequence (16). As text 13 characters of
//   Crockford's base 32 (0-9 A-Z without I L O U), most significant first, so that texts sort by time. A child's id is
//   a hash of its parent's, so that a replay makes the same one.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace md {

class QueueId {
  public:
    static constexpr std::size_t kTextSize = 13;

    constexpr QueueId() = default;
    constexpr explicit QueueId(std::uint64_t value) noexcept : value_(value) {}

    [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
    [[nodiscard]] std::string text() const;
    [[nodiscard]] static std::optional<QueueId> parse(std::string_view text) noexcept;
    /// The id of what was made from this message: a report, a redirect; `kind` says which.
    [[nodiscard]] QueueId child(std::string_view kind, std::uint32_t index) const noexcept;

    friend constexpr auto operator<=>(QueueId, QueueId) = default;

  private:
    std::uint64_t value_ = 0;
};

/// Makes ids that differ from each other, also when the clock steps back while it lives. One a thread.
class QueueIdMaker {
  public:
    static constexpr unsigned kSlots = 64;

    /// `slot` below kSlots, unlike that of every other maker that runs now.
    QueueIdMaker(unsigned slot, const Clock& clock);
    [[nodiscard]] QueueId make();

  private:
    const Clock& clock_;
    std::uint64_t slot_;
    std::uint64_t last_ms_ = 0;
    std::uint16_t sequence_;
    std::uint16_t first_;
};

/// `size` octets from the system's generator.
[[nodiscard]] std::string random_octets(std::size_t size);
/// `size` characters of 0-9a-z from it.
[[nodiscard]] std::string random_name(std::size_t size);

}  // namespace md
