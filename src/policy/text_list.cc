// policy/text_list.cc - see text_list.h

#include "policy/text_list.h"

#include "base/strings.h"

namespace md::policy {

namespace {

/// The next word; `rest` goes on behind it.
std::string_view take_word(std::string_view& rest) {
    rest = trim(rest);
    std::size_t size = 0;
    while (size < rest.size() && !is_space(rest[size])) ++size;
    const auto word = rest.substr(0, size);
    rest.remove_prefix(size);
    return word;
}

Result<Entry, std::string> parse_line(List list, std::string_view line, WallTime created) {
    Entry entry;
    entry.list = list;
    entry.created = created;
    const auto kind = parse_kind(take_word(line));
    if (!kind || !holds(list, *kind)) return fail("expected the kind first: " + std::string(kinds_of(list)));
    entry.kind = *kind;
    auto value = canonical(*kind, take_word(line));
    if (!value) return fail("expected " + value.error().expected);
    entry.value = std::move(*value);
    auto word = take_word(line);
    if (word == "for") {
        auto scope = canonical_scope(take_word(line));
        if (!scope) return fail(std::string("expected a domain or the address of an account behind \"for\""));
        entry.scope = std::move(*scope);
        word = take_word(line);
    }
    if (word == "until") {
        const auto expires = parse_rfc3339(take_word(line));
        if (!expires) return fail(std::string("expected a time such as 2026-11-25T10:30:00Z behind \"until\""));
        entry.expires = expires;
        word = take_word(line);
    }
    if (word.empty()) return entry;
    if (!word.starts_with('#'))
        return fail(std::string(
            "expected \"for DOMAIN\", \"for ADDRESS\", \"until TIME\", \"# comment\" or the end of the line"));
    entry.comment = clean_comment(std::string(word.substr(1)) + std::string(line));
    return entry;
}

}  // namespace

Result<std::vector<Entry>, TextFaults> parse_text(List list, std::string_view text, WallTime created) {
    std::vector<Entry> entries;
    TextFaults faults;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = trim(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line.front() == '#') continue;
        auto entry = parse_line(list, line, created);
        if (entry) {
            entries.push_back(std::move(*entry));
            continue;
        }
        faults.push_back({number, std::move(entry.error())});
        if (faults.size() == kMostTextFaults) break;
    }
    if (!faults.empty()) return fail(std::move(faults));
    return entries;
}

std::string format_text(const std::vector<Entry>& entries) {
    std::string out;
    for (const auto& entry : entries) {
        out.append(name(entry.kind)).append(" ").append(entry.value);
        if (!entry.scope.empty()) out.append(" for ").append(entry.scope);
        if (entry.expires) out.append(" until ").append(rfc3339(*entry.expires));
        if (!entry.comment.empty()) out.append(" # ").append(entry.comment);
        out.push_back('\n');
    }
    return out;
}

}  // namespace md::policy
