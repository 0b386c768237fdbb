// daemon/connection_table.h - how many connections and sessions of one kind all workers of a daemon have
//
// PURPOSE
//   The connections of all, those of an address and the sessions of an account (limits.connections,
//   limits.connections_per_address, limits.sessions_per_account) are counted over workers that share nothing else:
//   pages of counters, mapped before the fork, with a row for each child. A child writes its own row; its parent
//   empties the row when the child has ended, however it did.
// CONTRACT
//   Counters stand under two keyed hashes of the key, and the smaller sum counts: nothing is ever counted too low, and
//   too high only if both collide. Lock-free. A child that writes nonsense there gains or costs connections,
//   no more.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace md::daemon {

class ConnectionTable {
  public:
    static constexpr unsigned kRows = 256;  ///< children alive at a time that accept

    ConnectionTable();  ///< SystemError
    ~ConnectionTable();
    ConnectionTable(const ConnectionTable&) = delete;
    ConnectionTable& operator=(const ConnectionTable&) = delete;

    // The parent's.
    [[nodiscard]] std::optional<unsigned> take_row();
    void give_back(unsigned row) noexcept;

    // A child's.
    /// Counts one more, and says how many there are now.
    unsigned add(unsigned row, std::string_view key) noexcept;
    void remove(unsigned row, std::string_view key) noexcept;

  private:
    static constexpr std::size_t kBuckets = 16384;
    using Counter = std::atomic<std::uint32_t>;
    using Row = std::array<std::array<Counter, kBuckets>, 2>;

    [[nodiscard]] std::array<std::size_t, 2> buckets(std::string_view key) const noexcept;

    Row* rows_;
    std::atomic<unsigned>* high_water_;  ///< rows from here on were never used
    std::uint64_t seed_;
    std::vector<unsigned> free_;
};

}  // namespace md::daemon
