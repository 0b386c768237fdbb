// proto/imap/parse_list.cc - LIST with all its options, LSUB
//
// CONTRACT
//   Options that contradict each other are syntax errors, as RFC 5258 §3 says. Patterns are bounded in number.
// RFC
//   3501 §6.3.8, §6.3.9; 5258 §3, §6 (LIST-EXTENDED); 5819 §3 (LIST-STATUS); 6154 §2, §6 (SPECIAL-USE)

#include <array>

#include "proto/imap/command_table.h"
#include "proto/imap/mailbox_name.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {

namespace {

/// More patterns than this in one command are refused: each is held against every name.
constexpr std::size_t kPatternLimit = 100;

struct OptionName {
    std::string_view name;
    ListOption option;
};
constexpr std::array kSelections{
    OptionName{"SUBSCRIBED", ListOption::subscribed},
    OptionName{"REMOTE", ListOption::remote},
    OptionName{"RECURSIVEMATCH", ListOption::recursive_match},
    OptionName{"SPECIAL-USE", ListOption::special_use},
};
constexpr std::array kReturns{
    OptionName{"SUBSCRIBED", ListOption::subscribed},
    OptionName{"CHILDREN", ListOption::children},
    OptionName{"SPECIAL-USE", ListOption::special_use},
    OptionName{"STATUS", ListOption::status},
};

template <std::size_t N>
const OptionName* find(const std::array<OptionName, N>& table, std::string_view name) {
    for (const auto& row : table)
        if (equal_nocase(name, row.name)) return &row;
    return nullptr;
}

bool take_selections(Cursor& cursor, List& list) {
    list.extended = true;
    if (cursor.take(')')) return true;
    do {
        const auto word = cursor.atom("selection option expected");
        if (!word) return false;
        const auto* row = find(kSelections, *word);
        if (row == nullptr) return cursor.fail("no such selection option");
        list.select |= bit(row->option);
    } while (cursor.take(' '));
    // RFC 5258 §3.1: RECURSIVEMATCH is of use only with an option that says what is to match.
    const auto bases = list.select & static_cast<unsigned>(bit(ListOption::subscribed) | bit(ListOption::special_use));
    if (list.selects(ListOption::recursive_match) && bases == 0)
        return cursor.fail("RECURSIVEMATCH without an option to match");
    return cursor.expect(')', "\")\" expected after selection options");
}

bool take_returns(Cursor& cursor, List& list) {
    list.extended = true;
    if (!cursor.take_word("RETURN")) return cursor.fail("RETURN expected");
    if (!cursor.space() || !cursor.expect('(', "list of return options expected")) return false;
    if (cursor.take(')')) return true;
    do {
        const auto word = cursor.atom("return option expected");
        if (!word) return false;
        const auto* row = find(kReturns, *word);
        if (row == nullptr) return cursor.fail("no such return option");
        list.returns |= bit(row->option);
        if (row->option != ListOption::status) continue;
        const auto items = cursor.space() ? take_status_items(cursor) : std::nullopt;
        if (!items) return false;
        list.status = *items;
    } while (cursor.take(' '));
    return cursor.expect(')', "\")\" expected after return options");
}

/// Wildcards stand for themselves in modified UTF-7, so a pattern is decoded as a name is. One that no name can match
/// is ignored without a word (RFC 5258 §3).
bool take_pattern(Cursor& cursor, List& list) {
    const auto pattern = cursor.list_mailbox();
    if (!pattern) return false;
    if (list.patterns.size() == kPatternLimit) return cursor.fail("too many patterns");
    auto decoded = decode_utf7(*pattern);
    if (decoded) list.patterns.push_back(*std::move(decoded));
    return true;
}

bool take_patterns(Cursor& cursor, List& list) {
    list.extended = true;
    do {
        if (!take_pattern(cursor, list)) return false;
    } while (cursor.take(' '));
    return cursor.expect(')', "\")\" expected after patterns");
}

bool take_reference(Cursor& cursor, List& list) {
    const auto reference = cursor.astring("reference name expected");
    if (!reference) return false;
    auto decoded = decode_utf7(*reference);
    if (!decoded) return cursor.fail(decoded.error().text);
    list.reference = *std::move(decoded);
    return cursor.space();
}

}  // namespace

bool parse_list(Cursor& cursor, Command& command) {
    List list;
    if (!cursor.space()) return false;
    if (cursor.take('(') && !(take_selections(cursor, list) && cursor.space())) return false;
    if (!take_reference(cursor, list)) return false;
    if (cursor.take('(') ? !take_patterns(cursor, list) : !take_pattern(cursor, list)) return false;
    if (cursor.take(' ') && !take_returns(cursor, list)) return false;
    command.arguments = std::move(list);
    return true;
}

bool parse_lsub(Cursor& cursor, Command& command) {
    List list;
    if (!cursor.space() || !take_reference(cursor, list) || !take_pattern(cursor, list)) return false;
    command.arguments = std::move(list);
    return true;
}

}  // namespace md::imap
