// mdqueue/take_over.cc - see take_over.h

#include "mdqueue/take_over.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace md::mdqueue {

using spool::IntakeEntry;
using spool::SegmentId;
using spool::Taken;
using spool::TakenEntry;

namespace {

constexpr unsigned kDeathsToBad = 2;

}  // namespace

TakeOver::TakeOver(Files& files, std::string intake_directory, spool::Spool& spool, std::uint64_t boot)
    : files_(files), spool_(spool), reader_(files, std::move(intake_directory)), boot_(boot) {}

TakeOver::Segment& TakeOver::segment(const SegmentId& id) {
    const auto known = segments_.find(id);
    if (known != segments_.end()) return known->second;
    const auto path = spool_.taken_directory() + "/" + Taken::file_name(id.serial);
    return segments_.emplace(id, Segment{Taken(files_, path, id.serial, boot_)}).first->second;
}

std::vector<Record> TakeOver::next(bool look) {
    if (look) reader_.look();
    auto entries = reader_.read();
    std::vector<Record> records;
    std::map<SegmentId, std::vector<QueueId>> attempts;
    for (auto& entry : entries) {
        attempts[entry.segment].push_back(entry.id);
        take(std::move(entry), records);
    }
    if (entries.empty()) caught_up_ = true;
    for (const auto& [id, ids] : attempts) note_attempts(id, ids);
    return records;
}

/// A note that cannot be written (a full disk) must not keep mail from its mailbox.
void TakeOver::note_attempts(const SegmentId& id, const std::vector<QueueId>& ids) {
    try {
        segment(id).taken.note_attempts(ids);
    } catch (const SystemError& error) {
        faults_.push_back(error);
    }
}

std::vector<SystemError> TakeOver::faults() {
    auto all = reader_.faults();
    all.insert(all.end(), faults_.begin(), faults_.end());
    faults_.clear();
    return all;
}

void TakeOver::take(IntakeEntry entry, std::vector<Record>& out) {
    auto& of = segment(entry.segment);
    const auto id = entry.id;
    if (of.taken.finished(id)) {
        if (!entry.large_path.empty() && !entry.damaged) reader_.remove_large(entry);
        return;
    }
    ++of.open;
    Record record;
    record.replay = !caught_up_;
    if (of.taken.deaths(id) >= kDeathsToBad) record.raw = "the queue manager died twice while it worked on this";
    if (entry.damaged) record.raw = "the journal's record is damaged";
    if (!entry.large_path.empty() && !entry.damaged) entry.file = reader_.open_message(entry);
    if (record.raw.empty() && !entry.file) record.raw = "the message's own file is gone";
    if (record.raw.empty()) {
        auto envelope = spool::decode_envelope(entry.envelope);
        if (envelope) {
            record.envelope = std::move(*envelope);
        } else {
            record.raw = std::string("the envelope cannot be read: ").append(envelope.error().text);
        }
    }
    for (std::uint32_t i = 0; i < record.envelope.recipients.size(); ++i)
        if (!of.taken.finished(id, i)) record.open.push_back(i);
    record.entry = std::move(entry);
    out.push_back(std::move(record));
}

void TakeOver::finish(const Record& record, std::uint32_t recipient) {
    finished_.push_back({record.entry.segment, record.entry.id, recipient, {}});
}

void TakeOver::finish(const Record& record) {
    finished_.push_back({record.entry.segment, record.entry.id, TakenEntry::kWhole, record.entry.large_path});
}

void TakeOver::begin_settle() {
    settling_.insert(settling_.end(), std::make_move_iterator(finished_.begin()),
                     std::make_move_iterator(finished_.end()));
    finished_.clear();
}

void TakeOver::end_settle() {
    for (const auto& finished : settling_) segment(finished.segment).taken.finish(finished.id, finished.recipient);
    synced_.insert(synced_.end(), std::make_move_iterator(settling_.begin()), std::make_move_iterator(settling_.end()));
    settling_.clear();
    for (auto& [id, of] : segments_)
        if (of.taken.dirty()) of.taken.flush();
    const auto settled = std::exchange(synced_, {});
    for (const auto& finished : settled) settle(finished);
    release_segments();
}

void TakeOver::sync_failed() noexcept {
    finished_.clear();
    settling_.clear();
}

void TakeOver::settle(const Finished& finished) {
    if (finished.recipient != TakenEntry::kWhole) return;
    --segment(finished.segment).open;
    if (finished.large_path.empty()) return;
    IntakeEntry large;
    large.segment = finished.segment;
    large.id = finished.id;
    large.large_path = finished.large_path;
    try {
        reader_.remove_large(large);
    } catch (const SystemError& error) {
        faults_.push_back(error);  // goes with its journal, or with the next replay
    }
}

void TakeOver::release_segments() {
    auto done = reader_.exhausted();
    std::erase_if(done, [this](const SegmentId& id) {
        const auto known = segments_.find(id);
        return known != segments_.end() && known->second.open > 0;
    });
    if (done.empty()) return;
    reader_.release(done);
    for (const auto& id : done) {
        segment(id).taken.remove();
        segments_.erase(id);
    }
    reader_.remove_dead();
}

}  // namespace md::mdqueue
