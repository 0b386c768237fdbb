// spool/intake_writer.cc - see intake_writer.h

#include "spool/intake_writer.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "spool/intake_names.h"

namespace md::spool {

namespace {

constexpr mode_t kPermissions = 0640;  // read by mdqueue, which is in the group
constexpr std::size_t kZerosAtOnce = 1U << 20;
constexpr std::size_t kPiecesOfRecord = 4;
constexpr std::string_view kPadding("\0\0\0\0\0\0\0", 7);

/// 40 bits that nobody can guess (intake_record.h: find_record_header), then 24 that count the segments of this
/// journal.
std::uint64_t first_serial() {
    const auto random = random_octets(5);
    std::uint64_t serial = 0;
    for (const char c : random) serial = serial << 8 | static_cast<unsigned char>(c);
    return serial << 24 | 1;
}

/// For what is removed on the way out of a failure, which is the one to tell.
void unlink_quietly(Files& files, const std::string& path) {
    try {
        files.unlink(path);
    } catch (const SystemError&) {
        // What stays is found by its name and removed with its journal.
    }
}

RecordHeader header_of(const OutgoingRecord& record, std::string_view envelope, std::uint64_t serial) {
    RecordHeader header;
    header.kind = record.large ? RecordKind::large : RecordKind::message;
    header.serial = serial;
    header.id = record.envelope->id;
    header.envelope_size = static_cast<std::uint32_t>(envelope.size());
    header.envelope_crc = crc32c(envelope);
    header.message_size = record.large ? record.large_size_bytes : record.octets.size();
    header.message_crc = record.large ? record.large_crc : crc32c(record.octets);
    return header;
}

std::uint64_t size_in_segment(const OutgoingRecord& record, std::string_view envelope) {
    const std::uint64_t size = kRecordHeaderSize + envelope.size() + (record.large ? 0 : record.octets.size());
    return size + padding_behind(size);
}

}  // namespace

IntakeWriter::IntakeWriter(Files& files, IntakeSettings settings, const Clock& clock)
    : files_(files), settings_(std::move(settings)), next_serial_(first_serial()) {
    // A record with its marks must fit into a segment, and some of them at that.
    settings_.large_bytes = std::min(settings_.large_bytes, settings_.segment_size_bytes / 4);
    make_journal(clock);
}

IntakeWriter::~IntakeWriter() = default;

void IntakeWriter::make_journal(const Clock& clock) {
    const auto now = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(clock.now()));
    journal_ = fmt::format("{:%Y%m%dT%H%M%SZ}-{}", fmt::gmtime(now), random_name(8));
    // Seen as .lock only while it is held: a reader that can take the lock has found a dead journal.
    const auto starting = in_directory(starting_name(journal_));
    lock_ = files_.open(starting, OpenMode::create_new, kPermissions);
    if (!lock_->try_lock()) throw SystemError("flock", starting, EWOULDBLOCK);
    files_.rename(starting, in_directory(lock_name(journal_)));
}

std::unique_ptr<File> IntakeWriter::take_free(const std::string& path) {
    const auto names = files_.list(settings_.directory);
    if (!names) throw SystemError("opendir", settings_.directory, ENOENT);
    for (const auto& text : *names) {
        const auto name = parse_intake_name(text);
        if (!name || name->kind != IntakeName::Kind::free) continue;
        const auto from = in_directory(text);
        try {
            const auto info = files_.info(from);
            if (!info) continue;
            if (info->size_bytes != settings_.segment_size_bytes) {
                files_.unlink(from);  // of another segment_size
                continue;
            }
            files_.rename(from, path);
        } catch (const SystemError& error) {
            if (error.code() != ENOENT) throw;
            continue;  // another worker was quicker
        }
        auto file = files_.open(path, OpenMode::read_write);
        // A rename that a power cut caught halfway may have left a second name, under which somebody could still use
        // it.
        if (file->info().links == 1) return file;
        files_.unlink(path);
    }
    return nullptr;
}

std::unique_ptr<File> IntakeWriter::make_new(const std::string& path) {
    auto file = files_.open(path, OpenMode::create_new, kPermissions);
    // Zeros really written: an fdatasync of data alone then needs no change of the file's extents (measured: 1.3 to 4
    // times as fast).
    const std::string zeros(std::min<std::uint64_t>(kZerosAtOnce, settings_.segment_size_bytes), '\0');
    for (std::uint64_t at = 0; at < settings_.segment_size_bytes; at += zeros.size()) {
        const auto size = std::min<std::uint64_t>(zeros.size(), settings_.segment_size_bytes - at);
        file->write_at(at, std::string_view(zeros).substr(0, size));
    }
    return file;
}

IntakeWriter::Segment IntakeWriter::make_segment() {
    Segment segment;
    segment.serial = next_serial_++;
    segment.size = settings_.segment_size_bytes;
    segment.used = kSegmentHeaderSize;
    const auto path = in_directory(segment_name(journal_, segment.serial));
    try {
        segment.file = take_free(path);
        if (!segment.file) segment.file = make_new(path);
        SegmentHeader header;
        header.serial = segment.serial;
        header.size_bytes = segment.size;
        segment.file->write_at(0, encode(header));
        segment.file->sync();
        // The name too, before the first message in it is acknowledged.
        files_.sync_directory(settings_.directory);
    } catch (const SystemError&) {
        unlink_quietly(files_, path);
        throw;
    }
    return segment;
}

void IntakeWriter::prepare() {
    const std::lock_guard guard(making_);
    if (!prepared_) prepared_ = make_segment();
}

bool IntakeWriter::wants_preparation() {
    const std::lock_guard guard(making_);
    return !prepared_ && (!current_ || current_->used > current_->size / 2);
}

void IntakeWriter::next_segment() {
    if (current_) {
        const auto covered = current_->used;
        try {
            write_mark(RecordKind::end);
            current_.reset();
        } catch (const SystemError&) {
            abandon(covered);
            throw;
        }
    }
    const std::lock_guard guard(making_);
    current_ = prepared_ ? std::move(*prepared_) : make_segment();
    prepared_.reset();
}

/// For records: the mark behind them and the segment's end mark always find place.
std::uint64_t IntakeWriter::room() const noexcept {
    const auto reserved = current_->used + 2 * kRecordHeaderSize;
    return reserved >= current_->size ? 0 : current_->size - reserved;
}

IntakeWriter::Appended IntakeWriter::append_batch(std::span<const OutgoingRecord> records) {
    MD_ASSERT(!closed_);
    Appended appended;
    try {
        settle_failed();
        std::vector<std::string> envelopes;
        envelopes.reserve(records.size());
        for (const auto& record : records) envelopes.push_back(encode(*record.envelope));
        while (appended.stored < records.size())
            appended.stored +=
                write_group(records.subspan(appended.stored), std::span(envelopes).subspan(appended.stored));
    } catch (const SystemError& error) {
        appended.failure = error;
    }
    return appended;
}

/// As many of the records as the present segment holds, in one write and one sync; 0 when another segment was begun
/// instead.
std::size_t IntakeWriter::write_group(std::span<const OutgoingRecord> records, std::span<const std::string> envelopes) {
    if (!current_) next_segment();
    std::size_t count = 0;
    std::uint64_t size = 0;
    for (; count < records.size(); ++count) {
        const auto more = size_in_segment(records[count], envelopes[count]);
        if (size + more > room()) break;
        size += more;
    }
    if (count == 0) {
        if (current_->used == kSegmentHeaderSize) throw SystemError("append", current_->file->path(), EFBIG);
        next_segment();
        return 0;
    }
    std::vector<std::string> headers;
    std::vector<std::string_view> pieces;
    headers.reserve(count);
    pieces.reserve(count * kPiecesOfRecord);
    for (std::size_t i = 0; i < count; ++i) {
        const auto header = header_of(records[i], envelopes[i], current_->serial);
        headers.push_back(encode(header));
        pieces.push_back(headers.back());
        pieces.push_back(envelopes[i]);
        if (!records[i].large) pieces.push_back(records[i].octets);
        const auto written =
            kRecordHeaderSize + envelopes[i].size() + (records[i].large ? 0 : records[i].octets.size());
        pieces.push_back(kPadding.substr(0, padding_behind(written)));
    }
    write_durably(pieces);
    current_->used += size;
    pending_bytes_ += size;
    for (const auto& record : records.first(count)) pending_bytes_ += record.large_size_bytes;
    try {
        write_mark(RecordKind::mark);
    } catch (const SystemError&) {
        // The messages are on disk all the same; the segment's new name says so instead of the mark.
        abandon(current_->used);
    }
    return count;
}

void IntakeWriter::write_durably(std::span<const std::string_view> pieces) {
    try {
        current_->file->write_at(current_->used, pieces);
        current_->file->sync_data();
        ++syncs_;
    } catch (const SystemError&) {
        abandon(current_->used);
        throw;
    }
}

/// Not synced: the next batch does that by the way, and a dead journal needs no marks.
void IntakeWriter::write_mark(RecordKind kind) {
    RecordHeader mark;
    mark.kind = kind;
    mark.serial = current_->serial;
    mark.message_size = current_->used;
    current_->file->write_at(current_->used, encode(mark));
    current_->used += kRecordHeaderSize;
}

void IntakeWriter::abandon(std::uint64_t covered) {
    failed_ = Failed{current_->serial, covered, false};
    current_.reset();
    try {
        settle_failed();
    } catch (const SystemError&) {
        // failed_ stays, and nothing is taken before it is settled.
    }
}

void IntakeWriter::settle_failed() {
    if (!failed_) return;
    if (!failed_->renamed) {
        files_.rename(in_directory(segment_name(journal_, failed_->serial)),
                      in_directory(failed_name(journal_, failed_->serial, failed_->covered)));
        failed_->renamed = true;
    }
    files_.sync_directory(settings_.directory);
    failed_.reset();
}

void IntakeWriter::close() {
    if (closed_) return;
    closed_ = true;
    if (current_) {
        try {
            write_mark(RecordKind::end);
        } catch (const SystemError&) {
            // The lock, let go, tells the reader as much.
        }
    }
    current_.reset();
    const std::lock_guard guard(making_);
    prepared_.reset();
}

void IntakeWriter::count_pending() {
    const auto names = files_.list(settings_.directory);
    if (!names) throw SystemError("opendir", settings_.directory, ENOENT);
    std::uint64_t sum = 0;
    const std::lock_guard guard(making_);
    for (const auto& text : *names) {
        const auto name = parse_intake_name(text);
        if (!name || name->journal != journal_) continue;
        if (name->kind == IntakeName::Kind::failed) sum += name->covered;
        if (name->kind == IntakeName::Kind::large) {
            const auto info = files_.info(in_directory(text));
            sum += info ? info->size_bytes : 0;
        }
        if (name->kind != IntakeName::Kind::segment || (prepared_ && name->serial == prepared_->serial)) continue;
        sum += current_ && name->serial == current_->serial ? current_->used : settings_.segment_size_bytes;
    }
    pending_bytes_ = sum;
}

std::unique_ptr<LargeFile> IntakeWriter::create_large(QueueId id) {
    return std::make_unique<LargeFile>(files_, settings_.directory, journal_, id);
}

LargeFile::LargeFile(Files& files, std::string directory, const std::string& journal, QueueId id)
    : files_(files), directory_(std::move(directory)), path_(directory_ + "/" + large_name(journal, id)) {
    file_ = files_.open(path_, OpenMode::create_new, kPermissions);
}

LargeFile::~LargeFile() {
    if (kept_) return;
    try {
        files_.unlink(path_);
    } catch (...) {
        // Nobody to tell, and no harm: no record names it, and it goes with its journal.
    }
}

void LargeFile::append(std::string_view octets) {
    file_->write_at(size_, octets);
    size_ += octets.size();
    crc_ = crc32c(octets, crc_);
}

void LargeFile::finish() {
    file_->sync();
    files_.sync_directory(directory_);
}

}  // namespace md::spool
