// spool/segment_scan.h - walks over the records of one segment
//
// PURPOSE
//   The part of IntakeReader that judges what counts: behind which mark a living writer's records are acknowledged,
//   which records of a dead one's are whole, and where the next record begins behind a damaged one.
// CONTRACT
//   Blocks. Remembers its place; each record is yielded once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "spool/intake_reader.h"
#include "spool/intake_record.h"

namespace md::spool {

class SegmentScan {
  public:
    /// Opens the file at `path`; large messages lie in `directory`.
    SegmentScan(Files& files, std::string directory, const std::string& path, SegmentId id);

    /// What the writer can still do to this segment.
    enum class Writer : std::uint8_t {
        alive,  ///< append: only what a mark covers counts
        gone,   ///< nothing: each record counts whose checksums are good
    };
    /// Appends to `out` what counts now, until `budget` octets of envelopes are spent. `limit`: nothing behind it
    /// counts.
    void read(Writer writer, std::uint64_t limit, std::size_t& budget, std::vector<IntakeEntry>& out);

    /// Nothing more will ever come: an end mark was read, or all that a gone writer left.
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    /// A record of this use of the segment stands at its begin.
    [[nodiscard]] bool has_begun();

  private:
    struct Found {
        RecordHeader header;
        IntakeEntry entry;
        bool hole = false;  ///< no header could be read

        Found(const RecordHeader& h, IntakeEntry e) : header(h), entry(std::move(e)) {}
    };
    [[nodiscard]] std::optional<RecordHeader> header_at(std::uint64_t offset, std::uint64_t limit,
                                                        std::string& octets) const;
    [[nodiscard]] Found make_entry(const RecordHeader& header, std::uint64_t offset, std::string_view octets) const;
    [[nodiscard]] Found make_hole(std::uint64_t begin, std::uint64_t end) const;
    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] std::string read_text(std::uint64_t offset, std::size_t size) const;
    [[nodiscard]] bool whole(Found& found, Writer writer) const;
    void yield(std::vector<Found>& found, bool covered, Writer writer, std::size_t& budget,
               std::vector<IntakeEntry>& out) const;
    [[nodiscard]] std::optional<std::uint64_t> salvage(std::uint64_t offset, std::uint64_t limit) const;

    Files& files_;
    std::string directory_;
    SegmentId id_;
    std::shared_ptr<File> file_;
    std::uint64_t next_ = kSegmentHeaderSize;  ///< the first record not yet yielded
    bool complete_ = false;
};

}  // namespace md::spool
