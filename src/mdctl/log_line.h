// mdctl/log_line.h - a line of the log read back
//
// FORMAT
//   log/format.h: text or JSON; both become the object that the JSON form is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ipc/json.h"

namespace md::mdctl {

/// time, daemon, child, pid, level, session (if any), event and the event's fields; none: not a line of ours.
[[nodiscard]] std::optional<ipc::Json> read_log_line(std::string_view line);

/// The line that an entry of the journal is, one object of `journalctl --output=json`; none: not a line of ours.
[[nodiscard]] std::optional<std::string> line_of_entry(std::string_view entry);

struct LogFilter {
    std::string session;
    std::string account;
    std::string ip;
    std::string daemon;
};

/// Empty members ask for nothing.
[[nodiscard]] bool matches(const LogFilter& filter, const ipc::Json& line);

}  // namespace md::mdctl
