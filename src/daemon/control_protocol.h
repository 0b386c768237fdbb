// daemon/control_protocol.h - how mdctl and tests speak to a daemon's parent
//
// FORMAT
//   doc/formats/control.md: ipc frames of type kControl, both payloads JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace md::daemon {

inline constexpr std::uint16_t kControl = 1;

/// "mdsmtpd.ctl" in paths.run
[[nodiscard]] inline std::string control_socket_name(std::string_view daemon) {
    return std::string(daemon).append(".ctl");
}

}  // namespace md::daemon
