// proto/imap/parse_mailbox.cc - CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, STATUS
//
// RFC
//   3501 §6.3.3-§6.3.7, §6.3.10; 4466 §2.2 and 6154 §3, §6 (CREATE … (USE …)); 7162, 7889, 8438, 8474, 9208 (items of
//   STATUS)

#include "proto/imap/command_table.h"
#include "proto/imap/lexical.h"
#include "proto/imap/mailbox_name.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {

namespace {

/// RFC 3501 §6.3.3: a separator at the end of the name says that others will be below it; it is no part of the name.
void drop_last_separator(std::string& name) {
    if (name.size() > 1 && name.back() == kSeparator) name.pop_back();
}

bool take_use(Cursor& cursor, Create& create) {
    if (!cursor.expect('\\', "special use expected")) return false;
    const auto word = cursor.atom("special use expected");
    if (!word) return false;
    const auto use = find_use({word->data() - 1, word->size() + 1});
    if (use) {
        create.uses |= *use;
    } else {
        create.unknown_use = true;
    }
    return true;
}

bool take_create_parameter(Cursor& cursor, Create& create) {
    if (!cursor.take_word("USE")) return cursor.fail("no such parameter of CREATE");
    if (!cursor.space() || !cursor.expect('(', "list of special uses expected")) return false;
    if (cursor.take(')')) return true;
    do {
        if (!take_use(cursor, create)) return false;
    } while (cursor.take(' '));
    return cursor.expect(')', "\")\" expected after special uses");
}

}  // namespace

std::optional<UseBits> find_use(std::string_view name) noexcept {
    for (const auto& row : kUseNames)
        if (equal_nocase(name, row.name)) return row.bit;
    return std::nullopt;
}

bool parse_mailbox(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto name = take_mailbox(cursor);
    if (!name) return false;
    command.arguments = Mailbox{*std::move(name)};
    return true;
}

bool parse_create(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto name = take_mailbox(cursor);
    if (!name) return false;
    Create create;
    create.name = *std::move(name);
    drop_last_separator(create.name);
    if (cursor.take(' ')) {
        if (!cursor.expect('(', "list of parameters expected")) return false;
        do {
            if (!take_create_parameter(cursor, create)) return false;
        } while (cursor.take(' '));
        if (!cursor.expect(')', "\")\" expected after parameters")) return false;
    }
    command.arguments = std::move(create);
    return true;
}

bool parse_rename(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto from = take_mailbox(cursor);
    if (!from || !cursor.space()) return false;
    auto to = take_mailbox(cursor);
    if (!to) return false;
    drop_last_separator(*to);
    command.arguments = Rename{*std::move(from), *std::move(to)};
    return true;
}

std::optional<StatusItems> take_status_items(Cursor& cursor) {
    if (!cursor.expect('(', "list of status items expected")) return std::nullopt;
    StatusItems items = 0;
    do {
        const auto word = cursor.atom("status item expected");
        if (!word) return std::nullopt;
        const StatusName* found = nullptr;
        for (const auto& row : kStatusNames)
            if (equal_nocase(*word, row.name)) found = &row;
        if (found == nullptr) {
            cursor.fail("no such status item");
            return std::nullopt;
        }
        items = static_cast<StatusItems>(items | static_cast<StatusItems>(found->item));
    } while (cursor.take(' '));
    if (!cursor.expect(')', "\")\" expected after status items")) return std::nullopt;
    return items;
}

bool parse_status(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto name = take_mailbox(cursor);
    if (!name || !cursor.space()) return false;
    const auto items = take_status_items(cursor);
    if (!items) return false;
    command.arguments = Status{*std::move(name), *items};
    return true;
}

}  // namespace md::imap
