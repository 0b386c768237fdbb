// log/level.h - how much an event matters
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace md::log {

/// Most important first.
enum class Level : std::uint8_t { error, warning, notice, info, debug };

[[nodiscard]] std::string_view name(Level level) noexcept;
[[nodiscard]] std::optional<Level> parse_level(std::string_view text) noexcept;

}  // namespace md::log
