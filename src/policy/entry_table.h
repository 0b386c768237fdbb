// policy/entry_table.h - keys and their records, a million of them in little memory
//
// PURPOSE
//   What policy/lists.h keeps its entries in: about 12 octets an entry beside its own, and one look-up is one hash and
//   mostly one comparison.
// CONTRACT
//   For one thread. Views given live until the next change. A key takes up to 32767 octets, a record up to 65535.
//   A Cursor walks over all entries in no order that means anything. What is put during the walk is met later in it;
//   when the table was made compact in between, stale() says so and the walk is to begin anew.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace md::policy {

class EntryTable {
  public:
    struct Cursor {
        std::uint32_t layout = 0;
        std::uint64_t at = 0;
    };
    struct Item {
        std::string_view key;
        std::string_view record;
    };

    EntryTable();

    /// In place of the record of that key; true: there was none.
    bool put(std::string_view key, std::string_view record);
    /// False: it was not there.
    bool remove(std::string_view key) noexcept;
    [[nodiscard]] std::optional<std::string_view> find(std::string_view key) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Octets that it takes of memory.
    [[nodiscard]] std::size_t bytes() const noexcept;

    [[nodiscard]] Cursor begin() const noexcept { return Cursor{layout_, kFirst}; }
    /// Of another layout, or none that next() has left: it may come from another process.
    [[nodiscard]] bool stale(const Cursor& cursor) const noexcept;
    /// none: that was all.
    [[nodiscard]] std::optional<Item> next(Cursor& cursor) const noexcept;

  private:
    /// Of the arena: kChunkBytes a chunk; no entry lies across two.
    static constexpr std::uint64_t kChunkBytes = 1U << 20;
    /// Places are told in units of kAlign, so that 32 bits reach over 16 GiB; the first unit stands for "none".
    static constexpr std::uint64_t kAlign = 4;
    static constexpr std::uint64_t kFirst = kAlign;

    struct Slot {
        std::uint32_t tag = 0;  ///< of the hash, so that most other keys need not be looked at
        std::uint32_t unit = 0;
    };

    [[nodiscard]] static std::uint64_t hash_of(std::string_view key) noexcept;
    [[nodiscard]] char* at(std::uint64_t place) const noexcept {
        return chunks_[place / kChunkBytes].get() + place % kChunkBytes;
    }
    [[nodiscard]] Item item_at(std::uint64_t place) const noexcept;
    [[nodiscard]] std::size_t slot_of(std::string_view key) const noexcept;
    std::uint64_t append(std::string_view key, std::string_view record);
    void bury(std::uint64_t place) noexcept;
    void insert_slot(std::uint64_t hash, std::uint64_t place) noexcept;
    void grow();
    void make_compact();

    std::vector<std::unique_ptr<char[]>> chunks_;
    std::uint64_t end_ = kFirst;
    std::uint64_t dead_ = 0;  ///< octets of entries that are no more
    std::vector<Slot> slots_;
    std::size_t size_ = 0;
    std::uint32_t layout_ = 1;
};

}  // namespace md::policy
