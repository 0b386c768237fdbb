// policy/entry_table.cc - see entry_table.h
//
// An entry lies in the arena as: length of the key and a bit for "dead" (16 bits), length of the record (16 bits), key,
// record, padding. A chunk ends with a length of 0 where the next entry did not fit.

#include "policy/entry_table.h"

#include <cstring>
#include <functional>
#include <utility>

#include "base/assert.h"

namespace md::policy {

namespace {

constexpr std::uint16_t kDead = 0x8000;
constexpr std::size_t kHeader = 4;
constexpr std::size_t kFewestSlots = 64;
/// Less waste than this is left.
constexpr std::uint64_t kWaste = 1U << 20;

struct Header {
    std::uint16_t key = 0;
    std::uint16_t record = 0;

    [[nodiscard]] std::size_t key_size() const noexcept { return key & ~kDead & 0xffffU; }
    [[nodiscard]] bool dead() const noexcept { return (key & kDead) != 0; }
};

Header header_at(const char* place) noexcept {
    Header header;
    std::memcpy(&header.key, place, sizeof header.key);
    std::memcpy(&header.record, place + sizeof header.key, sizeof header.record);
    return header;
}

void put_header(char* place, const Header& header) noexcept {
    std::memcpy(place, &header.key, sizeof header.key);
    std::memcpy(place + sizeof header.key, &header.record, sizeof header.record);
}

std::uint64_t room_of(std::size_t key, std::size_t record, std::uint64_t align) noexcept {
    return (kHeader + key + record + align - 1) / align * align;
}

}  // namespace

EntryTable::EntryTable() : slots_(kFewestSlots) {}

std::uint64_t EntryTable::hash_of(std::string_view key) noexcept {
    return std::hash<std::string_view>()(key);
}

EntryTable::Item EntryTable::item_at(std::uint64_t place) const noexcept {
    const char* const octets = at(place);
    const auto header = header_at(octets);
    return {{octets + kHeader, header.key_size()}, {octets + kHeader + header.key_size(), header.record}};
}

/// Where it stands; the size of slots_: nowhere.
std::size_t EntryTable::slot_of(std::string_view key) const noexcept {
    const auto hash = hash_of(key);
    const auto mask = slots_.size() - 1;
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    for (auto i = hash & mask; slots_[i].unit != 0; i = (i + 1) & mask)
        if (slots_[i].tag == tag && item_at(slots_[i].unit * kAlign).key == key) return i;
    return slots_.size();
}

std::optional<std::string_view> EntryTable::find(std::string_view key) const noexcept {
    const auto slot = slot_of(key);
    if (slot == slots_.size()) return std::nullopt;
    return item_at(slots_[slot].unit * kAlign).record;
}

bool EntryTable::put(std::string_view key, std::string_view record) {
    MD_ASSERT(!key.empty() && key.size() < kDead && record.size() <= 0xffff);
    const auto slot = slot_of(key);
    if (slot != slots_.size()) {
        const auto place = slots_[slot].unit * kAlign;
        if (item_at(place).record.size() == record.size()) {
            std::memcpy(at(place) + kHeader + key.size(), record.data(), record.size());
        } else {
            slots_[slot].unit = static_cast<std::uint32_t>(append(key, record) / kAlign);
            bury(place);
            if (dead_ > kWaste && dead_ > end_ / 2) make_compact();
        }
        return false;
    }
    if ((size_ + 1) * 10 > slots_.size() * 7) grow();
    insert_slot(hash_of(key), append(key, record));
    ++size_;
    return true;
}

bool EntryTable::remove(std::string_view key) noexcept {
    auto hole = slot_of(key);
    if (hole == slots_.size()) return false;
    bury(slots_[hole].unit * kAlign);
    --size_;
    // What stands behind moves up, unless it would then stand before where it belongs.
    const auto mask = slots_.size() - 1;
    for (auto i = (hole + 1) & mask; slots_[i].unit != 0; i = (i + 1) & mask) {
        const auto home = hash_of(item_at(slots_[i].unit * kAlign).key) & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) continue;
        slots_[hole] = slots_[i];
        hole = i;
    }
    slots_[hole] = Slot();
    if (dead_ > kWaste && dead_ > end_ / 2) make_compact();
    return true;
}

/// The key may lie in the arena itself.
std::uint64_t EntryTable::append(std::string_view key, std::string_view record) {
    const auto room = room_of(key.size(), record.size(), kAlign);
    if (chunks_.empty()) chunks_.push_back(std::make_unique<char[]>(kChunkBytes));
    const auto left = chunks_.size() * kChunkBytes - end_;
    if (left < room) {
        if (left >= kHeader) put_header(at(end_), Header());
        chunks_.push_back(std::make_unique<char[]>(kChunkBytes));
        end_ = (chunks_.size() - 1) * kChunkBytes;
    }
    const auto place = end_;
    Header header;
    header.key = static_cast<std::uint16_t>(key.size());
    header.record = static_cast<std::uint16_t>(record.size());
    put_header(at(place), header);
    std::memcpy(at(place) + kHeader, key.data(), key.size());
    if (!record.empty()) std::memcpy(at(place) + kHeader + key.size(), record.data(), record.size());
    end_ += room;
    return place;
}

void EntryTable::bury(std::uint64_t place) noexcept {
    auto header = header_at(at(place));
    dead_ += room_of(header.key_size(), header.record, kAlign);
    header.key |= kDead;
    put_header(at(place), header);
}

void EntryTable::insert_slot(std::uint64_t hash, std::uint64_t place) noexcept {
    const auto mask = slots_.size() - 1;
    auto i = hash & mask;
    while (slots_[i].unit != 0) i = (i + 1) & mask;
    slots_[i].tag = static_cast<std::uint32_t>(hash >> 32);
    slots_[i].unit = static_cast<std::uint32_t>(place / kAlign);
}

void EntryTable::grow() {
    const auto old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
    for (const auto& slot : old)
        if (slot.unit != 0) insert_slot(hash_of(item_at(slot.unit * kAlign).key), slot.unit * kAlign);
}

void EntryTable::make_compact() {
    EntryTable fresh;
    fresh.slots_.resize(slots_.size());
    for (auto cursor = begin();;) {
        const auto item = next(cursor);
        if (!item) break;
        fresh.put(item->key, item->record);
    }
    fresh.layout_ = layout_ + 1;
    *this = std::move(fresh);
}

std::optional<EntryTable::Item> EntryTable::next(Cursor& cursor) const noexcept {
    if (cursor.at % kAlign != 0 || cursor.at < kFirst) return std::nullopt;
    while (cursor.at < end_) {
        const auto left = kChunkBytes - cursor.at % kChunkBytes;
        const auto header = left < kHeader ? Header() : header_at(at(cursor.at));
        if (header.key_size() == 0) {
            cursor.at += left;
            continue;
        }
        const auto place = cursor.at;
        cursor.at += room_of(header.key_size(), header.record, kAlign);
        if (!header.dead()) return item_at(place);
    }
    return std::nullopt;
}

/// Entries stand one behind the other from the beginning of each chunk: a place is one where this walk stops.
bool EntryTable::stale(const Cursor& cursor) const noexcept {
    if (cursor.layout != layout_ || cursor.at > end_) return true;
    const auto chunk = cursor.at / kChunkBytes * kChunkBytes;
    auto place = std::max(chunk, kFirst);
    while (place < cursor.at) {
        const auto left = kChunkBytes - place % kChunkBytes;
        const auto header = left < kHeader ? Header() : header_at(at(place));
        place += header.key_size() == 0 ? left : room_of(header.key_size(), header.record, kAlign);
    }
    return place != cursor.at;
}

std::size_t EntryTable::bytes() const noexcept {
    return chunks_.size() * kChunkBytes + slots_.size() * sizeof(Slot);
}

}  // namespace md::policy
