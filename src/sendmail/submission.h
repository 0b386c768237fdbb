// sendmail/submission.h - one message given to mdsmtpd, for all its recipients
//
// PURPOSE
//   As many transactions as the server's RCPTMAX makes of the recipients, again from the start of one if the server
//   goes away before it has the message.
// CONTRACT
//   What a recipient's refusal leaves of the others is sent. After the final dot nothing is sent again: a message may
//   have been taken then. Each refusal is a line on standard error.
// RFC
//   5321 §3.3, §4.5.3.1.10; 3461; 6152; 6531; 9422
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sendmail/conversation.h"
#include "sendmail/draft.h"
#include "sendmail/options.h"

namespace md::sendmail {

/// What mdsmtpd is told.
struct Order {
    std::string socket;
    std::string hostname;  ///< for EHLO
    std::string sender;    ///< empty: the null path
    std::vector<std::string> recipients;
    bool verbose = false;
    bool eight_bit = false;
    std::string notify;
    std::string ret;
    std::string envelope_id;
};

class Submission {
  public:
    /// `draft` null: recipients are verified, nothing is sent, and standard output tells of each.
    Submission(Order order, const Draft* draft) : order_(std::move(order)), draft_(draft) {}

    /// The exit code; all has been said.
    [[nodiscard]] Exit run();

  private:
    enum class Step : std::uint8_t { done, again, over };

    Step attempt();
    Step greet(Conversation& talk);
    Step transaction(Conversation& talk);
    Step name_recipients(Conversation& talk, std::size_t& looked_at, std::size_t& taken);
    Step send_message(Conversation& talk, std::size_t batch);
    Step transfer(Conversation& talk);
    void note_offer(const Answer& answer);
    [[nodiscard]] std::string mail_command() const;
    [[nodiscard]] std::string rcpt_command(const std::string& recipient) const;
    [[nodiscard]] bool needs_utf8() const;
    void refused(const std::string& what, const Answer& answer);
    Step refuse_all(const std::string& what, const Answer& answer);
    void fail_with(Exit exit, const std::string& text);

    Order order_;
    const Draft* draft_;
    std::size_t next_ = 0;           ///< recipients before this one are settled
    std::size_t batch_limit_ = 100;  ///< RFC 5321 §4.5.3.1.8
    bool offers_eight_bit_ = false;
    bool offers_utf8_ = false;
    bool offers_dsn_ = false;
    Exit exit_ = Exit::done;
    std::string trouble_;  ///< why an attempt came to nothing
};

}  // namespace md::sendmail
