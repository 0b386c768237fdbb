// daemon/connection_table.cc - see connection_table.h

#include "daemon/connection_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "base/error.h"
#include "base/ids.h"

namespace md::daemon {

namespace {

constexpr std::size_t kHeader = 64;

std::uint64_t random_seed() {
    const auto octets = random_octets(sizeof(std::uint64_t));
    std::uint64_t seed;
    std::memcpy(&seed, octets.data(), sizeof seed);
    return seed;
}

std::uint64_t mix(std::uint64_t hash, std::string_view octets) {
    for (const char c : octets) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x9e3779b97f4a7c15U;
        hash ^= hash >> 29U;
    }
    return hash;
}

}  // namespace

ConnectionTable::ConnectionTable() : seed_(random_seed()) {
    // Pages that no row touches are never given.
    const auto size = kHeader + sizeof(Row) * kRows;
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw SystemError("mmap", "", errno);
    high_water_ = ::new (memory) std::atomic<unsigned>(0);
    // Fresh pages are zero, which is what the counters begin with: they are not touched here.
    rows_ = reinterpret_cast<Row*>(static_cast<char*>(memory) + kHeader);
    for (unsigned row = kRows; row > 0; --row) free_.push_back(row - 1);
}

ConnectionTable::~ConnectionTable() {
    ::munmap(high_water_, kHeader + sizeof(Row) * kRows);
}

std::optional<unsigned> ConnectionTable::take_row() {
    if (free_.empty()) return std::nullopt;
    const auto row = free_.back();
    free_.pop_back();
    high_water_->store(std::max(high_water_->load(), row + 1));
    return row;
}

void ConnectionTable::give_back(unsigned row) noexcept {
    for (auto& half : rows_[row])
        for (auto& counter : half) counter.store(0, std::memory_order_relaxed);
    free_.push_back(row);
}

unsigned ConnectionTable::add(unsigned row, std::string_view key) noexcept {
    const auto at = buckets(key);
    const auto rows = std::min(high_water_->load(std::memory_order_relaxed), kRows);
    unsigned least = 0;
    for (std::size_t half = 0; half < 2; ++half) {
        rows_[row][half][at[half]].fetch_add(1, std::memory_order_relaxed);
        unsigned sum = 0;
        for (unsigned r = 0; r < rows; ++r) sum += rows_[r][half][at[half]].load(std::memory_order_relaxed);
        least = half == 0 ? sum : std::min(least, sum);
    }
    return least;
}

void ConnectionTable::remove(unsigned row, std::string_view key) noexcept {
    const auto at = buckets(key);
    for (std::size_t half = 0; half < 2; ++half) rows_[row][half][at[half]].fetch_sub(1, std::memory_order_relaxed);
}

std::array<std::size_t, 2> ConnectionTable::buckets(std::string_view key) const noexcept {
    const auto hash = mix(seed_, key);
    return {hash % kBuckets, (hash >> 32U) % kBuckets};
}

}  // namespace md::daemon
