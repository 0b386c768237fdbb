// proto/imap/list_pattern.cc - see list_pattern.h

#include "proto/imap/list_pattern.h"

#include <algorithm>

#include "base/strings.h"
#include "proto/imap/lexical.h"

namespace md::imap {

namespace {

constexpr std::string_view kInbox = "INBOX";
constexpr std::size_t kWord = 64;
constexpr std::size_t kLongestName = 1'000;  // no mailbox has a longer one

void set(std::vector<std::uint64_t>& bits, std::size_t at) {
    if (bits.size() <= at / kWord) bits.resize(at / kWord + 1);
    bits[at / kWord] |= std::uint64_t{1} << at % kWord;
}

bool is_inbox(std::string_view pattern) {
    return equal_nocase(pattern.substr(0, pattern.find(kSeparator)), kInbox);
}

}  // namespace

ListPattern::ListPattern(std::string_view pattern) : steps_(1) {
    const auto gaps = std::count_if(pattern.begin(), pattern.end(), [](char c) { return c == '*' || c == '%'; });
    if (pattern.size() - static_cast<std::size_t>(gaps) > kLongestName) {
        literals_ = SIZE_MAX;  // nothing is as long
        return;
    }
    const bool inbox = is_inbox(pattern);
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = inbox && i < kInbox.size() ? kInbox[i] : pattern[i];
        if (c == '*') {
            set(star_, literals_);
        } else if (c == '%') {
            set(percent_, literals_);
        } else {
            add_literal(c);
        }
    }
    const auto words = literals_ / kWord + 1;
    star_.resize(words);
    percent_.resize(words);
    for (auto& step : steps_) step.resize(words);
}

void ListPattern::add_literal(char c) {
    auto& row = rows_[static_cast<unsigned char>(c)];
    if (row == 0) {
        row = static_cast<std::uint16_t>(steps_.size());
        steps_.emplace_back();
    }
    set(steps_[row], ++literals_);
}

bool ListPattern::matches(std::string_view name) const {
    if (literals_ > name.size()) return false;
    Bits at(star_.size());
    at[0] = 1;
    for (const char c : name) {
        const auto& step = steps_[rows_[static_cast<unsigned char>(c)]];
        const auto open = c == kSeparator ? std::uint64_t{0} : ~std::uint64_t{0};
        std::uint64_t carry = 0;
        for (std::size_t word = 0; word < at.size(); ++word) {
            const auto moved = at[word] << 1 | carry;
            carry = at[word] >> (kWord - 1);
            at[word] = (moved & step[word]) | (at[word] & (star_[word] | (percent_[word] & open)));
        }
    }
    return (at[literals_ / kWord] >> literals_ % kWord & 1) != 0;
}

}  // namespace md::imap
