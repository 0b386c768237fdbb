// spool/intake_reader.h - mdqueue's manager follows the journals of all workers
//
// PURPOSE
//   look() finds journals and segments, read() yields what has been acknowledged in them and was not yielded before,
//   release() gives a segment back. Of a living writer's journal only what a mark covers counts; of a dead one's every
//   record with good checksums.
// CONTRACT
//   Blocks: pool jobs, one at a time. Cheap when nothing has happened: read() costs one short read a living journal,
//   look() one listing of the folder; so read() at each wake-up, look() each second and when is_behind(). A
//   record is yielded once in the life of a reader; a new one begins anew, and the taken log (taken.h) says what is
//   done. Messages are not read here except to prove a dead journal's: what is yielded names file, place and length.
// ERRORS
//   SystemError for the folder itself. A segment that cannot be read is told by faults() and looked at again next time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "spool/intake_names.h"
#include "spool/intake_record.h"

namespace md::spool {

/// Which use of which segment.
struct SegmentId {
    std::string journal;
    std::uint64_t serial = 0;

    SegmentId() = default;
    SegmentId(std::string j, std::uint64_t s) : journal(std::move(j)), serial(s) {}
    friend auto operator<=>(const SegmentId&, const SegmentId&) = default;
};

/// One acknowledged message.
struct IntakeEntry {
    SegmentId segment;
    std::uint64_t offset = 0;  ///< of the record in the segment
    QueueId id;
    std::string envelope;              ///< encoded; decode_envelope() reads it
    std::shared_ptr<const File> file;  ///< the segment that holds the message; null for a large one (open_message())
    std::uint64_t message_offset = 0;
    std::uint64_t message_size = 0;
    std::uint32_t message_crc = 0;
    std::string large_path;  ///< empty unless the message has a file of its own
    /// An acknowledged record whose octets are not what was written, or whose large file is gone. If `taken` names it,
    /// it was removed when it was done; else it goes raw to bad.
    bool damaged = false;

    IntakeEntry() = default;
};

class IntakeReader {
  public:
    IntakeReader(Files& files, std::string directory);
    ~IntakeReader();
    IntakeReader(const IntakeReader&) = delete;
    IntakeReader& operator=(const IntakeReader&) = delete;

    /// What is there and who lives.
    void look();
    /// A writer has gone on to a segment that no look() has found yet.
    [[nodiscard]] bool is_behind() const noexcept;

    /// The next entries, journal by journal in order; at least one if there is any, and not more than about
    /// `limit_bytes` of envelopes.
    [[nodiscard]] std::vector<IntakeEntry> read(std::size_t limit_bytes = 1U << 20);
    /// read() gave all that there was: a writer wakes its reader when there is more.
    [[nodiscard]] bool at_end() const noexcept { return at_end_ && !is_behind(); }

    /// Segments that will never yield anything more: to be released once all that they yielded is on disk elsewhere and
    /// `taken` synced.
    [[nodiscard]] std::vector<SegmentId> exhausted() const;
    /// Gives segments up to writers, or removes them above `keep_free`. Durable on return: `taken` files may go, and
    /// only then.
    void release(const std::vector<SegmentId>& segments, std::size_t keep_free = 8);
    /// Where the message's octets are to be read: the segment, or the large message's own file (null if that is gone).
    [[nodiscard]] std::shared_ptr<const File> open_message(const IntakeEntry& entry);
    /// After the message was taken over and `taken` synced.
    void remove_large(const IntakeEntry& entry);
    /// Locks and left-over large files of journals that are dead and have no segment any more. Returns how many
    /// journals went.
    std::size_t remove_dead();

    struct JournalInfo {
        std::string name;
        bool alive = false;
        std::size_t segments = 0;

        JournalInfo(std::string n, bool a, std::size_t s) : name(std::move(n)), alive(a), segments(s) {}
    };
    [[nodiscard]] std::vector<JournalInfo> journals() const;
    [[nodiscard]] std::vector<SegmentId> segments() const;

    /// What could not be read since the last call.
    [[nodiscard]] std::vector<SystemError> faults();

  private:
    struct Segment;
    struct Journal;

    void list_folder();
    [[nodiscard]] bool ask_locks();
    void note_segment(const IntakeName& name);
    void read_journal(Journal& journal, std::size_t& budget, std::vector<IntakeEntry>& out);
    [[nodiscard]] bool has_begun(Segment& segment);
    void give_back(const IntakeName& name, std::size_t keep_free);

    Files& files_;
    std::string directory_;
    std::map<std::string, Journal> journals_;
    std::vector<std::string> starting_;
    std::size_t free_segments_ = 0;
    bool at_end_ = false;
    std::vector<SystemError> faults_;
};

}  // namespace md::spool
