// delivery/filter_outcome.h - what a filter wants done, as an envelope says it
//
// CONTRACT
//   Pure. The filter was shown neither Return-Path nor the Received field that this host put in front: its counts are
//   turned into those of a header that has the latter.
#pragma once

#include "milter/outcome.h"
#include "spool/envelope.h"

namespace md::delivery {

[[nodiscard]] spool::Verdict to_verdict(const milter::RecipientVerdict& from);
/// `own_received`: the header has one of ours in front that the filter did not see.
[[nodiscard]] mail::HeaderEdit to_edit(const milter::HeaderChange& from, bool own_received);
/// What the filter changed of the envelope beside the verdicts.
void apply_envelope(spool::Envelope& envelope, const milter::Outcome& outcome);

}  // namespace md::delivery
