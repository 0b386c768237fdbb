// proto/imap/list_pattern.h - a pattern of LIST, made ready to be held against many names
//
// CONTRACT
//   Pure. Names and pattern are UTF-8 (mailbox_name.h). "*" means any octets, "%" any but the separator; INBOX as the
//   first level of the pattern matches in any case. One name costs its length times the pattern's in 64ths: no pattern
//   is dear.
// RFC
//   3501 §5.1, §6.3.8
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace md::imap {

class ListPattern {
  public:
    explicit ListPattern(std::string_view pattern);

    [[nodiscard]] bool matches(std::string_view name) const;

  private:
    using Bits = std::vector<std::uint64_t>;

    void add_literal(char c);

    // State i of the automaton: the first i literals were matched, and what the gap behind them may take.
    std::size_t literals_ = 0;
    Bits star_;                              ///< states that stay at any octet
    Bits percent_;                           ///< states that stay at any octet but the separator
    std::array<std::uint16_t, 256> rows_{};  ///< of each octet in steps_; 0: it is no literal
    std::vector<Bits> steps_;                ///< states that an octet leads to
};

}  // namespace md::imap
