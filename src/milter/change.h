// milter/change.h - what a filter asks to be done with a message, to and from packets
//
// CONTRACT
//   Pure. read_change() is false for a packet that asks for no change, for one whose action `actions` does not allow,
//   and for one that is not in its form; then the outcome is as it was. Field names and addresses are checked: neither
//   can hold a line end.
#pragma once

#include <cstdint>
#include <string>

#include "milter/outcome.h"

namespace md::milter {

/// `recipients`: how many there are, for the verdicts.
[[nodiscard]] bool read_change(const Packet& packet, std::uint32_t actions, std::uint32_t recipients, Outcome& outcome);

/// All changes of an outcome, its answer not, that `actions` allows.
void put_changes(std::string& out, const Outcome& outcome, std::uint32_t actions);

/// "<a@b>" or "a@b" as "a@b"; none if it holds a blank, a control octet or an unbalanced bracket.
[[nodiscard]] std::optional<std::string> bare_address(std::string_view text);

}  // namespace md::milter
