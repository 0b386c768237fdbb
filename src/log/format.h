// log/format.h - an event as one line
//
// FORMAT
//   text: TIME DAEMON/CHILD[PID] LEVEL SESSION EVENT key=value key="value with \"quotes\""; a session that is none is
//   "-". To syslog the line begins at LEVEL, for the rest stands in its frame. json: one object with time, daemon,
//   child, pid, level, session (if any), event, and each field by its name.
// CONTRACT
//   Never a control octet or a line end inside a line: control characters of ASCII and of Latin-1 (U+0080-009F) stand
//   as \xNN. Octets that are no UTF-8 do too. A value is cut at 1,024 octets.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "log/sink.h"

namespace md::log {

[[nodiscard]] std::string text_line(const Record& record, const Writer& writer, WallTime time);
[[nodiscard]] std::string json_line(const Record& record, const Writer& writer, WallTime time);
/// LEVEL SESSION EVENT key=value...
[[nodiscard]] std::string text_body(const Record& record);

/// The text as it may stand in a line.
[[nodiscard]] std::string sanitised(std::string_view text);

}  // namespace md::log
