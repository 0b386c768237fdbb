// proto/imap/parse_mailbox.cc - LIST and STATUS
//
// RFC
//   3501 §6.3.8, §6.3.10

#include "proto/imap/command_table.h"
#include "proto/imap/mailbox_name.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {

bool parse_list(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    const auto reference = cursor.astring("reference name expected");
    if (!reference || !cursor.space()) return false;
    const auto pattern = cursor.list_mailbox();
    if (!pattern) return false;
    // Wildcards stand for themselves in modified UTF-7, so a pattern is decoded as a name is.
    auto decoded_reference = decode_utf7(*reference);
    auto decoded_pattern = decode_utf7(*pattern);
    if (!decoded_reference) return cursor.fail(decoded_reference.error().text);
    if (!decoded_pattern) return cursor.fail(decoded_pattern.error().text);
    command.arguments = List{*std::move(decoded_reference), *std::move(decoded_pattern)};
    return true;
}

bool parse_status(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    auto name = take_mailbox(cursor);
    if (!name || !cursor.space() || !cursor.expect('(', "list of status items expected")) return false;
    Status status{*std::move(name), 0};
    do {
        const auto word = cursor.word();
        const StatusName* found = nullptr;
        for (const auto& row : kStatusNames)
            if (equal_nocase(word, row.name)) found = &row;
        if (found == nullptr) return cursor.fail("no such status item");
        status.items |= static_cast<std::uint8_t>(found->item);
    } while (cursor.take(' '));
    if (!cursor.expect(')', "\")\" expected after status items")) return false;
    command.arguments = std::move(status);
    return true;
}

}  // namespace md::imap
