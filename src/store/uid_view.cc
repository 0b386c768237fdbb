// store/uid_view.cc - see uid_view.h

#include "store/uid_view.h"

#include <algorithm>

namespace md::store {

std::size_t UidView::find(Uid uid) const noexcept {
    const auto at = std::lower_bound(ranges_.begin(), ranges_.end(), uid,
                                     [](const UidRange& range, Uid wanted) { return range.last < wanted; });
    return static_cast<std::size_t>(at - ranges_.begin());
}

void UidView::count_from(std::size_t range) noexcept {
    before_.resize(ranges_.size());
    auto count = range == 0 ? 0 : before_[range - 1] + (ranges_[range - 1].last - ranges_[range - 1].first + 1);
    for (; range < ranges_.size(); ++range) {
        before_[range] = count;
        count += ranges_[range].last - ranges_[range].first + 1;
    }
    size_ = count;
}

std::optional<Uid> UidView::at(std::uint32_t position) const noexcept {
    if (position == 0 || position > size_) return std::nullopt;
    const auto after = std::upper_bound(before_.begin(), before_.end(), position - 1);
    const auto range = static_cast<std::size_t>(after - before_.begin()) - 1;
    return ranges_[range].first + (position - 1 - before_[range]);
}

std::optional<std::uint32_t> UidView::position(Uid uid) const noexcept {
    const auto range = find(uid);
    if (range == ranges_.size() || ranges_[range].first > uid) return std::nullopt;
    return before_[range] + (uid - ranges_[range].first) + 1;
}

UidRanges UidView::within(Uid first, Uid last) const {
    UidRanges out;
    for (auto range = find(first); range < ranges_.size() && ranges_[range].first <= last; ++range)
        out.push_back({std::max(first, ranges_[range].first), std::min(last, ranges_[range].last)});
    return out;
}

UidRanges UidView::missing_of(const UidRanges& wanted, Uid end) const {
    UidRanges out;
    for (const auto& [first, last] : wanted) {
        if (first >= end) break;
        const auto stop = std::min(last, end - 1);
        auto from = first;
        bool more = true;
        for (auto range = find(first); more && range < ranges_.size() && ranges_[range].first <= stop; ++range) {
            if (from < ranges_[range].first) out.push_back({from, ranges_[range].first - 1});
            more = ranges_[range].last < stop;
            from = ranges_[range].last + 1;
        }
        if (more) out.push_back({from, stop});
    }
    return out;
}

void UidView::insert(Uid uid) {
    const auto range = find(uid);
    if (range < ranges_.size() && ranges_[range].first <= uid) return;
    const bool joins_left = range > 0 && ranges_[range - 1].last + 1 == uid;
    const bool joins_right = range < ranges_.size() && ranges_[range].first == uid + 1;
    if (joins_left && joins_right) {
        ranges_[range - 1].last = ranges_[range].last;
        ranges_.erase(ranges_.begin() + static_cast<std::ptrdiff_t>(range));
    } else if (joins_left) {
        ranges_[range - 1].last = uid;
    } else if (joins_right) {
        ranges_[range].first = uid;
    } else {
        ranges_.insert(ranges_.begin() + static_cast<std::ptrdiff_t>(range), UidRange{uid, uid});
    }
    count_from(range == 0 ? 0 : range - 1);
}

bool UidView::erase(Uid uid) {
    const auto range = find(uid);
    if (range == ranges_.size() || ranges_[range].first > uid) return false;
    const auto [first, last] = ranges_[range];
    const auto here = ranges_.begin() + static_cast<std::ptrdiff_t>(range);
    if (first == last) {
        ranges_.erase(here);
    } else if (uid == first) {
        here->first = uid + 1;
    } else if (uid == last) {
        here->last = uid - 1;
    } else {
        here->last = uid - 1;
        ranges_.insert(here + 1, UidRange{uid + 1, last});
    }
    count_from(range == 0 ? 0 : range - 1);
    return true;
}

void UidView::erase(const UidRanges& uids) {
    if (uids.empty()) return;
    UidRanges left;
    left.reserve(ranges_.size());
    auto gone = uids.begin();
    for (const auto& [first, last] : ranges_) {
        while (gone != uids.end() && gone->last < first) ++gone;
        auto from = first;
        bool rest = true;
        for (auto at = gone; rest && at != uids.end() && at->first <= last; ++at) {
            if (from < at->first) left.push_back({from, at->first - 1});
            rest = at->last < last;
            from = at->last + 1;
        }
        if (rest) left.push_back({from, last});
    }
    ranges_ = std::move(left);
    count_from(0);
}

UidRanges normalised(UidRanges ranges) {
    std::erase_if(ranges, [](const UidRange& range) { return range.first > range.last; });
    std::sort(ranges.begin(), ranges.end());
    UidRanges out;
    for (const auto& range : ranges) {
        if (!out.empty() && (range.first <= out.back().last || range.first - out.back().last == 1)) {
            out.back().last = std::max(out.back().last, range.last);
        } else {
            out.push_back(range);
        }
    }
    return out;
}

UidRanges ranges_of(std::vector<Uid> uids) {
    UidRanges ranges;
    ranges.reserve(uids.size());
    for (const auto uid : uids) ranges.push_back({uid, uid});
    return normalised(std::move(ranges));
}

bool contains(const UidRanges& ranges, Uid uid) noexcept {
    const auto at = std::lower_bound(ranges.begin(), ranges.end(), uid,
                                     [](const UidRange& range, Uid wanted) { return range.last < wanted; });
    return at != ranges.end() && at->first <= uid;
}

}  // namespace md::store
