// dialogue/runner.h - plays one script against real sessions
//
// PURPOSE
//   Client and server run on one Loop over socket pairs, with TLS where the script has it. Each script is played in
//   four ways, with one result: whole (a line a write), byte by byte, pipelined (all that may be sent before an answer
//   is needed in one write), and on a slow disk (whole, and each file call of the sessions lasts until another session
//   of the loop went on: support/slow_files.h).
// CONTRACT
//   The fault found, with the script's line, what came and what went before; empty: the conversation went as written.
//   What a session says beyond the script is a fault, as is a session that does not end.
#pragma once

#include <string>

#include "dialogue/script.h"
#include "dialogue/world.h"

namespace md::dialogue {

enum class Way { whole, byte_by_byte, pipelined, slow_disk };
[[nodiscard]] std::string_view name(Way way) noexcept;

[[nodiscard]] std::string play(const Script& script, const ProtocolRow& protocol, Way way);

}  // namespace md::dialogue
