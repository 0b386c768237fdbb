// checks/judgement.h - from what the checks found to what becomes of a message, recipient by recipient
//
// CONTRACT
//   Pure. For each recipient the strongest decision counts, of those for it and those for the whole message; an
//   exemption is stronger than all. The scores of all checks add up, and their sum decides by the thresholds unless
//   something stronger does. A recipient for whom the message cannot be judged now delays it for all: the sender
//   comes again, and nobody got it twice.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checks/check.h"

namespace md::checks {

/// How a check ended.
enum class Ended : std::uint8_t {
    answered,
    failed,     ///< by an exception
    timed_out,  ///< its time was over
    passed_by,  ///< the message is larger than it takes
};
[[nodiscard]] std::string_view name(Ended ended) noexcept;

/// A check's line in the judgement.
struct Line {
    std::string check;
    std::optional<std::uint32_t> recipient;  ///< of a check that is asked for each
    Ended ended = Ended::answered;
    std::int32_t score_hundredths = 0;
    std::chrono::microseconds took{0};
    std::string found;  ///< in words; of a failure: why
};

/// A line and the Finding behind it.
struct Answered {
    Line line;
    Finding finding;
};

/// Sums of hundredths from which on a message is junk, or refused; 0: never.
struct Thresholds {
    std::int32_t junk = 500;
    std::int32_t refuse = 1200;
};

struct Verdict {
    Decision decision;
    std::int32_t score_hundredths = 0;
};

struct Judgement {
    /// For all recipients together: refuse, temp_fail, discard; else none, and `recipients` has what is to be done.
    Decision whole;
    std::vector<Verdict> recipients;
    std::vector<milter::HeaderChange> changes;
    std::vector<Line> lines;
    std::int32_t score_hundredths = 0;  ///< the sum
};

[[nodiscard]] Judgement judge(std::span<const Answered> answers, std::uint32_t recipients,
                              const Thresholds& thresholds);

/// The strongest decision about one recipient, scores left out; `recipient` none: about the whole message.
[[nodiscard]] Decision strongest(std::span<const Answered> answers, std::optional<std::uint32_t> recipient);

/// "lists 0.00 in 0 ms: 192.0.2.0/24 is blacklisted; spf failed after 20 ms: ..."; lines without anything to say left
/// out.
[[nodiscard]] std::string describe(std::span<const Line> lines);
/// "-1.50"
[[nodiscard]] std::string score_text(std::int32_t hundredths);

}  // namespace md::checks
