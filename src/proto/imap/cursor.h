// proto/imap/cursor.h - reads the tokens of one assembled command from left to right
//
// CONTRACT
//   Each reader takes its token and returns it, or takes nothing of use, notes why in error() and returns none/false.
//   The first error noted stays. Views point into the Assembled, or into the list given for unescaped strings.
// RFC
//   3501 §4, §9: NUL never
#pragma once

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

#include "proto/imap/assembler.h"

namespace md::imap {

class Cursor {
  public:
    Cursor(const Assembled& input, std::forward_list<std::string>& unescaped)
        : text_(input.text), literals_(input.literals), unescaped_(unescaped) {}

    /// Nothing is left, or spaces alone.
    [[nodiscard]] bool at_end() const noexcept { return text_.find_first_not_of(' ', at_) == std::string_view::npos; }
    /// The next octet; NUL at the end.
    [[nodiscard]] char peek() const noexcept { return at_ == text_.size() ? '\0' : text_[at_]; }

    /// Takes `c` if it is next; no error if not. RFC 3501 §9 has one space between two arguments and none behind the
    /// last, but some clients send more (K-9 Mail in SEARCH): all are taken, if something follows.
    bool take(char c) noexcept;
    /// As take(), but its absence is the error `what`.
    bool expect(char c, std::string_view what) noexcept;
    bool space() noexcept { return expect(' ', "space expected"); }
    bool end() noexcept { return at_end() || fail("something follows the command's last argument"); }

    [[nodiscard]] std::optional<std::string_view> tag() noexcept;
    [[nodiscard]] std::optional<std::string_view> atom(std::string_view what) noexcept;
    [[nodiscard]] std::optional<std::string_view> astring(std::string_view what);
    [[nodiscard]] std::optional<std::string_view> list_mailbox();
    [[nodiscard]] std::optional<std::string_view> quoted();
    /// What sequence sets are written with; SequenceSet::parse decides.
    [[nodiscard]] std::string_view set_text() noexcept;
    [[nodiscard]] std::optional<std::uint32_t> number() noexcept;
    /// Digits, as many as there are; perhaps none.
    [[nodiscard]] std::string_view digits() noexcept;
    /// A word of letters, digits and dots (item and section names); may be empty.
    [[nodiscard]] std::string_view word() noexcept;
    /// Takes `name` (any case) if the next word is just that.
    bool take_word(std::string_view name) noexcept;
    /// A whole argument up to the next space or the end, whatever is in it but controls (a SASL response, which may
    /// have "=").
    [[nodiscard]] std::string_view until_space() noexcept;
    /// The literal whose octets are outside the text (APPEND's message).
    [[nodiscard]] const Literal* outside_literal() noexcept;

    /// Notes why; always false.
    bool fail(std::string_view why) noexcept;
    [[nodiscard]] std::string_view error() const noexcept { return error_; }
    /// Whether reading stopped at a literal that has only been announced.
    [[nodiscard]] bool wants_literal() const noexcept { return wants_literal_; }

  private:
    template <class Predicate>
    std::string_view take_while(Predicate belongs) noexcept;
    [[nodiscard]] std::optional<std::string_view> literal_string() noexcept;
    [[nodiscard]] std::optional<std::string_view> string_or(std::string_view word, std::string_view what);

    std::string_view text_;
    const std::vector<Literal>& literals_;
    std::forward_list<std::string>& unescaped_;
    std::size_t at_ = 0;
    std::size_t next_literal_ = 0;
    std::string_view error_;
    bool wants_literal_ = false;
};

}  // namespace md::imap
