// spool/queue_request.h - what mdctl asks the manager on queue.sock: frames whose payloads are JSON objects
//
// FORMAT
//   doc/formats/queue.md
#pragma once

#include <cstdint>
#include <string_view>

namespace md::spool::queue_request {

inline constexpr std::string_view kSocket = "queue.sock";

inline constexpr std::uint16_t kList = 1;  ///< {"cursor": 0} -> {"messages": [...], "next": cursor or null}
inline constexpr std::uint16_t kShow = 2;  ///< {"id": ID} -> the message with its history, or null
inline constexpr std::uint16_t kRun = 3;   ///< {"id": ID or absent} -> {"messages": number that is tried now}

}  // namespace md::spool::queue_request
