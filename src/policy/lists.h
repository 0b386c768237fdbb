// policy/lists.h - black and white lists in memory, as every connection looks them up
//
// PURPOSE
//   What the state child publishes and each worker holds: a look-up costs no question to anybody.
// CONTRACT
//   For one thread. put() and remove() cost what the entry costs, not what the lists hold. Look-ups cost a hash for
//   each length of prefix that occurs, two hashes for a sender, and one match for each pattern. Pointers given live
//   until the next change.
// LIMITS
//   kMostEntries and kMostPatterns are kept by who puts (policy/state.h).
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/address.h"
#include "policy/entry.h"

namespace md::policy {

inline constexpr std::size_t kMostEntries = 1'000'000;
inline constexpr std::size_t kMostPatterns = 10'000;

class Lists {
  public:
    /// In place of the one of that list, kind and value.
    void put(const Entry& entry);
    void remove(const Entry& entry) noexcept;
    void clear() noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] std::size_t patterns(List list) const noexcept { return side(list).patterns.size(); }

    /// The entry of the longest prefix that holds the address; null: none.
    [[nodiscard]] const Entry* find(List list, const IpAddress& address, WallTime now) const;
    /// `sender` without brackets, "" the null one. The address itself goes before its domain, that before patterns.
    [[nodiscard]] const Entry* find_sender(List list, std::string_view sender, WallTime now) const;
    /// The entry itself.
    [[nodiscard]] const Entry* find_key(const std::string& key) const;

    /// In the order of their keys.
    [[nodiscard]] const std::map<std::string, Entry, std::less<>>& entries() const noexcept { return entries_; }

  private:
    struct Prefix {
        bool v6;
        unsigned bits;
        /// Longest first.
        friend bool operator<(const Prefix& a, const Prefix& b) noexcept {
            return a.v6 != b.v6 ? a.v6 < b.v6 : a.bits > b.bits;
        }
    };
    using ByText = std::unordered_map<std::string, const Entry*>;
    struct Side {
        std::map<Prefix, ByText> networks;  ///< by the octets of the prefix
        ByText senders;
        std::map<std::string, const Entry*> patterns;
    };

    [[nodiscard]] const Side& side(List list) const noexcept { return sides_[list == List::black ? 0 : 1]; }
    void index(const Entry& entry);
    void unindex(const Entry& entry) noexcept;

    std::map<std::string, Entry, std::less<>> entries_;
    std::array<Side, 2> sides_;
};

}  // namespace md::policy
