// mdimapd/selected.h - the mailbox that a session has selected
//
// PURPOSE
//   Ties together the session's view (store/view.h), its wake-ups, and what the mailbox is owed when the session
//   leaves; writes the untagged responses that the view gives.
// CONTRACT
//   Lives from SELECT to what ends it. Its destructor waits for nothing: file names follow by Upkeep.
// RFC
//   3501 §5.2, §7.3, §7.4; 5182 ("$"); 7162 §3.2
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/pool_share.h"
#include "async/task.h"
#include "mdimapd/body_reader.h"
#include "mdimapd/mailbox_signals.h"
#include "mdimapd/services.h"
#include "mdimapd/upkeep.h"
#include "proto/imap/flags.h"
#include "proto/imap/sequence_set.h"
#include "store/view.h"

namespace md::mdimapd {

/// How a session tells what happened, by what its client has enabled.
struct Dialect {
    bool condstore = false;  ///< MODSEQ and UID stand in every FETCH that is sent unasked (RFC 7162 §3.1, §3.2.4)
    bool qresync = false;    ///< VANISHED instead of EXPUNGE (RFC 7162 §3.2.10)
};

class Selected {
  public:
    /// `pool`: the account's.
    Selected(Services& services, async::PoolShare& pool, std::shared_ptr<store::Mailbox> mailbox);
    ~Selected();
    Selected(const Selected&) = delete;
    Selected& operator=(const Selected&) = delete;

    /// Takes the mailbox in; once, before all else.
    async::Task<void> open(store::View::Access access);
    [[nodiscard]] store::View& view() noexcept { return *view_; }
    [[nodiscard]] const std::string& mailbox_id() const noexcept { return mailbox_->id(); }

    /// Where FETCH of a part of a body left off.
    [[nodiscard]] PartialPlace& last_partial() noexcept { return last_partial_; }

    /// Set when another process or session changed the mailbox.
    [[nodiscard]] async::Signal& changed() noexcept { return watch_.changed(); }
    /// This session changed flags.
    void flags_changed() { services_.upkeep.owe(mailbox_); }

    /// What a set of the client means in this view. None: it names a message that is not there (RFC 3501 §9,
    /// seq-number); UIDs may. "$" means what the last search saved and is still there, perhaps nothing.
    [[nodiscard]] std::optional<store::UidRanges> uids_of(const imap::SequenceSet& set, bool by_uid) const;
    /// What "$" means from now on (RFC 5182).
    void save(store::UidRanges result) { saved_ = std::move(result); }

    /// Blocks. Looks within another job of a command that is short, so that tell() at its end need not.
    void look_ahead();
    /// Looks, and appends what is to be told. False: the mailbox is gone.
    async::Task<bool> tell(store::Expunges expunges, Dialect dialect, std::string& out);
    /// The HIGHESTMODSEQ that the client must hear of with the end of this command: expunges were told as VANISHED, or
    /// wait although later MODSEQs may have been told (RFC 7162 §3.2, §3.2.7, §6). Once.
    [[nodiscard]] std::optional<store::ModSeq> take_due_modseq() noexcept { return std::exchange(due_modseq_, {}); }

  private:
    Services& services_;
    async::PoolShare& pool_;
    std::shared_ptr<store::Mailbox> mailbox_;
    MailboxSignals::Watch watch_;
    std::optional<store::View> view_;
    store::UidRanges saved_;
    std::optional<store::SyncResult> ahead_;  ///< to be told before what the next look finds
    std::optional<store::ModSeq> due_modseq_;
    PartialPlace last_partial_;
};

/// FLAGS and PERMANENTFLAGS, as the view knows them.
void append_keywords(std::string& out, const store::View& view);
/// Likewise, if there are new ones; before what was read is told.
void append_new_keywords(std::string& out, store::View& view);

/// A FETCH that nobody asked for.
void append_flags_told(std::string& out, std::uint32_t sequence, bool recent, const store::Message& message,
                       Dialect dialect);

[[nodiscard]] std::vector<imap::NumberRange> wire_ranges(const store::UidRanges& uids);
[[nodiscard]] std::vector<std::string> keyword_list(const std::vector<std::string_view>& keywords);
/// Why a mailbox does not take these keywords, in words.
[[nodiscard]] std::string why_refused(const std::vector<std::string>& keywords);

/// UIDs of a view in portions, so that no command holds a large mailbox in memory, or the pool for long.
class Batches {
  public:
    Batches(store::UidRanges uids, std::uint32_t size) : uids_(std::move(uids)), size_(size) {}
    [[nodiscard]] bool done() const noexcept { return at_ == uids_.size(); }
    [[nodiscard]] store::UidRanges next();

  private:
    store::UidRanges uids_;
    std::uint32_t size_;
    std::size_t at_ = 0;
};

}  // namespace md::mdimapd
