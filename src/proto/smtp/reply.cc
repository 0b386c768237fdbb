// proto/smtp/reply.cc - see reply.h

#include "proto/smtp/reply.h"

#include <vector>

#include "base/strings.h"

namespace md::smtp {

namespace {

constexpr std::size_t kLineLimit = 512;  // with code and CRLF

/// The text in pieces of at most `limit` octets, cut at LF and, where there is one, at a blank.
std::vector<std::string_view> lines_of(std::string_view text, std::size_t limit) {
    std::vector<std::string_view> lines;
    for (auto line : split(text, '\n')) {
        while (line.size() > limit) {
            const auto blank = line.rfind(' ', limit - 1);
            const auto cut = blank == std::string_view::npos || blank == 0 ? limit : blank + 1;
            lines.push_back(line.substr(0, cut));
            line.remove_prefix(cut);
        }
        lines.push_back(line);
    }
    return lines;
}

}  // namespace

std::string Reply::bytes() const {
    const auto digits = std::to_string(code);
    const auto enhanced = status ? status->text() + " " : std::string();
    const auto lines = lines_of(text, kLineLimit - digits.size() - 1 - enhanced.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        out.append(digits).append(1, i + 1 == lines.size() ? ' ' : '-').append(enhanced);
        for (const char c : lines[i]) out.push_back(c >= ' ' && c < 0x7f ? c : '?');
        out.append("\r\n");
    }
    return out;
}

}  // namespace md::smtp
