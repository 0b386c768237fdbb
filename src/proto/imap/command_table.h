// proto/imap/command_table.h - every command that the server knows, in one place
//
// PURPOSE
//   Parser, dispatch, state rules and tests read this table. A new command is a row here and a parser in a parse_*.cc.
// RFC
//   3501 §6 (states), §6.4.8 (UID), §7.4.1 (when EXPUNGE may be told); 2177
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "proto/imap/command.h"

namespace md::imap {

/// RFC 3501 §3; logout is not a state in which a client can speak.
enum class State : std::uint8_t { not_authenticated = 1, authenticated = 2, selected = 4 };

class Cursor;
/// Reads what follows the command's name, its space included; false when the cursor has an error.
using ArgumentParser = bool (*)(Cursor&, Command&);

bool parse_nothing(Cursor&, Command&);
bool parse_append(Cursor&, Command&);
bool parse_authenticate(Cursor&, Command&);
bool parse_compress(Cursor&, Command&);
bool parse_copy(Cursor&, Command&);
bool parse_enable(Cursor&, Command&);
bool parse_expunge(Cursor&, Command&);
bool parse_create(Cursor&, Command&);
bool parse_fetch(Cursor&, Command&);
bool parse_id(Cursor&, Command&);
bool parse_list(Cursor&, Command&);
bool parse_login(Cursor&, Command&);
bool parse_lsub(Cursor&, Command&);
bool parse_mailbox(Cursor&, Command&);
bool parse_quota_root(Cursor&, Command&);
bool parse_rename(Cursor&, Command&);
bool parse_search(Cursor&, Command&);
bool parse_select(Cursor&, Command&);
bool parse_sort(Cursor&, Command&);
bool parse_set_quota(Cursor&, Command&);
bool parse_status(Cursor&, Command&);
bool parse_store(Cursor&, Command&);
bool parse_thread(Cursor&, Command&);

struct CommandRule {
    std::string_view name;
    Verb verb;
    std::uint8_t states;  ///< bits of State
    ArgumentParser parse;
    bool has_uid_form = false;
    /// While its plain form is answered no EXPUNGE may be told, for its answers hold sequence numbers (RFC 3501
    /// §7.4.1).
    bool withholds_expunge = false;
    bool streams_literal = false;  ///< its last literal is a message and never collected
    bool secret = false;           ///< its arguments are not for a log
};

inline constexpr std::uint8_t kNotAuthenticated = 1;
inline constexpr std::uint8_t kSelected = 4;
inline constexpr std::uint8_t kLoggedIn = 2 | 4;
inline constexpr std::uint8_t kAny = 1 | 2 | 4;

inline constexpr std::array kCommands{
    CommandRule{
        .name = "APPEND", .verb = Verb::append, .states = kLoggedIn, .parse = parse_append, .streams_literal = true},
    CommandRule{.name = "AUTHENTICATE",
                .verb = Verb::authenticate,
                .states = kNotAuthenticated,
                .parse = parse_authenticate,
                .secret = true},
    CommandRule{.name = "CAPABILITY", .verb = Verb::capability, .states = kAny, .parse = parse_nothing},
    CommandRule{.name = "CHECK", .verb = Verb::check, .states = kSelected, .parse = parse_nothing},
    CommandRule{.name = "CLOSE", .verb = Verb::close, .states = kSelected, .parse = parse_nothing},
    CommandRule{.name = "COMPRESS", .verb = Verb::compress, .states = kLoggedIn, .parse = parse_compress},
    CommandRule{.name = "COPY", .verb = Verb::copy, .states = kSelected, .parse = parse_copy, .has_uid_form = true},
    CommandRule{.name = "CREATE", .verb = Verb::create, .states = kLoggedIn, .parse = parse_create},
    CommandRule{.name = "DELETE", .verb = Verb::delete_mailbox, .states = kLoggedIn, .parse = parse_mailbox},
    CommandRule{.name = "ENABLE", .verb = Verb::enable, .states = kLoggedIn, .parse = parse_enable},
    CommandRule{.name = "EXAMINE", .verb = Verb::examine, .states = kLoggedIn, .parse = parse_select},
    CommandRule{
        .name = "EXPUNGE", .verb = Verb::expunge, .states = kSelected, .parse = parse_expunge, .has_uid_form = true},
    CommandRule{.name = "FETCH",
                .verb = Verb::fetch,
                .states = kSelected,
                .parse = parse_fetch,
                .has_uid_form = true,
                .withholds_expunge = true},
    CommandRule{.name = "GETQUOTA", .verb = Verb::get_quota, .states = kLoggedIn, .parse = parse_quota_root},
    CommandRule{.name = "GETQUOTAROOT", .verb = Verb::get_quota_root, .states = kLoggedIn, .parse = parse_mailbox},
    CommandRule{.name = "ID", .verb = Verb::id, .states = kAny, .parse = parse_id},
    CommandRule{.name = "IDLE", .verb = Verb::idle, .states = kLoggedIn, .parse = parse_nothing},
    CommandRule{.name = "LIST", .verb = Verb::list, .states = kLoggedIn, .parse = parse_list},
    CommandRule{
        .name = "LOGIN", .verb = Verb::login, .states = kNotAuthenticated, .parse = parse_login, .secret = true},
    CommandRule{.name = "LOGOUT", .verb = Verb::logout, .states = kAny, .parse = parse_nothing},
    CommandRule{.name = "LSUB", .verb = Verb::lsub, .states = kLoggedIn, .parse = parse_lsub},
    CommandRule{.name = "MOVE", .verb = Verb::move, .states = kSelected, .parse = parse_copy, .has_uid_form = true},
    CommandRule{.name = "NAMESPACE", .verb = Verb::name_space, .states = kLoggedIn, .parse = parse_nothing},
    CommandRule{.name = "NOOP", .verb = Verb::noop, .states = kAny, .parse = parse_nothing},
    CommandRule{.name = "RENAME", .verb = Verb::rename, .states = kLoggedIn, .parse = parse_rename},
    CommandRule{.name = "SEARCH",
                .verb = Verb::search,
                .states = kSelected,
                .parse = parse_search,
                .has_uid_form = true,
                .withholds_expunge = true},
    CommandRule{.name = "SELECT", .verb = Verb::select, .states = kLoggedIn, .parse = parse_select},
    CommandRule{.name = "SETQUOTA", .verb = Verb::set_quota, .states = kLoggedIn, .parse = parse_set_quota},
    CommandRule{.name = "SORT",
                .verb = Verb::sort,
                .states = kSelected,
                .parse = parse_sort,
                .has_uid_form = true,
                .withholds_expunge = true},
    CommandRule{.name = "STARTTLS", .verb = Verb::starttls, .states = kNotAuthenticated, .parse = parse_nothing},
    CommandRule{.name = "STATUS", .verb = Verb::status, .states = kLoggedIn, .parse = parse_status},
    CommandRule{.name = "STORE",
                .verb = Verb::store,
                .states = kSelected,
                .parse = parse_store,
                .has_uid_form = true,
                .withholds_expunge = true},
    CommandRule{.name = "SUBSCRIBE", .verb = Verb::subscribe, .states = kLoggedIn, .parse = parse_mailbox},
    CommandRule{.name = "THREAD",
                .verb = Verb::thread,
                .states = kSelected,
                .parse = parse_thread,
                .has_uid_form = true,
                .withholds_expunge = true},
    CommandRule{.name = "UNSELECT", .verb = Verb::unselect, .states = kSelected, .parse = parse_nothing},
    CommandRule{.name = "UNSUBSCRIBE", .verb = Verb::unsubscribe, .states = kLoggedIn, .parse = parse_mailbox},
};

[[nodiscard]] const CommandRule* find_command(std::string_view name) noexcept;
[[nodiscard]] const CommandRule& rule_of(Verb verb) noexcept;

[[nodiscard]] constexpr bool allowed(const CommandRule& rule, State state) noexcept {
    return (rule.states & static_cast<std::uint8_t>(state)) != 0;
}

/// Whether EXPUNGE or VANISHED may be told while this command is answered: not where sequence numbers stand in it or in
/// its answers (RFC 3501 §7.4.1; RFC 7162 §3.2.10.2 of UID SEARCH).
[[nodiscard]] bool may_tell_expunge(const Command& command) noexcept;

struct UseName {
    std::string_view name;
    UseBits bit;
};
inline constexpr std::array kUseNames{
    UseName{"\\All", use::all},         UseName{"\\Archive", use::archive}, UseName{"\\Drafts", use::drafts},
    UseName{"\\Flagged", use::flagged}, UseName{"\\Junk", use::junk},       UseName{"\\Sent", use::sent},
    UseName{"\\Trash", use::trash},
};

/// The items of STATUS, in the order of the answer.
struct StatusName {
    std::string_view name;
    StatusItem item;
};
inline constexpr std::array kStatusNames{
    StatusName{"MESSAGES", StatusItem::messages},
    StatusName{"RECENT", StatusItem::recent},
    StatusName{"UIDNEXT", StatusItem::uidnext},
    StatusName{"UIDVALIDITY", StatusItem::uidvalidity},
    StatusName{"UNSEEN", StatusItem::unseen},
    StatusName{"SIZE", StatusItem::size},
    StatusName{"HIGHESTMODSEQ", StatusItem::highestmodseq},
    StatusName{"MAILBOXID", StatusItem::mailboxid},
    StatusName{"DELETED", StatusItem::deleted},
    StatusName{"DELETED-STORAGE", StatusItem::deleted_storage},
    StatusName{"APPENDLIMIT", StatusItem::appendlimit},
};

/// "DONE" ends IDLE (RFC 2177 §3); the line without its end.
[[nodiscard]] bool is_done(std::string_view line) noexcept;

}  // namespace md::imap
