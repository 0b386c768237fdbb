// mdsmtpd/inbound.h - a message as it arrives: to the filter and to the intake
//
// PURPOSE
//   Takes what the DATA decoder writes, shows header and body to the filter while they arrive, and hands the octets to
//   the intake, which keeps a large message in a file, so that memory does not grow with the size of a message.
// CONTRACT
//   take() for each piece, finish() at the end, then result(). A refusal by the filter is kept and told by answer();
//   nothing more is shown to it then. What is ours to change in the header is changed before the filter sees it, which
//   may sign it. The header is held in memory up to smtp.header_size; beyond it the message is
//   header_too_large().
//   Return-Path fields that came with the message are taken out of it (RFC 5321 §4.4): ours is the only one.
// BUGS
//   A filter that replaces the body of a large message costs memory for the new body. One that changes the reverse-path
//   of a large message, and not its body, leaves the old one in its Return-Path line.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.h"
#include "mail/header.h"
#include "mail/header_edit.h"
#include "milter/chain.h"
#include "spool/intake.h"

namespace md::mdsmtpd {

class Inbound {
  public:
    /// What is ours to change in a header, which is whole; none: nothing.
    using Mend = std::function<async::Task<std::vector<mail::HeaderEdit>>(std::string_view header)>;

    /// `prefix`: our own trace fields, which the filter does not see. `filter` null: nothing is shown.
    Inbound(spool::Intake& intake, QueueId id, milter::Chain* filter, Mend mend, std::string prefix,
            std::size_t header_limit);

    async::Task<void> take(std::string_view piece);
    async::Task<void> finish();

    [[nodiscard]] const milter::Answer& answer() const noexcept { return answer_; }
    [[nodiscard]] bool header_too_large() const noexcept { return header_too_large_; }
    /// Ended by an empty line or with the message, and not by a line that is no field: others may read on behind it.
    [[nodiscard]] bool header_whole() const noexcept { return header_whole_; }
    [[nodiscard]] std::size_t hops() const noexcept { return hops_; }
    /// As it arrived, with LF line ends.
    [[nodiscard]] std::uint64_t octets() const noexcept { return message_.size_bytes() - prefix_.size(); }
    // As it arrived; after finish().
    [[nodiscard]] std::string_view header() const noexcept { return header_; }
    [[nodiscard]] bool has_field(std::string_view name, std::size_t times = 1) const {
        return mail::count_fields(header_, name, times) >= times;
    }

    /// The message with our changes, then the filter's, for Intake::store(). Edits of a large one are left to its
    /// envelope, for who writes it anew.
    [[nodiscard]] spool::IncomingMessage& result(spool::Envelope& envelope, std::vector<mail::HeaderEdit> edits,
                                                 const std::optional<std::string>& body);

  private:
    async::Task<void> look_for_header_end(bool last);
    async::Task<void> show_header();
    async::Task<void> show_body(std::string_view text);
    void keep(const milter::Answer& answer);
    [[nodiscard]] bool shows() const noexcept;

    spool::Intake& intake_;
    milter::Chain* filter_;
    Mend mend_;
    std::string prefix_;
    std::size_t header_limit_;
    spool::IncomingMessage message_;
    std::unique_ptr<spool::IncomingMessage> changed_;
    std::string header_;        ///< what has arrived until the header is whole, then the header without the empty line
    std::size_t searched_ = 0;  ///< no header end before this place
    bool header_done_ = false;
    bool header_whole_ = true;
    bool header_too_large_ = false;
    std::size_t hops_ = 0;
    std::size_t return_paths_ = 0;
    std::vector<mail::HeaderEdit> mended_;
    milter::Answer answer_;
};

}  // namespace md::mdsmtpd
