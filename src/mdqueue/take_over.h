// mdqueue/take_over.h - what the intake journals hold, taken exactly once
//
// PURPOSE
//   The book-keeping between a journal and the places where its messages end: what is new, what of it is finished, what
//   must be done again, what may be forgotten. It delivers nothing itself: record_work.h does, for the manager and for
//   tests with a disk that forgets.
// CONTRACT
//   Blocks: pool jobs, one call at a time. The order that makes it safe (doc/ARCHITECTURE):
//     next()        records to work on; a note of the attempt is written first
//     finish(), give_up()   the work on a record has ended: in memory only, noted by the next call that writes
//     begin_settle()    fixes what is finished now; whoever made files from it syncs them after this call
//     end_settle()      ... and only then is it written to `taken` and synced, and are segments given back.
//   So after any crash a record is either named by `taken`, with its files on disk, or done again.
//   A record stays here until `taken` names it on disk. If a sync has failed (SyncHistory) since it was given out, it
//   is not settled but given again, to be done anew. A record at work on which this process died is a suspect: it is
//   given alone, before anything new, so that another death speaks against it and no other. A record that is damaged,
//   or at work on which this process died three times in one boot, is given with `raw` set: it goes to bad as it is.
// ERRORS
//   SystemError; what end_settle() could not write is written by the next one.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "mdqueue/deliver_protocol.h"
#include "mdqueue/sync_history.h"
#include "spool/intake_reader.h"
#include "spool/spool.h"
#include "spool/taken.h"

namespace md::mdqueue {

/// Where a message that was made of a record waits, once the record is settled.
struct Kept {
    QueueId id;
    std::string state;
    WallTime due;
    std::string destination = {};  ///< all that is left of it goes there; empty: not so, or not known
};

/// A record of a journal, with what is still to be done of it.
struct Record {
    spool::IntakeEntry entry;
    spool::Envelope envelope;         ///< not if `raw`
    std::vector<std::uint32_t> open;  ///< recipients not yet finished, by their number in the envelope
    How how = How::first;             ///< what earlier work on it may have left
    std::string raw;                  ///< why it goes to bad unread; empty: it does not
    std::uint64_t failures = 0;       ///< of SyncHistory, when it was given out
    std::vector<Kept> kept;           ///< what the work has put into the spool
};
using RecordPointer = std::shared_ptr<Record>;

class TakeOver {
  public:
    /// `boot`: tells this boot of the machine from others.
    TakeOver(Files& files, std::string intake_directory, spool::Spool& spool, const SyncHistory& history,
             std::uint64_t boot);

    /// Looks at the folder (each second) or only at the journals known (on a wake-up).
    [[nodiscard]] std::vector<RecordPointer> next(bool look);
    /// All that can be done with it is done: each recipient is in a mailbox or discarded, or waits in the spool.
    void finish(RecordPointer record);
    /// What next() gave was all that there was by then: to ask again before a writer's wake-up would be in vain.
    [[nodiscard]] bool at_end() const noexcept { return caught_up_ && entries_.empty() && reader_.at_end(); }
    /// The work on a record ended without an end: it stays in the journal for the next process.
    void give_up(const Record& record);
    /// There are suspects: next() gives more only after the work on what it gave has ended.
    [[nodiscard]] bool waits() const noexcept { return alone_ || !suspects_.empty(); }

    /// Whether anything waits to be settled.
    [[nodiscard]] bool has_unsettled() const noexcept {
        return !finished_.empty() || !settling_.empty() || !synced_.empty() || !survived_.empty();
    }
    void begin_settle();
    void end_settle();
    /// Instead of end_settle(), after a sync that failed or was not tried.
    void settle_failed();
    /// Records that `taken` names on disk since the last call.
    [[nodiscard]] std::vector<RecordPointer> settled();
    /// All that earlier processes left has been given out, and nothing is to be done alone.
    [[nodiscard]] bool caught_up() const noexcept { return caught_up_; }
    /// What went wrong on the way, and did not stop it, since the last call.
    [[nodiscard]] std::vector<SystemError> faults();

  private:
    struct Segment {
        spool::Taken taken;
        std::size_t open = 0;  ///< records given out and not wholly settled
    };

    Segment& segment(const spool::SegmentId& id);
    void read_journals();
    [[nodiscard]] bool start_is_read() const;
    void give(RecordPointer record);
    void note_attempts();
    void note_survived();
    [[nodiscard]] RecordPointer take(const spool::IntakeEntry& entry);
    void sift(std::vector<RecordPointer>& records);
    void settle(const Record& record);
    void release_segments();
    void remove_orphans();

    Files& files_;
    std::string intake_directory_;
    spool::Spool& spool_;
    const SyncHistory& history_;
    spool::IntakeReader reader_;
    std::uint64_t boot_;
    bool caught_up_ = false;   ///< what is read from now on was written while we live
    bool alone_ = false;       ///< the one record under way is a suspect
    std::size_t working_ = 0;  ///< records given out whose work has not ended
    std::optional<std::vector<spool::SegmentId>> at_start_;
    std::map<spool::SegmentId, Segment> segments_;
    std::deque<spool::IntakeEntry> entries_;  ///< read, and not yet looked at
    std::vector<RecordPointer> ready_;        ///< to be given out
    std::deque<RecordPointer> suspects_;
    std::vector<RecordPointer> again_;
    std::vector<RecordPointer> finished_;
    std::vector<RecordPointer> settling_;
    std::vector<RecordPointer> synced_;  ///< files on disk, `taken` not yet
    std::vector<RecordPointer> settled_;
    std::map<spool::SegmentId, std::vector<QueueId>> survived_;  ///< to be noted
    std::vector<SystemError> faults_;
    std::optional<std::set<std::string>> orphans_;  ///< as the last look found them
    bool orphans_removed_ = false;
};

}  // namespace md::mdqueue
