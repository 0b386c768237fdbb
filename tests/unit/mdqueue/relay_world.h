// tests/unit/mdqueue/relay_world.h - couriers, a DNS of a few lines, and hosts that play scripts
//
// A host's address leads to a Unix socket on which a ScriptedServer plays one script a connection, in their order; or
// to nobody, who refuses; or into a hole that answers nothing.
#pragma once

#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "mdqueue/courier.h"
#include "support/fake_resolver.h"
#include "support/memory_sink.h"
#include "unit/relay/scripted_server.h"

namespace md::mdqueue::test {

using relay::test::Script;

/// EHLO of a courier of this world.
inline Script hello(const Script& extensions = {}) {
    return relay::test::hello(extensions);
}
inline Script transaction(const std::string& recipient = "b@example.org", const std::string& end = "250 2.6.0 queued") {
    return {"C: MAIL FROM:<a@client.test>",
            "S: 250 2.1.0 ok",
            "C: RCPT TO:<" + recipient + ">",
            "S: 250 2.1.5 ok",
            "C: DATA",
            "S: 354 go",
            "DATA",
            "S: " + end};
}
inline const Script kQuit{"C: QUIT", "S: 221 bye"};

class FakeNetwork final : public relay::Connector {
  public:
    std::map<std::string, std::string> sockets;  ///< by address, where its server listens
    std::set<std::string> holes;                 ///< what goes there vanishes
    std::vector<std::string> asked;

    async::Task<Result<Fd, net::ConnectError>> connect(net::SocketAddress address, async::Deadline deadline,
                                                       std::optional<IpAddress> source) override {
        const auto ip = address.ip().text();
        asked.push_back(source ? ip + " from " + source->text() : ip);
        if (holes.contains(ip)) {
            co_await async::sleep_until(deadline);
            co_return fail(net::ConnectError{ETIMEDOUT});
        }
        const auto found = sockets.find(ip);
        if (found == sockets.end()) co_return fail(net::ConnectError{ECONNREFUSED});
        auto fd = co_await net::connect_unix(found->second, deadline);
        co_return std::move(fd);
    }
};

class RelayWorld : public testing::Test {
  protected:
    RelayWorld() {
        std::signal(SIGPIPE, SIG_IGN);
        set_message("Subject: x\n\nbody\n");
        configure("");
    }

    /// Beside the name of this host, and times that do not last.
    void configure(const std::string& more) {
        auto loaded = config::load_text(
            "hostname = \"client.test\"\n[remote]\ncommand_timeout = \"2s\"\ndata_timeout = \"2s\"\n"
            "connect_timeout = \"1s\"\n" +
                more,
            "/test.conf");
        ASSERT_TRUE(loaded) << config::describe(loaded.error());
        config_ = *loaded;
    }
    /// A mail exchanger of example.org, once more with other scripts, too; no script: nobody listens there.
    relay::test::ScriptedServer& host(std::uint16_t preference, const std::string& name, const std::string& address,
                                      std::vector<Script> scripts) {
        if (!peers_.contains(address)) dns_.add_mx("example.org", preference, name);
        return address_of(name, address, std::move(scripts));
    }
    relay::test::ScriptedServer& address_of(const std::string& name, const std::string& address,
                                            std::vector<Script> scripts) {
        if (!peers_.contains(address)) dns_.add_address(name, address);
        auto& peer = peers_[address];
        peer.scripts = scripts.size();
        network_.sockets.erase(address);
        if (!scripts.empty()) network_.sockets[address] = directory_ / (address + ".sock");
        peer.server = std::make_unique<relay::test::ScriptedServer>(std::move(scripts));
        peer.server->tls = tls();
        return *peer.server;
    }
    void set_message(const std::string& text) {
        real_files().replace(directory_ / "message", text);
        message_ = real_files().open(directory_ / "message", OpenMode::read);
        size_ = text.size();
    }
    [[nodiscard]] RelayJob job(const std::vector<std::string>& recipients = {"b@example.org"}) const {
        RelayJob out;
        out.envelope.id = QueueId(7);
        out.envelope.reverse_path = "a@client.test";
        for (const auto& one : recipients) out.envelope.recipients.emplace_back(one);
        out.domain = recipients.front().substr(recipients.front().find('@') + 1);
        out.size = size_;
        return out;
    }

    /// One job after the other, as a relay child has them; then all connections are closed.
    std::vector<RelayResult> play(std::vector<RelayJob> jobs) {
        auto body = [&](async::Scope& scope) { return live(scope, jobs); };
        loop_.run(async::scoped(body));
        for (const auto& [address, peer] : peers_) {
            for (const auto& fault : peer.server->faults) ADD_FAILURE() << address << ": " << fault;
            EXPECT_EQ(peer.server->finished, peer.scripts) << address << ": not all of its script was played";
        }
        return std::move(results_);
    }
    RelayResult play(const RelayJob& one) { return play(std::vector<RelayJob>{one}).front(); }
    RelayResult play() { return play(job()); }

    /// "relayed 2.6.0, deferred 4.4.1; well"
    static std::string said(const RelayResult& result) {
        std::string text;
        for (const auto& end : result.ends) {
            text += text.empty() ? "" : ", ";
            text += end.kind == RelayEnd::Kind::relayed  ? "relayed "
                    : end.kind == RelayEnd::Kind::failed ? "failed "
                    : end.kind == RelayEnd::Kind::again  ? "again"
                                                         : "deferred ";
            if (end.kind != RelayEnd::Kind::again) text += end.status;
        }
        return text + (result.learnt == RelayResult::Learnt::well      ? "; well"
                       : result.learnt == RelayResult::Learnt::trouble ? "; trouble"
                                                                       : "; nothing");
    }

    async::Loop loop_;
    async::WorkerPool pool_{1};
    md::test::TemporaryDirectory directory_;
    md::test::MemorySink sink_;
    dns::FakeResolver dns_;
    FakeNetwork network_;
    Connections connections_{Connections::Limits()};
    HostMemory memory_{HostMemory::Rules()};
    VerifyingTls verifying_;
    config::ConfigPointer config_;
    relay::Ourselves ourselves_{{"client.test"}, {}};
    std::function<void()> between_;  ///< two jobs
    bool ending_ = false;

  private:
    struct Peer {
        std::unique_ptr<relay::test::ScriptedServer> server;
        std::size_t scripts = 0;
    };

    static std::shared_ptr<const net::TlsServer> tls() {
        static const auto server = [] {
            const auto made = net::make_self_signed("mx.test");
            const std::vector<net::TlsIdentity> identities{
                net::TlsIdentity::from_pem(made.certificate_pem, made.key_pem, "test")};
            return *net::TlsServer::make(identities, "");
        }();
        return server;
    }
    async::Task<void> listen(async::Scope& scope, relay::test::ScriptedServer& server, int fd, async::Signal& stop) {
        std::function<void(net::Accepted)> take = [&](net::Accepted one) {
            scope.spawn(server.serve(std::make_unique<net::Stream>(std::move(one.fd), one.peer, one.local)));
        };
        co_await net::accept_loop(fd, stop.point(), take);
    }
    async::Task<void> live(async::Scope& scope, const std::vector<RelayJob>& jobs) {
        std::vector<Fd> listening;
        async::Signal stop;
        for (const auto& [address, path] : network_.sockets) {
            listening.push_back(net::listen_unix(path, 0600));
            scope.spawn(listen(scope, *peers_[address].server, listening.back().get(), stop));
        }
        for (const auto& one : jobs) co_await serve(one, &one != &jobs.front());
        co_await connections_.close();
        while (scope.children() > listening.size()) co_await async::sleep_for(std::chrono::milliseconds(1));
        stop.set();
        co_await scope.join();
    }
    async::Task<void> serve(const RelayJob& one, bool later) {
        if (later && between_) between_();
        CourierServices services{pool_,        *config_,
                                 dns_,         network_,
                                 connections_, memory_,
                                 verifying_,   log::Logger(sink_),
                                 ourselves_,   [this] { return ending_; }};
        Courier courier(services, one, *message_);
        auto result = co_await courier.run();
        results_.push_back(std::move(result));
        auto used = courier.take_used();
        if (used) co_await put_away(services, std::move(used));
    }

    std::unique_ptr<File> message_;
    std::uint64_t size_ = 0;
    std::map<std::string, Peer> peers_;
    std::vector<RelayResult> results_;
};

}  // namespace md::mdqueue::test
