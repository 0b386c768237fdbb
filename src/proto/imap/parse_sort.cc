// proto/imap/parse_sort.cc - SORT and THREAD (RFC 5256 §5; RETURN: RFC 5267 §3)

#include <algorithm>
#include <array>

#include "proto/imap/command_table.h"
#include "proto/imap/parse_search.h"

namespace md::imap {
namespace {

struct SortRow {
    std::string_view word;
    SortKey::Kind kind;
};

constexpr std::array kSortKeys{
    SortRow{"ARRIVAL", SortKey::Kind::arrival}, SortRow{"CC", SortKey::Kind::cc},
    SortRow{"DATE", SortKey::Kind::date},       SortRow{"FROM", SortKey::Kind::from},
    SortRow{"SIZE", SortKey::Kind::size},       SortRow{"SUBJECT", SortKey::Kind::subject},
    SortRow{"TO", SortKey::Kind::to},
};

/// One criterion. A key that stands there already decides nothing more, so it is not kept: there are as many at most
/// as there are kinds.
bool take_sort_key(Cursor& cursor, std::vector<SortKey>& keys) {
    auto word = cursor.word();
    const bool reverse = equal_nocase(word, "REVERSE");
    if (reverse) {
        if (!cursor.space()) return false;
        word = cursor.word();
    }
    const auto* const row =
        std::find_if(kSortKeys.begin(), kSortKeys.end(), [&](const auto& r) { return equal_nocase(word, r.word); });
    if (row == kSortKeys.end()) return cursor.fail("no such sort key");
    const auto same = [&](const SortKey& key) { return key.kind == row->kind; };
    if (std::none_of(keys.begin(), keys.end(), same)) keys.push_back({row->kind, reverse});
    return true;
}

bool take_sort_keys(Cursor& cursor, std::vector<SortKey>& keys) {
    if (!cursor.expect('(', "list of sort keys expected")) return false;
    do {
        if (!take_sort_key(cursor, keys)) return false;
    } while (cursor.take(' '));
    return cursor.expect(')', "\")\" expected after sort keys");
}

}  // namespace

bool parse_sort(Cursor& cursor, Command& command) {
    Sort sort;
    if (!cursor.space() || !take_return(cursor, sort.search)) return false;
    if (!take_sort_keys(cursor, sort.keys) || !cursor.space() || !take_criteria(cursor, sort.search)) return false;
    command.arguments = std::move(sort);
    return true;
}

bool parse_thread(Cursor& cursor, Command& command) {
    Thread thread;
    if (!cursor.space()) return false;
    const auto algorithm = cursor.atom("thread algorithm expected");
    if (!algorithm) return false;
    if (equal_nocase(*algorithm, "ORDEREDSUBJECT"))
        thread.algorithm = ThreadAlgorithm::ordered_subject;
    else if (!equal_nocase(*algorithm, "REFERENCES"))
        return cursor.fail("no such thread algorithm");
    if (!cursor.space() || !take_criteria(cursor, thread.search)) return false;
    command.arguments = std::move(thread);
    return true;
}

}  // namespace md::imap
