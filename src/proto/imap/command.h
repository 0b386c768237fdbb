// proto/imap/command.h - one assembled command of an IMAP client as a value
//
// PURPOSE
//   parse() turns an Assembled into a Command; kCommands (command_table.h) says which words there are, when they may be
//   given and how their arguments are read. An extension adds a row there, an alternative to Arguments, and a
//   parse_*.cc.
// CONTRACT
//   Pure; never throws. What cannot be read is a SyntaxError with the tag, if one was given, and a text fit for the
//   client. Views in a Command point into the Assembled or into the Command itself, which may be moved but not copied.
//   Linear in the command's length; nesting is bounded by kNestingLimit.
// RFC
//   3501 §6, §9; 2177 (IDLE); 2971 (ID); 3502 (MULTIAPPEND); 3691 (UNSELECT); 4315 (UID EXPUNGE); 4731, 5182, 5267 §3
//   (RETURN); 4959 (SASL-IR); 4978 (COMPRESS); 5032, 7162 §3.1.5, 8474 §6 (search keys); 5161 (ENABLE); 5256 (SORT,
//   THREAD); 6851 (MOVE); 7162
#pragma once

#include <cstdint>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "proto/imap/assembler.h"
#include "proto/imap/date_time.h"
#include "proto/imap/flags.h"
#include "proto/imap/sequence_set.h"

namespace md::imap {

enum class Verb : std::uint8_t {
    append,
    authenticate,
    capability,
    check,
    close,
    compress,
    copy,
    create,
    delete_mailbox,
    enable,
    examine,
    expunge,
    fetch,
    get_quota,
    get_quota_root,
    id,
    idle,
    list,
    login,
    logout,
    lsub,
    move,
    name_space,
    noop,
    rename,
    search,
    select,
    set_quota,
    sort,
    starttls,
    status,
    store,
    subscribe,
    thread,
    unselect,
    unsubscribe,
};

/// Lists and search keys nested deeper than this are refused (threats: memory before login).
inline constexpr unsigned kNestingLimit = 50;
/// So are more keys in one search, for each costs something on every message.
inline constexpr std::size_t kSearchKeyLimit = 1000;

struct NoArguments {};

struct Login {
    std::string_view user;
    std::string_view password;
};

struct Authenticate {
    std::string_view mechanism;
    /// SASL-IR (RFC 4959): base64 as sent; "=" on the wire is an empty text here. None: the server asks with "+".
    std::optional<std::string_view> initial_response;
};

/// COMPRESS (RFC 4978).
struct Compress {
    std::string_view mechanism;
};

/// ID (RFC 2971): what the client tells of itself; none of a NIL.
struct Id {
    std::vector<std::pair<std::string_view, std::optional<std::string_view>>> fields;
};

/// What a client knows of a mailbox from before (RFC 7162 §3.2.5).
struct Resync {
    std::uint32_t uid_validity = 0;
    std::uint64_t modseq = 0;
    std::optional<std::vector<NumberRange>> known;  ///< UIDs; none: all
    /// Pairs of message number and UID, as many numbers in both; empty: none were given.
    std::vector<NumberRange> match_sequence;
    std::vector<NumberRange> match_uids;
};

/// SELECT, EXAMINE: a name in UTF-8.
struct Select {
    std::string mailbox;
    bool condstore = false;
    std::optional<Resync> resync;
};

/// ENABLE: names as sent.
struct Enable {
    std::vector<std::string_view> capabilities;
};

/// EXPUNGE: all; UID EXPUNGE: those of the set (RFC 4315 §2.1).
struct Expunge {
    std::optional<SequenceSet> uids;
};

/// COPY and MOVE.
struct Copy {
    SequenceSet messages;
    std::string mailbox;
};

/// Special uses of a mailbox (RFC 6154 §2) as a sum of these.
using UseBits = std::uint8_t;
namespace use {
inline constexpr UseBits all = 1;
inline constexpr UseBits archive = 2;
inline constexpr UseBits drafts = 4;
inline constexpr UseBits flagged = 8;
inline constexpr UseBits junk = 16;
inline constexpr UseBits sent = 32;
inline constexpr UseBits trash = 64;
}  // namespace use
/// The bit of "\\Sent"; none: no use that RFC 6154 knows.
[[nodiscard]] std::optional<UseBits> find_use(std::string_view name) noexcept;

/// A name in UTF-8.
struct Mailbox {
    std::string name;
};

/// Names in UTF-8, without a separator at their end.
struct Create {
    std::string name;
    UseBits uses = 0;
    bool unknown_use = false;  ///< one was given that nobody knows
};
struct Rename {
    std::string from;
    std::string to;
};

/// GETQUOTA, SETQUOTA; limits are not kept, for no client may set them.
struct QuotaRoot {
    std::string_view name;
};

enum class StatusItem : std::uint16_t {
    messages = 1,
    recent = 2,
    uidnext = 4,
    uidvalidity = 8,
    unseen = 16,
    size = 32,
    highestmodseq = 64,
    mailboxid = 128,
    deleted = 256,
    deleted_storage = 512,
    appendlimit = 1024,
};
using StatusItems = std::uint16_t;  ///< bits of StatusItem

struct Status {
    std::string mailbox;
    StatusItems items = 0;
};

/// What LIST selects names by, and what it is to tell of them (RFC 5258 §3.1, §3.2).
enum class ListOption : std::uint8_t {
    subscribed = 1,
    remote = 2,
    recursive_match = 4,
    special_use = 8,
    children = 16,
    status = 32,
};
[[nodiscard]] constexpr std::uint8_t bit(ListOption option) noexcept {
    return static_cast<std::uint8_t>(option);
}

/// LIST, LSUB: reference and patterns in UTF-8; ListPattern reads the concatenation of the two.
struct List {
    std::string reference;
    std::vector<std::string> patterns;  ///< none: no name matches
    bool extended = false;              ///< a form of RFC 5258
    std::uint8_t select = 0;            ///< bits of ListOption
    std::uint8_t returns = 0;           ///< likewise
    StatusItems status = 0;

    [[nodiscard]] bool selects(ListOption option) const noexcept { return (select & bit(option)) != 0; }
    /// What a name is selected by is also told of it.
    [[nodiscard]] bool returns_or_selects(ListOption option) const noexcept {
        return ((select | returns) & bit(option)) != 0;
    }
};

/// What of a message a BODY item means (RFC 3501 §6.4.5).
struct Section {
    enum class Text : std::uint8_t { whole, header, header_fields, header_fields_not, text, mime } text = Text::whole;
    std::vector<std::string_view> fields = {};  ///< HEADER.FIELDS(.NOT): names as sent
    std::vector<std::uint32_t> part = {};       ///< "1.2"; empty: the message
};

/// "<0.2048>": at most `count` octets from `first` on.
struct Partial {
    std::uint32_t first;
    std::uint32_t count;
};

struct FetchItem {
    enum class Kind : std::uint8_t {
        flags,
        uid,
        rfc822_size,
        internaldate,
        envelope,
        structure,           ///< BODY
        extended_structure,  ///< BODYSTRUCTURE
        body,
        binary,       ///< RFC 3516: the section decoded …
        binary_size,  ///< … and its size
        modseq,
        email_id,
        thread_id,
    } kind;
    std::string_view name;      ///< as in the answer: "FLAGS", "BODY", "RFC822.TEXT" …
    bool has_brackets = false;  ///< BODY[], BODY.PEEK[], BINARY[] …: the answer shows the section, RFC822.* do not
    bool sets_seen = false;     ///< sets \Seen where the mailbox is not read-only
    Section section = {};
    std::optional<Partial> partial = {};
};

struct Fetch {
    SequenceSet messages;
    std::vector<FetchItem> items;                     ///< not empty; UID FETCH always has uid
    std::optional<std::uint64_t> changed_since = {};  ///< RFC 7162 §3.1.4.1; then modseq is among the items
    bool vanished = false;                            ///< RFC 7162 §3.2.6
};

struct Store {
    enum class Mode : std::uint8_t { replace, add, remove } mode = Mode::replace;
    SequenceSet messages;
    bool silent = false;
    FlagList flags;
    std::optional<std::uint64_t> unchanged_since;  ///< RFC 7162 §3.1.3
};

/// One key of a search program, in prefix order: the keys of an operator stand behind it, up to `next`.
struct SearchKey {
    enum class Kind : std::uint8_t {
        all,
        flag,
        keyword,
        sequence,
        uid,
        op_and,
        op_or,
        op_not,
        before,  ///< internal date, by its day
        on,
        since,
        sent_before,  ///< Date field, by its day as written
        sent_on,
        sent_since,
        older,  ///< internal date, by the second (RFC 5032)
        younger,
        larger,
        smaller,
        modseq,    ///< RFC 7162 §3.1.5; entries have no MODSEQ of their own here
        email_id,  ///< RFC 8474 §6
        thread_id,
        header,  ///< field `name` has `text` in it
        body,
        text,
    } kind;
    std::size_t next = 0;  ///< index behind this key and all that belongs to it
    bool wanted = true;    ///< flag, keyword: there, or not there
    Flag flag = Flag::seen;
    std::string_view keyword = {};
    SequenceSet numbers = {};      ///< sequence, uid
    std::int64_t day = 0;          ///< of a date: days since 1970-01-01
    std::uint64_t number = 0;      ///< older and younger: seconds; larger and smaller: octets; modseq
    std::string_view name = {};    ///< header
    std::string_view string = {};  ///< header, body, text: in the command's charset; email_id, thread_id
};

/// RETURN: what an ESEARCH response is to hold (RFC 4731 §3.1), and whether the result is kept as "$" (RFC 5182).
struct SearchReturn {
    bool min = false;
    bool max = false;
    bool all = false;
    bool count = false;
    bool save = false;

    /// Whether there is a response at all.
    [[nodiscard]] bool responds() const noexcept { return min || max || all || count; }
};

struct Search {
    std::optional<SearchReturn> wanted;  ///< none: a SEARCH response
    std::optional<std::string_view> charset;
    std::vector<SearchKey> program;  ///< keys[0] is op_and of all that the client gave

    [[nodiscard]] bool saves() const noexcept { return wanted && wanted->save; }
};

struct SortKey {
    enum class Kind : std::uint8_t { arrival, cc, date, from, size, subject, to } kind;
    bool reverse = false;
};

struct Sort {
    std::vector<SortKey> keys;  ///< not empty, no kind twice
    Search search;
};

enum class ThreadAlgorithm : std::uint8_t { ordered_subject, references };

struct Thread {
    ThreadAlgorithm algorithm = ThreadAlgorithm::references;
    Search search;
};

/// A message of APPEND up to its literal, which the session takes from the stream itself.
struct AppendMessage {
    FlagList flags;
    std::optional<DateTime> date;
    Literal literal;
};

/// APPEND with its first message; parse_next_message() reads the others (RFC 3502).
struct Append {
    std::string mailbox;
    AppendMessage message;
};

using Arguments = std::variant<NoArguments, Login, Authenticate, Compress, Id, Select, Enable, Mailbox, Create, Rename,
                               QuotaRoot, List, Status, Fetch, Store, Search, Sort, Thread, Append, Copy, Expunge>;

struct Command {
    std::string_view tag;
    Verb verb = Verb::noop;
    bool uid = false;  ///< the UID form
    Arguments arguments;
    std::forward_list<std::string> unescaped;  ///< quoted strings that had a backslash

    Command() = default;
    Command(Command&&) = default;
    Command& operator=(Command&&) = default;
};

struct SyntaxError {
    std::string_view tag;  ///< empty: answer untagged
    std::string_view text;
};

/// A whole command: Assembler::Event::command.
[[nodiscard]] Result<Command, SyntaxError> parse(const Assembled& input);

/// What is to be done with the literal that has just been announced.
struct CollectLiteral {};
/// CollectLiteral: it is an argument like others. Command: APPEND, whose message follows and is streamed.
/// SyntaxError: the command is wrong already; answer it and refuse the literal.
using LiteralPlan = std::variant<CollectLiteral, Command, SyntaxError>;
[[nodiscard]] LiteralPlan plan_literal(const Assembled& input);

/// What stands between two messages of an APPEND, in the Assembler's tail, when the literal of the second has been
/// announced. The error is a text fit for the client.
[[nodiscard]] Result<AppendMessage, std::string_view> parse_next_message(const Assembled& tail);

}  // namespace md::imap
