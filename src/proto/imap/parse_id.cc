// proto/imap/parse_id.cc - ID
//
// CONTRACT
//   At most 30 fields (RFC 2971 §3.3); names and values may be atoms too, as some clients send them.
// RFC
//   2971 §3.1, §3.3

#include "proto/imap/command_table.h"
#include "proto/imap/cursor.h"

namespace md::imap {

namespace {

constexpr std::size_t kMostFields = 30;

}  // namespace

bool parse_id(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    Id id;
    if (!cursor.take_word("NIL")) {
        if (!cursor.expect('(', "list of fields expected")) return false;
        while (!cursor.take(')')) {
            if (!id.fields.empty() && !cursor.space()) return false;
            if (id.fields.size() == kMostFields) return cursor.fail("too many fields");
            const auto name = cursor.astring("name of a field expected");
            if (!name || !cursor.space()) return false;
            std::optional<std::string_view> value;
            if (!cursor.take_word("NIL")) {
                value = cursor.astring("value of a field expected");
                if (!value) return false;
            }
            id.fields.emplace_back(*name, value);
        }
    }
    command.arguments = std::move(id);
    return true;
}

}  // namespace md::imap
