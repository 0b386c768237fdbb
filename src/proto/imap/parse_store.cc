// proto/imap/parse_store.cc - STORE and APPEND: what sets flags; COPY and MOVE
//
// RFC
//   3501 §6.4.6, §6.3.11, §6.4.7; 4466 §2.5, 7162 §3.1.3 (UNCHANGEDSINCE); 6851 §3.1

#include <algorithm>
#include <array>
#include <forward_list>
#include <string>

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

/// "(UNCHANGEDSINCE 12121230045) "; nothing if there is none.
bool take_modifiers(Cursor& cursor, Store& store) {
    if (!cursor.take('(')) return true;
    if (!cursor.take_word("UNCHANGEDSINCE")) return cursor.fail("no such modifier of STORE");
    if (!cursor.space()) return false;
    store.unchanged_since = take_modseq(cursor);
    return store.unchanged_since && cursor.expect(')', "\")\" expected after the modifier") && cursor.space();
}

/// append-message of RFC 3502: [SP flag-list] [SP date-time] SP literal
bool take_message(Cursor& cursor, AppendMessage& message) {
    if (!cursor.space()) return false;
    if (cursor.peek() == '(' && (!take_flag_list(cursor, message.flags) || !cursor.space())) return false;
    if (cursor.peek() == '"') {
        const auto text = cursor.quoted();
        if (!text) return false;
        message.date = parse_date_time(*text);
        if (!message.date) return cursor.fail("date as \"dd-Mon-yyyy hh:mm:ss +zzzz\" expected");
        if (!cursor.space()) return false;
    }
    const auto* literal = cursor.outside_literal();
    if (literal == nullptr) return false;
    message.literal = *literal;
    return true;
}

}  // namespace

bool parse_store(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto set = take_set(cursor);
    if (!set || !cursor.space()) return false;
    Store store;
    store.messages = *std::move(set);
    if (!take_modifiers(cursor, store) || !take_store_item(cursor, store) || !cursor.space() ||
        !take_flags(cursor, store.flags))
        return false;
    command.arguments = std::move(store);
    return true;
}

bool parse_copy(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto set = take_set(cursor);
    if (!set || !cursor.space()) return false;
    auto mailbox = take_mailbox(cursor);
    if (!mailbox) return false;
    command.arguments = Copy{*std::move(set), *std::move(mailbox)};
    return true;
}

bool parse_append(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto mailbox = take_mailbox(cursor);
    if (!mailbox) return false;
    Append append{*std::move(mailbox), {}};
    if (!take_message(cursor, append.message)) return false;
    command.arguments = std::move(append);
    return true;
}

Result<AppendMessage, std::string_view> parse_next_message(const Assembled& tail) {
    std::forward_list<std::string> unescaped;
    Cursor cursor(tail, unescaped);
    AppendMessage message;
    if (take_message(cursor, message) && cursor.end()) return message;
    return fail(cursor.error());
}

}  // namespace md::imap
