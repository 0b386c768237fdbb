// relay/transaction.h - MAIL, RCPT, the message, and what the server says of each recipient
//
// PURPOSE
//   One transaction of SMTP or LMTP for some recipients of a cargo.
// CONTRACT
//   Used once, on an open session. After run() each of the recipients has an Outcome, but for those whom the server
//   wants in another transaction ("too many recipients"): again(). None is delivered without a positive reply to the
//   end of the message. Where every recipient was refused and the server wants the message all the same, which can
//   happen when the commands leave together, it gets an empty one (RFC 2920 §3.1). What the server says before the end
//   of the message is its answer to it, and the connection is closed, for there is no other way to stop.
//   After an exception the connection is to be closed.
// RFC
//   5321 §3.3, §4.1.1.4, §4.5.3.1.10; 2033 §4.2; 2920 §3.1; 3030 §2; draft-hall-prdr-00; 1047
#pragma once

#include <string>
#include <vector>

#include "proto/smtp/data_decoder.h"
#include "relay/commands.h"
#include "relay/dialogue.h"
#include "relay/server.h"

namespace md::relay {

class Transaction {
  public:
    struct Terms {
        Measure measure;
        bool chunks = false;  ///< BDAT instead of DATA
        bool lmtp = false;
        bool reused = false;  ///< the session has had a transaction: that it ends at MAIL says nothing on this message
    };

    /// `recipients` are places in the cargo's. All outlive it.
    Transaction(Dialogue& dialogue, const smtp::Offer& offer, const Timeouts& timeouts, const Cargo& cargo,
                CargoReader& reader, const Terms& terms, std::vector<std::size_t> recipients);

    async::Task<void> run();

    /// In the order of the recipients; those of again() have none.
    [[nodiscard]] std::vector<std::optional<Outcome>> take_outcomes() { return std::move(outcomes_); }
    /// Places in the cargo: to be named in the next transaction of this session.
    [[nodiscard]] const std::vector<std::size_t>& again() const noexcept { return again_; }
    /// MAIL was refused: the others would be, too.
    [[nodiscard]] const std::optional<Outcome>& mail_refused() const noexcept { return mail_refused_; }
    /// The server was told of a transaction that it has not ended: RSET is due.
    [[nodiscard]] bool open() const noexcept { return open_; }

  private:
    using Answer = Dialogue::Answer;

    void put_group();
    async::Task<Answer> next(const std::string& command, Dialogue::Limit limit);
    async::Task<bool> envelope();
    async::Task<bool> go_ahead();
    async::Task<void> send_nothing();
    async::Task<void> send_message();
    async::Task<bool> send_blocks(smtp::Framing framing);
    async::Task<bool> send_block(std::string octets);
    async::Task<void> read_verdicts();
    void conclude(const Outcome& for_all, const std::vector<Outcome>& own);
    async::Task<bool> read_each(std::vector<Outcome>& own);
    [[nodiscard]] std::optional<Outcome> verdict(const Answer& answer);
    void take_rcpt(std::size_t i, const std::string& command, const Answer& answer);
    void take_early(const Answer& answer);
    void settle(std::size_t i, Outcome outcome);
    void settle_accepted(const Outcome& outcome);
    void lose(const std::string& command, Outcome trouble);
    void nonsense(const std::string& command, const smtp::ServerReply& reply);
    [[nodiscard]] std::string rcpt(std::size_t i) const;

    Dialogue& dialogue_;
    const smtp::Offer& offer_;
    const Timeouts& timeouts_;
    const Cargo& cargo_;
    CargoReader& reader_;
    Terms terms_;
    std::vector<std::size_t> recipients_;
    std::vector<std::optional<Outcome>> outcomes_;
    std::vector<std::size_t> accepted_;  ///< places in recipients_
    std::vector<std::size_t> again_;
    std::optional<Outcome> mail_refused_;
    std::string mail_;
    bool pipelining_;
    bool prdr_;
    bool open_ = false;
    bool all_sent_ = false;  ///< from here on it may have the message
};

}  // namespace md::relay
