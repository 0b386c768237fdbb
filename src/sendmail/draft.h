// sendmail/draft.h - the message from standard input, whole before it is sent
//
// PURPOSE
//   cron gives the first line of a job's output at once and the last one hours later: a session would not wait so long,
//   and a server that restarts meanwhile would have lost the beginning. So all is read first, and can be sent again.
// CONTRACT
//   Memory holds the header and at most kInMemory of the body; the rest lies in a file without a name in TMPDIR.
//   What is larger than the server would take is not read to its end.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "sendmail/exit.h"

namespace md::sendmail {

class Draft {
  public:
    static constexpr std::size_t kInMemory = 256U << 10U;

    /// Reads to the end, or to a line of one dot if `dot_ends`. `most`: octets of header and body.
    [[nodiscard]] static Result<Draft, Complaint> read(int fd, bool dot_ends, std::uint64_t most);

    std::string header;  ///< fields alone, LF
    [[nodiscard]] std::uint64_t body_size() const noexcept { return written_ + tail_.size(); }
    /// Of the message, with LF: an estimate of what goes over the wire (RFC 1870 §5).
    [[nodiscard]] std::uint64_t size() const noexcept { return header.size() + 1 + body_size(); }
    /// A piece of the body from there on; empty at its end, and if the file cannot be read (errno is set then).
    [[nodiscard]] std::string body_at(std::uint64_t offset) const;

  private:
    [[nodiscard]] bool keep();

    Fd file_;
    std::uint64_t written_ = 0;
    std::string tail_;  ///< of the body, behind what is in the file
};

}  // namespace md::sendmail
