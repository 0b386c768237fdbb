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
/// {}, {"id": ID} or {"ids": [ID...]}, kMostIds at most -> {"messages": number that is tried now}
inline constexpr std::uint16_t kRun = 3;

/// {"act": name(Act), "ids": [ID...], "queue": of move} -> {"results": [{"id", "result": "done", "not_there" or
/// "refused", "queue", "why"}...]}, in the order of the ids, of which there are kMostIds at most
inline constexpr std::uint16_t kAct = 4;
inline constexpr std::size_t kMostIds = 500;
/// {"kind": name(Freezes::Kind), "value": TEXT, "frozen": BOOL} -> {"changed": BOOL}
inline constexpr std::uint16_t kFreeze = 5;
/// {} -> {"frozen": [{"kind", "value"}...]}
inline constexpr std::uint16_t kFrozen = 6;
/// {} -> {"destinations": [{"destination", "messages", "state", "under_way", "window", "troubles", "rests_until",
/// "last_trouble"}...]}
inline constexpr std::uint16_t kDestinations = 7;

}  // namespace md::spool::queue_request
