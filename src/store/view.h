// store/view.h - a mailbox as one IMAP session has been told of it
//
// PURPOSE
//   Message sequence numbers, \Recent, and the untagged responses that the session owes its client.
// CONTRACT
//   Belongs to one session: its calls come one after another (each may run on another pool thread). Every call may
//   block. An expunge that may not be told yet stays in the view (RFC 9051 §7.5.1): its message keeps its number, its
//   data and its body. highest_modseq() never passes an expunge that has not been told.
// RFC
//   9051 §2.3.1.2 (sequence numbers), §5.2, §7.5 (when what may be told); 3501 §2.3.2 (\Recent); 7162 §3.1.1, §3.2.5
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/mailbox.h"
#include "store/types.h"
#include "store/uid_view.h"

namespace md::store {

enum class Expunges : std::uint8_t { tell, withhold };

/// What a session owes its client, in the order in which it must be sent.
struct SyncResult {
    struct Fetch {
        std::uint32_t sequence;
        bool recent;
        Message message;  ///< flags, keywords and MODSEQ are what changed
    };
    std::vector<std::uint32_t> expunged;  ///< message numbers, each as it counts after the ones before it
    UidRanges vanished;                   ///< the same messages
    std::optional<std::uint32_t> exists;  ///< there are more than before
    std::optional<std::uint32_t> recent;
    std::vector<Fetch> fetches;
    bool gone = false;  ///< the mailbox was removed or renumbered: the session cannot go on with it

    [[nodiscard]] bool empty() const noexcept { return expunged.empty() && !exists && !recent && fetches.empty(); }
};

class MailboxState;

class View {
  public:
    enum class Access : std::uint8_t { read_write, read_only };

    /// Takes the mailbox in as it is now: SELECT or EXAMINE. A writing view takes \Recent away from those that come
    /// later.
    View(std::shared_ptr<Mailbox> mailbox, Access access);

    [[nodiscard]] Mailbox& mailbox() noexcept { return *mailbox_; }
    [[nodiscard]] bool read_only() const noexcept { return access_ == Access::read_only; }
    [[nodiscard]] std::uint32_t uid_validity() const noexcept { return uid_validity_; }
    [[nodiscard]] std::uint32_t exists() const noexcept { return uids_.size(); }
    [[nodiscard]] std::uint32_t recent() const noexcept { return recent_.size(); }
    [[nodiscard]] Uid uid_next() const noexcept { return uid_next_; }
    [[nodiscard]] ModSeq highest_modseq() const noexcept { return told_; }
    /// Expunges wait to be told: a message may have a higher MODSEQ than highest_modseq().
    [[nodiscard]] bool withholds() const noexcept { return !withheld_.empty(); }
    /// The first message without \Seen when the view was taken, as a sequence number; none: all seen.
    [[nodiscard]] std::optional<std::uint32_t> first_unseen() const noexcept { return first_unseen_; }
    /// Those in use when this last looked, and those of the messages that it gave then; sorted.
    [[nodiscard]] const std::vector<std::string>& keywords() const noexcept { return keywords_; }
    /// There are new ones since this was asked last, to be told before any message that has them (RFC 3501 §7.2.6).
    [[nodiscard]] bool take_new_keywords() noexcept { return std::exchange(new_keywords_, false); }

    [[nodiscard]] std::optional<Uid> uid_of(std::uint32_t sequence) const noexcept { return uids_.at(sequence); }
    [[nodiscard]] std::optional<std::uint32_t> sequence_of(Uid uid) const noexcept { return uids_.position(uid); }
    [[nodiscard]] bool is_recent(Uid uid) const noexcept { return recent_.position(uid).has_value(); }
    /// "first:last" by sequence number or by UID, either order, cut to what is in the view; 0 means '*', the last.
    [[nodiscard]] UidRanges uids_by_sequence(std::uint32_t first, std::uint32_t last) const;
    [[nodiscard]] UidRanges uids_by_uid(Uid first, Uid last) const;
    [[nodiscard]] UidRanges all() const { return uids_.ranges(); }

    /// Those of `uids` in this view, by UID; withheld expunges with their last state.
    [[nodiscard]] std::vector<Message> messages(const UidRanges& uids);
    /// The same, into memory that is used again: for who asks for many, portion by portion.
    void messages(const UidRanges& uids, std::vector<Message>& out);
    [[nodiscard]] std::optional<OpenMessage> open(Uid uid) { return mailbox_->open(uid); }

    /// Those of `uids` in this view whose MODSEQ is above `since` (RFC 7162 §3.1.4.1, CHANGEDSINCE).
    [[nodiscard]] UidRanges changed_since(const UidRanges& uids, ModSeq since);
    /// Those of `known`, which may be as wide as 1 to UINT32_MAX, that were expunged after `since` (RFC 7162 §3.2.6,
    /// VANISHED (EARLIER)). What is in the view yet, told by sync(), is not among them. If the journal does not reach
    /// back to `since`: all of `known` that are not in the view.
    [[nodiscard]] UidRanges vanished(const UidRanges& known, ModSeq since);

    /// STORE. `silent`: sync() does not tell what this call did; it tells a message that others changed before, since
    /// the last sync() (RFC 3501 §6.4.6). Withheld expunges are left out. Not on a read-only view.
    [[nodiscard]] FlagResult change_flags(const UidRanges& uids, const FlagChange& change, bool silent,
                                          std::optional<ModSeq> unchanged_since = std::nullopt);
    /// \Seen on what is read, with the silence of change_flags(): those that did not have it, as they are now. A disk
    /// without room leaves them as they were. Not on a read-only view.
    [[nodiscard]] std::vector<Message> set_seen(const UidRanges& uids);
    /// EXPUNGE (all of the view with \Deleted) and UID EXPUNGE; told by the next sync(Expunges::tell).
    std::size_t expunge(const UidRanges& uids);

    /// Looks at the Maildir and the journal, and gives what is to be told. Between commands, in NOOP, in IDLE, after
    /// each command.
    [[nodiscard]] SyncResult sync(Expunges expunges);

  private:
    void withhold(const MailboxState& state);
    void tell_withheld(SyncResult& result);
    template <class Read>
    void with_state(const Read& read);
    void take_in(const MailboxState& state, Uid first_recent, SyncResult& result, Expunges expunges);
    [[nodiscard]] UidRanges within(const UidRanges& uids) const;
    void take_in_keywords(const MailboxState& state, const std::vector<Message>& given);
    [[nodiscard]] bool is_silent(Uid uid, ModSeq modseq) const noexcept;

    std::shared_ptr<Mailbox> mailbox_;
    Access access_;
    std::uint32_t uid_validity_ = 0;
    UidView uids_;
    UidView recent_;
    std::vector<std::string> keywords_;
    bool new_keywords_ = false;
    std::optional<std::uint32_t> first_unseen_;
    Uid uid_next_ = 1;
    ModSeq read_ = 0;  ///< of the journal, as far as this view has looked
    ModSeq told_ = 0;
    struct Withheld {
        ModSeq modseq;
        Message last;
    };
    std::map<Uid, Withheld> withheld_;
    struct Silent {
        ModSeq modseq;
        UidRanges uids;
    };
    std::vector<Silent> silent_;
};

}  // namespace md::store
