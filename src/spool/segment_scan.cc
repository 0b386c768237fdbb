// spool/segment_scan.cc - see segment_scan.h

#include "spool/segment_scan.h"

#include <algorithm>

#include "base/crc32c.h"
#include "spool/intake_names.h"

namespace md::spool {

namespace {

/// One read gives a record's header and, nearly always, its whole envelope.
constexpr std::size_t kFirstRead = 4096;
constexpr std::size_t kChunk = 1U << 20;

std::optional<std::uint32_t> crc_of(const File& file, std::uint64_t offset, std::uint64_t size) {
    std::string chunk(std::min<std::uint64_t>(size, kChunk), '\0');
    std::uint32_t crc = 0;
    while (size > 0) {
        const auto wanted = std::min<std::uint64_t>(size, chunk.size());
        if (file.read_at(offset, chunk.data(), wanted) != wanted) return std::nullopt;
        crc = crc32c(std::string_view(chunk).substr(0, wanted), crc);
        offset += wanted;
        size -= wanted;
    }
    return crc;
}

}  // namespace

SegmentScan::SegmentScan(Files& files, std::string directory, const std::string& path, SegmentId id)
    : files_(files), directory_(std::move(directory)), id_(std::move(id)), file_(files.open(path, OpenMode::read)) {}

/// Asked each time: a segment that is being made grows until its first record.
std::uint64_t SegmentScan::size() const {
    return file_->info().size_bytes;
}

std::string SegmentScan::read_text(std::uint64_t offset, std::size_t size) const {
    std::string text(size, '\0');
    text.resize(file_->read_at(offset, text.data(), size));
    return text;
}

/// A record that lies within `limit` as a whole; `octets` is what was read of it.
std::optional<RecordHeader> SegmentScan::header_at(std::uint64_t offset, std::uint64_t limit,
                                                   std::string& octets) const {
    if (offset + kRecordHeaderSize > limit) return std::nullopt;
    octets = read_text(offset, std::min<std::uint64_t>(kFirstRead, limit - offset));
    auto header = decode_record_header(octets, id_.serial);
    if (header && header->whole_size() > limit - offset) return std::nullopt;
    return header;
}

bool SegmentScan::has_begun() {
    std::string octets;
    return header_at(kSegmentHeaderSize, size(), octets).has_value();
}

SegmentScan::Found SegmentScan::make_entry(const RecordHeader& header, std::uint64_t offset,
                                           std::string_view octets) const {
    IntakeEntry entry;
    entry.segment = id_;
    entry.offset = offset;
    entry.id = header.id;
    entry.message_size = header.message_size;
    entry.message_crc = header.message_crc;
    entry.envelope = octets.substr(std::min(octets.size(), kRecordHeaderSize), header.envelope_size);
    if (header.kind == RecordKind::message) {
        entry.file = file_;
        entry.message_offset = offset + kRecordHeaderSize + header.envelope_size;
    } else {
        entry.large_path = directory_ + "/" + large_name(id_.journal, header.id);
    }
    return {header, std::move(entry)};
}

/// Octets where records should be. If a mark turns out to cover them, somebody was told 250: they go raw to bad.
SegmentScan::Found SegmentScan::make_hole(std::uint64_t begin, std::uint64_t end) const {
    RecordHeader header;
    header.id = QueueId(id_.serial).child("hole", static_cast<std::uint32_t>(begin));
    header.message_size = end - begin;
    auto found = make_entry(header, begin, {});
    found.entry.message_offset = begin;
    found.hole = true;
    return found;
}

/// Checks what was read of a record, now that it can change no more; the message itself only if nobody vouched for it.
bool SegmentScan::whole(Found& found, Writer writer) const {
    const auto& header = found.header;
    auto& entry = found.entry;
    if (found.hole) return false;
    if (entry.envelope.size() != header.envelope_size || crc32c(entry.envelope) != header.envelope_crc) {
        entry.envelope = read_text(entry.offset + kRecordHeaderSize, header.envelope_size);
        if (crc32c(entry.envelope) != header.envelope_crc) return false;
    }
    if (header.kind == RecordKind::message)
        return writer == Writer::alive ||
               crc_of(*file_, entry.message_offset, header.message_size) == header.message_crc;
    const auto large = files_.open_if_there(entry.large_path, OpenMode::read);
    if (!large || large->info().size_bytes != header.message_size) return false;
    return writer == Writer::alive || crc_of(*large, 0, header.message_size) == header.message_crc;
}

/// What a mark covers was acknowledged and is told even if it is damaged; what none covers, only if it is whole.
void SegmentScan::yield(std::vector<Found>& found, bool covered, Writer writer, std::size_t& budget,
                        std::vector<IntakeEntry>& out) const {
    for (auto& one : found) {
        one.entry.damaged = !whole(one, writer);
        if (one.entry.damaged && !covered) continue;
        budget -= std::min(budget, one.entry.envelope.size() + kRecordHeaderSize);
        out.push_back(std::move(one.entry));
    }
    found.clear();
}

/// Where the next record begins behind octets that are none.
std::optional<std::uint64_t> SegmentScan::salvage(std::uint64_t offset, std::uint64_t limit) const {
    offset += padding_behind(offset);
    while (offset + kRecordHeaderSize <= limit) {
        const auto window = read_text(offset, std::min<std::uint64_t>(kChunk, limit - offset));
        const auto found = find_record_header(window, id_.serial);
        if (found != std::string_view::npos) return offset + found;
        if (window.size() < kRecordHeaderSize) break;
        // Windows overlap, so that a header across their border is seen; both begin at a multiple of the alignment.
        const auto step = (window.size() - kRecordHeaderSize) / kRecordAlignment * kRecordAlignment + kRecordAlignment;
        offset += step;
    }
    return std::nullopt;
}

void SegmentScan::read(Writer writer, std::uint64_t limit, std::size_t& budget, std::vector<IntakeEntry>& out) {
    const auto whole_size = size();
    limit = std::min(limit, whole_size);
    std::vector<Found> uncovered;
    std::string octets;
    auto at = next_;
    while (!complete_ && budget > 0) {
        const auto header = header_at(at, limit, octets);
        if (!header) {
            if (writer == Writer::alive) return;  // as far as it has come; next_ stays behind the last mark
            const auto further = salvage(at + 1, limit);
            if (!further) break;
            uncovered.push_back(make_hole(at, *further));
            at = *further;
            continue;
        }
        if (header->is_message()) {
            uncovered.push_back(make_entry(*header, at, octets));
            at += header->whole_size();
            continue;
        }
        at += header->whole_size();
        next_ = at;
        yield(uncovered, true, writer, budget, out);
        // Of a writer that is gone nothing is believed but the octets themselves: a record may stand behind an end mark
        // of a bit flip.
        complete_ = header->kind == RecordKind::end && writer == Writer::alive;
    }
    if (complete_ || budget == 0 || writer == Writer::alive) return;
    yield(uncovered, limit < whole_size, writer, budget, out);
    complete_ = true;
}

}  // namespace md::spool
