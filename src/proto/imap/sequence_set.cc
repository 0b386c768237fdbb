// proto/imap/sequence_set.cc - see sequence_set.h

#include "proto/imap/sequence_set.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/strings.h"

namespace md::imap {
namespace {

constexpr std::uint32_t kStar = 0;

/// nz-number or "*" from the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text) {
    if (!text.empty() && text.front() == '*') {
        text.remove_prefix(1);
        return kStar;
    }
    std::size_t size = 0;
    while (size < text.size() && is_digit(text[size])) ++size;
    if (size == 0 || text.front() == '0') return std::nullopt;
    const auto number = parse_number<std::uint32_t>(text.substr(0, size));
    text.remove_prefix(size);
    return number;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

std::optional<SequenceSet> SequenceSet::parse(std::string_view text) {
    SequenceSet set;
    if (text == "$") {
        set.saved_ = true;
        return set;
    }
    do {
        const auto first = take_number(text);
        if (!first) return std::nullopt;
        auto last = first;
        if (take(text, ':')) last = take_number(text);
        if (!last) return std::nullopt;
        set.written_.push_back({*first, *last});
    } while (take(text, ','));
    if (!text.empty()) return std::nullopt;
    return set;
}

std::vector<NumberRange> SequenceSet::resolve(std::uint32_t star) const {
    std::vector<NumberRange> ranges;
    ranges.reserve(written_.size());
    for (const auto& [written_first, written_last] : written_) {
        const auto first = written_first == kStar ? star : written_first;
        const auto last = written_last == kStar ? star : written_last;
        // "2:4 and 4:2 are equivalent"; hence 3291:* has the last message even where its UID is lower.
        ranges.push_back({std::min(first, last), std::max(first, last)});
    }
    normalise(ranges);
    return ranges;
}

std::uint32_t SequenceSet::highest() const noexcept {
    std::uint32_t highest = 0;
    for (const auto& [first, last] : written_) highest = std::max({highest, first, last});
    return highest;
}

bool SequenceSet::has_star() const noexcept {
    return std::any_of(written_.begin(), written_.end(),
                       [](const Written& range) { return range.first == kStar || range.last == kStar; });
}

void normalise(std::vector<NumberRange>& ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const NumberRange& a, const NumberRange& b) {
        return std::pair(a.first, a.last) < std::pair(b.first, b.last);
    });
    std::size_t kept = 0;
    for (const auto& range : ranges) {
        // Widened, for the last of all numbers has no successor.
        if (kept > 0 && range.first <= std::uint64_t{ranges[kept - 1].last} + 1) {
            ranges[kept - 1].last = std::max(ranges[kept - 1].last, range.last);
        } else {
            ranges[kept++] = range;
        }
    }
    ranges.erase(ranges.begin() + static_cast<std::ptrdiff_t>(kept), ranges.end());
}

void append_ranges(std::string& out, const std::vector<NumberRange>& ranges) {
    bool first = true;
    for (const auto& range : ranges) {
        if (!std::exchange(first, false)) out += ',';
        out += std::to_string(range.first);
        if (range.last != range.first) out.append(1, ':').append(std::to_string(range.last));
    }
}

}  // namespace md::imap
