// sendmail/conversation.h - the client's side of SMTP over a Unix socket, one command after the other
//
// CONTRACT
//   Blocks, each wait for kPatience at most. A connection that is lost is a value. Nothing is said twice.
// RFC
//   5321 §4.2 (replies), §4.5.3.2 (time-outs)
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "sendmail/exit.h"

namespace md::sendmail {

struct Answer {
    int code = 0;
    std::vector<std::string> lines;  ///< without the code

    [[nodiscard]] bool good() const noexcept { return code / 100 == 2; }
    [[nodiscard]] bool transient() const noexcept { return code / 100 == 4; }
    /// "5.1.1"; empty: none was given.
    [[nodiscard]] std::string_view status() const noexcept;
    /// "550 5.1.1 no such user here"
    [[nodiscard]] std::string text() const;
    /// Of sysexits.h, for what this refuses.
    [[nodiscard]] Exit exit() const noexcept;
};

/// The connection is over; why.
struct Lost {
    std::string why;
};

class Conversation {
  public:
    static constexpr auto kPatience = std::chrono::minutes(10);

    /// `verbose`: what is said goes to standard error as well.
    Conversation(Fd fd, bool verbose) noexcept : fd_(std::move(fd)), verbose_(verbose) {}

    [[nodiscard]] Result<Answer, Lost> read();
    [[nodiscard]] Result<Answer, Lost> ask(const std::string& command);
    [[nodiscard]] Result<void, Lost> send(std::string_view octets);

  private:
    Result<std::string, Lost> read_line();

    Fd fd_;
    bool verbose_;
    std::string input_;
};

/// Tries for as long as `patience`, so that a daemon that is being restarted is met.
[[nodiscard]] Result<Fd, Complaint> connect_to(const std::string& path, std::chrono::milliseconds patience);

}  // namespace md::sendmail
