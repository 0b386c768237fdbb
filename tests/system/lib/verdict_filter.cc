// tests/system/lib/verdict_filter.cc - mdfilterd's session with one check, which does what the recipients' names say
//
//   verdict_filter SOCKET      serves "unix:SOCKET" as filter.listen does, until it is killed
//
// "bob+quarantine@example.com" quarantines; the other words are those of checks::name().

#include "async/loop.h"
#include "mdfilterd/session.h"
#include "net/listener.h"

namespace {

using md::async::Scope;
using md::async::Task;
using md::checks::Action;
using md::checks::Finding;

Action action_of(const std::string& recipient) {
    for (const auto action :
         {Action::tag, Action::junk, Action::quarantine, Action::discard, Action::temp_fail, Action::refuse})
        if (recipient.find("+" + std::string(md::checks::name(action))) != std::string::npos) return action;
    return Action::none;
}

class Names final : public md::checks::Check {
  public:
    Names() : Check({.name = "names", .wants_body = true}) {}

    Task<Finding> examine(std::shared_ptr<const md::checks::Subject> subject,
                          std::optional<std::uint32_t>) const override {
        Finding finding;
        finding.score_hundredths = 125;
        for (std::uint32_t place = 0; place < subject->recipients.size(); ++place) {
            const auto action = action_of(subject->recipients[place]);
            finding.by_recipient.emplace_back(place, md::checks::Decision(action, "named so"));
        }
        co_return finding;
    }
};

class Silent final : public md::log::Sink {
  public:
    Silent() : Sink(md::log::Level::error) {}
    void write(const md::log::Record&) noexcept override {}
};

class Server {
  public:
    Server() : config_(*md::config::load_text("", "/mdmail.conf")) { pipeline_.add(std::make_unique<Names>()); }

    Task<void> run(Scope& scope, int fd) {
        const std::function<void(md::net::Accepted)> take = [this, &scope](md::net::Accepted accepted) {
            scope.spawn(serve(std::move(accepted)));
        };
        co_await md::net::accept_loop(fd, stop_.point(), take);
    }

  private:
    Task<void> serve(md::net::Accepted accepted) {
        md::net::Stream stream(std::move(accepted.fd), accepted.peer, accepted.local);
        try {
            const auto body = [&](Scope& scope) { return converse(&scope, &stream); };
            co_await md::async::scoped(body);
        } catch (const md::net::Disconnected&) {
            // The MTA went.
        }
    }
    Task<void> converse(Scope* scope, md::net::Stream* stream) {
        md::mdfilterd::Session session(pipeline_, *scope, *config_, md::log::Logger(sink_), [](int) {});
        auto settings = md::mdfilterd::server_settings(pipeline_, false);
        co_await md::milter::serve(*stream, session, settings);
        scope->cancel();
    }

    md::config::ConfigPointer config_;
    md::checks::Pipeline pipeline_{md::checks::Limits()};
    Silent sink_;
    md::async::Signal stop_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 64;
    const auto fd = md::net::listen_unix(argv[1], 0666);
    Server server;
    md::async::Loop loop;
    const auto body = [&](Scope& scope) { return server.run(scope, fd.get()); };
    loop.run(md::async::scoped(body));
}
