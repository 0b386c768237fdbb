// sendmail/conversation.h - the client's side of SMTP over a Unix socket, one command after the other
//
// CONTRACT
//   Blocks, each wait for the time given at most. A connection that is lost is a value. Nothing is said twice.
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
    /// Of sysexits.h, for a recipient or message that this refuses.
    [[nodiscard]] Exit exit() const noexcept;
    /// The same for a sender.
    [[nodiscard]] Exit exit_of_sender() const noexcept;
};

/// The connection is over; why.
struct Lost {
    std::string why;
};

class Conversation {
  public:
    /// For a command: the server may have much to ask and to write before it answers.
    static constexpr auto kPatience = std::chrono::milliseconds(std::chrono::minutes(10));
    /// For what needs nobody's work: the greeting, EHLO and QUIT.
    static constexpr auto kShortPatience = std::chrono::milliseconds(std::chrono::seconds(10));

    /// `verbose`: what is said goes to standard error as well.
    Conversation(Fd fd, bool verbose) noexcept : fd_(std::move(fd)), verbose_(verbose) {}

    [[nodiscard]] Result<Answer, Lost> read(std::chrono::milliseconds patience = kPatience);
    [[nodiscard]] Result<Answer, Lost> ask(const std::string& command, std::chrono::milliseconds patience = kPatience);
    [[nodiscard]] Result<void, Lost> send(std::string_view octets);

  private:
    Result<std::string, Lost> read_line(std::chrono::milliseconds patience);

    Fd fd_;
    bool verbose_;
    std::string input_;
};

/// Tries for as long as `patience`, so that a daemon that is being restarted, or has too many callers, is met.
[[nodiscard]] Result<Fd, Complaint> connect_to(const std::string& path, std::chrono::milliseconds patience);

}  // namespace md::sendmail
