// proto/imap/sequence_view.h - what a session believes its mailbox to hold: sequence numbers and UIDs
//
// PURPOSE
//   A selected mailbox as the client was told of it: its UIDs in ascending order, numbered from 1 (RFC 3501 §2.3.1).
//   Kept as runs of consecutive UIDs, so that a large mailbox with few gaps costs a few octets (DESIGN 3).
// CONTRACT
//   Pure. UIDs only grow at the end; messages leave only by expunge(), when the client is told.
//   One look-up costs the logarithm of the number of runs; append() nothing; select() and expunge() one walk over runs
//   and set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "proto/imap/sequence_set.h"

namespace md::imap {

class SequenceView {
  public:
    /// Messages with consecutive sequence numbers and consecutive UIDs.
    struct Run {
        std::uint32_t sequence;
        std::uint32_t uid;
        std::uint32_t count;
        friend bool operator==(const Run&, const Run&) = default;
    };

    [[nodiscard]] std::uint32_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }
    /// 0 in an empty view.
    [[nodiscard]] std::uint32_t last_uid() const noexcept;

    [[nodiscard]] std::optional<std::uint32_t> uid_of(std::uint32_t sequence) const noexcept;
    [[nodiscard]] std::optional<std::uint32_t> sequence_of(std::uint32_t uid) const noexcept;

    /// False, and nothing changed, unless `uid` is above the last.
    [[nodiscard]] bool append(std::uint32_t uid);

    /// Removes what is there of these UIDs (sorted, disjoint ranges). Returns the numbers of the EXPUNGE responses in
    /// the order in which they are to be sent: each is already the number after the one before was removed (RFC 3501
    /// §7.4.1).
    std::vector<std::uint32_t> expunge(const std::vector<NumberRange>& uids);

    /// The messages that a set of sequence numbers means; none (BAD) if it names one beyond the last, "*" in an empty
    /// mailbox included (RFC 3501 §9, seq-number).
    [[nodiscard]] std::optional<std::vector<Run>> select_sequence(const SequenceSet& set) const;

    /// The messages that a set of UIDs means; UIDs that are not there mean nothing (RFC 3501 §6.4.8).
    [[nodiscard]] std::vector<Run> select_uids(const SequenceSet& set) const;

    /// The messages of sorted, disjoint UID ranges.
    [[nodiscard]] std::vector<Run> select_uids(const std::vector<NumberRange>& uids) const;

    [[nodiscard]] const std::vector<Run>& runs() const noexcept { return runs_; }

  private:
    std::vector<Run> runs_;  ///< ascending, not empty, not touching
};

}  // namespace md::imap
