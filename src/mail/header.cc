// mail/header.cc - see header.h

#include "mail/header.h"

#include <algorithm>

#include "base/strings.h"

namespace md::mail {

namespace {

/// Where the line that begins at `from` ends, behind its LF.
std::size_t line_end(std::string_view text, std::size_t from) noexcept {
    const auto lf = text.find('\n', from);
    return lf == std::string_view::npos ? text.size() : lf + 1;
}

std::string_view without_line_end(std::string_view line) noexcept {
    if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

}  // namespace

bool is_field_name(std::string_view name) noexcept {
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

std::optional<Field> HeaderScanner::end(std::size_t body, Fault fault) noexcept {
    done_ = true;
    body_ = body;
    fault_ = fault;
    return std::nullopt;
}

std::optional<Field> HeaderScanner::next() noexcept {
    while (!done_) {
        if (at_ == message_.size()) return end(at_, Fault::none);
        auto stop = line_end(message_, at_);
        const auto line = without_line_end(message_.substr(at_, stop - at_));
        if (line.empty()) return end(stop, Fault::none);
        const auto colon = line.find(':');
        auto name = line.substr(0, colon);
        while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
        const bool is_field = colon != std::string_view::npos && is_field_name(name);
        if (!is_field && !limits_.skip_broken) return end(at_, Fault::not_a_field);
        while (stop < message_.size() && is_space(message_[stop])) {
            stop = line_end(message_, stop);
            if (stop - at_ > limits_.field_octets) break;
        }
        if (stop - at_ > limits_.field_octets) return end(at_, Fault::field_too_large);
        if (stop > limits_.header_octets) return end(at_, Fault::header_too_large);
        const auto whole = message_.substr(at_, stop - at_);
        at_ = stop;
        if (is_field) return Field{name, without_line_end(whole.substr(colon + 1)), whole};
    }
    return std::nullopt;
}

std::string unfold(std::string_view value) {
    std::string line;
    line.reserve(value.size());
    for (const char c : value)
        if (c != '\r' && c != '\n') line.push_back(c);
    return std::string(trim(line));
}

std::optional<Field> find_field(std::string_view message, std::string_view name) noexcept {
    HeaderScanner scanner(message);
    while (const auto field = scanner.next())
        if (equal_nocase(field->name, name)) return field;
    return std::nullopt;
}

std::size_t count_fields(std::string_view message, std::string_view name, std::size_t limit) noexcept {
    HeaderScanner scanner(message);
    std::size_t count = 0;
    while (count < limit) {
        const auto field = scanner.next();
        if (!field) break;
        if (equal_nocase(field->name, name)) ++count;
    }
    return count;
}

}  // namespace md::mail
