// mail/report.h - the report on a delivery that failed, waits, or was asked about
//
// PURPOSE
//   Builds the multipart/report message that goes back to a sender: words for a human, fields for a program, and what
//   came.
// CONTRACT
//   Pure; lines end with LF. The returned message is not copied: report = head, then its octets (the whole message, or
//   its header), then tail, so that a message of any size costs no memory here. `unique` must be an atom that no peer
//   can guess; boundary and Message-ID are made of it, and a message that cannot know it cannot contain the boundary.
//   Texts of peers are made printable here. The caller sends it from the null path, and never in answer to the null
//   path (RFC 5321 §4.5.5, §6.1).
// RFC
//   3464 (delivery-status), 6522 (multipart/report), 3834 §5 (Auto-Submitted), 3461 §6 (what to return), 6533, 3282
//   (Content-Language)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mail/report_words.h"
#include "mail/status.h"

namespace md::mail {

enum class ReportAction : std::uint8_t { failed, delayed, delivered, relayed, expanded };

/// "failed", "delayed" ...
[[nodiscard]] std::string_view name(ReportAction action) noexcept;

struct RecipientReport {
    std::string final_recipient;     ///< address
    std::string original_recipient;  ///< "rfc822;address" as ORCPT brought it; empty: none
    ReportAction action = ReportAction::failed;
    Status status;
    std::string diagnostic;  ///< the reply of a remote host, several lines as they came; or our own reason
    std::string remote_mta;  ///< who gave that reply; empty: we did
    std::string transcript;  ///< of the dialogue with it; lines, for people
    std::optional<WallTime> last_attempt;
    std::optional<WallTime> retry_until;  ///< delayed alone
};

struct Report {
    enum class Returned : std::uint8_t { header, whole };

    std::string reporting_host;
    std::string unique;
    std::string sender;       ///< to whom the report goes: the failed message's reverse-path
    std::string envelope_id;  ///< ENVID, decoded; empty: none
    std::string queue_id;     ///< of the message reported on, for the human part
    WallTime arrived;
    WallTime now;
    std::chrono::minutes zone{0};
    Returned returned = Returned::header;
    bool eight_bit = false;              ///< the octets returned have some from 0x80
    bool international = false;          ///< the message came by SMTPUTF8: texts and addresses may be UTF-8
    const ReportWords* words = nullptr;  ///< null, or they have no place for what is told: the built-in ones
    std::vector<RecipientReport> recipients;
};

struct ReportText {
    std::string head;
    std::string tail;
};

/// Failure if any failed, delay if nobody is told of anything else.
[[nodiscard]] ReportKind kind_of(const Report& report) noexcept;

[[nodiscard]] ReportText format_report(const Report& report);

}  // namespace md::mail
