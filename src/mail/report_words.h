// mail/report_words.h - in which words a report tells people what became of their mail
//
// PURPOSE
//   The part of a report (report.h) that is for people: subject and text of each kind, in English, and in whatever
//   other words or language an administrator has written.
// FORM
//   UTF-8. Lines that begin with "#", then fields, an empty line, and the text with placeholders:
//       Subject: Mail could not be delivered
//       Said: {host} said: {reply}
//
//       Your message ({id}) of {date} could not be delivered:
//       {failed}
//   Said is how another host's reply is shown, and need not be given. Placeholders: {hostname} {id} {date} {sender},
//   in the subject, too; the lists {failed} {delayed} {delivered} {relayed} {expanded}; {message-attached} and
//   {header-attached}, which are nothing themselves. A paragraph with a list that is empty, or with what is not
//   attached, is left out. "{{" is a brace.
// CONTRACT
//   Pure. Words that were read have a place for what their kind tells of: failure {failed}, delay {delayed}, success
//   {delivered}, {relayed} and {expanded}.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace md::mail {

enum class ReportKind : std::uint8_t { failure, delay, success };
inline constexpr std::array kReportKinds{ReportKind::failure, ReportKind::delay, ReportKind::success};
/// As files of that kind end.
[[nodiscard]] std::string_view name(ReportKind kind) noexcept;

struct ReportWords {
    std::string language;  ///< a tag of RFC 5646
    std::string subject;
    std::string said;
    std::string text;
};

struct ReportWordsFault {
    std::size_t line = 0;  ///< from 1; 0: of no line
    std::string text;
};

[[nodiscard]] bool is_language_tag(std::string_view text) noexcept;
[[nodiscard]] Result<ReportWords, ReportWordsFault> read_report_words(ReportKind kind, std::string_view language,
                                                                      std::string_view file);
[[nodiscard]] const ReportWords& built_in_words(ReportKind kind);

/// All that an administrator has written.
class ReportTexts {
  public:
    void add(ReportKind kind, ReportWords words);
    /// Any kind in that language; the built-in one, too.
    [[nodiscard]] bool knows(std::string_view language) const;
    /// Of that language ("de-AT"), else of the one that it is a form of ("de"), else the built-in ones.
    [[nodiscard]] const ReportWords& words(ReportKind kind, std::string_view language) const;

  private:
    [[nodiscard]] const ReportWords* find(ReportKind kind, const std::string& language) const;

    std::map<std::string, std::map<ReportKind, ReportWords>> languages_;  ///< in small letters
};

/// What stands for a placeholder.
struct Filling {
    std::string_view name;
    std::string text;
    bool there = true;  ///< false: its paragraph is left out

    Filling(std::string_view n, std::string t, bool is_there = true) : name(n), text(std::move(t)), there(is_there) {}
};
[[nodiscard]] bool has_place_for(const ReportWords& words, std::string_view placeholder) noexcept;
/// Of one line.
[[nodiscard]] std::string fill_line(std::string_view text, std::span<const Filling> fillings);
/// Of the text: lines, each ended.
[[nodiscard]] std::string fill_text(std::string_view text, std::span<const Filling> fillings);

}  // namespace md::mail
