// proto/imap/parse_search.cc - SEARCH and UID SEARCH
//
// PURPOSE
//   Keys are a table; the program comes out in prefix order (command.h, SearchKey), which matches() runs.
// RFC
//   3501 §6.4.4

#include <algorithm>
#include <array>

#include "proto/imap/command_table.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {
namespace {

using Kind = SearchKey::Kind;

struct KeyRow {
    std::string_view word;
    Kind kind;
    Flag flag = Flag::seen;
    bool wanted = true;
    unsigned operands = 0;
};

constexpr std::array kKeys{
    KeyRow{"ALL", Kind::all},
    KeyRow{"ANSWERED", Kind::flag, Flag::answered},
    KeyRow{"DELETED", Kind::flag, Flag::deleted},
    KeyRow{"DRAFT", Kind::flag, Flag::draft},
    KeyRow{"FLAGGED", Kind::flag, Flag::flagged},
    KeyRow{"KEYWORD", Kind::keyword},
    KeyRow{"NOT", Kind::op_not, Flag::seen, true, 1},
    KeyRow{"OLD", Kind::flag, Flag::recent, false},
    KeyRow{"OR", Kind::op_or, Flag::seen, true, 2},
    KeyRow{"RECENT", Kind::flag, Flag::recent},
    KeyRow{"SEEN", Kind::flag, Flag::seen},
    KeyRow{"UID", Kind::uid},
    KeyRow{"UNANSWERED", Kind::flag, Flag::answered, false},
    KeyRow{"UNDELETED", Kind::flag, Flag::deleted, false},
    KeyRow{"UNDRAFT", Kind::flag, Flag::draft, false},
    KeyRow{"UNFLAGGED", Kind::flag, Flag::flagged, false},
    KeyRow{"UNKEYWORD", Kind::keyword, Flag::seen, false},
    KeyRow{"UNSEEN", Kind::flag, Flag::seen, false},
};

bool take_key(Cursor& cursor, std::vector<SearchKey>& program, unsigned depth);

void add_flag(std::vector<SearchKey>& program, Flag flag, bool wanted) {
    SearchKey key{.kind = Kind::flag, .wanted = wanted, .flag = flag};
    key.next = program.size() + 1;
    program.push_back(std::move(key));
}

/// Opens an operator; close() says where its keys end.
std::size_t open(std::vector<SearchKey>& program, Kind kind) {
    program.push_back(SearchKey{.kind = kind});
    return program.size() - 1;
}
void close(std::vector<SearchKey>& program, std::size_t at) {
    program[at].next = program.size();
}

bool take_numbers(Cursor& cursor, std::vector<SearchKey>& program, Kind kind) {
    auto set = take_set(cursor);
    if (!set) return false;
    const auto at = open(program, kind);
    program[at].numbers = *std::move(set);
    close(program, at);
    return true;
}

bool take_named(Cursor& cursor, std::vector<SearchKey>& program, const KeyRow& row, unsigned depth) {
    if (row.kind == Kind::uid) return cursor.space() && take_numbers(cursor, program, Kind::uid);
    const auto at = open(program, row.kind);
    program[at].flag = row.flag;
    program[at].wanted = row.wanted;
    if (row.kind == Kind::keyword) {
        if (!cursor.space()) return false;
        const auto keyword = cursor.atom("keyword expected");
        if (!keyword) return false;
        program[at].keyword = *keyword;
    }
    for (unsigned i = 0; i < row.operands; ++i)
        if (!cursor.space() || !take_key(cursor, program, depth + 1)) return false;
    close(program, at);
    return true;
}

bool take_keys(Cursor& cursor, std::vector<SearchKey>& program, unsigned depth) {
    const auto at = open(program, Kind::op_and);
    do {
        if (!take_key(cursor, program, depth)) return false;
    } while (cursor.take(' '));
    close(program, at);
    return true;
}

bool take_key(Cursor& cursor, std::vector<SearchKey>& program, unsigned depth) {
    if (depth > kNestingLimit) return cursor.fail("search keys nested too deeply");
    if (cursor.take('(')) return take_keys(cursor, program, depth + 1) && cursor.expect(')', "\")\" expected");
    if (is_digit(cursor.peek()) || cursor.peek() == '*') return take_numbers(cursor, program, Kind::sequence);
    const auto word = cursor.word();
    if (equal_nocase(word, "NEW")) {  // "functionally equivalent to (RECENT UNSEEN)"
        const auto at = open(program, Kind::op_and);
        add_flag(program, Flag::recent, true);
        add_flag(program, Flag::seen, false);
        close(program, at);
        return true;
    }
    const auto* const row =
        std::find_if(kKeys.begin(), kKeys.end(), [&](const auto& r) { return equal_nocase(word, r.word); });
    if (row == kKeys.end()) return cursor.fail("no such search key");
    return take_named(cursor, program, *row, depth);
}

}  // namespace

bool parse_search(Cursor& cursor, Command& command) {
    Search search;
    if (!cursor.space()) return false;
    // CHARSET can only come first; it is no key, so that a key of a later extension may not begin with it either.
    if (cursor.take_word("CHARSET")) {
        if (!cursor.space()) return false;
        search.charset = cursor.astring("charset expected");
        if (!search.charset || !cursor.space()) return false;
    }
    if (!take_keys(cursor, search.program, 0)) return false;
    command.arguments = std::move(search);
    return true;
}

}  // namespace md::imap
