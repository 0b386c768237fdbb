// mdqueue/due_reports.h - what a message's sender is to be told, and has not been told yet
//
// CONTRACT
//   Pure. Nobody is told of what an account's forward led to: that is the account's affair. Who has a null reverse-path
//   is told nothing; what failed is named all the same, for such a message goes to bad.
// RFC
//   3461 §4.1 (NOTIFY), §5.2.7 (aliases and groups, forwards); 5321 §4.5.5, §6.1
#pragma once

#include <vector>

#include "delivery/status_report.h"
#include "mdqueue/hands.h"
#include "spool/envelope.h"

namespace md::mdqueue {

/// Of recipients that are finished.
[[nodiscard]] std::vector<delivery::Reported> final_reports(const spool::StoredEnvelope& stored);
/// And of those that wait for so long that the sender should know.
[[nodiscard]] std::vector<delivery::Reported> due_reports(const spool::StoredEnvelope& stored, const Rules& rules,
                                                          WallTime now);

/// When its delay began: the time by which the clock was set is nobody's.
[[nodiscard]] WallTime waited_from(const spool::Envelope& envelope, const Rules& rules);

/// May the sender learn that this one has it (RFC 3461 §5.2.7)? Not of a forward, nor of one of several that an alias
/// stands for.
[[nodiscard]] bool tells_success(const spool::Envelope& envelope, std::uint32_t number);

}  // namespace md::mdqueue
