// dialogue/imap_world.cc - IMAP sessions over a store; see mail_world.h

#include "async/scope.h"
#include "dialogue/mail_world.h"
#include "mdimapd/session.h"

namespace md::dialogue {
namespace {

using async::Task;

/// The quotas of small and few; nobody else has one.
class Quotas final : public accounts::Directory {
  public:
    [[nodiscard]] Result<std::optional<accounts::Domain>, accounts::Unavailable> find_domain(
        const std::string&) const override {
        return std::optional<accounts::Domain>();
    }
    [[nodiscard]] Result<std::optional<accounts::Account>, accounts::Unavailable> find(
        const accounts::Name& name) const override {
        accounts::Account account;
        account.name = name;
        if (name.local_part == "small") account.quota_bytes = 1000;
        if (name.local_part == "few") account.quota_messages = 2;
        return std::optional(std::move(account));
    }
    [[nodiscard]] Result<std::vector<std::string>, accounts::Unavailable> domains() const override {
        return std::vector<std::string>();
    }
    [[nodiscard]] Result<std::vector<accounts::Name>, accounts::Unavailable> accounts_of(
        const std::string&) const override {
        return std::vector<accounts::Name>();
    }
};

class ImapWorld final : public MailWorld {
  public:
    explicit ImapWorld(const Surroundings& surroundings)
        : MailWorld(surroundings, "imap"),
          stopping_(surroundings.stopping),
          socket_(folder_ + "/wake"),
          signals_(socket_, log::Logger(surroundings.sink)),
          pools_(pool_),
          upkeep_(pool_, log::Logger(surroundings.sink)),
          services_{config_,  passwords_, quotas_,      store_, pools_,
                    signals_, upkeep_,    sort_tables_, clock_, [tls = surroundings.tls] { return tls; }} {
        sessions_.book().on_ending([this] { signals_.signal_all(); });
    }

    [[nodiscard]] config::Listener listener() const override {
        config::Listener out;
        out.protocol = config::Protocol::imap;
        out.tls = config::Tls::implicit;
        out.auth = config::Auth::required;
        return out;
    }

    Task<void> serve(net::Stream& stream, const config::Listener& listener, log::Logger log) override {
        auto entry = sessions_.entry(stream);
        mdimapd::Connection connection{stream, listener, std::move(log), entry};
        mdimapd::Session session(services_, std::move(connection));
        const auto talk = [&session] { return session.serve(); };
        co_await sessions_.book().listed(entry, stream, talk);
    }

    Task<void> background() override {
        auto body = [this](async::Scope& scope) { return run_beside(scope); };
        co_await async::scoped(body);
    }

    [[nodiscard]] std::vector<Step> login(const std::string& account) const override {
        return {step(Step::Kind::expect, "* OK *"),
                step(Step::Kind::send, "login LOGIN " + account + "@example.org secret"),
                step(Step::Kind::expect, "login OK *")};
    }

  private:
    Task<void> run_beside(async::Scope& scope) {
        scope.spawn(signals_.run(stopping_));
        scope.spawn(signals_.run_outside());
        co_await upkeep_.run();
    }

    Quotas quotas_;
    async::Signal& stopping_;
    store::WakeSocket socket_;
    mdimapd::MailboxSignals signals_;
    daemon::AccountPools pools_;
    mdimapd::Upkeep upkeep_;
    store::SortTables sort_tables_;
    mdimapd::Services services_;
};

}  // namespace

std::unique_ptr<World> make_imap_world(const Surroundings& surroundings) {
    return std::make_unique<ImapWorld>(surroundings);
}

}  // namespace md::dialogue
