// proto/imap/body_section.h - what BODY[section]<partial> yields from the octets of a message file
//
// PURPOSE
//   Message files have LF line ends (doc/formats/maildir.md) or, written by others, CRLF; the wire has CRLF. One pass
//   over the file, in whatever pieces it is read, gives any window of the CRLF form; sizes come from a count of the
//   same kind.
// CONTRACT
//   Pure, streaming, linear; nothing is kept but a few counters. An LF that follows a CR is a line end already.
// RFC
//   3501 §6.4.5 (BODY, partial), §7.4.2
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/imap/command.h"

namespace md::imap {

/// Counts the octets that text has with CRLF line ends.
class CrlfCounter {
  public:
    void feed(std::string_view chunk) noexcept;
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  private:
    std::uint64_t size_ = 0;
    bool after_cr_ = false;
};

/// Octets [skip, skip + take) of the CRLF form.
struct Window {
    std::uint64_t skip = 0;
    std::uint64_t take = 0;
    friend bool operator==(const Window&, const Window&) = default;
};

/// The window of a text of `size` octets that a partial means; `take` is the size of the literal (0 beyond the end).
[[nodiscard]] Window window_of(std::uint64_t size, const std::optional<Partial>& partial) noexcept;

/// Appends what of each chunk, in CRLF form, lies in the window.
class CrlfExpander {
  public:
    /// `after_cr`: the text goes on behind a CR.
    explicit CrlfExpander(Window window, bool after_cr = false) noexcept
        : skip_(window.skip), take_(window.take), after_cr_(after_cr) {}
    void feed(std::string_view chunk, std::string& out);
    /// The window is full: nothing more need be read.
    [[nodiscard]] bool full() const noexcept { return take_ == 0; }
    /// Octets still owed, if the text should end before the window does.
    [[nodiscard]] std::uint64_t owed() const noexcept { return take_; }
    /// Octets still to come before the window's end: what lies before it, and it.
    [[nodiscard]] std::uint64_t left() const noexcept { return skip_ + take_; }
    [[nodiscard]] bool after_cr() const noexcept { return after_cr_; }

  private:
    void put(std::string_view octets, std::string& out);

    std::uint64_t skip_;
    std::uint64_t take_;
    bool after_cr_;
};

/// Appends what of each chunk, as it is, lies in the window.
class WindowCutter {
  public:
    explicit WindowCutter(Window window) noexcept : skip_(window.skip), take_(window.take) {}
    void feed(std::string_view chunk, std::string& out);
    [[nodiscard]] bool full() const noexcept { return take_ == 0; }
    [[nodiscard]] std::uint64_t owed() const noexcept { return take_; }

  private:
    std::uint64_t skip_;
    std::uint64_t take_;
};

/// Finds where the header ends: behind its blank line, which belongs to it.
class HeaderEnd {
  public:
    /// The header's size in the file once it is known; none: all so far is header.
    [[nodiscard]] std::optional<std::uint64_t> feed(std::string_view chunk) noexcept;

  private:
    std::uint64_t seen_ = 0;
    bool line_is_empty_ = true;  ///< nothing but perhaps a CR since the last LF
    bool cr_ = false;
};

/// BODY[HEADER.FIELDS (…)] (`wanted` true) and .NOT (false): the fields in their order, with CRLF, and the blank line
/// if the header has one. `header` as in the file. Cost: its length and the number of its fields times the logarithm of
/// the names'.
[[nodiscard]] std::string filter_header(std::string_view header, const std::vector<std::string_view>& fields,
                                        bool wanted);

}  // namespace md::imap
