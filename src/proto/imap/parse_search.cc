// proto/imap/parse_search.cc - SEARCH, and what SORT and THREAD share with it
//
// PURPOSE
//   Keys are a table; the program comes out in prefix order (command.h, SearchKey), which decide() runs.
// CONTRACT
//   Recursion goes as deep as keys are nested, to kNestingLimit; kSearchKeyLimit bounds the program.
// RFC
//   3501 §6.4.4; 4466 §2.6.1 (RETURN); 5032; 7162 §3.1.5; 8474 §6

#include "proto/imap/parse_search.h"

#include <algorithm>
#include <array>

#include "proto/imap/command_table.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {
namespace {

using Kind = SearchKey::Kind;

/// What follows the word of a key.
enum class Operand : std::uint8_t {
    none,
    keyword,
    numbers,
    date,
    seconds,
    octets,
    modseq,
    object,
    field,
    string,
    keys
};

struct KeyRow {
    std::string_view word;
    Kind kind;
    Operand operand = Operand::none;
    Flag flag = Flag::seen;
    bool wanted = true;
    std::string_view field = {};
    unsigned keys = 0;
};

constexpr KeyRow flag_row(std::string_view word, Flag flag, bool wanted = true) {
    return {word, Kind::flag, Operand::none, flag, wanted};
}
constexpr KeyRow field_row(std::string_view word) {
    return {word, Kind::header, Operand::string, Flag::seen, true, word};
}

constexpr std::array kKeys{
    KeyRow{"ALL", Kind::all},
    flag_row("ANSWERED", Flag::answered),
    field_row("BCC"),
    KeyRow{"BEFORE", Kind::before, Operand::date},
    KeyRow{"BODY", Kind::body, Operand::string},
    field_row("CC"),
    flag_row("DELETED", Flag::deleted),
    flag_row("DRAFT", Flag::draft),
    KeyRow{"EMAILID", Kind::email_id, Operand::object},
    flag_row("FLAGGED", Flag::flagged),
    field_row("FROM"),
    KeyRow{"HEADER", Kind::header, Operand::field},
    KeyRow{"KEYWORD", Kind::keyword, Operand::keyword},
    KeyRow{"LARGER", Kind::larger, Operand::octets},
    KeyRow{"MODSEQ", Kind::modseq, Operand::modseq},
    KeyRow{"NOT", Kind::op_not, Operand::keys, Flag::seen, true, {}, 1},
    flag_row("OLD", Flag::recent, false),
    KeyRow{"OLDER", Kind::older, Operand::seconds},
    KeyRow{"ON", Kind::on, Operand::date},
    KeyRow{"OR", Kind::op_or, Operand::keys, Flag::seen, true, {}, 2},
    flag_row("RECENT", Flag::recent),
    flag_row("SEEN", Flag::seen),
    KeyRow{"SENTBEFORE", Kind::sent_before, Operand::date},
    KeyRow{"SENTON", Kind::sent_on, Operand::date},
    KeyRow{"SENTSINCE", Kind::sent_since, Operand::date},
    KeyRow{"SINCE", Kind::since, Operand::date},
    KeyRow{"SMALLER", Kind::smaller, Operand::octets},
    field_row("SUBJECT"),
    KeyRow{"TEXT", Kind::text, Operand::string},
    KeyRow{"THREADID", Kind::thread_id, Operand::object},
    field_row("TO"),
    KeyRow{"UID", Kind::uid, Operand::numbers},
    flag_row("UNANSWERED", Flag::answered, false),
    flag_row("UNDELETED", Flag::deleted, false),
    flag_row("UNDRAFT", Flag::draft, false),
    flag_row("UNFLAGGED", Flag::flagged, false),
    KeyRow{"UNKEYWORD", Kind::keyword, Operand::keyword, Flag::seen, false},
    flag_row("UNSEEN", Flag::seen, false),
    KeyRow{"YOUNGER", Kind::younger, Operand::seconds},
};

template <class Value, class Target>
bool keep(const std::optional<Value>& value, Target& target) {
    if (value) target = *value;
    return value.has_value();
}

class Parser {
  public:
    Parser(Cursor& cursor, std::vector<SearchKey>& program) : cursor_(cursor), program_(program) {}

    bool take_keys(unsigned depth) {
        const auto at = open(Kind::op_and);
        do {
            if (!take_key(depth)) return false;
        } while (cursor_.take(' '));
        close(at);
        return true;
    }

  private:
    /// Opens a key; close() says where what belongs to it ends.
    std::size_t open(Kind kind) {
        program_.push_back(SearchKey{.kind = kind});
        return program_.size() - 1;
    }
    void close(std::size_t at) { program_[at].next = program_.size(); }

    bool take_key(unsigned depth) {
        if (depth > kNestingLimit) return cursor_.fail("search keys nested too deeply");
        if (program_.size() >= kSearchKeyLimit) return cursor_.fail("too many search keys");
        if (cursor_.take('(')) return take_keys(depth + 1) && cursor_.expect(')', "\")\" expected");
        const char next = cursor_.peek();
        if (is_digit(next) || next == '*' || next == '$')
            return take_leaf(KeyRow{{}, Kind::sequence, Operand::numbers});
        const auto word = cursor_.word();
        if (equal_nocase(word, "NEW")) {  // "functionally equivalent to (RECENT UNSEEN)"
            const auto at = open(Kind::op_and);
            (void)take_leaf(flag_row({}, Flag::recent));
            (void)take_leaf(flag_row({}, Flag::seen, false));
            close(at);
            return true;
        }
        const auto* const row =
            std::find_if(kKeys.begin(), kKeys.end(), [&](const auto& r) { return equal_nocase(word, r.word); });
        if (row == kKeys.end()) return cursor_.fail("no such search key");
        if (row->operand == Operand::keys) return take_operator(*row, depth);
        return (row->operand == Operand::none || cursor_.space()) && take_leaf(*row);
    }

    bool take_operator(const KeyRow& row, unsigned depth) {
        const auto at = open(row.kind);
        for (unsigned i = 0; i < row.keys; ++i)
            if (!cursor_.space() || !take_key(depth + 1)) return false;
        close(at);
        return true;
    }

    bool take_leaf(const KeyRow& row) {
        SearchKey key{.kind = row.kind, .wanted = row.wanted, .flag = row.flag, .name = row.field};
        if (!take_operand(row.operand, key)) return false;
        key.next = program_.size() + 1;
        program_.push_back(std::move(key));
        return true;
    }

    bool take_operand(Operand operand, SearchKey& key) {
        switch (operand) {
            case Operand::none:
            case Operand::keys: return true;
            case Operand::keyword: return keep(cursor_.atom("keyword expected"), key.keyword);
            case Operand::numbers: return keep(take_set(cursor_), key.numbers);
            case Operand::date: return take_date(key);
            case Operand::seconds: return take_number(key) && (key.number > 0 || cursor_.fail("number expected"));
            case Operand::octets: return take_number(key);
            case Operand::modseq: return take_modseq(key);
            case Operand::object: return keep(cursor_.astring("object identifier expected"), key.string);
            case Operand::field:
                return keep(cursor_.astring("name of a field expected"), key.name) && cursor_.space() &&
                       take_operand(Operand::string, key);
            case Operand::string: return keep(cursor_.astring("string expected"), key.string);
        }
        return false;
    }

    bool take_date(SearchKey& key) {
        const auto text = cursor_.astring("date expected");
        if (!text) return false;
        return keep(parse_day(*text), key.day) || cursor_.fail("date expected");
    }

    bool take_number(SearchKey& key) {
        const auto digits = cursor_.word();
        return keep(parse_number<std::uint64_t>(digits), key.number) || cursor_.fail("number expected");
    }

    /// RFC 7162 §3.1.5: [entry-name SP entry-type-req SP] mod-sequence-valzer; there is one MODSEQ a message here, so
    /// the entry does not narrow the search.
    bool take_modseq(SearchKey& key) {
        if (cursor_.peek() == '"') {
            const auto entry = cursor_.quoted();
            if (!entry) return false;
            if (!starts_with_nocase(*entry, "/flags/")) return cursor_.fail("no such entry");
            if (!cursor_.space()) return false;
            const auto type = cursor_.word();
            if (!equal_nocase(type, "priv") && !equal_nocase(type, "shared") && !equal_nocase(type, "all"))
                return cursor_.fail("priv, shared or all expected");
            if (!cursor_.space()) return false;
        }
        return take_number(key) && (key.number < std::uint64_t{1} << 63 || cursor_.fail("number expected"));
    }

    Cursor& cursor_;
    std::vector<SearchKey>& program_;
};

bool take_charset(Cursor& cursor, Search& search) {
    search.charset = cursor.astring("charset expected");
    return search.charset && cursor.space();
}

}  // namespace

bool take_return(Cursor& cursor, Search& search) {
    if (!cursor.take_word("RETURN")) return true;
    if (!cursor.space() || !cursor.expect('(', "list of what to return expected")) return false;
    SearchReturn wanted;
    while (!cursor.take(')')) {
        const auto word = cursor.word();
        if (equal_nocase(word, "MIN"))
            wanted.min = true;
        else if (equal_nocase(word, "MAX"))
            wanted.max = true;
        else if (equal_nocase(word, "ALL"))
            wanted.all = true;
        else if (equal_nocase(word, "COUNT"))
            wanted.count = true;
        else if (equal_nocase(word, "SAVE"))
            wanted.save = true;
        else
            return cursor.fail("no such return option");
        if (cursor.peek() != ')' && !cursor.space()) return false;
    }
    if (!wanted.responds() && !wanted.save) wanted.all = true;  // "equivalent to (ALL)"
    search.wanted = wanted;
    return cursor.space();
}

bool take_criteria(Cursor& cursor, Search& search) {
    return take_charset(cursor, search) && Parser(cursor, search.program).take_keys(0);
}

bool parse_search(Cursor& cursor, Command& command) {
    Search search;
    if (!cursor.space() || !take_return(cursor, search)) return false;
    // CHARSET can only come first; it is no key, so that a key of a later extension may not begin with it either.
    if (cursor.take_word("CHARSET") && (!cursor.space() || !take_charset(cursor, search))) return false;
    if (!Parser(cursor, search.program).take_keys(0)) return false;
    command.arguments = std::move(search);
    return true;
}

}  // namespace md::imap
