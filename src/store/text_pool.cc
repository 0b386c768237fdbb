// store/text_pool.cc - see text_pool.h

#include "store/text_pool.h"

#include <algorithm>
#include <cstring>

namespace md::store {

namespace {
/// The first piece is small, for small mailboxes; each is as large as all before it.
constexpr std::size_t kSmallestPiece = 1U << 10;
constexpr std::size_t kLargestPiece = 256U << 10;
}  // namespace

std::string_view TextPool::keep(std::string_view text) {
    if (text.size() > room_) {
        room_ = std::max(text.size(), std::clamp(piece_octets_, kSmallestPiece, kLargestPiece));
        pieces_.push_back(std::make_unique_for_overwrite<char[]>(room_));
        piece_end_ = pieces_.back().get() + room_;
        piece_octets_ += room_;
    }
    auto* at = piece_end_ - room_;
    std::memcpy(at, text.data(), text.size());
    room_ -= text.size();
    return {at, text.size()};
}

TextPool::Number TextPool::find(std::string_view text) const {
    if (text.empty()) return 0;
    return numbers_.find(text, [&](Number number) { return text_of(number) == text; });
}

TextPool::Number TextPool::put(std::string_view text) {
    const auto known = find(text);
    if (known != 0 || text.empty()) return known;
    texts_.push_back(keep(text));
    const auto number = static_cast<Number>(texts_.size());
    numbers_.insert(text, number);
    return number;
}

void TextPool::rank() {
    const auto ranked = static_cast<std::ptrdiff_t>(order_.size());
    if (order_.size() == texts_.size()) return;
    while (order_.size() < texts_.size()) order_.push_back(static_cast<Number>(order_.size() + 1));
    const auto before = [this](Number a, Number b) { return text_of(a) < text_of(b); };
    std::sort(order_.begin() + ranked, order_.end(), before);
    std::inplace_merge(order_.begin(), order_.begin() + ranked, order_.end(), before);
    ranks_.resize(order_.size() + 1);
    for (std::size_t i = 0; i < order_.size(); ++i) ranks_[order_[i]] = static_cast<std::uint32_t>(i + 1);
}

std::size_t TextPool::octets() const noexcept {
    constexpr auto each = sizeof(std::string_view) + sizeof(Number) + sizeof(std::uint32_t);
    return piece_octets_ + texts_.capacity() * each + numbers_.octets() + pieces_.capacity() * sizeof(pieces_[0]);
}

}  // namespace md::store
