// sendmail/submission.h - one message given to mdsmtpd, for all its recipients
//
// PURPOSE
//   As many transactions as the server's RCPTMAX makes of the recipients. What the server cannot take now, or had not
//   taken when it went away, is tried again until nothing has got on for the patience.
// CONTRACT
//   What a recipient's refusal leaves of the others is sent. A recipient for whom the message was taken, or may have
//   been, is not tried again. Exit::again is the word for callers to send the whole again: so it is said only if nobody
//   has the message. Each refusal is a line on standard error.
// RFC
//   5321 §3.3, §4.5.3.1.10; 1870; 3461; 6152; 6531; 9422
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
    Submission(Order order, const Draft* draft, std::chrono::milliseconds patience)
        : order_(std::move(order)), draft_(draft), patience_(patience), waiting_(order_.recipients) {}

    /// The exit code; all has been said.
    [[nodiscard]] Exit run();

  private:
    using Clock = std::chrono::steady_clock;
    enum class Step : std::uint8_t {
        done,
        later,  ///< not now; the connection holds
        again,  ///< the connection is over
        over    ///< no use to go on: reason_ has it
    };
    struct Told {
        std::string recipient;
        Answer answer;
    };
    /// What one transaction has made of the first of waiting_.
    struct Batch {
        std::vector<Told> taken;
        std::vector<Told> deferred;
        std::vector<Told> refused;

        [[nodiscard]] std::size_t size() const noexcept { return taken.size() + deferred.size() + refused.size(); }
    };

    Step attempt();
    Step greet(Conversation& talk);
    Step transaction(Conversation& talk);
    Step name_recipients(Conversation& talk, Batch& batch);
    Step send_message(Conversation& talk, const Batch& batch);
    Step end_message(Conversation& talk, const Batch& batch);
    void lost_sight_of(const Batch& batch);
    Step transfer(Conversation& talk);
    Step not_now(const Result<Answer, Lost>& answer);
    void settle(Batch batch);
    [[nodiscard]] bool goes_in_circles(std::size_t waiting_before);
    [[nodiscard]] Exit finish();
    void note_offer(const Answer& answer);
    [[nodiscard]] std::string mail_command() const;
    [[nodiscard]] std::string rcpt_command(const std::string& recipient) const;
    [[nodiscard]] bool needs_utf8() const;
    void refuse(const std::string& what, const Answer& answer, Exit exit);
    static void say(const std::string& text);

    Order order_;
    const Draft* draft_;
    std::chrono::milliseconds patience_;
    std::vector<std::string> waiting_;  ///< recipients that are not settled
    std::vector<Told> deferred_;        ///< those that wait for the next attempt
    std::size_t batch_limit_ = 100;     ///< RFC 5321 §4.5.3.1.8
    bool offers_eight_bit_ = false;
    bool offers_utf8_ = false;
    bool offers_dsn_ = false;
    bool offers_size_ = false;
    bool anybody_has_it_ = false;
    bool sent_in_session_ = false;
    std::size_t place_ = 0;       ///< recipients named when the last attempt ended by the server's word
    std::size_t last_place_ = 0;  ///< the same of the attempt before
    Clock::time_point until_;
    Exit exit_ = Exit::done;
    Complaint reason_{Exit::again, {}};  ///< why the rest was not sent
};

}  // namespace md::sendmail
