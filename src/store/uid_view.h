// store/uid_view.h - an ordered set of UIDs in which each has its place: message sequence numbers
//
// PURPOSE
//   UidView holds a session's view as ranges, so that a large mailbox costs a session little memory.
// CONTRACT
//   Positions count from 1. Pure; no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "store/types.h"

namespace md::store {

class UidView {
  public:
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    /// The UID at a position from 1 to size().
    [[nodiscard]] std::optional<Uid> at(std::uint32_t position) const noexcept;
    [[nodiscard]] std::optional<std::uint32_t> position(Uid uid) const noexcept;
    [[nodiscard]] const UidRanges& ranges() const noexcept { return ranges_; }
    /// What of "first to last" is in the set.
    [[nodiscard]] UidRanges within(Uid first, Uid last) const;
    /// What of `wanted`, below `end`, is not in the set; as cheap as there are ranges in both.
    [[nodiscard]] UidRanges missing_of(const UidRanges& wanted, Uid end) const;

    /// At any place; most come in order, which is cheap.
    void insert(Uid uid);
    /// False: it was not there.
    bool erase(Uid uid);
    /// Those of `uids` (sorted, disjoint) that are there; one walk over both.
    void erase(const UidRanges& uids);

  private:
    [[nodiscard]] std::size_t find(Uid uid) const noexcept;  ///< index of the first range that does not end before uid
    void count_from(std::size_t range) noexcept;

    UidRanges ranges_;
    std::vector<std::uint32_t> before_;  ///< how many UIDs stand before each range
    std::uint32_t size_ = 0;
};

/// Sorted and merged, whatever the order and overlap; empty ones (first > last) dropped.
[[nodiscard]] UidRanges normalised(UidRanges ranges);
/// The single numbers, sorted, as ranges.
[[nodiscard]] UidRanges ranges_of(std::vector<Uid> uids);
[[nodiscard]] bool contains(const UidRanges& ranges, Uid uid) noexcept;

}  // namespace md::store
