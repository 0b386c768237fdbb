// store/text_pool.h - many texts by number: each different one is kept once
//
// PURPOSE
//   Subjects, addresses and message identifiers of a large mailbox recur. Here each is a number from 1 on, which stays
//   its own; 0 is the empty text. Once they are ranked, texts compare as their ranks do.
// CONTRACT
//   Pure; not thread-safe. Nothing is ever taken away. A text costs its octets and about 40 more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "store/key_index.h"

namespace md::store {

class TextPool {
  public:
    using Number = std::uint32_t;

    /// What it has, or gets.
    Number put(std::string_view text);
    /// 0: it has none, or is empty.
    [[nodiscard]] Number find(std::string_view text) const;

    /// After it each text has its rank: 0 the empty one, from 1 on the others, in the order of their octets. Costs what
    /// came since it was called last, and little where nothing did.
    void rank();
    [[nodiscard]] std::uint32_t rank_of(Number number) const noexcept { return ranks_[number]; }

    /// Different texts that are not empty.
    [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }
    /// What all this takes, ranks included.
    [[nodiscard]] std::size_t octets() const noexcept;

  private:
    [[nodiscard]] std::string_view text_of(Number number) const noexcept { return texts_[number - 1]; }
    [[nodiscard]] std::string_view keep(std::string_view text);

    std::vector<std::string_view> texts_;  ///< by number, from 1 on
    KeyIndex numbers_;
    std::vector<Number> order_;  ///< those that are ranked, in the order of their texts
    std::vector<std::uint32_t> ranks_{0};
    std::vector<std::unique_ptr<char[]>> pieces_;
    char* piece_end_ = nullptr;
    std::size_t room_ = 0;  ///< before it
    std::size_t piece_octets_ = 0;
};

}  // namespace md::store
