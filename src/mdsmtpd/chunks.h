// mdsmtpd/chunks.h - a message that comes in chunks (BDAT), from the first to LAST
//
// CONTRACT
//   take() for what comes of each chunk, finish() behind LAST; fault() says what is wrong with the message so far.
//   Lines are treated as behind DATA, dots apart. With BODY=BINARYMIME its binary parts become base64 as they arrive
//   (mail/binary_encoder.h): what the filter is shown, and what is stored, is text. Memory as Inbound's.
// RFC
//   3030
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "mail/binary_encoder.h"
#include "mdsmtpd/inbound.h"
#include "proto/smtp/data_decoder.h"
#include "proto/smtp/reply.h"

namespace md::mdsmtpd {

class Chunks {
  public:
    struct Rules {
        bool binary = false;     ///< BODY=BINARYMIME
        bool normalise = false;  ///< bare line ends
        std::uint64_t line_limit = 0;
        std::size_t header_limit = 0;
    };

    Chunks(const Rules& rules, spool::Intake& intake, QueueId id, milter::Chain* filter, Inbound::Mend mend,
           std::string prefix);

    async::Task<void> take(std::string_view octets);
    async::Task<void> finish();

    [[nodiscard]] std::optional<smtp::Reply> fault() const;
    [[nodiscard]] bool eight_bit() const noexcept { return lines_ ? lines_->eight_bit() : binary_->eight_bit(); }
    [[nodiscard]] Inbound& message() noexcept { return message_; }
    /// Octets of all chunks, as they were announced.
    std::uint64_t announced = 0;

  private:
    Inbound message_;
    std::optional<smtp::DataDecoder> lines_;  ///< one of these two
    std::optional<mail::BinaryEncoder> binary_;
};

/// What is wrong with a message beside its size, in the words of DATA and BDAT.
[[nodiscard]] smtp::Reply bare_line_end_refused();
[[nodiscard]] smtp::Reply line_too_long();
[[nodiscard]] smtp::Reply header_too_large();
[[nodiscard]] smtp::Reply message_too_large();

}  // namespace md::mdsmtpd
