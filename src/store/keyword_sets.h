// store/keyword_sets.h - the keywords of one mailbox, and the sets of them that its messages have
//
// PURPOSE
//   A message has one small number for all its keywords: messages with the same ones share a set.
// CONTRACT
//   Pure; not thread-safe. Keywords are compared without case and keep the spelling that came first while any message
//   has them. Set 0 is the empty one. A number stays what it is for the life of the object.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace md::store {

using KeywordSet = std::uint32_t;

class KeywordSets {
  public:
    KeywordSets() : sets_(1), numbers_{{{}, 0}}, uses_(1) {}

    /// The set of these keywords; double ones count once.
    [[nodiscard]] KeywordSet of(const std::vector<std::string>& keywords);
    /// `set` without `removed`, then with `added`; `clear`: without all first.
    [[nodiscard]] KeywordSet changed(KeywordSet set, bool clear, const std::vector<std::string>& added,
                                     const std::vector<std::string>& removed);

    /// Sorted, as spelt.
    [[nodiscard]] std::vector<std::string> names(KeywordSet set) const;
    [[nodiscard]] bool has(KeywordSet set, std::string_view keyword) const;

    /// One message more, or with -1 less, has this set.
    void count(KeywordSet set, int sign);
    /// Those that any message has, by their lower case.
    [[nodiscard]] std::vector<std::string> in_use() const;
    [[nodiscard]] std::size_t count_in_use() const noexcept { return in_use_; }
    /// The spelling of a keyword in use; empty: no message has it.
    [[nodiscard]] std::string_view spelling(std::string_view keyword) const;

  private:
    using Keyword = std::uint32_t;
    struct Spelt {
        std::string spelling;
        std::uint32_t uses = 0;
    };
    using Members = std::vector<Keyword>;  ///< ascending

    void add(Members& members, const std::string& keyword);
    [[nodiscard]] KeywordSet number_of(Members members);

    std::map<std::string, Keyword, std::less<>> keywords_;  ///< by lower case
    std::vector<Spelt> spelt_;
    std::vector<Members> sets_;
    std::map<Members, KeywordSet> numbers_;
    std::vector<std::uint32_t> uses_;  ///< messages, by set
    std::size_t in_use_ = 0;
};

}  // namespace md::store
