// mdsmtpd/session.h - one SMTP, submission or LMTP client, from greeting to QUIT
//
// PURPOSE
//   Holds the dialogue of RFC 5321 (session.cc), its logins (login.cc), MAIL and RCPT (transaction.cc), DATA (data.cc)
//   and BDAT (bdat.cc).
// CONTRACT
//   serve() ends by returning (QUIT, a refusal that closes) or by net::Disconnected of the client's own stream.
//   A message is answered 250 only after spool::Intake has it on disk. What the client did before STARTTLS is forgotten
//   after it. No password without TLS. Nothing is relayed for strangers. A user of this machine, whom the system names
//   (Connection::user), is one of ours without a login: may leave out his domain, pipeline as he likes and err.
// RFC
//   5321; 2033 (LMTP); 6409 (submission); 3207 (STARTTLS); 4954 (AUTH); 2920, 1870, 6152, 2034, 3030, 3461, 6531, 9422;
//   draft-hall-prdr-00
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/task.h"
#include "auth/sasl_dialogue.h"
#include "mdsmtpd/chunks.h"
#include "mdsmtpd/services.h"
#include "milter/chain.h"
#include "net/line_reader.h"
#include "proto/smtp/command.h"
#include "proto/smtp/extension.h"
#include "proto/smtp/parameters.h"
#include "proto/smtp/reply.h"
#include "spool/envelope.h"

namespace md::mdsmtpd {

/// MAIL to the end of the message.
struct Transaction {
    spool::Envelope envelope;
    std::uint64_t announced_size = 0;  ///< octets, by SIZE; 0: not known
    bool listed_relay = false;         ///< of a host that [[relay]] lets send as this sender
    bool unfiltered = false;           ///< the filter is away, and the client is one of ours: held until it is back
    bool prdr = false;                 ///< each recipient is answered behind the message
    std::unique_ptr<Chunks> chunks;    ///< from the first BDAT on
};

class Session {
  public:
    Session(Services& services, Connection connection);

    async::Task<void> serve();

  private:
    /// What a command leaves: go on, or end the session after its reply.
    enum class Next : std::uint8_t { command, close };

    // session.cc: the dialogue
    async::Task<bool> awaits_greeting();
    async::Task<void> find_client_name();
    async::Task<bool> greet();
    async::Task<bool> wait_for_command(async::Deadline deadline);
    async::Task<Next> one_command();
    async::Task<Next> dispatch(smtp::Command command);
    async::Task<void> run(smtp::Command command);
    async::Task<void> hello(smtp::Command command);
    async::Task<void> start_tls();
    [[nodiscard]] smtp::Offer offer() const;
    [[nodiscard]] smtp::Offer told_offer() const;
    [[nodiscard]] async::Deadline command_deadline() const;
    void forget_dialogue();
    void find_relays();
    [[nodiscard]] milter::Chain make_filter() const;

    // counting.cc: what strangers may do only so often
    [[nodiscard]] bool is_counted() const;
    async::Task<void> note(policy::Occasion occasion);
    async::Task<std::optional<smtp::Reply>> refuse_often(const smtp::MailArguments& arguments);

    // login.cc
    [[nodiscard]] bool password_is_safe() const;
    async::Task<void> authenticate(std::string_view argument);
    class SaslLines;
    void admit(auth::Attempt& attempt);

    // transaction.cc: MAIL and RCPT
    async::Task<void> mail(std::string_view argument);
    async::Task<void> rcpt(std::string_view argument);
    async::Task<std::optional<smtp::Reply>> refuse_mail(const smtp::MailArguments& arguments);
    async::Task<std::optional<smtp::Reply>> ask_filter_mail(const std::string& reverse_path,
                                                            const smtp::MailArguments& arguments);
    [[nodiscard]] std::optional<smtp::Reply> refuse_more(const std::string& domain);
    void refuse_recipient(const smtp::Reply& answer);
    [[nodiscard]] bool has_room_for_domain(const std::string& domain);
    async::Task<void> reset();
    /// One of ours: may send to other sites, and its message is let through when the filter is away.
    [[nodiscard]] bool is_ours() const {
        return connection_.user || !account_.empty() || (transaction_ && transaction_->listed_relay);
    }
    [[nodiscard]] bool is_trusted() const { return !client_ip().empty() && config_.trusted(client_ip()); }
    /// The [[relay]] row that lets the client send as `sender`; null: none.
    [[nodiscard]] const config::Relay* listed_as(const std::optional<mail::Address>& sender) const;
    /// Empty: by a Unix socket.
    [[nodiscard]] std::string client_ip() const;
    [[nodiscard]] milter::ConnectInfo filter_connect_info() const;
    [[nodiscard]] std::vector<milter::Macro> filter_macros() const;

    // data.cc: the message
    async::Task<std::optional<smtp::Reply>> begin_message();
    /// Null: the message is not shown to it.
    [[nodiscard]] milter::Chain* shown_filter() noexcept { return transaction_->unfiltered ? nullptr : &filter_; }
    async::Task<void> data();
    async::Task<std::optional<smtp::Reply>> receive(Inbound& message);
    async::Task<std::optional<smtp::Reply>> refuse_message(const Inbound& message);
    [[nodiscard]] std::optional<smtp::Reply> refuse_malformed(const Inbound& message) const;
    async::Task<void> judge_and_store(Inbound& message);
    async::Task<void> store(Inbound& message, const milter::Outcome& outcome);
    async::Task<std::optional<smtp::Reply>> keep(Inbound& message, const milter::Outcome& outcome);
    [[nodiscard]] std::vector<std::optional<smtp::Reply>> take_verdicts(const milter::Outcome& outcome);
    [[nodiscard]] std::string trace_prefix();
    [[nodiscard]] bool answers_each() const;
    void answer_each(const smtp::Reply& taken, const std::vector<std::optional<smtp::Reply>>& refusals);
    void answer_all(const smtp::Reply& answer);

    // bdat.cc: the message in chunks
    async::Task<void> bdat(std::string_view argument);
    async::Task<std::optional<smtp::Reply>> begin_chunks();
    [[nodiscard]] std::optional<smtp::Reply> announce(std::uint64_t octets);
    async::Task<void> read_chunk(std::uint64_t octets, bool wanted);
    async::Task<void> end_chunks(std::optional<smtp::Reply> wrong);

    // submission.cc: what is ours to ask of our own users
    [[nodiscard]] bool must_match(std::string_view what) const;
    async::Task<std::optional<smtp::Reply>> refuse_sender(const std::optional<mail::Address>& sender);
    async::Task<std::optional<smtp::Reply>> refuse_author(const Inbound& message);
    [[nodiscard]] std::optional<smtp::Reply> refuse_rate(const config::Relay& relay);
    [[nodiscard]] Inbound::Mend mender();
    async::Task<std::vector<mail::HeaderEdit>> mend(std::string_view header);
    void add_missing_fields(std::string_view header, std::vector<mail::HeaderEdit>& edits) const;
    static void drop_blind_copies(std::string_view header, std::vector<mail::HeaderEdit>& edits);
    async::Task<void> complete_fields(std::string_view header, std::vector<mail::HeaderEdit>& edits);

    // xclient.cc
    async::Task<void> xclient(std::string_view argument);
    async::Task<bool> is_banned(IpAddress ip);

    void reply(const smtp::Reply& answer);
    /// The same for what the client did wrong: counts against it.
    void refuse(const smtp::Reply& answer);

    Services& services_;
    Connection connection_;
    net::Stream& stream_;
    net::LineReader reader_;
    const config::Config& config_;
    smtp::Dialect dialect_;
    milter::Chain filter_;
    std::vector<const config::Relay*> relays_;  ///< that the client's address is of
    bool may_say_xclient_ = false;
    bool passed_on_ = false;   ///< XCLIENT was said
    std::string client_name_;  ///< by XCLIENT or the DNS; empty: not known
    std::string told_login_;
    std::string told_helo_;     ///< by XCLIENT; empty: that of EHLO counts
    bool turned_away_ = false;  ///< by the greeting: only QUIT is left

    // What the client has told; forgotten at STARTTLS.
    smtp::State state_ = smtp::State::start;
    std::string helo_;
    bool extended_ = false;
    std::string account_;  ///< authenticated as
    std::optional<Transaction> transaction_;

    async::Deadline login_deadline_;
    std::set<std::string, std::less<>> recipient_domains_;  ///< kept only where they are limited
    std::int64_t messages_ = 0;
    unsigned errors_ = 0;
    unsigned auth_failures_ = 0;
    bool in_group_ = false;  ///< the last command was one behind which the client need not wait for its reply
    bool closing_ = false;
};

}  // namespace md::mdsmtpd
