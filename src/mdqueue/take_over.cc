// mdqueue/take_over.cc - see take_over.h

#include "mdqueue/take_over.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "log/counter.h"

namespace md::mdqueue {

using spool::IntakeEntry;
using spool::SegmentId;
using spool::Taken;

namespace {

constexpr unsigned kDeathsToBad = 3;  ///< in company of others, then twice alone

void move_all(std::vector<RecordPointer>& from, std::vector<RecordPointer>& to) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
}

}  // namespace

TakeOver::TakeOver(Files& files, std::string intake_directory, spool::Spool& spool, const SyncHistory& history,
                   std::uint64_t boot)
    : files_(files),
      intake_directory_(intake_directory),
      spool_(spool),
      history_(history),
      reader_(files, std::move(intake_directory)),
      boot_(boot) {}

TakeOver::Segment& TakeOver::segment(const SegmentId& id) {
    const auto known = segments_.find(id);
    if (known != segments_.end()) return known->second;
    const auto path = spool_.taken_directory() + "/" + Taken::file_name(id.serial);
    return segments_.emplace(id, Segment{Taken(files_, path, id.serial, boot_)}).first->second;
}

std::vector<RecordPointer> TakeOver::next(bool look) {
    note_survived();
    if (look || reader_.is_behind()) reader_.look();
    if (!at_start_) at_start_ = reader_.segments();
    sift(finished_);
    if (working_ == 0) alone_ = false;
    if (!waits()) read_journals();
    if (!alone_)
        for (auto& record : std::exchange(again_, {})) give(std::move(record));
    if (ready_.empty() && working_ == 0 && !suspects_.empty()) {
        alone_ = true;
        give(std::move(suspects_.front()));
        suspects_.pop_front();
    }
    if (!waits() && (ready_.empty() || start_is_read())) caught_up_ = true;
    note_attempts();
    if (look && caught_up_) remove_orphans();
    return std::exchange(ready_, {});
}

/// What is taken already gives nothing to do, and is not the end of what there is.
void TakeOver::read_journals() {
    do {
        for (auto& entry : reader_.read()) entries_.push_back(std::move(entry));
        const bool end = entries_.empty();
        for (; !entries_.empty(); entries_.pop_front()) {
            auto record = take(entries_.front());
            if (!record) continue;
            ++segment(record->entry.segment).open;
            if (record->raw.empty() && segment(record->entry.segment).taken.deaths(record->entry.id) > 0)
                suspects_.push_back(std::move(record));
            else
                give(std::move(record));
        }
        if (end) return;
    } while (ready_.empty());
}

/// Under steady receipt there is always something to read; what was there at the start comes to its end.
bool TakeOver::start_is_read() const {
    const auto done = reader_.exhausted();
    const auto all = reader_.segments();
    return std::ranges::all_of(*at_start_, [&](const SegmentId& id) {
        return std::ranges::find(done, id) != done.end() || std::ranges::find(all, id) == all.end();
    });
}

void TakeOver::give(RecordPointer record) {
    ++working_;
    record->failures = history_.failures();
    ready_.push_back(std::move(record));
}

/// A note that cannot be written (a full disk) must not keep mail from its mailbox.
void TakeOver::note_attempts() {
    std::map<SegmentId, std::vector<QueueId>> attempts;
    for (const auto& record : ready_) attempts[record->entry.segment].push_back(record->entry.id);
    for (const auto& [id, ids] : attempts) try {
            segment(id).taken.note_attempts(ids);
        } catch (const SystemError& error) {
            faults_.push_back(error);
        }
}

/// Of a segment that has gone meanwhile nothing is to be known any more.
void TakeOver::note_survived() {
    for (const auto& [id, ids] : std::exchange(survived_, {})) try {
            const auto of = segments_.find(id);
            if (of != segments_.end()) of->second.taken.note_survived(ids);
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

/// null: it is done.
RecordPointer TakeOver::take(const IntakeEntry& entry) {
    auto& of = segment(entry.segment);
    const auto id = entry.id;
    if (of.taken.finished(id)) {
        if (!entry.large_path.empty() && !entry.damaged) reader_.remove_large(entry);
        return nullptr;
    }
    auto record = std::make_shared<Record>();
    record->entry = entry;
    if (!caught_up_) record->how = history_.doubtful_past() ? How::anew : How::look;
    if (of.taken.deaths(id) >= kDeathsToBad) record->raw = "the queue manager died three times while it worked on this";
    if (entry.damaged) record->raw = "the journal's record is damaged";
    if (!entry.large_path.empty() && !entry.damaged) record->entry.file = reader_.open_message(entry);
    if (record->raw.empty() && !record->entry.file) record->raw = "the message's own file is gone";
    if (!record->raw.empty()) return record;
    auto envelope = spool::decode_envelope(entry.envelope);
    if (!envelope) {
        record->raw = std::string("the envelope cannot be read: ").append(envelope.error().text);
        return record;
    }
    record->envelope = std::move(*envelope);
    for (std::uint32_t i = 0; i < record->envelope.recipients.size(); ++i)
        if (!of.taken.finished(id, i)) record->open.push_back(i);
    return record;
}

void TakeOver::finish(RecordPointer record) {
    give_up(*record);
    finished_.push_back(std::move(record));
}

void TakeOver::give_up(const Record& record) {
    --working_;
    survived_[record.entry.segment].push_back(record.entry.id);
}

/// Those since whose beginning a sync has failed are done again, and every file made from them is written anew.
void TakeOver::sift(std::vector<RecordPointer>& records) {
    const auto doubtful = [this](const RecordPointer& record) { return record->failures != history_.failures(); };
    for (const auto& record : records) {
        if (!doubtful(record)) continue;
        record->how = How::anew;
        record->kept.clear();
        again_.push_back(record);
    }
    std::erase_if(records, doubtful);
}

void TakeOver::begin_settle() {
    move_all(finished_, settling_);
}

void TakeOver::end_settle() {
    note_survived();
    sift(settling_);
    for (const auto& record : settling_) segment(record->entry.segment).taken.finish(record->entry.id);
    log::count(Counter::messages_taken_over, settling_.size());
    move_all(settling_, synced_);
    for (auto& [id, of] : segments_)
        if (of.taken.dirty()) of.taken.flush();
    for (auto& record : std::exchange(synced_, {})) {
        settle(*record);
        settled_.push_back(std::move(record));
    }
    release_segments();
}

void TakeOver::settle_failed() {
    sift(settling_);
    sift(finished_);
}

std::vector<RecordPointer> TakeOver::settled() {
    return std::exchange(settled_, {});
}

void TakeOver::settle(const Record& record) {
    --segment(record.entry.segment).open;
    if (record.entry.large_path.empty()) return;
    try {
        reader_.remove_large(record.entry);
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

/// The log of a segment that is free may come back after a power cut, for its own going was not synced. Two listings
/// must miss the segment, as one may miss a name that is being changed; and that it is gone must be on disk first.
void TakeOver::remove_orphans() try {
    if (orphans_removed_) return;
    std::set<std::uint64_t> wanted;
    for (const auto& id : reader_.segments()) wanted.insert(id.serial);
    for (const auto& [id, of] : segments_) wanted.insert(id.serial);
    std::set<std::string> found;
    for (const auto& name : files_.list(spool_.taken_directory()).value_or(std::vector<std::string>{})) {
        const auto serial = Taken::parse_file_name(name);
        if (serial && !wanted.contains(*serial)) found.insert(name);
    }
    const auto earlier = std::exchange(orphans_, std::move(found));
    if (!earlier) return;
    bool synced = false;
    for (const auto& name : *orphans_) {
        if (!earlier->contains(name)) continue;
        if (!std::exchange(synced, true)) files_.sync_directory(intake_directory_);
        files_.unlink(spool_.taken_directory() + "/" + name);
    }
    orphans_removed_ = true;
} catch (const SystemError& error) {
    faults_.push_back(error);
}

}  // namespace md::mdqueue
