// log/event.h - the catalogue of all events that a daemon writes
//
// PURPOSE
//   The rows stand in events/*.def, one file an area: enumerator, stable id, level, names of the fields, and a
//   paragraph that tells the operator what happened and what to do. Log lines, their check at compile time and
//   mdmail-events(7) come from them.
// CONTRACT
//   EVENT(CamelName, "kebab-id", level, "field,field", "prose"). An id never changes its meaning; fields are added at
//   the end. A row that nothing writes does not exist. A field name is none of time, daemon, child, pid, level,
//   session, event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "log/level.h"

namespace md::log {

enum class Event : std::uint16_t {
#define EVENT(symbol, id, level, fields, prose) symbol,
#include "log/events/all.def"
#undef EVENT
};

struct EventRow {
    std::string_view id;
    Level level;
    std::string_view fields;  ///< names in order, comma separated
    std::string_view prose;
};

inline constexpr EventRow kEvents[] = {
#define EVENT(symbol, id, level, fields, prose) {id, Level::level, fields, prose},
#include "log/events/all.def"
#undef EVENT
};

[[nodiscard]] constexpr const EventRow& row(Event event) noexcept {
    return kEvents[static_cast<std::size_t>(event)];
}

[[nodiscard]] constexpr std::size_t field_count(std::string_view fields) noexcept {
    std::size_t count = fields.empty() ? 0 : 1;
    for (const char c : fields) count += c == ',' ? 1 : 0;
    return count;
}

/// All rows, for documents and tests.
[[nodiscard]] constexpr std::span<const EventRow> events() noexcept {
    return kEvents;
}

}  // namespace md::log

namespace md {
using log::Event;
}
