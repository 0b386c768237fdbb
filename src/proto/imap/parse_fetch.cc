// proto/imap/parse_fetch.cc - FETCH and UID FETCH
//
// PURPOSE
//   Items, macros and section names are tables; what a later issue adds (ENVELOPE, BODYSTRUCTURE, numbered parts) are
//   rows.
// RFC
//   3501 §6.4.5

#include <algorithm>
#include <array>

#include "proto/imap/command_table.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {
namespace {

using Kind = FetchItem::Kind;
using Text = Section::Text;

/// An item may cost the whole message: more than these in one FETCH serve nobody.
constexpr std::size_t kItemLimit = 64;
constexpr std::size_t kFieldLimit = 1024;

struct ItemRow {
    std::string_view word;  ///< in the command
    std::string_view name;  ///< in the answer
    Kind kind;
    bool brackets = false;
    bool sets_seen = false;
    Text text = Text::whole;  ///< of an item without brackets
};

constexpr std::array kItems{
    ItemRow{"BODY", "BODY", Kind::body, true, true},
    ItemRow{"BODY.PEEK", "BODY", Kind::body, true},
    ItemRow{"FLAGS", "FLAGS", Kind::flags},
    ItemRow{"INTERNALDATE", "INTERNALDATE", Kind::internaldate},
    ItemRow{"RFC822", "RFC822", Kind::body, false, true, Text::whole},
    ItemRow{"RFC822.HEADER", "RFC822.HEADER", Kind::body, false, false, Text::header},
    ItemRow{"RFC822.SIZE", "RFC822.SIZE", Kind::rfc822_size},
    ItemRow{"RFC822.TEXT", "RFC822.TEXT", Kind::body, false, true, Text::text},
    ItemRow{"UID", "UID", Kind::uid},
};

struct SectionRow {
    std::string_view word;
    Text text;
    bool has_fields = false;
};

constexpr std::array kSections{
    SectionRow{"", Text::whole},
    SectionRow{"HEADER", Text::header},
    SectionRow{"HEADER.FIELDS", Text::header_fields, true},
    SectionRow{"HEADER.FIELDS.NOT", Text::header_fields_not, true},
    SectionRow{"TEXT", Text::text},
};

/// A word that stands alone for several items.
struct Macro {
    std::string_view word;
    std::array<std::string_view, 3> items;
};
constexpr std::array kMacros{Macro{"FAST", {"FLAGS", "INTERNALDATE", "RFC822.SIZE"}}};

const ItemRow* find_item(std::string_view word) {
    const auto* const row =
        std::find_if(kItems.begin(), kItems.end(), [&](const auto& r) { return equal_nocase(word, r.word); });
    return row == kItems.end() ? nullptr : row;
}

FetchItem make_item(const ItemRow& row) {
    return {row.kind, row.name, row.brackets, row.sets_seen, {row.text, {}}, std::nullopt};
}

bool take_fields(Cursor& cursor, Section& section) {
    if (!cursor.space() || !cursor.expect('(', "list of header fields expected")) return false;
    do {
        const auto name = cursor.astring("header field name expected");
        if (!name) return false;
        if (section.fields.size() == kFieldLimit) return cursor.fail("too many header fields");
        section.fields.push_back(*name);
    } while (cursor.take(' '));
    return cursor.expect(')', "\")\" expected after header fields");
}

bool take_section(Cursor& cursor, Section& section) {
    if (!cursor.expect('[', "\"[\" expected")) return false;
    const auto word = cursor.word();
    const auto* const row =
        std::find_if(kSections.begin(), kSections.end(), [&](const auto& r) { return equal_nocase(word, r.word); });
    if (row == kSections.end()) return cursor.fail("no such body section");
    section.text = row->text;
    if (row->has_fields && !take_fields(cursor, section)) return false;
    return cursor.expect(']', "\"]\" expected after the section");
}

bool take_partial(Cursor& cursor, std::optional<Partial>& partial) {
    if (!cursor.take('<')) return true;
    const auto first = cursor.number();
    if (!first || !cursor.expect('.', "\".\" expected in <first.count>")) return false;
    const auto count = cursor.number();
    if (!count || !cursor.expect('>', "\">\" expected after <first.count")) return false;
    if (*count == 0) return cursor.fail("zero octets asked for");
    partial = Partial{*first, *count};
    return true;
}

bool add(Cursor& cursor, std::vector<FetchItem>& items, FetchItem item) {
    const auto plain = [&](const FetchItem& other) { return other.kind == item.kind && item.kind != Kind::body; };
    if (std::any_of(items.begin(), items.end(), plain)) return true;
    if (items.size() == kItemLimit) return cursor.fail("too many items");
    items.push_back(std::move(item));
    return true;
}

bool add_item(Cursor& cursor, std::string_view word, std::vector<FetchItem>& items) {
    const auto* row = find_item(word);
    if (row == nullptr) return cursor.fail("no such item of FETCH");
    auto item = make_item(*row);
    if (row->brackets && (!take_section(cursor, item.section) || !take_partial(cursor, item.partial))) return false;
    return add(cursor, items, std::move(item));
}

bool take_items(Cursor& cursor, std::vector<FetchItem>& items) {
    if (cursor.take('(')) {
        do {
            if (!add_item(cursor, cursor.word(), items)) return false;
        } while (cursor.take(' '));
        return cursor.expect(')', "\")\" expected after the items");
    }
    const auto word = cursor.word();
    const auto* const macro =
        std::find_if(kMacros.begin(), kMacros.end(), [&](const auto& m) { return equal_nocase(word, m.word); });
    if (macro == kMacros.end()) return add_item(cursor, word, items);
    for (const auto name : macro->items)
        if (!add_item(cursor, name, items)) return false;
    return true;
}

}  // namespace

bool parse_fetch(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto set = take_set(cursor);
    if (!set || !cursor.space()) return false;
    Fetch fetch{*std::move(set), {}};
    // RFC 3501 §6.4.8: an answer to UID FETCH has the UID, asked for or not.
    if (command.uid) fetch.items.push_back(make_item(*find_item("UID")));
    if (!take_items(cursor, fetch.items)) return false;
    command.arguments = std::move(fetch);
    return true;
}

}  // namespace md::imap
