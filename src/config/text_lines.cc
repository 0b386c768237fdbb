// config/text_lines.cc - see text_lines.h

#include "config/text_lines.h"

#include <algorithm>

#include "base/strings.h"

namespace md::config {

TextLines::TextLines(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at < text.size();) {
        starts_.push_back(at);
        const auto end = text.find('\n', at);
        at = end == std::string_view::npos ? text.size() : end + 1;
    }
}

std::string_view TextLines::line(int number) const {
    if (number < 1 || number > count()) return {};
    const auto start = starts_[static_cast<std::size_t>(number - 1)];
    auto line = text_.substr(start, text_.find('\n', start) - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::size_t TextLines::offset(Position at) const {
    if (at.line > count()) return text_.size();
    auto offset = starts_[static_cast<std::size_t>(std::max(at.line, 1) - 1)];
    const auto continues = [&](std::size_t i) {
        return i < text_.size() && (static_cast<unsigned char>(text_[i]) & 0xc0) == 0x80;
    };
    for (int column = 1; column < at.column && offset < text_.size(); ++column) {
        ++offset;
        while (continues(offset)) ++offset;
    }
    return offset;
}

bool TextLines::is_header(Position at) const {
    const auto first = offset(at);
    if (at.line < 1 || first >= text_.size() || text_[first] != '[') return false;
    return trim(line(at.line)).starts_with('[');
}

bool TextLines::is_header_of(Position at, std::string_view table) const {
    const auto text = trim(line(at.line));
    const auto close = text.find(']');
    return is_header(at) && close != std::string_view::npos && trim(text.substr(1, close - 1)) == table;
}

bool TextLines::is_comment(int number) const {
    return trim(line(number)).starts_with('#');
}

bool TextLines::is_commented_key(int number, std::string_view name) const {
    auto text = trim(line(number));
    if (!text.starts_with('#')) return false;
    text = trim(text.substr(1));
    return text.starts_with(name) && trim(text.substr(name.size())).starts_with('=');
}

std::string TextLines::with_replaced(Position begin, Position end, std::string_view by) const {
    const auto from = offset(begin);
    return std::string(text_.substr(0, from)).append(by).append(text_.substr(offset(end)));
}

std::string TextLines::with_inserted(int number, std::string_view lines) const {
    const auto at = number > count() ? text_.size() : starts_[static_cast<std::size_t>(number - 1)];
    std::string out(text_.substr(0, at));
    if (!out.empty() && out.back() != '\n') out.push_back('\n');
    return out.append(lines).append("\n").append(text_.substr(at));
}

std::optional<std::string> TextLines::without_lines_of(Position key, Position value_end) const {
    const auto start = starts_[static_cast<std::size_t>(key.line - 1)];
    const auto before = trim(text_.substr(start, offset(key) - start));
    // A dotted key's first parts stand before its last one.
    const bool own_line = before.empty() || before.back() == '.';
    const auto after_value = offset(value_end);
    const auto line_end = std::min(text_.find('\n', after_value), text_.size());
    const auto after = trim(text_.substr(after_value, line_end - after_value));
    if (!own_line || before.find_first_of("{,[") != std::string_view::npos || (!after.empty() && after.front() != '#'))
        return std::nullopt;
    return std::string(text_.substr(0, start)).append(text_.substr(std::min(line_end + 1, text_.size())));
}

}  // namespace md::config
