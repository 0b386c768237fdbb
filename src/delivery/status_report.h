// delivery/status_report.h - what a sender is told of what became of a message
//
// PURPOSE
//   Makes the report (RFC 3464) on some recipients of a message, as a message of its own with its envelope.
// CONTRACT
//   Pure but for the time given. Never for a null reverse-path: the caller sends such a message to bad (RFC 5321
//   §4.5.5). The report's id is made from the message's, its first recipient and what is said of that, so that a replay
//   makes the same one; of a message that an administrator had tried anew it is another.
// RFC
//   3461 §4.3 (RET), §5.2.7 (aliases), §6; 6533 (SMTPUTF8)
#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "mail/report.h"
#include "spool/envelope.h"

namespace md::delivery {

/// What is to be said of the recipient of that number.
struct Reported {
    std::uint32_t recipient = 0;
    mail::ReportAction action = mail::ReportAction::failed;

    friend bool operator==(const Reported&, const Reported&) = default;
};

struct ReportRules {
    std::string hostname;
    bool return_message = false;               ///< where the sender did not say RET
    std::uint64_t whole_bytes = 0;             ///< larger messages come back as their header
    std::chrono::microseconds keep{0};         ///< how long a message is tried
    bool transcript = true;                    ///< shows what was said with the host that refused
    const mail::ReportTexts* texts = nullptr;  ///< null: the built-in one alone
    std::string language = {};
};

struct StatusReport {
    spool::Envelope envelope;
    std::string head;    ///< Return-Path and the report up to what is returned
    bool fails = false;  ///< it tells of a failure
    bool whole = false;  ///< the message is returned and not its header alone; from Envelope::relay_from on
    std::string tail;
};

/// `about` is not empty.
[[nodiscard]] StatusReport make_status_report(const spool::StoredEnvelope& message, std::span<const Reported> about,
                                              const ReportRules& rules, WallTime now);

/// Has an administrator get the same report. Nobody is told, nor is it a failure, if that cannot be delivered.
void add_copy(StatusReport& report, const std::string& address);

}  // namespace md::delivery
