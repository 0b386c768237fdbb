// proto/imap/sequence_view.cc - see sequence_view.h

#include "proto/imap/sequence_view.h"

#include <algorithm>

namespace md::imap {
namespace {

using Run = SequenceView::Run;

std::uint64_t end_of(const Run& run) noexcept {
    return std::uint64_t{run.uid} + run.count;
}

/// Appends a run, as part of the last one where it goes on from there.
void append_run(std::vector<Run>& runs, const Run& run) {
    if (!runs.empty() && end_of(runs.back()) == run.uid && runs.back().sequence + runs.back().count == run.sequence) {
        runs.back().count += run.count;
    } else {
        runs.push_back(run);
    }
}

}  // namespace

std::uint32_t SequenceView::size() const noexcept {
    return runs_.empty() ? 0 : runs_.back().sequence + runs_.back().count - 1;
}

std::uint32_t SequenceView::last_uid() const noexcept {
    return runs_.empty() ? 0 : runs_.back().uid + runs_.back().count - 1;
}

std::optional<std::uint32_t> SequenceView::uid_of(std::uint32_t sequence) const noexcept {
    if (sequence == 0 || sequence > size()) return std::nullopt;
    const auto after = std::upper_bound(runs_.begin(), runs_.end(), sequence,
                                        [](std::uint32_t wanted, const Run& run) { return wanted < run.sequence; });
    const auto& run = *(after - 1);
    return run.uid + (sequence - run.sequence);
}

std::optional<std::uint32_t> SequenceView::sequence_of(std::uint32_t uid) const noexcept {
    const auto after = std::upper_bound(runs_.begin(), runs_.end(), uid,
                                        [](std::uint32_t wanted, const Run& run) { return wanted < run.uid; });
    if (after == runs_.begin()) return std::nullopt;
    const auto& run = *(after - 1);
    if (uid >= end_of(run)) return std::nullopt;
    return run.sequence + (uid - run.uid);
}

bool SequenceView::append(std::uint32_t uid) {
    if (uid <= last_uid()) return false;
    append_run(runs_, {size() + 1, uid, 1});
    return true;
}

std::vector<std::uint32_t> SequenceView::expunge(const std::vector<NumberRange>& uids) {
    std::vector<std::uint32_t> told;
    std::vector<Run> left;
    std::uint32_t next = 1;  // sequence number of the next message that stays, and of each that goes before it
    const auto stay = [&](std::uint64_t from, std::uint64_t to) {
        if (from >= to) return;
        const auto count = static_cast<std::uint32_t>(to - from);
        append_run(left, {next, static_cast<std::uint32_t>(from), count});
        next += count;
    };
    auto gone = uids.begin();
    for (const auto& run : runs_) {
        std::uint64_t at = run.uid;
        while (gone != uids.end() && gone->last < at) ++gone;
        for (auto range = gone; range != uids.end() && range->first < end_of(run); ++range) {
            const auto first = std::max<std::uint64_t>(range->first, at);
            const auto end = std::min<std::uint64_t>(std::uint64_t{range->last} + 1, end_of(run));
            stay(at, first);
            told.insert(told.end(), static_cast<std::size_t>(end - first), next);
            at = end;
            gone = range;
        }
        stay(at, end_of(run));
    }
    runs_ = std::move(left);
    return told;
}

std::optional<std::vector<Run>> SequenceView::select_sequence(const SequenceSet& set) const {
    if (set.highest() > size() || (set.has_star() && empty())) return std::nullopt;
    const auto wanted = set.resolve(size());
    std::vector<Run> selected;
    // Begins at the first run wanted: one message of a large mailbox is a look-up, not a walk.
    auto run = std::partition_point(runs_.begin(), runs_.end(), [&](const Run& candidate) {
        return candidate.sequence + candidate.count - 1 < wanted.front().first;
    });
    for (auto range = wanted.begin(); range != wanted.end() && run != runs_.end();) {
        const auto run_last = run->sequence + run->count - 1;
        const auto first = std::max(range->first, run->sequence);
        const auto last = std::min(range->last, run_last);
        if (first <= last) selected.push_back({first, run->uid + (first - run->sequence), last - first + 1});
        if (run_last < range->last) {
            ++run;
        } else {
            ++range;
        }
    }
    return selected;
}

std::vector<Run> SequenceView::select_uids(const SequenceSet& set) const {
    // In an empty mailbox "*" is UIDNEXT, which matches nothing: any number will do.
    return select_uids(set.resolve(std::max(last_uid(), std::uint32_t{1})));
}

std::vector<Run> SequenceView::select_uids(const std::vector<NumberRange>& uids) const {
    std::vector<Run> selected;
    if (uids.empty()) return selected;
    auto run = std::partition_point(runs_.begin(), runs_.end(),
                                    [&](const Run& candidate) { return end_of(candidate) <= uids.front().first; });
    for (auto range = uids.begin(); range != uids.end() && run != runs_.end();) {
        const auto run_last = static_cast<std::uint32_t>(end_of(*run) - 1);
        const auto first = std::max(range->first, run->uid);
        const auto last = std::min(range->last, run_last);
        if (first <= last) selected.push_back({run->sequence + (first - run->uid), first, last - first + 1});
        if (run_last < range->last) {
            ++run;
        } else {
            ++range;
        }
    }
    return selected;
}

}  // namespace md::imap
