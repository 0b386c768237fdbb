// mdpop3d/session.h - one POP3 client, from greeting to QUIT
//
// PURPOSE
//   Holds the dialogue of RFC 1939 (session.cc), its logins (login.cc), and what is asked of the maildrop
//   (transaction.cc).
// CONTRACT
//   serve() ends by returning or by net::Disconnected of the client's own stream, which it lets through.
//   Deletes nothing unless the client said QUIT in TRANSACTION (RFC 1939 §6): every other way out leaves the maildrop
//   as it was. Sees the maildrop as it was at the login, and holds no lock on it. No password without TLS. What the
//   client did before STLS is forgotten after it. Never sees a hash; forgets a password with the command that carried
//   it.
// RFC
//   1939; 2449 (CAPA, RESP-CODES, PIPELINING); 2595 §4 (STLS); 3206 ([SYS/…], [AUTH]); 5034 (AUTH); 6856 §2 (UTF8)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "async/task.h"
#include "auth/sasl_dialogue.h"
#include "mdpop3d/read_ahead.h"
#include "mdpop3d/services.h"
#include "net/line_reader.h"
#include "proto/pop3/command.h"
#include "proto/sasl/mechanism.h"
#include "store/maildrop.h"
#include "store/pop3_visit.h"

namespace md::mdpop3d {

class Session {
  public:
    Session(Services& services, Connection connection);

    async::Task<void> serve();

  private:
    // session.cc: the dialogue
    async::Task<bool> authorize();
    async::Task<void> open_maildrop();
    async::Task<void> take_maildrop();
    async::Task<bool> transact();
    async::Task<void> update();
    async::Task<void> remove_deleted();
    async::Task<std::optional<pop3::Command>> next_command(pop3::State state);
    async::Task<bool> wait_for_line();
    async::Task<std::optional<pop3::Command>> read_command(pop3::State state);
    async::Task<void> start_tls();
    void reply_capabilities(pop3::State state);
    [[nodiscard]] bool offers_tls() const;
    [[nodiscard]] async::Deadline deadline() const;

    // login.cc
    void user(std::string_view name);
    async::Task<void> pass(std::string password);
    async::Task<void> authenticate(std::string argument);
    class SaslLines;
    [[nodiscard]] auth::Origin origin() const;
    void admit(auth::Attempt& attempt);
    void login_failed(const std::string& name);
    [[nodiscard]] bool password_is_safe() const;
    [[nodiscard]] bool may_log_in();

    // transaction.cc: RFC 1939 §5 and §7
    async::Task<void> run(pop3::Command command);
    void stat();
    async::Task<void> list(pop3::Command command);
    void append_listing(std::uint32_t number, bool uidl, std::string& out) const;
    async::Task<void> retrieve(Retrieval retrieval);
    async::Task<void> stream_message(Retrieval retrieval);
    async::Task<void> send_message(store::OpenMessage message, Retrieval retrieval);
    void note_read(const Retrieval& retrieval);
    void remove(std::uint32_t number);
    void reset();
    [[nodiscard]] const store::Maildrop::Item* item(std::uint32_t number) const;

    void reply(std::string_view line);
    /// The same for what the client did wrong: counts against it.
    void refuse(std::string_view text);

    Services& services_;
    Connection connection_;
    net::Stream& stream_;
    net::LineReader reader_;
    const config::Config& config_;

    std::string user_;     ///< of USER; empty: none yet
    std::string account_;  ///< logged in as
    std::shared_ptr<daemon::AccountPool> pool_;
    std::optional<store::Maildrop> maildrop_;
    std::set<std::uint32_t> deleted_;
    std::set<std::uint32_t> read_;
    ReadAhead ahead_;
    unsigned unwaited_ = 0;  ///< commands since the loop last went on
    std::uint64_t octets_sent_ = 0;
    bool mid_message_ = false;  ///< part of a message is on the wire

    async::Deadline login_deadline_;
    unsigned errors_ = 0;
    unsigned auth_failures_ = 0;
    bool closing_ = false;
};

}  // namespace md::mdpop3d
