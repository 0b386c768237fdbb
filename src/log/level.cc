// log/level.cc - see level.h

#include "log/level.h"

#include <array>

namespace md::log {

namespace {

constexpr std::array<std::string_view, 5> kNames{"error", "warning", "notice", "info", "debug"};

}  // namespace

std::string_view name(Level level) noexcept {
    return kNames[static_cast<std::size_t>(level)];
}

std::optional<Level> parse_level(std::string_view text) noexcept {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (kNames[i] == text) return static_cast<Level>(i);
    return std::nullopt;
}

}  // namespace md::log
