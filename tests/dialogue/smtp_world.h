// dialogue/smtp_world.h - what SMTP and LMTP sessions use: accounts, a filter, and a real intake journal
//
// PURPOSE
//   example.org has the accounts bob (who may also send as sales@example.org), alice, frozen and disabled, and alice is
//   its postmaster; they and jürgen are at bücher.example as well; whether away.example is here cannot be said. The
//   password of each is "secret". What a script's sessions acknowledge is read from the journal, as mdqueue reads it.
//   198.51.100.99 has as many connections as it may. 203.0.113.5 and 2001:db8:53::5 are mx.named.example, 203.0.113.6
//   says of itself that it is mail.example.org, and of what 203.0.113.7 says the DNS gives no addresses.
// STEPS
//   LISTENER protocol [tls=…] [auth=…]   of the next connections: smtp, submission or lmtp; tls=none and the protocol's
//                       usual auth unless said otherwise
//   STORED pattern      the next message in the journal: "<reverse-path> > <recipient> … ip= helo= account= origin=
//   tls=
//                       body= unfiltered= [smtputf8]", what MAIL and RCPT said behind its path, a verdict behind its
//                       recipient as
//                       "<bob@example.org>=junk:reason"; the block is the message, each line a pattern, "..." any lines
//   STORED none         and nothing more is there
//   TAKEN               mdqueue has taken over what STORED has read
//   ROOM                waits until the intake takes mail again
//   FILTER, SEEN, UNSEEN   see scripted_filter.h; FAULT, MEND: parts.h
#pragma once

#include "async/worker_pool.h"
#include "base/ids.h"
#include "delivery/envelope_policy.h"
#include "dialogue/parts.h"
#include "dialogue/scripted_filter.h"
#include "mdsmtpd/services.h"
#include "spool/intake_reader.h"
#include "support/fake_resolver.h"

namespace md::dialogue {

/// The accounts above.
class People final : public accounts::Directory {
  public:
    [[nodiscard]] Result<std::optional<accounts::Domain>, accounts::Unavailable> find_domain(
        const std::string& domain) const override;
    [[nodiscard]] Result<std::optional<accounts::Account>, accounts::Unavailable> find(
        const accounts::Name& name) const override;
    [[nodiscard]] Result<std::vector<std::string>, accounts::Unavailable> domains() const override;
    [[nodiscard]] Result<std::vector<accounts::Name>, accounts::Unavailable> accounts_of(
        const std::string& domain) const override;
};

class SmtpWorld final : public World {
  public:
    explicit SmtpWorld(const Surroundings& surroundings);

    [[nodiscard]] config::Listener listener() const override { return listener_; }
    async::Task<void> serve(net::Stream& stream, const config::Listener& listener, log::Logger log) override;
    async::Task<void> background() override;
    [[nodiscard]] std::vector<Step> login(const std::string& account) const override;
    async::Task<std::string> act(std::string word, std::vector<std::string> arguments,
                                 std::vector<std::string> block) override;

  private:
    using Words = std::vector<std::string>;
    async::Task<void> run_beside(async::Scope& scope);
    async::Task<std::string> wait_for_room();
    std::string choose_listener(const Words& arguments);
    std::string stored(const Words& arguments, const Words& block);
    void read_journal();
    void take_over();

    StandingClock clock_;
    Disk disk_;
    std::string folder_;
    config::ConfigPointer config_;
    Sessions sessions_;
    async::WorkerPool pool_;
    Passwords passwords_;
    People people_;
    delivery::EnvelopePolicy policy_;
    spool::Intake intake_;
    QueueIdMaker ids_;
    mdsmtpd::RelayRates relay_rates_;
    dns::FakeResolver dns_;
    FilterHouse filter_;
    config::Listener listener_;
    std::optional<daemon::LocalUser> user_;
    mdsmtpd::Services services_;
    spool::IntakeReader reader_;
    std::deque<spool::IntakeEntry> entries_;
    std::vector<spool::IntakeEntry> shown_;  ///< by STORED, and not yet taken over
};

}  // namespace md::dialogue
