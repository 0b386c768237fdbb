// mdimapd/session.h - one IMAP client, from greeting to LOGOUT
//
// PURPOSE
//   Reads commands (input.cc), checks that they may come now, hands each to its handler (handlers.h), and answers: what
//   the handler wrote, what changed in the mailbox, the tagged line (session.cc).
// CONTRACT
//   serve() ends by returning or by net::Disconnected of the client's own stream, which it lets through. No password
//   without TLS. What the client did before STARTTLS is forgotten after it. An EXPUNGE is told only where RFC 3501
//   §7.4.1 allows it. A fault of this machine ends one command (NO [SERVERBUG]); only if part of a response is on the
//   wire already does it end the session. Handlers use the public part; they keep no view of a command across
//   expect_line().
// RFC
//   3501; 2177 (IDLE); 4959 (SASL-IR); 5530 (response codes); 7162; 7888 (LITERAL+)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.h"
#include "mdimapd/reply.h"
#include "mdimapd/selected.h"
#include "mdimapd/services.h"
#include "proto/imap/assembler.h"
#include "proto/imap/capability.h"
#include "proto/imap/command.h"
#include "proto/imap/command_table.h"
#include "store/account.h"

namespace md::mdimapd {

/// What a client asked for, by ENABLE or by a command that implies it, and has until it leaves. qresync implies
/// condstore (RFC 7162 §3.2.3).
enum class Feature : std::uint8_t { condstore, qresync };

class Session {
  public:
    Session(Services& services, Connection connection);

    async::Task<void> serve();

    // What handlers use

    [[nodiscard]] Services& services() noexcept { return services_; }
    [[nodiscard]] const config::Config& config() const noexcept { return config_; }
    [[nodiscard]] net::Stream& stream() noexcept { return stream_; }
    [[nodiscard]] const config::Listener& listener() const noexcept { return connection_.listener; }
    [[nodiscard]] const log::Logger& log() const noexcept { return connection_.log; }
    /// What an administrator is told of this session.
    [[nodiscard]] daemon::SessionEntry& entry() noexcept { return connection_.entry; }
    [[nodiscard]] imap::Assembler& assembler() noexcept { return assembler_; }

    [[nodiscard]] imap::Situation situation() const;
    [[nodiscard]] const std::string& account_name() const noexcept { return account_name_; }
    [[nodiscard]] store::Account& account() noexcept { return *account_; }
    /// Where what blocks is done for the account, and where its searches are. Only after login.
    [[nodiscard]] async::PoolShare& pool() noexcept { return account_pool_->jobs; }
    [[nodiscard]] async::PoolShare& searching_pool() noexcept { return account_pool_->searching; }
    void logged_in(std::string name, std::shared_ptr<store::Account> account,
                   std::shared_ptr<daemon::AccountPool> pool);
    /// False: that was the last that may fail.
    bool count_failed_login();

    /// The first time that condstore is enabled while a mailbox is selected, its HIGHESTMODSEQ is told (RFC 7162 §3.1).
    void enable(Feature feature);
    [[nodiscard]] bool enabled(Feature feature) const noexcept;
    [[nodiscard]] Dialect dialect() const noexcept { return dialect_; }

    [[nodiscard]] bool is_selected() const noexcept { return selected_ != nullptr; }
    [[nodiscard]] Selected& selected() noexcept { return *selected_; }
    void select(std::unique_ptr<Selected> selected);
    void deselect() noexcept;

    /// TLS begins when this command has its answer.
    void begin_tls() noexcept { tls_due_ = true; }
    /// Likewise compression.
    void begin_compression() noexcept { compression_due_ = true; }

    /// Responses are appended here.
    [[nodiscard]] std::string& out() noexcept { return out_; }
    /// Hands out() to the stream, which sends it before it waits.
    void push();
    /// Sends what stands in out() if it is much.
    async::Task<void> relieve();
    /// Sends all of out() now.
    async::Task<void> send();
    /// Between two slices of long work, outside of a response: ends the session if it is to end, and says a word to a
    /// client that has heard nothing for long, or may be gone, which is found out by that.
    async::Task<void> stay();
    /// Between these, a fault cannot be answered once a part was sent.
    void begin_response() noexcept;
    void end_response() noexcept { response_open_ = false; }

    /// Feeds the assembler with what is there.
    [[nodiscard]] imap::Assembler::Event feed();
    /// Waits for more of the client. False: the session ends, and the client has been told.
    async::Task<bool> more_input();
    /// BYE for what a wait ended with: second, the server stops; timed_out, the client was silent.
    void say_goodbye(async::Woken woken);
    /// The client's answer to a "+" (a line); none: it cannot be had, or is too long.
    async::Task<std::optional<std::string>> read_answer();
    [[nodiscard]] async::Deadline deadline() const;
    /// "* BYE": the last words, unless the command has still to be answered.
    void bye(std::string_view code, std::string_view text);

  private:
    // input.cc
    async::Task<void> one_command();
    async::Task<void> decide_literal();
    void answer_refused();
    void set_limits();

    // session.cc
    async::Task<void> run_assembled();
    async::Task<void> dispatch(imap::Command& command);
    async::Task<void> handle(imap::Command& command, Reply* reply);
    async::Task<void> start_tls();
    async::Task<void> start_compression();
    async::Task<void> tell(store::Expunges expunges);
    async::Task<void> tell_changes(bool may_expunge);
    void tell_modseq(Reply& reply);
    [[nodiscard]] std::optional<Reply> misplaced(const imap::CommandRule& rule) const;
    [[nodiscard]] bool drop_response() noexcept;
    void answer(const Reply& reply, std::string_view tag);
    void bad_syntax(const imap::SyntaxError& error);

    Services& services_;
    Connection connection_;
    net::Stream& stream_;
    const config::Config& config_;
    imap::Assembler assembler_;

    imap::State state_ = imap::State::not_authenticated;
    std::string account_name_;
    std::shared_ptr<store::Account> account_;
    std::shared_ptr<daemon::AccountPool> account_pool_;
    std::unique_ptr<Selected> selected_;
    Dialect dialect_;

    std::string out_;
    std::size_t response_start_ = 0;
    bool response_open_ = false;
    bool response_cut_ = false;  ///< a part of it was sent
    async::Deadline last_word_;  ///< of a command that takes long, else its beginning

    bool answered_ = false;  ///< the command that is being read has its answer already
    bool closing_ = false;
    bool tls_due_ = false;
    bool compression_due_ = false;
    async::Deadline login_deadline_;
    unsigned errors_ = 0;  ///< since the last command that succeeded after the login
    unsigned auth_failures_ = 0;
};

}  // namespace md::mdimapd
