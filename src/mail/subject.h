// mail/subject.h - the base subject, by which messages are sorted and threaded
//
// CONTRACT
//   Pure, linear, never fails. The text keeps its case; whoever compares prepares it (casemap.h).
// RFC
//   5256 §2.1, exactly
#pragma once

#include <string>
#include <string_view>

namespace md::mail {

struct BaseSubject {
    std::string text;  ///< UTF-8; may be empty
    /// A "re:", a "fwd:", a "(fwd)" or a "[fwd: ]" was taken away: the message is a reply, or was passed on (§3).
    bool is_reply = false;
    friend bool operator==(const BaseSubject&, const BaseSubject&) = default;
};

/// Of a Subject field's value, encoded words and folds as they stand.
[[nodiscard]] BaseSubject base_subject(std::string_view field_value);

}  // namespace md::mail
