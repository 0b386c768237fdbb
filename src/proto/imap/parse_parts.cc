// proto/imap/parse_parts.cc - see parse_parts.h

#include "proto/imap/parse_parts.h"

#include <algorithm>

#include "proto/imap/mailbox_name.h"

namespace md::imap {

std::optional<std::string> take_mailbox(Cursor& cursor) {
    const auto argument = cursor.astring("mailbox name expected");
    if (!argument) return std::nullopt;
    auto name = decode_mailbox(*argument);
    if (name) return *std::move(name);
    cursor.fail(name.error().text);
    return std::nullopt;
}

bool take_flag(Cursor& cursor, FlagList& flags) {
    const bool system = cursor.take('\\');
    const auto word = cursor.atom("flag expected");
    if (!word) return false;
    if (system) {
        // The backslash stands before the atom in the same text.
        const auto* row = find_flag({word->data() - 1, word->size() + 1});
        if (row == nullptr) return cursor.fail("no such system flag");
        if (!row->client_may_set) return cursor.fail("\\Recent is not set by clients");
        flags.bits |= bit(row->flag);
        return true;
    }
    const auto same = [&](std::string_view keyword) { return equal_nocase(keyword, *word); };
    if (std::any_of(flags.keywords.begin(), flags.keywords.end(), same)) return true;
    if (flags.keywords.size() == kKeywordLimit) return cursor.fail("too many keywords");
    flags.keywords.push_back(*word);
    return true;
}

bool take_flag_list(Cursor& cursor, FlagList& flags) {
    if (!cursor.expect('(', "list of flags expected")) return false;
    if (cursor.take(')')) return true;
    do {
        if (!take_flag(cursor, flags)) return false;
    } while (cursor.take(' '));
    return cursor.expect(')', "\")\" expected after flags");
}

std::optional<SequenceSet> take_set(Cursor& cursor) {
    auto set = SequenceSet::parse(cursor.set_text());
    if (!set) cursor.fail("set of message numbers expected");
    return set;
}

std::optional<std::uint64_t> take_modseq(Cursor& cursor) {
    constexpr auto kLast = (std::uint64_t{1} << 63) - 1;
    const auto value = parse_number<std::uint64_t>(cursor.digits());
    if (value && *value <= kLast) return value;
    cursor.fail("mod-sequence expected");
    return std::nullopt;
}

}  // namespace md::imap
