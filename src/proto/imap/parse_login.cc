// proto/imap/parse_login.cc - commands without arguments, LOGIN, AUTHENTICATE, COMPRESS
//
// RFC
//   3501 §6.2.2, §6.2.3; 4959 §3 (initial response); 4978 §5

#include "proto/imap/command_table.h"
#include "proto/imap/cursor.h"

namespace md::imap {

bool parse_nothing(Cursor&, Command&) {
    return true;
}

bool parse_login(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    const auto user = cursor.astring("user name expected");
    if (!user || !cursor.space()) return false;
    const auto password = cursor.astring("password expected");
    if (!password) return false;
    command.arguments = Login{*user, *password};
    return true;
}

bool parse_authenticate(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    const auto mechanism = cursor.atom("SASL mechanism expected");
    if (!mechanism) return false;
    Authenticate arguments{*mechanism, std::nullopt};
    if (cursor.take(' ')) {
        const auto response = cursor.until_space();
        if (response.empty()) return cursor.fail("initial response expected");
        // RFC 4959 §3: a response of no octets is a single "=".
        arguments.initial_response = response == "=" ? std::string_view() : response;
    }
    command.arguments = arguments;
    return true;
}

bool parse_compress(Cursor& cursor, Command& command) {
    if (!cursor.space()) return false;
    const auto mechanism = cursor.atom("compression mechanism expected");
    if (!mechanism) return false;
    command.arguments = Compress{*mechanism};
    return true;
}

}  // namespace md::imap
