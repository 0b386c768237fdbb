// spool/taken.h - what is finished of the records in one segment of an intake journal
//
// PURPOSE
//   Makes replay exactly-once: a record's recipients are done again after a crash unless `taken` names them. One log
//   for each use of a segment, so that it goes with the segment and never needs to be cut.
// CONTRACT
//   Blocks: pool jobs, one at a time. finished() and made() answer at once, also for what is not yet on disk; but what
//   they tell counts after a crash only from flush() on. So: files first (synced), then flush(), then the segment, the
//   envelope or the child may go. note_attempts() and note_survived() are on disk only by chance: they survive the
//   death of the process, not that of the machine.
// FORMAT
//   doc/formats/taken-log.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/ids.h"
#include "base/result.h"

namespace md::spool {

/// One entry of the log; pure.
struct TakenEntry {
    enum class Kind : std::uint8_t {
        finished = 1,  ///< `recipient` of `id`, or all of it
        made = 2,      ///< `child` was made from `id`
        attempt = 3,   ///< work on `id` begins in this boot (`boot`)
        survived = 4,  ///< the process outlived its work on `id`
    };
    static constexpr std::uint32_t kWhole = 0xffffffff;

    Kind kind = Kind::finished;
    QueueId id;
    std::uint32_t recipient = kWhole;
    QueueId child;
    std::uint64_t boot = 0;

    friend bool operator==(const TakenEntry&, const TakenEntry&) = default;
};

[[nodiscard]] std::string taken_header(std::uint64_t serial);
[[nodiscard]] std::string encode(const TakenEntry& entry);

struct TakenContent {
    std::vector<TakenEntry> entries;
    std::uint64_t complete_size = 0;  ///< octets up to the last good entry
};
struct TakenFault {
    std::string_view text;
};
/// All entries up to the first one that is incomplete or damaged. A fault: no log of this serial.
[[nodiscard]] Result<TakenContent, TakenFault> decode_taken(std::string_view file, std::uint64_t serial);

class Taken {
  public:
    /// Reads the log if it is there; makes none before the first flush() or note_attempts(). `boot` tells this boot of
    /// the machine from others.
    Taken(Files& files, std::string path, std::uint64_t serial, std::uint64_t boot);
    ~Taken();
    Taken(Taken&&) noexcept;
    Taken& operator=(Taken&&) noexcept;

    /// Where the log of that segment lies under the spool's folder of taken logs.
    [[nodiscard]] static std::string file_name(std::uint64_t serial);
    [[nodiscard]] static std::optional<std::uint64_t> parse_file_name(std::string_view name);

    [[nodiscard]] bool finished(QueueId id, std::uint32_t recipient) const;
    [[nodiscard]] bool finished(QueueId id) const;  ///< the whole message
    [[nodiscard]] bool made(QueueId child) const;
    /// Times that processes of this boot died while they worked on it, since the last that did not.
    [[nodiscard]] unsigned deaths(QueueId id) const;

    void finish(QueueId id, std::uint32_t recipient = TakenEntry::kWhole);
    void make(QueueId parent, QueueId child);
    void note_attempts(std::span<const QueueId> ids);
    void note_survived(std::span<const QueueId> ids);

    [[nodiscard]] bool dirty() const noexcept { return !waiting_.empty() || rewrite_; }
    /// All of it on disk. After a failure the next flush() writes the whole log anew.
    void flush();
    /// The log goes: its segment is free, durably.
    void remove();

  private:
    void apply(const TakenEntry& entry, bool past);
    void note(std::span<const QueueId> ids, TakenEntry::Kind kind);
    void append(std::string_view octets);
    void write_anew();

    Files* files_;
    std::string path_;
    std::uint64_t serial_;
    std::uint64_t boot_;
    std::unique_ptr<File> file_;
    std::uint64_t size_ = 0;
    std::string waiting_;
    bool rewrite_ = false;  ///< the file is not what memory says
    bool name_synced_ = false;
    std::set<std::pair<QueueId, std::uint32_t>> finished_;
    std::set<std::pair<QueueId, QueueId>> made_;  ///< child, parent
    std::unordered_map<std::uint64_t, unsigned> deaths_;
};

}  // namespace md::spool
