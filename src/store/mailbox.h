// store/mailbox.h - one mailbox: a Maildir and its journal, under one lock
//
// PURPOSE
//   The only way to a mailbox's files. Each call is one job: lock, read what others appended, act, append,
//   unlock.
// CONTRACT
//   Blocks; thread-safe. Numbers told are from a block whose bound is on disk. "OK means on disk": append and expunge
//   return when durable; deliver does not sync (its caller does, by Store::sync, before it forgets its own copy); flag
//   changes are durable with sync_soon(). After each change Store's `changed` is called with the MAILBOXID, unlocked.
//   A mailbox that was removed, or renumbered after damage, answers with SystemError(ESTALE) until it is opened again.
// RFC
//   9051 §2.3, §6.4; 7162 (MODSEQ); the Maildir as at https://cr.yp.to/proto/maildir.html, Maildir++ quota-less part
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/result.h"
#include "store/message_writer.h"
#include "store/store.h"
#include "store/summary.h"
#include "store/types.h"

namespace md::store {

/// Where the octets of a delivery are: `length` of `file` from `offset` on, or `memory`; LF or CRLF line ends.
struct Content {
    const File* file = nullptr;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::string_view memory;
    std::string prefix;  ///< lines in front, "Return-Path: <a@b>\n" first; each with its LF
};

/// One message for one recipient. `id` and `recipient` alone make the file's name, so a replay finds it again.
struct Incoming {
    QueueId id;
    std::string recipient;
    std::int64_t internal_date = 0;
    Flags flags = 0;
    std::vector<std::string> keywords;
    QuotaLimits quota;     ///< the account's
    bool durable = false;  ///< file and name synced on return: after a sync that failed, nothing else proves them
};

struct Placed {
    Uid uid = 0;
    std::uint32_t uid_validity = 0;
    std::string path;  ///< for deliver_link to the next recipient
    std::uint64_t size_lf = 0;
    std::uint64_t size_crlf = 0;
    std::string email_id;
};

enum class Compare : std::uint8_t {
    length,   ///< a replay in a boot that lost nothing
    bytes,    ///< the first replay after a boot: what is there may have lost its data
    nothing,  ///< after a sync that failed: what is there proves nothing, so only what its owner expunged is served
};

/// A change of flags; the same for all messages of one call.
struct FlagChange {
    enum class How : std::uint8_t { add, remove, replace } how = How::add;
    Flags flags = 0;
    std::vector<std::string> keywords;
};

struct FlagResult {
    ModSeq modseq = 0;  ///< of those changed; 0: none was
    std::vector<Uid> changed;
    std::vector<Uid> failed;           ///< changed since `unchanged_since` (RFC 7162 §3.1.3)
    std::vector<Uid> overtaken;        ///< of those changed: others had changed them since `seen`
    std::uint32_t met = 0;             ///< how many there were, changed or not
    std::vector<std::string> refused;  ///< keywords that the mailbox does not take, whatever else was changed
};

/// An opened message. `size` octets of `file`, LF or CRLF ends: read it through CrlfReader.
struct OpenMessage {
    std::unique_ptr<File> file;
    std::uint64_t size = 0;
    std::uint64_t size_crlf = 0;
};

struct MailboxNumbers {
    std::uint32_t uid_validity = 0;
    Uid uid_next = 1;
    ModSeq highest_modseq = 1;
    std::uint32_t messages = 0;
    std::uint32_t unseen = 0;
    std::uint32_t recent = 0;
    std::uint64_t bytes = 0;
};

/// What COPY and MOVE did: the n-th of `from` is the n-th of `to`, both in ascending order. Empty: nothing was there.
struct Copied {
    std::uint32_t uid_validity = 0;  ///< of the target
    UidRanges from;
    UidRanges to;
};

enum class CopyFailure : std::uint8_t {
    over_quota,
    message_gone,  ///< some of them, and Missing::refuse
};

/// What becomes of a COPY that names a message which is gone.
enum class Missing : std::uint8_t { skip, refuse };

/// What a call of a mailbox that was removed or renumbered ended with.
[[nodiscard]] bool mailbox_is_gone(const SystemError& error) noexcept;

class Account;
class Arrivals;
class MailboxCore;
struct Entry;

class Mailbox {
  public:
    explicit Mailbox(std::unique_ptr<MailboxCore> core);
    ~Mailbox();

    [[nodiscard]] const std::string& id() const noexcept;  ///< MAILBOXID
    [[nodiscard]] std::uint32_t uid_validity() const noexcept;
    [[nodiscard]] MailboxNumbers numbers();

    // Delivery (mdqueue's deliver children): no sync but for a new block of numbers.

    [[nodiscard]] Result<Placed, OverQuota> deliver(const Incoming& incoming, const Content& content);
    /// As a hard link to what deliver() placed before, if that is still there and on the same file system; else as
    /// deliver().
    [[nodiscard]] Result<Placed, OverQuota> deliver_link(const Incoming& incoming, const Placed& first,
                                                         const Content& content);
    /// Whether its records name this delivery, as there or as expunged.
    [[nodiscard]] bool remembers(const Incoming& incoming);
    /// Whether a replay need not deliver: expunged by its owner, or there, whole.
    [[nodiscard]] bool served(const Incoming& incoming, const Content& content, Compare compare);

    // One message, whatever the quota; durable on return. APPEND is appending.h.

    [[nodiscard]] MessageWriter start_message();
    Placed append(MessageWriter message, std::int64_t internal_date, Flags flags, std::vector<std::string> keywords);

    // COPY and MOVE into this mailbox from another of the same account, or from itself: all or none, durable on return.

    [[nodiscard]] Result<Copied, CopyFailure> copy_from(Mailbox& source, const UidRanges& uids, Missing missing,
                                                        const QuotaLimits& quota = {});
    /// Never over quota.
    [[nodiscard]] Result<Copied, CopyFailure> move_from(Mailbox& source, const UidRanges& uids, Missing missing);

    // Reading.

    /// Those of `uids` that exist, by UID.
    [[nodiscard]] std::vector<Message> messages(const UidRanges& uids);
    [[nodiscard]] std::optional<Message> message(Uid uid);
    /// Also from the undelete area, for a session that has not been told of the expunge. None: gone.
    [[nodiscard]] std::optional<OpenMessage> open(Uid uid);
    /// For each of `uids` the summaries wanted, from mdmail.cache or computed and kept there; of a message that is
    /// gone, none. For fewer of them, but at least one, if they are large.
    [[nodiscard]] std::vector<MessageSummary> summaries(std::span<const Uid> uids, SummaryKinds wanted);

    // Changing.

    /// Those whose MODSEQ is above `unchanged_since` are left and named. `seen`: what the caller knows of. The journal
    /// is written, not synced: see sync_soon().
    [[nodiscard]] FlagResult change_flags(const UidRanges& uids, const FlagChange& change,
                                          std::optional<ModSeq> unchanged_since = std::nullopt,
                                          ModSeq seen = UINT64_MAX);
    /// Removes those of `uids` that exist (`only_deleted`: and have \Deleted) into the undelete area; durable on
    /// return. Returns the UIDs removed.
    std::vector<Uid> expunge(const UidRanges& uids, bool only_deleted);

    /// Waits until everything appended so far is durable; shared by all who wait. Due within 1 s of a flag change.
    void sync_soon();
    /// Gives files the names that their flags want. Due within 5 s of a flag change and when a session leaves.
    void follow_names();
    /// Takes in what other programs did to the Maildir, if its directories changed. View::sync() calls it.
    void look();
    /// The same, whatever the directories' times say.
    void look_again() { look_now(); }
    /// Rewrites the journal if that pays.
    void compact();

    /// Where its Maildir is now.
    [[nodiscard]] std::string directory() const;
    [[nodiscard]] MailboxCore& core() noexcept { return *core_; }

  private:
    Result<Placed, OverQuota> deliver_copy(const Incoming& incoming, const Content& content, std::string token);
    void look_now();
    [[nodiscard]] bool lend(Entry entry, MailboxCore& to, Arrivals& arrivals);
    [[nodiscard]] std::optional<std::vector<Uid>> bring(Mailbox& source, std::vector<Entry> entries, Missing missing,
                                                        Arrivals& arrivals);

    std::unique_ptr<MailboxCore> core_;
};

}  // namespace md::store
