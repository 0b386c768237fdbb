// mdctl/control.h - the daemons of the instance, by their control sockets
//
// FORMAT
//   doc/formats/control.md
#pragma once

#include <array>

#include "mdctl/ask.h"

namespace md::mdctl {

/// In the order in which they start: who is asked by others comes first.
inline constexpr std::array<std::string_view, 5> kDaemons{"mdfilterd", "mdqueue", "mdsmtpd", "mdimapd", "mdpop3d"};

[[nodiscard]] std::string control_socket(const config::Config& config, std::string_view daemon);
[[nodiscard]] bool runs(const config::Config& config, std::string_view daemon);

/// The answer of one daemon to a request that it has carried out.
[[nodiscard]] Result<ipc::Json, Complaint> control(const config::Config& config, std::string_view daemon,
                                                   ipc::Json request, std::chrono::milliseconds patience);

/// Has every daemon that runs take the configuration over. 78: it has faults, and nothing has changed.
[[nodiscard]] Outcome reload_running(const config::Config& config);
/// Returns when every daemon that runs acts on a change of `what`; 75 where one does not within 5 s.
[[nodiscard]] Outcome announce(const config::Config& config, std::string_view what);

}  // namespace md::mdctl
