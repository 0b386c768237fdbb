// proto/imap/sequence_set.h - sets of message sequence numbers or UIDs as ranges
//
// PURPOSE
//   SequenceSet is what the client wrote ("2,4:7,*"); resolve() makes of it the sorted, disjoint ranges that it means
//   now.
// CONTRACT
//   Cost grows with the number of ranges written, never with the numbers in them.
// RFC
//   3501 §9 (sequence-set, seq-range, seq-number); 5182 §3 (seq-last-command)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace md::imap {

/// first <= last, both included.
struct NumberRange {
    std::uint32_t first;
    std::uint32_t last;
    friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

class SequenceSet {
  public:
    /// None if the text is no sequence-set: empty, a zero, a leading zero, a number beyond 32 bits. "$" is one, alone.
    [[nodiscard]] static std::optional<SequenceSet> parse(std::string_view text);

    /// `star` is what "*" means: the highest number in use (for UIDs of an empty mailbox, UIDNEXT).
    [[nodiscard]] std::vector<NumberRange> resolve(std::uint32_t star) const;

    /// The highest number that is written out; 0 if there is only "*".
    [[nodiscard]] std::uint32_t highest() const noexcept;
    [[nodiscard]] bool has_star() const noexcept;
    /// "$": what the last search saved (RFC 5182); then there are no numbers.
    [[nodiscard]] bool is_saved() const noexcept { return saved_; }

  private:
    struct Written {
        std::uint32_t first;  ///< 0 is "*"
        std::uint32_t last;
    };
    std::vector<Written> written_;
    bool saved_ = false;
};

/// Sorts, and joins what overlaps or touches.
void normalise(std::vector<NumberRange>& ranges);

/// Appends "1:3,5" for sorted ranges.
void append_ranges(std::string& out, const std::vector<NumberRange>& ranges);

}  // namespace md::imap
