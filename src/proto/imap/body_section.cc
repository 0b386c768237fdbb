// proto/imap/body_section.cc - see body_section.h

#include "proto/imap/body_section.h"

#include <algorithm>
#include <limits>

#include "base/strings.h"

namespace md::imap {
namespace {

constexpr std::string_view kCrlf = "\r\n";

/// The line at the front of `text`, its end included.
std::string_view first_line(std::string_view text) noexcept {
    const auto end = text.find('\n');
    return text.substr(0, end == std::string_view::npos ? end : end + 1);
}

bool is_blank(std::string_view line) noexcept {
    return line == "\n" || line == kCrlf;
}

/// The name of the field that a line begins; empty if it begins none.
std::string_view field_name(std::string_view line) noexcept {
    const auto colon = line.find(':');
    return colon == std::string_view::npos ? std::string_view() : trim(line.substr(0, colon));
}

bool less_nocase(std::string_view a, std::string_view b) noexcept {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                        [](char x, char y) { return to_lower(x) < to_lower(y); });
}

void cut(std::string_view octets, std::uint64_t& skip, std::uint64_t& take, std::string& out) {
    const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip, octets.size()));
    skip -= skipped;
    octets.remove_prefix(skipped);
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(take, octets.size()));
    take -= taken;
    out += octets.substr(0, taken);
}

}  // namespace

void CrlfCounter::feed(std::string_view chunk) noexcept {
    if (chunk.empty()) return;
    size_ += chunk.size();
    for (auto at = chunk.find('\n'); at != std::string_view::npos; at = chunk.find('\n', at + 1)) {
        const bool has_cr = at > 0 ? chunk[at - 1] == '\r' : after_cr_;
        if (!has_cr) ++size_;
    }
    after_cr_ = chunk.back() == '\r';
}

Window window_of(std::uint64_t size, const std::optional<Partial>& partial) noexcept {
    if (!partial) return {0, size};
    const auto skip = std::min<std::uint64_t>(partial->first, size);
    return {skip, std::min<std::uint64_t>(partial->count, size - skip)};
}

void CrlfExpander::feed(std::string_view chunk, std::string& out) {
    while (!chunk.empty() && take_ > 0) {
        const auto line = first_line(chunk);
        chunk.remove_prefix(line.size());
        if (line.back() != '\n') {
            put(line, out);
            after_cr_ = line.back() == '\r';
            return;
        }
        const auto text = line.substr(0, line.size() - 1);
        const bool has_cr = text.empty() ? after_cr_ : text.back() == '\r';
        put(text, out);
        put(has_cr ? kCrlf.substr(1) : kCrlf, out);
        after_cr_ = false;
    }
}

void CrlfExpander::put(std::string_view octets, std::string& out) {
    cut(octets, skip_, take_, out);
}

void WindowCutter::feed(std::string_view chunk, std::string& out) {
    cut(chunk, skip_, take_, out);
}

std::optional<std::uint64_t> HeaderEnd::feed(std::string_view chunk) noexcept {
    for (std::size_t at = 0; at < chunk.size();) {
        // Inside a line only its end matters.
        if (!line_is_empty_) {
            const auto end = chunk.find('\n', at);
            if (end == std::string_view::npos) break;
            line_is_empty_ = true;
            cr_ = false;
            at = end + 1;
            continue;
        }
        const char c = chunk[at++];
        if (c == '\n') return seen_ + at;
        if (c == '\r' && !cr_) {
            cr_ = true;
        } else {
            line_is_empty_ = false;
        }
    }
    seen_ += chunk.size();
    return std::nullopt;
}

std::string filter_header(std::string_view header, const std::vector<std::string_view>& fields, bool wanted) {
    auto names = fields;
    std::sort(names.begin(), names.end(), less_nocase);
    const auto named = [&](std::string_view line) {
        return std::binary_search(names.begin(), names.end(), field_name(line), less_nocase);
    };
    std::string out;
    CrlfExpander expander({0, std::numeric_limits<std::uint64_t>::max()});
    bool shown = false;  // of the field that the line belongs to
    while (!header.empty()) {
        const auto line = first_line(header);
        header.remove_prefix(line.size());
        // RFC 3501 §6.4.5: "the blank line is included in all header fetches".
        const bool blank = is_blank(line);
        if (!blank && !is_space(line.front())) shown = named(line) == wanted;
        if (blank || shown) expander.feed(line, out);
        if (blank) break;
    }
    return out;
}

}  // namespace md::imap
