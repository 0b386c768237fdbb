// store/key_index.h - which UID has which key: a hash table that keeps neither keys nor nodes
//
// PURPOSE
//   A message's key stands in its file name in the entry table already. The index holds eight octets a message: a part
//   of the key's hash, and the UID, by which the owner of the keys says whether it is the right one.
// CONTRACT
//   Pure; not thread-safe. `is(uid)` of find() answers whether this UID's key is the one that is looked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "store/types.h"

namespace md::store {

class KeyIndex {
  public:
    /// 0: there is none.
    template <class Is>
    [[nodiscard]] Uid find(std::string_view key, Is is) const {
        if (slots_.empty()) return 0;
        const auto hash = hash_of(key);
        for (auto at = hash & mask();; at = (at + 1) & mask()) {
            const auto& slot = slots_[at];
            if (slot.uid == kFree) return 0;
            if (slot.hash == hash && slot.uid != kErased && is(slot.uid)) return slot.uid;
        }
    }
    /// The key is not in it.
    void insert(std::string_view key, Uid uid);
    /// Whose key it is; nothing happens if there is none.
    void erase(std::string_view key, Uid uid) noexcept;

    /// What it takes in memory.
    [[nodiscard]] std::size_t octets() const noexcept { return slots_.capacity() * sizeof(Slot); }

  private:
    static constexpr Uid kFree = 0;
    static constexpr Uid kErased = UINT32_MAX;
    struct Slot {
        std::uint32_t hash = 0;
        Uid uid = kFree;
    };

    [[nodiscard]] static std::uint32_t hash_of(std::string_view key) noexcept;
    [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
    void grow();

    std::vector<Slot> slots_;  ///< a power of two
    std::size_t taken_ = 0;    ///< slots that are not free, erased ones included
    std::size_t size_ = 0;     ///< keys
};

}  // namespace md::store
