// tests/fuzz/replay_mutate.h - the same mutations of a sample on every machine
//
// CONTRACT
//   A Mutator made with the same seed, samples and tokens gives the same sequence. Results are at most kLargest octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace md::fuzz {

inline constexpr std::size_t kLargest = 1 << 20;

/// The tokens of a libFuzzer dictionary: the text between the quotes of each line, with \xNN, \\ and \" resolved.
[[nodiscard]] std::vector<std::string> parse_dictionary(std::string_view text);

class Mutator {
  public:
    Mutator(std::uint64_t seed, const std::vector<std::string>& samples, const std::vector<std::string>& tokens)
        : state_(seed | 1), samples_(samples), tokens_(tokens) {}

    /// `sample` with one to four changes: octets altered, removed, repeated, cut off, tokens put in, another sample
    /// joined.
    [[nodiscard]] std::string mutate(std::string sample);

  private:
    std::size_t below(std::size_t bound);
    void change(std::string& text);
    void alter(std::string& text);
    void remove(std::string& text);
    void repeat(std::string& text);
    void put_token(std::string& text);
    void join(std::string& text);

    std::uint64_t state_;
    const std::vector<std::string>& samples_;
    const std::vector<std::string>& tokens_;
};

}  // namespace md::fuzz
