// proto/imap/parse_fetch.cc - FETCH and UID FETCH
//
// PURPOSE
//   Items, macros and section names are tables.
// RFC
//   3501 §6.4.5; 3516 §4.2 (BINARY); 4466 §2.4 (modifiers); 7162 §3.1.4, §3.2.6; 8474 §7 (EMAILID, THREADID)

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

/// More numbers name no part: messages are taken apart to a depth of 100.
constexpr std::size_t kPartLimit = 128;

/// What follows the word.
enum class Form : std::uint8_t { plain, section, binary_section };

struct ItemRow {
    std::string_view word;  ///< in the command
    std::string_view name;  ///< in the answer
    Kind kind;
    Form form = Form::plain;
    bool sets_seen = false;
    bool partial = false;
    Text text = Text::whole;  ///< of an item without brackets
};

constexpr std::array kItems{
    ItemRow{"BINARY", "BINARY", Kind::binary, Form::binary_section, true, true},
    ItemRow{"BINARY.PEEK", "BINARY", Kind::binary, Form::binary_section, false, true},
    ItemRow{"BINARY.SIZE", "BINARY.SIZE", Kind::binary_size, Form::binary_section},
    ItemRow{"BODY", "BODY", Kind::body, Form::section, true, true},
    ItemRow{"BODY.PEEK", "BODY", Kind::body, Form::section, false, true},
    ItemRow{"BODYSTRUCTURE", "BODYSTRUCTURE", Kind::extended_structure},
    ItemRow{"EMAILID", "EMAILID", Kind::email_id},
    ItemRow{"ENVELOPE", "ENVELOPE", Kind::envelope},
    ItemRow{"FLAGS", "FLAGS", Kind::flags},
    ItemRow{"INTERNALDATE", "INTERNALDATE", Kind::internaldate},
    ItemRow{"MODSEQ", "MODSEQ", Kind::modseq},
    ItemRow{"RFC822", "RFC822", Kind::body, Form::plain, true},
    ItemRow{"RFC822.HEADER", "RFC822.HEADER", Kind::body, Form::plain, false, false, Text::header},
    ItemRow{"RFC822.SIZE", "RFC822.SIZE", Kind::rfc822_size},
    ItemRow{"RFC822.TEXT", "RFC822.TEXT", Kind::body, Form::plain, true, false, Text::text},
    ItemRow{"THREADID", "THREADID", Kind::thread_id},
    ItemRow{"UID", "UID", Kind::uid},
};
/// BODY without brackets is another item.
constexpr ItemRow kStructure{"BODY", "BODY", Kind::structure};

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
    SectionRow{"MIME", Text::mime},
    SectionRow{"TEXT", Text::text},
};

/// A word that stands alone for several items: the first so many of kMacroItems.
struct Macro {
    std::string_view word;
    std::size_t items;
};
constexpr std::array<std::string_view, 5> kMacroItems{"FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"};
constexpr std::array kMacros{Macro{"FAST", 3}, Macro{"ALL", 4}, Macro{"FULL", 5}};

const ItemRow* find_item(std::string_view word) {
    const auto* const row =
        std::find_if(kItems.begin(), kItems.end(), [&](const auto& r) { return equal_nocase(word, r.word); });
    return row == kItems.end() ? nullptr : row;
}

FetchItem make_item(const ItemRow& row) {
    FetchItem item{row.kind, row.name, row.form != Form::plain, row.sets_seen};
    item.section.text = row.text;
    return item;
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

/// "1.2" in front of "1.2.HEADER", which is taken from the word; false: it is none.
bool take_part(std::string_view& word, std::vector<std::uint32_t>& part) {
    while (!word.empty() && is_digit(word.front())) {
        const auto dot = word.find('.');
        const auto number = parse_number<std::uint32_t>(word.substr(0, dot));
        if (!number || *number == 0 || part.size() == kPartLimit) return false;
        part.push_back(*number);
        if (dot == std::string_view::npos) {
            word = {};
            return true;
        }
        word.remove_prefix(dot + 1);
        if (word.empty()) return false;
    }
    return true;
}

const SectionRow* find_section(std::string_view word, bool of_part) {
    const auto* const row =
        std::find_if(kSections.begin(), kSections.end(), [&](const auto& r) { return equal_nocase(word, r.word); });
    // RFC 3501 §6.4.5: MIME is of a part, never of the message.
    const bool none = row == kSections.end() || (row->text == Text::mime && !of_part);
    return none ? nullptr : row;
}

bool take_section(Cursor& cursor, Section& section, Form form) {
    if (!cursor.expect('[', "\"[\" expected")) return false;
    auto word = cursor.word();
    if (!take_part(word, section.part)) return cursor.fail("no such part");
    const auto* const row = find_section(word, !section.part.empty());
    if (row == nullptr || (form == Form::binary_section && row->text != Text::whole))
        return cursor.fail("no such body section");
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
    const auto same = [&](const FetchItem& other) {
        return other.name == item.name && !item.has_brackets && !other.has_brackets;
    };
    if (std::any_of(items.begin(), items.end(), same)) return true;
    if (items.size() == kItemLimit) return cursor.fail("too many items");
    items.push_back(std::move(item));
    return true;
}

bool add_item(Cursor& cursor, std::string_view word, std::vector<FetchItem>& items) {
    const auto* row = find_item(word);
    if (row == nullptr) return cursor.fail("no such item of FETCH");
    if (equal_nocase(word, kStructure.word) && cursor.peek() != '[') row = &kStructure;
    auto item = make_item(*row);
    if (row->form != Form::plain && !take_section(cursor, item.section, row->form)) return false;
    if (row->partial && !take_partial(cursor, item.partial)) return false;
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
    for (std::size_t i = 0; i < macro->items; ++i)
        if (!add_item(cursor, kMacroItems[i], items)) return false;
    return true;
}

bool take_modifier(Cursor& cursor, Fetch& fetch) {
    const auto word = cursor.word();
    if (equal_nocase(word, "CHANGEDSINCE") && !fetch.changed_since) {
        if (!cursor.space()) return false;
        const auto since = take_modseq(cursor);
        if (!since) return false;
        fetch.changed_since = *since;
        return true;
    }
    if (equal_nocase(word, "VANISHED") && !fetch.vanished) {
        fetch.vanished = true;
        return true;
    }
    return cursor.fail("no such modifier of FETCH");
}

bool take_modifiers(Cursor& cursor, Fetch& fetch, bool by_uid) {
    if (cursor.at_end()) return true;
    if (!cursor.space() || !cursor.expect('(', "\"(\" expected before modifiers")) return false;
    do {
        if (!take_modifier(cursor, fetch)) return false;
    } while (cursor.take(' '));
    if (!cursor.expect(')', "\")\" expected after the modifiers")) return false;
    // RFC 7162 §3.2.6
    if (fetch.vanished && !(by_uid && fetch.changed_since))
        return cursor.fail("VANISHED goes with UID FETCH and CHANGEDSINCE");
    // RFC 7162 §3.1.4.1: the answers have the MODSEQ, asked for or not.
    return !fetch.changed_since || add(cursor, fetch.items, make_item(*find_item("MODSEQ")));
}

}  // namespace

bool parse_fetch(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto set = take_set(cursor);
    if (!set || !cursor.space()) return false;
    Fetch fetch;
    fetch.messages = *std::move(set);
    // RFC 3501 §6.4.8: an answer to UID FETCH has the UID, asked for or not.
    if (command.uid) fetch.items.push_back(make_item(*find_item("UID")));
    if (!take_items(cursor, fetch.items) || !take_modifiers(cursor, fetch, command.uid)) return false;
    command.arguments = std::move(fetch);
    return true;
}

}  // namespace md::imap
