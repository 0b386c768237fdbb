// config/text_lines.h - a text cut at its lines, for edits by line and column
//
// CONTRACT
//   Lines and columns count from 1, columns in code points, as config/document.h does. Changes give a new text and
//   leave the old one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/fault.h"

namespace md::config {

class TextLines {
  public:
    explicit TextLines(std::string_view text);

    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] int count() const noexcept { return static_cast<int>(starts_.size()); }
    /// Without its line end.
    [[nodiscard]] std::string_view line(int number) const;

    /// Does a table's header begin there?
    [[nodiscard]] bool is_header(Position at) const;
    /// Is that header [table], written without quotes?
    [[nodiscard]] bool is_header_of(Position at, std::string_view table) const;
    [[nodiscard]] bool is_comment(int number) const;
    /// "# name = ..."
    [[nodiscard]] bool is_commented_key(int number, std::string_view name) const;

    [[nodiscard]] std::string with_replaced(Position begin, Position end, std::string_view by) const;
    /// As lines of their own before line `number`; count() + 1: at the end.
    [[nodiscard]] std::string with_inserted(int number, std::string_view lines) const;
    /// Without the lines from a key to the end of its value; none: something else stands on them.
    [[nodiscard]] std::optional<std::string> without_lines_of(Position key, Position value_end) const;

  private:
    [[nodiscard]] std::size_t offset(Position at) const;

    std::string_view text_;
    std::vector<std::size_t> starts_;
};

}  // namespace md::config
