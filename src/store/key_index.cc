// store/key_index.cc - see key_index.h

#include "store/key_index.h"

#include <functional>
#include <utility>

namespace md::store {

namespace {
constexpr std::size_t kSmallest = 16;
}

std::uint32_t KeyIndex::hash_of(std::string_view key) noexcept {
    const std::uint64_t hash = std::hash<std::string_view>{}(key);
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

void KeyIndex::insert(std::string_view key, Uid uid) {
    if (4 * (taken_ + 1) > 3 * slots_.size()) grow();
    const auto hash = hash_of(key);
    auto at = hash & mask();
    while (slots_[at].uid != kFree) at = (at + 1) & mask();
    slots_[at] = {hash, uid};
    ++taken_;
    ++size_;
}

void KeyIndex::erase(std::string_view key, Uid uid) noexcept {
    if (slots_.empty()) return;
    const auto hash = hash_of(key);
    for (auto at = hash & mask(); slots_[at].uid != kFree; at = (at + 1) & mask()) {
        if (slots_[at].hash != hash || slots_[at].uid != uid) continue;
        slots_[at].uid = kErased;
        --size_;
        return;
    }
}

/// Also where many were erased: what is free again is free for all.
void KeyIndex::grow() {
    auto size = kSmallest;
    while (size < 2 * (size_ + 1)) size *= 2;
    const auto old = std::exchange(slots_, std::vector<Slot>(size));
    taken_ = size_;
    for (const auto& slot : old) {
        if (slot.uid == kFree || slot.uid == kErased) continue;
        auto at = slot.hash & mask();
        while (slots_[at].uid != kFree) at = (at + 1) & mask();
        slots_[at] = slot;
    }
}

}  // namespace md::store
