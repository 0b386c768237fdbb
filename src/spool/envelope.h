// spool/envelope.h - all that is known of a message beside its octets
//
// PURPOSE
//   Envelope is what the SMTP dialogue, the filter and later the administrator say of a message. It lies in the record
//   of an intake journal (intake_record.h: binary) and, if the message cannot be finished at once, in a file of its own
//   in the spool (here: text). Progress is what has happened since, for one recipient: lines appended to that file,
//   never rewritten.
// CONTRACT
//   Pure: no I/O. Decoders take any octets and never throw but for memory; what they cannot read is a value.
// FORMAT
//   doc/formats/envelope.md
// RFC
//   5321 §3.3 (envelope), 3461 §4 (its parameters)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "mail/header_edit.h"

namespace md::spool {

/// A parameter of MAIL or RCPT that outlives the dialogue (RET, ENVID, NOTIFY, ORCPT ...), name in capitals, value as
/// it came: in xtext where the RFC has it so.
struct Parameter {
    std::string name;
    std::string value;

    Parameter() = default;
    Parameter(std::string n, std::string v) : name(std::move(n)), value(std::move(v)) {}
    friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// What the filter wants done with one recipient's copy.
struct Verdict {
    static constexpr std::uint8_t kVersion = 1;
    enum class Action : std::uint8_t { accept, tag, junk, quarantine, queue, refuse, discard };

    Action action = Action::accept;
    std::int32_t score_hundredths = 0;
    std::string queue;   ///< Action::queue: which
    std::string reason;  ///< for people; one line

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

struct Recipient {
    static constexpr std::uint32_t kOwn = 0xffffffff;

    std::string address;  ///< as given in RCPT, without brackets; empty: a number that nobody has (envelope.md)
    std::vector<Parameter> parameters;
    Verdict verdict;
    std::uint32_t of = kOwn;  ///< number of the recipient that led to this one; kOwn: of the dialogue
    bool forwarded = false;   ///< an account's forward led to it
    bool unresolved = false;  ///< could not be asked about when it was added: may lead on

    Recipient() = default;
    explicit Recipient(std::string a) : address(std::move(a)) {}
    friend bool operator==(const Recipient&, const Recipient&) = default;
};

/// A change of the header that was decided before acceptance, to be made when the message is written to a file of its
/// own. Counts begin with the field at Envelope::relay_from.
using mail::HeaderEdit;

enum class BodyType : std::uint8_t { seven_bit, eight_bit_mime, binary_mime };

/// How the message came.
enum class Origin : std::uint8_t { smtp, submission, lmtp, local, collected, made_here };

struct Client {
    std::string ip;    ///< without brackets; empty if it came by no connection
    std::string name;  ///< by DNS, verified; empty if none
    std::string helo;
    std::string account;  ///< authenticated as; empty if not
    Origin origin = Origin::smtp;
    bool tls = false;

    friend bool operator==(const Client&, const Client&) = default;
};

struct Envelope {
    QueueId id;
    WallTime arrived;
    std::string reverse_path;  ///< empty: null
    std::vector<Parameter> parameters;
    std::vector<Recipient> recipients;
    Client client;
    BodyType body = BodyType::seven_bit;
    bool smtputf8 = false;
    bool unfiltered = false;  ///< the filter was away: to be held and filtered before it goes anywhere
    /// The message's first octets are a Return-Path line for mailboxes; what is relayed begins behind it, here.
    std::uint64_t relay_from = 0;
    std::vector<HeaderEdit> edits;  ///< still to be made; none in the spool
    QueueId parent;                 ///< the message that this one was made from; 0: none
    /// By which an administrator wants it to leave, instead of the one of each recipient's domain; empty: by that one.
    /// What `to` of a [[route]] may be, or `domain` of one. In the spool, by its progress.
    std::string route;

    friend bool operator==(const Envelope&, const Envelope&) = default;
};

/// One thing that has happened since the envelope was written.
struct Progress {
    enum class Kind : std::uint8_t {
        attempted,  ///< a worker began with it; without an end this counts as one death
        delivered,  ///< in a mailbox
        relayed,    ///< another host took it
        discarded,
        failed,     ///< for good; a report is due unless one is excused
        deferred,   ///< not now: `next` says when again
        reported,   ///< a report on it is made, which `child` names; `text`: on what, such as "failed" or "delayed"
        made,       ///< another message was made from it; `child` names it
        released,   ///< by an administrator: out of holding or quarantine, or to be tried anew; of a recipient: though
                    ///< it failed
        held,       ///< by an administrator, until it is released; of a recipient: what it is part of is frozen, until
                    ///< `next`
        target,     ///< the recipient leads to the address `text`, among others; counts when `expanded` has closed;
                    ///< a `status`: could not be asked about
        forward,    ///< likewise, by an account's forward
        expanded,   ///< the targets before it are recipients instead of it; `text`: how many, and the number of the
                    ///< first
        routed,     ///< by an administrator: what is for other sites goes by the route `text`; empty: by its own again
        scheduled,  ///< by an administrator: tried next at `next`, tried no longer than until `expire`
        paced,      ///< not tried before `next`, for a rate (`text`) is reached
    };
    static constexpr std::uint32_t kWhole = 0xffffffff;  ///< not one recipient, the message

    WallTime time;
    std::uint32_t recipient = kWhole;  ///< its number in the envelope, from 0
    Kind kind = Kind::attempted;
    std::string status;  ///< enhanced code (RFC 3463); empty if none
    std::optional<WallTime> next;
    std::optional<WallTime> expire;
    QueueId child;
    std::string text;        ///< the reply, the reason; one line
    std::string host;        ///< of another site: who gave that reply
    std::string transcript;  ///< the dialogue that decided; lines

    friend bool operator==(const Progress&, const Progress&) = default;
};

/// Where one recipient stands after all its progress.
struct RecipientState {
    enum class Kind : std::uint8_t { waiting, delivered, relayed, discarded, failed, expanded };
    Kind kind = Kind::waiting;
    std::uint32_t attempts = 0;  ///< that ended with an answer
    std::optional<WallTime> next_attempt;
    std::optional<WallTime> last_attempt;
    std::optional<WallTime> paced_at;  ///< it waits for a rate since then, and `last_reply` says which
    std::string status;
    std::string last_reply;
    std::string host;             ///< who gave that reply; empty: we did
    std::string transcript;       ///< of how it came to that reply
    bool reported = false;        ///< on how it ended
    bool delay_reported = false;  ///< on its waiting

    [[nodiscard]] bool finished() const noexcept { return kind != Kind::waiting; }
};

/// An envelope file as it was read.
struct StoredEnvelope {
    Envelope envelope;                ///< with the recipients that its own were expanded to behind them
    std::uint64_t message_size = 0;   ///< octets of the message file beside it
    std::vector<Progress> progress;   ///< grows by add() alone
    std::size_t damaged_lines = 0;    ///< progress lines that were not what was written: passed over
    std::uint64_t complete_size = 0;  ///< octets up to the end of the last complete line: what follows is half a line

    /// What it says of recipients is true of the envelope from here on.
    void add(Progress one);
    [[nodiscard]] std::vector<RecipientState> states() const;
    /// An administrator wants it held.
    [[nodiscard]] bool held() const noexcept;
    /// It is to be filtered before it goes anywhere. Not once a recipient was tried: then it was released as it is.
    [[nodiscard]] bool waits_for_filter() const noexcept;
    /// When the time in which it is tried began: it arrived, or was released.
    [[nodiscard]] WallTime tried_since() const noexcept;
    /// When that time ends, if an administrator said so: it arrived, or was released, before.
    [[nodiscard]] std::optional<WallTime> tried_until() const noexcept;
    /// What an administrator wants of its next tries; where all other progress has lost its meaning, these have not.
    [[nodiscard]] std::vector<Progress> wishes() const;
    /// Attempts that were begun since the last thing that ended.
    [[nodiscard]] unsigned unfinished_attempts() const noexcept;

  private:
    bool expand(const Progress& closing);
};

struct EnvelopeFault {
    std::size_t line = 0;  ///< from 1
    std::string_view text;
};

/// The file as it begins: all but progress, and the recipients that this adds.
[[nodiscard]] std::string write_envelope(const Envelope& envelope, std::uint64_t message_size);
/// One line, with its line end.
[[nodiscard]] std::string write_progress(const Progress& progress);
[[nodiscard]] Result<StoredEnvelope, EnvelopeFault> read_envelope(std::string_view file);

[[nodiscard]] std::string_view name(Verdict::Action action) noexcept;
[[nodiscard]] std::string_view name(Progress::Kind kind) noexcept;
[[nodiscard]] std::string_view name(RecipientState::Kind kind) noexcept;
[[nodiscard]] std::string_view name(BodyType body) noexcept;
[[nodiscard]] std::string_view name(Origin origin) noexcept;

}  // namespace md::spool
