// tests/fuzz/replay_mutate.cc - see replay_mutate.h

#include "fuzz/replay_mutate.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace md::fuzz {

namespace {

/// Octets and pieces at which parsers of text protocols break most often.
constexpr std::array<std::string_view, 20> kTokens{"\r\n",
                                                   "\n",
                                                   "\r",
                                                   std::string_view("\0", 1),
                                                   "\r\n.\r\n",
                                                   "\n.\n",
                                                   "{4294967295}\r\n",
                                                   "{0+}\r\n",
                                                   "\"",
                                                   "\\",
                                                   "<",
                                                   ">",
                                                   "(((((((((((((((((((((((((((((((((",
                                                   "4294967296",
                                                   "18446744073709551616",
                                                   "-1",
                                                   "\xff",
                                                   "\xc3\x28",
                                                   "=?utf-8?q?=?=",
                                                   ":"};

}  // namespace

std::vector<std::string> parse_dictionary(std::string_view text) {
    std::vector<std::string> tokens;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto open = line.find('"');
        const auto close = line.rfind('"');
        if (line.starts_with('#') || open == std::string_view::npos || close <= open) continue;
        const auto quoted = line.substr(open + 1, close - open - 1);
        std::string token;
        for (std::size_t i = 0; i < quoted.size(); ++i) {
            if (quoted[i] == '\\' && i + 3 < quoted.size() && quoted[i + 1] == 'x') {
                unsigned octet = 0;
                std::from_chars(quoted.data() + i + 2, quoted.data() + i + 4, octet, 16);
                token.push_back(static_cast<char>(octet));
                i += 3;
            } else {
                if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
                token.push_back(quoted[i]);
            }
        }
        tokens.push_back(token);
    }
    return tokens;
}

std::string Mutator::mutate(std::string sample) {
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(sample);
    if (sample.size() > kLargest) sample.resize(kLargest);
    return sample;
}

/// xorshift64*: small, and the same everywhere (the distributions of <random> are not).
std::size_t Mutator::below(std::size_t bound) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::size_t>((state_ * 0x2545f4914f6cdd1dULL) >> 11) % bound;
}

void Mutator::change(std::string& text) {
    switch (below(6)) {
        case 0: alter(text); break;
        case 1: remove(text); break;
        case 2: repeat(text); break;
        case 3: text.resize(below(text.size() + 1)); break;
        case 4: put_token(text); break;
        default: join(text); break;
    }
}

void Mutator::alter(std::string& text) {
    if (text.empty()) return;
    char& octet = text[below(text.size())];
    octet = below(2) == 0 ? static_cast<char>(below(256)) : static_cast<char>(octet ^ (1 << below(8)));
}

void Mutator::remove(std::string& text) {
    if (text.empty()) return;
    const auto from = below(text.size());
    text.erase(from, 1 + below(std::min<std::size_t>(text.size() - from, 32)));
}

void Mutator::repeat(std::string& text) {
    if (text.empty()) return;
    const auto from = below(text.size());
    const auto piece = text.substr(from, 1 + below(64));
    for (std::size_t times = 1 + below(below(8) == 0 ? 200 : 3); times > 0; --times) text.insert(from, piece);
}

void Mutator::put_token(std::string& text) {
    const auto index = below(kTokens.size() + tokens_.size());
    const auto at = below(text.size() + 1);
    text.insert(at, index < kTokens.size() ? kTokens[index] : std::string_view(tokens_[index - kTokens.size()]));
}

void Mutator::join(std::string& text) {
    const auto& other = samples_[below(samples_.size())];
    text.resize(below(text.size() + 1));
    text.append(other, below(other.size() + 1), std::string::npos);
}

}  // namespace md::fuzz
