// proto/imap/search_program.h - a search program as a question with three answers
//
// PURPOSE
//   Whether a message is found often follows from its flags and dates alone. decide() runs a program (command.h,
//   SearchKey) on what is known so far: `leaf(index)` says of a key whether it holds, or that it is not known yet.
// CONTRACT
//   Pure. Recursion goes as deep as the program is nested, which the parser bounds (kNestingLimit). Every key of which
//   the answer can depend is asked at most once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "proto/imap/command.h"

namespace md::imap {

enum class Truth : std::uint8_t { no, yes, unknown };

[[nodiscard]] constexpr Truth truth(bool value) noexcept {
    return value ? Truth::yes : Truth::no;
}

template <class Leaf>
[[nodiscard]] Truth decide(const std::vector<SearchKey>& program, std::size_t at, Leaf&& leaf) {
    const auto& key = program[at];
    switch (key.kind) {
        case SearchKey::Kind::op_and:
        case SearchKey::Kind::op_or: {
            const auto decisive = truth(key.kind == SearchKey::Kind::op_or);
            auto result = decisive == Truth::yes ? Truth::no : Truth::yes;
            for (auto child = at + 1; child < key.next; child = program[child].next) {
                const auto one = decide(program, child, leaf);
                if (one == decisive) return one;
                if (one == Truth::unknown) result = one;
            }
            return result;
        }
        case SearchKey::Kind::op_not: {
            const auto inner = decide(program, at + 1, leaf);
            return inner == Truth::unknown ? inner : truth(inner == Truth::no);
        }
        default: return leaf(at);
    }
}

}  // namespace md::imap
