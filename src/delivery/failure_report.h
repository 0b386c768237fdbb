// delivery/failure_report.h - what a sender is told of a message that could not be delivered
//
// PURPOSE
//   Makes the report (RFC 3464) on the recipients of a waiting message that failed, as a message of its own with its
//   envelope.
// CONTRACT
//   Pure but for the time given. Never for a null reverse-path: the caller sends such a message to bad (RFC 5321
//   §4.5.5). The report's id is made from the message's, so that a replay makes the same one.
#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "spool/envelope.h"

namespace md::delivery {

struct FailureReport {
    spool::Envelope envelope;
    std::string head;  ///< Return-Path and the report up to the returned header
    std::string tail;
};

/// `recipients`: numbers of those that failed and are not reported yet. `number`: reports made of this message before.
[[nodiscard]] FailureReport make_failure_report(const spool::StoredEnvelope& message,
                                                std::span<const std::uint32_t> recipients, std::uint32_t number,
                                                const std::string& hostname, WallTime now);

}  // namespace md::delivery
