// store/mailbox_state.h - a mailbox in memory: its journal, applied record by record
//
// PURPOSE
//   MailboxState is the index of messages, expunges and numbers that one process keeps of one mailbox.
// CONTRACT
//   Pure; not thread-safe. apply() takes whatever a whole frame may hold, damaged sense included: what contradicts the
//   state is skipped. MODSEQs of a message are told at least as high as the floor.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/entry_table.h"
#include "store/keyword_sets.h"
#include "store/mailbox_record.h"
#include "store/types.h"
#include "store/uid_view.h"

namespace md::store {

/// A message that is no more.
struct Expunged {
    Uid uid = 0;
    ModSeq modseq = 0;
    std::int64_t time = 0;
    Reason reason = Reason::expunged;
    std::string key;
    std::shared_ptr<const Entry> last;  ///< null if this process never knew it alive
};

class MailboxState {
  public:
    MailboxState() = default;
    /// As much room as the messages of a journal of so many octets may need.
    explicit MailboxState(std::uint64_t journal_octets) : entries_(journal_octets / kOctetsOfAdded) {}
    MailboxState(const MailboxState&) = delete;
    MailboxState& operator=(const MailboxState&) = delete;

    void apply(std::string_view payload);
    void apply(const MailboxRecord& record);

    [[nodiscard]] const record::Header& header() const noexcept { return header_; }
    [[nodiscard]] const record::Bounds& bounds() const noexcept { return bounds_; }
    /// The journal ends in order: everything before is on disk, and the block is given back.
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] const record::Scanned& scanned() const noexcept { return scanned_; }
    /// Something was lost and no look has been since: what the journal says of a file's name may never have come to the
    /// disk, so that another name is no change by another program.
    [[nodiscard]] bool name_is_doubtful(Uid uid) const noexcept {
        return uid < floor_uid_ && scanned_.new_mtime == 0 && scanned_.cur_mtime == 0;
    }
    [[nodiscard]] Uid uid_next() const noexcept { return uid_next_; }
    [[nodiscard]] ModSeq highest_modseq() const noexcept { return modseq_next_ - 1; }
    [[nodiscard]] ModSeq modseq_next() const noexcept { return modseq_next_; }
    [[nodiscard]] ModSeq floor() const noexcept { return floor_; }
    /// Messages below it were there when something was last lost.
    [[nodiscard]] Uid floor_uid() const noexcept { return floor_uid_; }
    [[nodiscard]] Uid first_recent() const noexcept { return first_recent_; }
    [[nodiscard]] std::uint32_t unseen() const noexcept { return unseen_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::uint64_t bytes_crlf() const noexcept { return bytes_crlf_; }
    [[nodiscard]] std::uint32_t deleted() const noexcept { return deleted_; }
    [[nodiscard]] std::uint64_t deleted_bytes() const noexcept { return deleted_bytes_; }
    [[nodiscard]] std::uint32_t recent() const noexcept { return recent_; }
    /// All but its name, directory and uses.
    void put_numbers(FolderStatus& status) const;

    [[nodiscard]] const EntryTable& entries() const noexcept { return entries_; }
    [[nodiscard]] std::optional<Known> find(Uid uid) const { return entries_.find(uid); }
    [[nodiscard]] std::optional<Known> find_key(std::string_view key) const { return entries_.find_key(key); }
    /// The UIDs of all messages; good until the state changes.
    [[nodiscard]] const UidView& uids() const;
    [[nodiscard]] ModSeq told_modseq(const Known& known) const noexcept { return std::max(known.modseq, floor_); }
    /// As told: with its MODSEQ at least at the floor.
    [[nodiscard]] Message told(const Known& known) const;
    void tell(const Known& known, Message& message) const;
    /// As a record has it.
    [[nodiscard]] Entry entry(const Known& known) const;
    [[nodiscard]] const KeywordSets& keyword_sets() const noexcept { return keywords_; }

    [[nodiscard]] const std::deque<Expunged>& expunged() const noexcept { return expunged_; }  ///< by MODSEQ
    /// Of the last message before `before` that its owner removed; 0: none is remembered.
    [[nodiscard]] ModSeq last_removal(ModSeq before = UINT64_MAX) const noexcept;
    [[nodiscard]] const Expunged* find_expunged(Uid uid) const noexcept;
    [[nodiscard]] const Expunged* find_expunged_key(std::string_view key) const noexcept;

    /// UIDs of living messages changed or added after `since`, sorted.
    [[nodiscard]] std::vector<Uid> changed_since(ModSeq since) const;
    [[nodiscard]] ModSeq horizon() const noexcept { return horizon_; }  ///< expunges up to it are forgotten
    /// Whether expunged() still names every expunge after `since`.
    [[nodiscard]] bool knows_expunges_since(ModSeq since) const noexcept {
        return since >= horizon_ && since >= floor_;
    }

    // What a message's file is to be called, by its flags; EntryTable::next_misnamed() knows those that are not.
    [[nodiscard]] Where wanted_where(const Known& known) const;
    [[nodiscard]] std::string wanted_letters(const Known& known) const;

    [[nodiscard]] std::vector<std::string> keywords() const { return keywords_.in_use(); }
    /// Those that a message may be given, as this mailbox spells them. New ones that the limits of types.h leave no
    /// room for are not among them (RFC 3501 §7.1, PERMANENTFLAGS: the server may "ignore the change"), but added to
    /// `refused`, if it is there.
    [[nodiscard]] std::vector<std::string> acceptable(const std::vector<std::string>& keywords,
                                                      std::vector<std::string>* refused = nullptr) const;

    /// All of it as frames, for a new journal; expunges before `forget_before` (a time) are left out.
    [[nodiscard]] std::string snapshot(std::int64_t forget_before) const {
        return snapshot(forget_before, header_, bounds_);
    }
    [[nodiscard]] std::string snapshot(std::int64_t forget_before, const record::Header& header,
                                       const record::Bounds& bounds) const;

  private:
    static constexpr std::uint64_t kOctetsOfAdded = 100;  ///< most records of a message are longer

    void on(const record::Header& r);
    void on(const record::Bounds& r);
    void on(const record::Closed& r);
    void on(const record::Floor& r);
    void on(const record::Added& r);
    void add(const AddedFields& r);
    void on(const record::FlagsChanged& r);
    void on(const record::Removed& r);
    void on(const record::Seen& r);
    void on(const record::Scanned& r) { scanned_ = r; }
    void on(const record::Recent& r);
    void on(const record::Horizon& r);

    [[nodiscard]] ModSeq cleared_for_certain() const noexcept;
    void used(ModSeq modseq);
    void log(ModSeq modseq, Uid uid);
    void bury(const record::Removed& r, Expunged expunged);
    void bury_named(const record::Removed& r);
    void count(const Known& known, int sign);
    [[nodiscard]] bool is_misnamed(const Known& known) const;
    void judge_name(Uid uid);
    template <class Do>
    void each(const UidRanges& ranges, Do action);

    record::Header header_;
    record::Bounds bounds_;
    record::Scanned scanned_;
    bool closed_ = false;
    Uid uid_next_ = 1;
    ModSeq modseq_next_ = 2;
    ModSeq floor_ = 0;
    Uid floor_uid_ = 1;
    ModSeq horizon_ = 0;
    Uid first_recent_ = 1;
    std::uint32_t unseen_ = 0;
    std::uint32_t recent_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t bytes_crlf_ = 0;
    std::uint32_t deleted_ = 0;
    std::uint64_t deleted_bytes_ = 0;
    EntryTable entries_;
    KeywordSets keywords_;
    mutable std::optional<UidView> uids_;
    std::deque<Expunged> expunged_;
    std::unordered_map<std::string_view, const Expunged*> expunged_keys_;
    std::unordered_map<Uid, const Expunged*> expunged_uids_;
    std::deque<std::pair<ModSeq, Uid>> changes_;  ///< the newest, by MODSEQ; stale ones stay
    ModSeq changes_from_ = 0;                     ///< changes_ holds all after this
};

}  // namespace md::store
