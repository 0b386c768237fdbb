// policy/lists.h - black list, white list and bans in memory, as every connection looks them up
//
// PURPOSE
//   What the state child publishes and each worker holds: a look-up costs no question to anybody.
// CONTRACT
//   For one thread. put() and remove() cost what the entry costs, not what the lists hold. A look-up is for one list,
//   kind and scope and costs a hash for each length of prefix that occurs, or for each part of a name, and one match
//   for each pattern of that scope that is not found by its end. Of several entries the most precise one is given
//   (policy::precision). An entry takes its key, its record and about 16 octets.
// LIMITS
//   kMostEntries and kMostPatterns are kept by who puts (policy/state.h).
#pragma once

#include <array>
#include <bitset>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "policy/entry.h"
#include "policy/entry_table.h"

namespace md::policy {

inline constexpr std::size_t kMostEntries = 2'000'000;
inline constexpr std::size_t kMostPatterns = 10'000;

class Lists {
  public:
    enum class Detail : std::uint8_t {
        whole,
        matching,  ///< entries are given without created, comment and who, which no look-up needs
    };
    using Cursor = EntryTable::Cursor;

    explicit Lists(Detail detail = Detail::whole) : detail_(detail) {}

    /// In place of the one of that list, kind, scope and value.
    void put(const Entry& entry);
    /// The same from its key and record; false: these are not in their form, and nothing is changed. The value is taken
    /// as it is.
    [[nodiscard]] bool put_record(std::string_view key, std::string_view record);
    void remove(const Entry& entry);
    void remove_key(std::string_view key);
    void clear();

    [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }
    [[nodiscard]] std::size_t size(List list, Kind kind) const noexcept;
    /// Entries that do not count for the whole installation.
    [[nodiscard]] std::size_t scoped(List list) const noexcept { return side(list).scoped; }
    /// Patterns that are tried one by one.
    [[nodiscard]] std::size_t patterns(List list) const noexcept { return side(list).patterns; }
    /// Entries that have an end.
    [[nodiscard]] std::size_t passing() const noexcept { return passing_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return table_.bytes(); }

    /// The entry of the longest prefix that holds the address.
    [[nodiscard]] std::optional<Entry> find(List list, std::string_view scope, const IpAddress& address,
                                            WallTime now) const;
    /// Any kind but ip. Senders and recipients without brackets, "" the null sender.
    [[nodiscard]] std::optional<Entry> find_name(List list, Kind kind, std::string_view scope, std::string_view text,
                                                 WallTime now) const;
    /// The entry itself, over or not.
    [[nodiscard]] std::optional<Entry> find_key(std::string_view key) const;
    /// Is it there and not over?
    [[nodiscard]] bool counts(std::string_view key, WallTime now) const;
    [[nodiscard]] bool contains(std::string_view key) const { return table_.find(key).has_value(); }

    /// Calls take(key, record) for each entry from the cursor on, until it says no; false: that was all. Whoever goes
    /// on later looks at stale() first.
    [[nodiscard]] Cursor begin() const noexcept { return table_.begin(); }
    [[nodiscard]] bool stale(const Cursor& cursor) const noexcept { return table_.stale(cursor); }
    bool walk(Cursor& cursor, const std::function<bool(std::string_view key, std::string_view record)>& take) const;

  private:
    struct Pattern {
        std::size_t precision;
        std::string value;
    };
    using Patterns = std::vector<Pattern>;  ///< the most precise first
    struct Side {
        std::array<std::array<std::uint32_t, 129>, 2> prefixes{};  ///< entries of each length, IPv4 and IPv6
        std::array<std::size_t, 7> kinds{};
        std::size_t scoped = 0;
        std::size_t patterns = 0;
        std::map<std::string, Patterns, std::less<>> by_pattern;  ///< by what their keys begin with
    };

    [[nodiscard]] const Side& side(List list) const noexcept { return sides_[static_cast<std::size_t>(list) - 1]; }
    void index(const KeyParts& parts, bool added);
    void index_pattern(const KeyParts& parts, bool added);
    [[nodiscard]] std::string kept_form(std::string_view record) const;
    [[nodiscard]] std::optional<WallTime> expiry(std::string_view kept) const;
    [[nodiscard]] std::optional<Entry> entry_if_counts(std::string_view key, WallTime now) const;
    [[nodiscard]] std::optional<Entry> by_end(std::string& key, std::size_t prefix, std::string_view head,
                                              std::string_view domain, WallTime now) const;
    [[nodiscard]] std::optional<Entry> by_pattern(List list, std::string& key, std::size_t prefix,
                                                  std::string_view text, WallTime now) const;

    Detail detail_;
    EntryTable table_;
    std::size_t passing_ = 0;
    std::array<Side, 3> sides_;
};

}  // namespace md::policy
