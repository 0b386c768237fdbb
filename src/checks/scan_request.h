// checks/scan_request.h - what `mdctl filter scan` asks a judge
//
// PURPOSE
//   A message as a file, and the client and envelope that it is to be judged with.
// FORMAT
//   doc/formats/filter-scan.md, version 1, in the frames of doc/formats/ipc-frame.md
// CONTRACT
//   Pure. What is not of that form is none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/json.h"

namespace md::checks {

/// Below paths.run.
inline constexpr std::string_view kScanSocket = "filter-scan.sock";
inline constexpr std::uint16_t kScan = 1;

struct ScanRequest {
    std::string ip;       ///< empty: none, as by a local socket
    std::string host;     ///< the client's confirmed name; empty: it has none
    std::string helo;     ///< empty: the client said none
    std::string account;  ///< who logged in; empty: nobody did
    std::string sender;   ///< empty: the null sender
    std::vector<std::string> recipients;
    std::vector<std::string> accounts;  ///< beside them, whose lists count; empty: the address's own
};

[[nodiscard]] ipc::Json write(const ScanRequest& request);
[[nodiscard]] std::optional<ScanRequest> read_scan_request(std::string_view text);

}  // namespace md::checks
