// mdqueue/message_plan.h - what is to become of a message, by what is known of it
//
// CONTRACT
//   Pure, but for the reading of a header. No I/O beside that, no clock: what is asked twice is answered alike.
// RFC
//   5321 §4.5.4.1 (retries), §4.5.5 (null reverse-path), §6.1 (reports)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "log/logger.h"
#include "mdqueue/hands.h"
#include "spool/envelope.h"
#include "spool/spool.h"

namespace md::mdqueue {

/// The recipients of a message by what the filter wants done with their copies.
struct Sorted {
    std::vector<std::uint32_t> wanted;
    std::vector<std::uint32_t> apart;  ///< to be looked at first: quarantine, or a refusal that came too late
};
[[nodiscard]] Sorted sort_recipients(const spool::Envelope& envelope, const std::vector<std::uint32_t>& open);

/// The envelope of those recipients alone, for a message file with all edits made.
[[nodiscard]] spool::Envelope envelope_for(const spool::Envelope& envelope, const std::vector<std::uint32_t>& numbers);
/// Likewise, under an id of its own: the copy that goes to quarantine.
[[nodiscard]] spool::Envelope quarantine_envelope(const spool::Envelope& envelope,
                                                  const std::vector<std::uint32_t>& numbers);

/// A message in a file, with the edits of its envelope made: a new beginning, and the rest from where it lies. Blocks.
[[nodiscard]] Readable edited(const File& file, std::uint64_t offset, std::uint64_t size,
                              const spool::Envelope& envelope, std::uint64_t header_limit);
/// The same as pieces to be written; `file` is the one in `message`.
[[nodiscard]] std::vector<spool::MessagePiece> pieces_of(const Readable& message, std::shared_ptr<const File> file);

/// The same with a Delivered-To field behind Return-Path. Blocks.
[[nodiscard]] Readable with_delivered_to(const Readable& message, std::uint64_t relay_from, const std::string& address);

/// Likewise, with another body (LF line ends). Blocks.
[[nodiscard]] std::vector<spool::MessagePiece> with_body(const File& file, std::uint64_t size,
                                                         const spool::Envelope& envelope, const std::string& body);

/// In A-labels and small letters; a literal as it stands.
[[nodiscard]] std::string domain_of(std::string_view address);

/// How a recipient at another site is counted: with all that go the same way.
[[nodiscard]] std::string destination_of(const Hands& hands, const spool::Envelope& envelope, std::string_view address);

/// Of a target that is neither a mailbox nor of another site.
[[nodiscard]] Attempt attempt_without(const delivery::Target& target);
/// When the next try is of what is frozen; as a time that can be written.
inline constexpr WallTime kNever{std::chrono::seconds(253'370'764'800)};  // 9999-01-01

/// Until when a recipient is tried whose time began at `since`.
[[nodiscard]] WallTime tried_until(const spool::StoredEnvelope& stored, WallTime since, const Rules& rules);

/// What a try adds to the progress of `recipient`, which stood at `before` and is tried until `until`.
[[nodiscard]] spool::Progress progress_of(const Attempt& attempt, std::uint32_t recipient,
                                          const spool::RecipientState& before, WallTime until, const Rules& rules,
                                          WallTime now);
void log_progress(const log::Logger& log, QueueId id, const std::string& address, const spool::Progress& progress);
/// The wait before the try after `attempts`.
[[nodiscard]] std::chrono::microseconds wait_after(std::uint32_t attempts, const Rules& rules);

/// When the time began in which it is tried. If the clock was set meanwhile, as if that had been before it arrived.
[[nodiscard]] WallTime waits_since(const spool::StoredEnvelope& stored, const Rules& rules, WallTime now);

/// Where a message belongs when all that can be done now has been done; none: nowhere, it is finished. Bad: a failure
/// that nobody is told of, a forward that failed among them.
[[nodiscard]] std::optional<std::string_view> place_of(const spool::StoredEnvelope& stored);
/// When a recipient is tried next; none: nothing is said. A time that was set by a clock which has gone back since is
/// none to wait for: `now`.
[[nodiscard]] std::optional<WallTime> next_of(const spool::RecipientState& state, WallTime now);
/// When the next thing is to be done with it.
[[nodiscard]] WallTime due_of(const spool::StoredEnvelope& stored, WallTime now);

/// When its sender is to hear of the delay, or that its time is over, whatever it waits for until then; max: neither is
/// to come. Of what is frozen nothing is said.
[[nodiscard]] WallTime due_of_report(const spool::StoredEnvelope& stored, const Rules& rules, WallTime now);

}  // namespace md::mdqueue
