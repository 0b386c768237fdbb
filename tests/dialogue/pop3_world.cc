// dialogue/pop3_world.cc - POP3 sessions over a store; see mail_world.h

#include "dialogue/mail_world.h"
#include "mdpop3d/session.h"

namespace md::dialogue {
namespace {

using async::Task;

class Pop3World final : public MailWorld {
  public:
    explicit Pop3World(const Surroundings& surroundings)
        : MailWorld(surroundings, "pop3"),
          pools_(pool_),
          services_{config_, passwords_, store_, pools_, [tls = surroundings.tls] { return tls; }} {}

    [[nodiscard]] config::Listener listener() const override {
        config::Listener out;
        out.protocol = config::Protocol::pop3;
        out.tls = config::Tls::implicit;
        out.auth = config::Auth::required;
        return out;
    }

    Task<void> serve(net::Stream& stream, const config::Listener& listener, log::Logger log) override {
        auto entry = sessions_.entry(stream);
        mdpop3d::Connection connection{stream, listener, std::move(log), entry};
        mdpop3d::Session session(services_, std::move(connection));
        const auto talk = [&session] { return session.serve(); };
        co_await sessions_.book().listed(entry, stream, talk);
    }

    Task<void> background() override { co_return; }

    [[nodiscard]] std::vector<Step> login(const std::string& account) const override {
        return {step(Step::Kind::expect, "+OK*"), step(Step::Kind::send, "USER " + account + "@example.org"),
                step(Step::Kind::expect, "+OK*"), step(Step::Kind::send, "PASS secret"),
                step(Step::Kind::expect, "+OK*")};
    }

  private:
    daemon::AccountPools pools_;
    mdpop3d::Services services_;
};

}  // namespace

std::unique_ptr<World> make_pop3_world(const Surroundings& surroundings) {
    return std::make_unique<Pop3World>(surroundings);
}

}  // namespace md::dialogue
