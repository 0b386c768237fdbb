// proto/imap/flags.h - message flags as the protocol names them
//
// RFC
//   3501 §2.3.2
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/strings.h"

namespace md::imap {

/// System flags as a set of bits.
enum class Flag : std::uint8_t { answered = 1, flagged = 2, deleted = 4, seen = 8, draft = 16, recent = 32 };

using FlagBits = std::uint8_t;

[[nodiscard]] constexpr FlagBits bit(Flag flag) noexcept {
    return static_cast<FlagBits>(flag);
}
[[nodiscard]] constexpr bool has(FlagBits bits, Flag flag) noexcept {
    return (bits & bit(flag)) != 0;
}

struct FlagName {
    std::string_view name;
    Flag flag;
    bool client_may_set;
};

inline constexpr std::array kFlagNames{
    FlagName{"\\Answered", Flag::answered, true}, FlagName{"\\Flagged", Flag::flagged, true},
    FlagName{"\\Deleted", Flag::deleted, true},   FlagName{"\\Seen", Flag::seen, true},
    FlagName{"\\Draft", Flag::draft, true},       FlagName{"\\Recent", Flag::recent, false},
};

[[nodiscard]] inline const FlagName* find_flag(std::string_view name) noexcept {
    for (const auto& row : kFlagNames)
        if (equal_nocase(name, row.name)) return &row;
    return nullptr;
}

/// What a client gives with STORE or APPEND. Keywords are views of the command, as sent, none twice (case apart).
struct FlagList {
    FlagBits bits = 0;
    std::vector<std::string_view> keywords;
};

}  // namespace md::imap
