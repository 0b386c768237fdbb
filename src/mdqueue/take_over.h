// mdqueue/take_over.h - what the intake journals hold, taken exactly once
//
// PURPOSE
//   The book-keeping between a journal and the places where its messages end: what is new, what of it is finished, what
//   may be forgotten. It delivers nothing itself: the manager (manager.h) carries out what next() gives, and tells what
//   became of it; tests do the same with a disk that forgets.
// CONTRACT
//   Blocks: pool jobs, one call at a time. The order that makes it safe (DESIGN 2):
//     next()        new records; a note of the attempt is written first
//     finish(), put_aside()   what became of each recipient, or of the message: in memory only
//     begin_settle()    fixes what is finished now; whoever made files from it syncs them (store and spool) after this
//     call ... end_settle()      ... and only then is it written to `taken` and synced, and are segments given back.
//   So after any crash a record is either named by `taken`, with its files on disk, or done again.
//   A record that is damaged, or on which this process died twice in one boot, is given with `raw` set: it goes to bad
//   as it is.
// ERRORS
//   SystemError; what end_settle() could not write is written by the next one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "spool/intake_reader.h"
#include "spool/spool.h"
#include "spool/taken.h"

namespace md::mdqueue {

/// A record of a journal, with what is still to be done of it.
struct Record {
    spool::IntakeEntry entry;
    spool::Envelope envelope;         ///< not if `raw`
    std::vector<std::uint32_t> open;  ///< recipients not yet finished, by their number in the envelope
    bool replay = false;              ///< an earlier process may have done it: look before delivering
    std::string raw;                  ///< why it goes to bad unread; empty: it does not
};

class TakeOver {
  public:
    /// `boot`: tells this boot of the machine from others.
    TakeOver(Files& files, std::string intake_directory, spool::Spool& spool, std::uint64_t boot);

    /// Looks at the folder (each second) or only at the journals known (on a wake-up).
    [[nodiscard]] std::vector<Record> next(bool look);
    /// One recipient is served: in its mailbox, or discarded.
    void finish(const Record& record, std::uint32_t recipient);
    /// The whole is: every recipient is finished, or the message lies in the spool.
    void finish(const Record& record);

    /// Whether anything waits to be settled.
    [[nodiscard]] bool has_unsettled() const noexcept {
        return !finished_.empty() || !settling_.empty() || !synced_.empty();
    }
    void begin_settle();
    void end_settle();
    /// Instead of end_settle(): nothing is finished of what has been since the last good sync. A later sync proves
    /// nothing about those files (files.h), so the caller does all these records again, and writes every file anew.
    void sync_failed() noexcept;
    /// What went wrong on the way, and did not stop it, since the last call.
    [[nodiscard]] std::vector<SystemError> faults();

  private:
    struct Finished {
        spool::SegmentId segment;
        QueueId id;
        std::uint32_t recipient;
        std::string large_path;
    };
    struct Segment {
        spool::Taken taken;
        std::size_t open = 0;  ///< records given out and not wholly settled
    };

    Segment& segment(const spool::SegmentId& id);
    void note_attempts(const spool::SegmentId& id, const std::vector<QueueId>& ids);
    void take(spool::IntakeEntry entry, std::vector<Record>& out);
    void settle(const Finished& finished);
    void release_segments();

    Files& files_;
    spool::Spool& spool_;
    spool::IntakeReader reader_;
    std::uint64_t boot_;
    bool caught_up_ = false;  ///< what is read from now on was written while we live
    std::map<spool::SegmentId, Segment> segments_;
    std::vector<Finished> finished_;
    std::vector<Finished> settling_;
    std::vector<Finished> synced_;  ///< files on disk, `taken` not yet
    std::vector<SystemError> faults_;
};

}  // namespace md::mdqueue
