// sendmail/draft.h - the message from standard input, whole before it is sent
//
// PURPOSE
//   cron gives the first line of a job's output at once and the last one hours later: a session would not wait so long,
//   and a server that restarts meanwhile would have lost the beginning. So all is read first, and can be sent again.
// CONTRACT
//   Memory holds the header and at most kInMemory of the body; the rest lies in a file without a name (tmpfile(3)).
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "base/result.h"
#include "sendmail/exit.h"

namespace md::sendmail {

class Draft {
  public:
    static constexpr std::size_t kInMemory = 256U << 10U;

    /// Reads to the end, or to a line of one dot if `dot_ends`.
    [[nodiscard]] static Result<Draft, Complaint> read(int fd, bool dot_ends);

    std::string header;  ///< fields alone, LF
    [[nodiscard]] std::uint64_t body_size() const noexcept { return written_ + tail_.size(); }
    /// A piece of the body from there on; empty at its end, and if the file cannot be read (errno is set then).
    [[nodiscard]] std::string body_at(std::uint64_t offset) const;

  private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    [[nodiscard]] bool keep();

    std::unique_ptr<std::FILE, Close> file_;
    std::uint64_t written_ = 0;
    std::string tail_;  ///< of the body, behind what is in the file
};

}  // namespace md::sendmail
