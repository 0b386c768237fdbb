// spool/intake_reader.cc - see intake_reader.h; what counts within a segment is segment_scan.cc's to say

#include "spool/intake_reader.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <set>

#include "base/clock.h"
#include "spool/segment_scan.h"

namespace md::spool {

namespace {

/// A writer holds its lock microseconds after it has made the file.
constexpr std::int64_t kStartingGraceNs = 60'000'000'000;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

}  // namespace

struct IntakeReader::Segment {
    IntakeName name;
    std::uint64_t limit = kNoLimit;  ///< of a failed one
    std::unique_ptr<SegmentScan> scan;

    [[nodiscard]] bool complete() const noexcept { return scan && scan->complete(); }
};

struct IntakeReader::Journal {
    bool alive = true;
    std::unique_ptr<File> lock;  ///< ours once the writer is dead
    std::map<std::uint64_t, Segment> segments;
    std::set<std::string> large;  ///< names, as last listed
};

IntakeReader::IntakeReader(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
IntakeReader::~IntakeReader() = default;

void IntakeReader::look() {
    list_folder();
    // What a writer made between that listing and its death is seen by another one.
    if (ask_locks()) list_folder();
}

void IntakeReader::list_folder() {
    const auto names = files_.list(directory_);
    if (!names) throw SystemError("opendir", directory_, ENOENT);
    free_segments_ = 0;
    starting_.clear();
    for (auto& [journal_name, journal] : journals_) journal.large.clear();
    for (const auto& text : *names) {
        const auto name = parse_intake_name(text);
        if (!name) continue;
        switch (name->kind) {
            case IntakeName::Kind::lock: journals_[name->journal]; break;
            case IntakeName::Kind::starting: starting_.push_back(text); break;
            case IntakeName::Kind::segment:
            case IntakeName::Kind::failed: note_segment(*name); break;
            case IntakeName::Kind::large: journals_[name->journal].large.insert(text); break;
            case IntakeName::Kind::free: ++free_segments_; break;
        }
    }
}

/// A segment is forgotten by release() alone: a listing may miss a file that is just being renamed.
void IntakeReader::note_segment(const IntakeName& name) {
    auto& segment = journals_[name.journal].segments[name.serial];
    if (name.kind == IntakeName::Kind::segment && segment.name.kind == IntakeName::Kind::failed) return;
    segment.name = name;
    if (name.kind == IntakeName::Kind::failed) segment.limit = name.covered;
}

/// true: a journal turned out to be dead.
bool IntakeReader::ask_locks() {
    bool died = false;
    for (auto& [name, journal] : journals_) {
        if (!journal.alive) continue;
        // Asked by name: a listing that ran beside the writer's start may show segments and not the lock.
        auto lock = files_.open_if_there(directory_ + "/" + lock_name(name), OpenMode::read);
        if (lock && !lock->try_lock()) continue;
        journal.alive = false;
        journal.lock = std::move(lock);
        died = true;
    }
    return died;
}

std::vector<IntakeEntry> IntakeReader::read(std::size_t limit_bytes) {
    std::vector<IntakeEntry> out;
    auto budget = std::max<std::size_t>(limit_bytes, 1);
    for (auto& [name, journal] : journals_) {
        if (budget == 0) break;
        read_journal(journal, budget, out);
    }
    at_end_ = budget > 0;
    return out;
}

void IntakeReader::read_journal(Journal& journal, std::size_t& budget, std::vector<IntakeEntry>& out) {
    for (auto at = journal.segments.begin(); at != journal.segments.end() && budget > 0; ++at) {
        auto& [serial, segment] = *at;
        if (segment.complete()) continue;
        try {
            if (!segment.scan)
                segment.scan = std::make_unique<SegmentScan>(files_, directory_, directory_ + "/" + segment.name.text(),
                                                             SegmentId(segment.name.journal, serial));
            const bool gone = !journal.alive || segment.name.kind == IntakeName::Kind::failed;
            segment.scan->read(gone ? SegmentScan::Writer::gone : SegmentScan::Writer::alive, segment.limit, budget,
                               out);
            // Still not at its end, but the writer has gone on to the next: what stands here is final.
            const auto next = std::next(at);
            const bool passed =
                !segment.complete() && budget > 0 && next != journal.segments.end() && has_begun(next->second);
            if (passed) segment.scan->read(SegmentScan::Writer::gone, segment.limit, budget, out);
        } catch (const SystemError& error) {
            // Renamed since it was listed: the next listing tells how it is called now.
            if (error.code() != ENOENT || segment.scan) faults_.push_back(error);
        }
    }
}

bool IntakeReader::has_begun(Segment& segment) {
    if (!segment.scan)
        segment.scan = std::make_unique<SegmentScan>(files_, directory_, directory_ + "/" + segment.name.text(),
                                                     SegmentId(segment.name.journal, segment.name.serial));
    return segment.scan->has_begun();
}

bool IntakeReader::is_behind() const noexcept {
    return std::ranges::any_of(journals_, [](const auto& named) {
        const auto& journal = named.second;
        return journal.alive && !journal.segments.empty() && journal.segments.rbegin()->second.complete();
    });
}

std::vector<SegmentId> IntakeReader::exhausted() const {
    std::vector<SegmentId> out;
    for (const auto& [name, journal] : journals_)
        for (const auto& [serial, segment] : journal.segments)
            if (segment.complete()) out.emplace_back(name, serial);
    return out;
}

void IntakeReader::give_back(const IntakeName& name, std::size_t keep_free) {
    const auto path = directory_ + "/" + name.text();
    if (name.kind == IntakeName::Kind::failed) {
        // Not trusted with another message. A power cut during the renaming may have left the old name too, under which
        // all of it would count: that one goes first.
        if (files_.unlink(directory_ + "/" + segment_name(name.journal, name.serial)))
            files_.sync_directory(directory_);
        files_.unlink(path);
        return;
    }
    const auto info = files_.info(path);
    if (!info) return;
    // With a second name (a power cut during an earlier release) it would be given away twice.
    if (info->links > 1 || free_segments_ >= keep_free) {
        files_.unlink(path);
        return;
    }
    files_.rename(path, directory_ + "/" + free_name(name.serial));
    ++free_segments_;
}

void IntakeReader::release(const std::vector<SegmentId>& segments, std::size_t keep_free) {
    for (const auto& id : segments) {
        const auto journal = journals_.find(id.journal);
        if (journal == journals_.end()) continue;
        const auto segment = journal->second.segments.find(id.serial);
        if (segment == journal->second.segments.end()) continue;
        give_back(segment->second.name, keep_free);
        journal->second.segments.erase(segment);
    }
    if (!segments.empty()) files_.sync_directory(directory_);
}

std::shared_ptr<const File> IntakeReader::open_message(const IntakeEntry& entry) {
    if (entry.large_path.empty()) return entry.file;
    return files_.open_if_there(entry.large_path, OpenMode::read);
}

void IntakeReader::remove_large(const IntakeEntry& entry) {
    if (!entry.large_path.empty()) files_.unlink(entry.large_path);
}

std::size_t IntakeReader::remove_dead() {
    std::size_t removed = 0;
    for (auto at = journals_.begin(); at != journals_.end();) {
        const auto& [name, journal] = *at;
        if (journal.alive || !journal.segments.empty()) {
            ++at;
            continue;
        }
        // No record names them, or what named them is done.
        for (const auto& large : journal.large) files_.unlink(directory_ + "/" + large);
        files_.unlink(directory_ + "/" + lock_name(name));
        at = journals_.erase(at);
        ++removed;
    }
    for (const auto& name : starting_) {
        const auto path = directory_ + "/" + name;
        const auto file = files_.open_if_there(path, OpenMode::read);
        const auto now = real_clock().now().time_since_epoch();
        if (!file || std::chrono::nanoseconds(now).count() - file->info().modified_ns < kStartingGraceNs) continue;
        if (file->try_lock()) files_.unlink(path);
    }
    return removed;
}

std::vector<IntakeReader::JournalInfo> IntakeReader::journals() const {
    std::vector<JournalInfo> out;
    for (const auto& [name, journal] : journals_) out.emplace_back(name, journal.alive, journal.segments.size());
    return out;
}

std::vector<SegmentId> IntakeReader::segments() const {
    std::vector<SegmentId> out;
    for (const auto& [name, journal] : journals_)
        for (const auto& [serial, segment] : journal.segments) out.emplace_back(name, serial);
    return out;
}

std::vector<SystemError> IntakeReader::faults() {
    return std::exchange(faults_, {});
}

}  // namespace md::spool
