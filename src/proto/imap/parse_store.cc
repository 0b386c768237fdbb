// proto/imap/parse_store.cc - STORE and APPEND: what sets flags
//
// RFC
//   3501 §6.4.6, §6.3.11

#include <algorithm>
#include <array>

#include "proto/imap/command_table.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {
namespace {

struct ItemRow {
    std::string_view word;  ///< behind the sign
    bool silent;
};
constexpr std::array kStoreItems{ItemRow{"FLAGS", false}, ItemRow{"FLAGS.SILENT", true}};

bool take_store_item(Cursor& cursor, Store& store) {
    if (cursor.take('+')) {
        store.mode = Store::Mode::add;
    } else if (cursor.take('-')) {
        store.mode = Store::Mode::remove;
    }
    const auto word = cursor.word();
    const auto* const row =
        std::find_if(kStoreItems.begin(), kStoreItems.end(), [&](const auto& r) { return equal_nocase(word, r.word); });
    if (row == kStoreItems.end()) return cursor.fail("no such item of STORE");
    store.silent = row->silent;
    return true;
}

/// A list, or flags without parentheses.
bool take_flags(Cursor& cursor, FlagList& flags) {
    if (cursor.peek() == '(') return take_flag_list(cursor, flags);
    do {
        if (!take_flag(cursor, flags)) return false;
    } while (cursor.take(' '));
    return true;
}

}  // namespace

bool parse_store(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto set = take_set(cursor);
    if (!set || !cursor.space()) return false;
    Store store;
    store.messages = *std::move(set);
    if (!take_store_item(cursor, store) || !cursor.space() || !take_flags(cursor, store.flags)) return false;
    command.arguments = std::move(store);
    return true;
}

bool parse_append(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto mailbox = take_mailbox(cursor);
    if (!mailbox || !cursor.space()) return false;
    Append append{*std::move(mailbox), {}, {}, {}};
    if (cursor.peek() == '(' && (!take_flag_list(cursor, append.flags) || !cursor.space())) return false;
    if (cursor.peek() == '"') {
        const auto text = cursor.quoted();
        if (!text) return false;
        append.date = parse_date_time(*text);
        if (!append.date) return cursor.fail("date as \"dd-Mon-yyyy hh:mm:ss +zzzz\" expected");
        if (!cursor.space()) return false;
    }
    const auto* message = cursor.outside_literal();
    if (message == nullptr) return false;
    append.message = *message;
    command.arguments = std::move(append);
    return true;
}

}  // namespace md::imap
