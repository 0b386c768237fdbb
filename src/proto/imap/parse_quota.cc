// proto/imap/parse_quota.cc - GETQUOTA, GETQUOTAROOT, SETQUOTA
//
// RFC
//   9208 §4.1, §7; 2087 §4

#include "proto/imap/command_table.h"
#include "proto/imap/parse_parts.h"

namespace md::imap {

bool parse_quota_root(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    const auto root = cursor.astring("quota root expected");
    if (!root) return false;
    command.arguments = QuotaRoot{*root};
    return true;
}

/// Whatever the limits are, the answer is no; but what is no list of limits is not understood.
bool parse_set_quota(Cursor& cursor, Command& command) {
    if (!parse_quota_root(cursor, command) || !cursor.space()) return false;
    if (!cursor.expect('(', "list of limits expected")) return false;
    if (cursor.take(')')) return true;
    do {
        if (!cursor.atom("resource expected") || !cursor.space()) return false;
        const auto limit = cursor.word();
        const bool digits = !limit.empty() && limit.find_first_not_of("0123456789") == std::string_view::npos;
        if (!digits) return cursor.fail("limit expected");
    } while (cursor.take(' '));
    return cursor.expect(')', "\")\" expected after limits");
}

}  // namespace md::imap
