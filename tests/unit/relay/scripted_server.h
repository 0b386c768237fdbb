// tests/unit/relay/scripted_server.h - a server that plays a script, and a client of ours that talks to it
//
// Steps of a script:
//   S: text        sends a line
//   C: text        reads a line, which must be this
//   DATA           reads lines up to the final dot, into `message`
//   BDAT           reads "BDAT n LAST" and its octets
//   READ n         reads so many octets, into `message`
//   TLS            the server's side of a handshake
//   OCTETS text    sends octets without a line's end
//   TRICKLE text   sends an octet each few milliseconds, then a line's end
//   FLOOD text     sends the line for ever
//   SILENCE        says nothing until the client goes, as it may at any step; what comes is of `message`
//   STALL          reads nothing for a while
//   CLOSE          closes the connection
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/scope.h"
#include "async/sync.h"
#include "base/error.h"
#include "base/files.h"
#include "net/listener.h"
#include "net/self_signed.h"
#include "relay/client.h"
#include "support/temporary_directory.h"

namespace md::relay::test {

struct Script : std::vector<std::string> {
    using std::vector<std::string>::vector;

    friend Script operator+(Script a, const Script& b) {
        a.insert(a.end(), b.begin(), b.end());
        return a;
    }
};

/// Greeting and EHLO with these extensions.
inline Script hello(const Script& extensions = {}, const std::string& verb = "EHLO") {
    Script script{"S: 220 mx.test ready", "C: " + verb + " client.test"};
    for (std::size_t i = 0; i < extensions.size(); ++i)
        script.push_back((i == 0 ? "S: 250-mx.test\r\n250" : "S: 250") +
                         std::string(i + 1 == extensions.size() ? " " : "-") + extensions[i]);
    if (extensions.empty()) script.emplace_back("S: 250 mx.test");
    return script;
}

class ScriptedServer {
  public:
    /// Of connections after the first: the later scripts.
    explicit ScriptedServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {}

    std::string message;              ///< of all transactions
    std::vector<std::string> faults;  ///< what did not come as the script says
    std::size_t finished = 0;         ///< scripts that were played to their end
    std::shared_ptr<const net::TlsServer> tls;

    async::Task<void> serve(std::unique_ptr<net::Stream> stream) {
        const auto number = begun_++;
        if (number >= scripts_.size()) co_return;
        try {
            for (const auto& step : scripts_[number]) co_await play(*stream, step);
            if (scripts_[number].back() != "CLOSE") co_await stream->flush(async::after(kPatience));
            ++finished;
        } catch (const net::Disconnected&) {
            const auto& last = scripts_[number].back();
            if (last == "SILENCE" || last.starts_with("FLOOD ")) {
                ++finished;
            } else {
                faults.push_back("the client went at script " + std::to_string(number));
            }
        }
    }

  private:
    static constexpr auto kPatience = std::chrono::seconds(5);

    async::Task<std::string> read(net::Stream& stream, std::size_t octets) {
        while (stream.buffered().size() < octets) co_await stream.fill(async::after(kPatience));
        std::string read(stream.buffered().substr(0, octets));
        stream.consume(octets);
        co_return read;
    }
    async::Task<std::string> read_line(net::Stream& stream) {
        while (stream.buffered().find('\n') == std::string_view::npos) co_await stream.fill(async::after(kPatience));
        auto line = co_await read(stream, stream.buffered().find('\n') + 1);
        co_return std::move(line);
    }
    async::Task<void> read_message(net::Stream& stream) {
        for (;;) {
            const auto line = co_await read_line(stream);
            message += line;
            if (line == ".\r\n") co_return;
        }
    }
    async::Task<void> read_chunk(net::Stream& stream) {
        const auto line = co_await read_line(stream);
        const auto size = line.starts_with("BDAT ") ? std::stoul(line.substr(5)) : 0;
        if (!line.ends_with(" LAST\r\n") || size == 0) faults.push_back("BDAT: " + line);
        const auto octets = co_await read(stream, size);
        message += octets;
    }
    async::Task<void> until_gone(net::Stream& stream, std::string said) {
        for (;;) {
            stream.put(said);
            co_await stream.flush(async::after(kPatience));
            if (said.empty()) co_await stream.fill(async::after(kPatience));
            message += stream.buffered();
            stream.consume(stream.buffered().size());
        }
    }
    async::Task<void> trickle(net::Stream& stream, std::string text) {
        for (const char octet : text + "\r\n") {
            stream.put(std::string(1, octet));
            co_await stream.flush(async::after(kPatience));
            co_await async::sleep_for(std::chrono::milliseconds(3));
        }
    }
    async::Task<void> expect(net::Stream& stream, std::string wanted) {
        const auto line = co_await read_line(stream);
        if (line != wanted + "\r\n") faults.push_back("wanted " + wanted + ", came " + line);
    }
    async::Task<void> play(net::Stream& stream, std::string step) {
        const auto argument = step.substr(std::min(step.size(), step.find(' ') + 1));
        if (step.starts_with("S: ")) stream.put(argument + "\r\n");
        if (step.starts_with("OCTETS ")) stream.put(argument);
        if (step.starts_with("C: ")) co_await expect(stream, argument);
        if (step == "DATA") co_await read_message(stream);
        if (step == "BDAT") co_await read_chunk(stream);
        if (step == "TLS") co_await stream.start_tls(tls, async::after(kPatience));
        if (step.starts_with("TRICKLE ")) co_await trickle(stream, argument);
        if (step.starts_with("FLOOD ")) co_await until_gone(stream, argument + "\r\n");
        if (step == "SILENCE") co_await until_gone(stream, "");
        if (step.starts_with("READ ")) {
            const auto octets = co_await read(stream, std::stoul(argument));
            message += octets;
        }
        if (step == "STALL") {
            co_await stream.flush(async::after(kPatience));
            co_await async::sleep_for(std::chrono::milliseconds(200));
        }
        if (step == "CLOSE") stream.close();
    }

    std::vector<Script> scripts_;
    std::size_t begun_ = 0;
};

/// A client of ours and the server, on one loop.
class RelayTest : public testing::Test {
  protected:
    using Talk = std::function<async::Task<void>()>;

    RelayTest() {
        std::signal(SIGPIPE, SIG_IGN);  // as in every daemon: OpenSSL writes without MSG_NOSIGNAL
        timeouts_.connect = timeouts_.greeting = timeouts_.hello = timeouts_.tls = timeouts_.login =
            std::chrono::seconds(2);
        timeouts_.mail = timeouts_.recipient = timeouts_.data = timeouts_.block = timeouts_.end =
            std::chrono::seconds(2);
        timeouts_.reset = std::chrono::seconds(2);
        timeouts_.quit = std::chrono::milliseconds(200);
        server_.name = "mx.test";
        server_.unix_path = directory_ / "mx.sock";
        cargo_.reverse_path = "a@client.test";
        set_message("Subject: x\n\nbody\n");
        set_recipients({"b@mx.test"});
    }

    void set_message(const std::string& text) {
        real_files().replace(directory_ / "message", text);
        message_ = real_files().open(directory_ / "message", OpenMode::read);
        cargo_.message = message_.get();
        cargo_.size = text.size();
    }
    void set_recipients(const std::vector<std::string>& addresses) {
        cargo_.recipients.clear();
        for (const auto& address : addresses) {
            CargoRecipient recipient;
            recipient.address = address;
            recipient.number = static_cast<std::uint32_t>(10 + cargo_.recipients.size());
            cargo_.recipients.push_back(std::move(recipient));
        }
    }

    /// Opens, sends the cargo `messages` times, says goodbye.
    void play(const Script& script, int messages = 1) { play(std::vector<Script>{script}, messages); }
    void play(std::vector<Script> scripts, int messages) {
        const auto count = scripts.size();
        peer_ = std::make_unique<ScriptedServer>(std::move(scripts));
        peer_->tls = tls();
        auto body = [&](async::Scope& scope) { return live(scope, messages); };
        loop_.run(async::scoped(body));
        for (const auto& fault : peer_->faults) ADD_FAILURE() << fault;
        EXPECT_EQ(peer_->finished, count) << "not all of the script was played";
    }

    /// "delivered 2.0.0 ", a word a recipient of the last message.
    [[nodiscard]] std::string said() const {
        std::string text;
        for (const auto& one : outcomes_) {
            text += text.empty() ? "" : ", ";
            text += one.kind == Outcome::Kind::delivered ? "delivered "
                    : one.kind == Outcome::Kind::failed  ? "failed "
                                                         : "deferred ";
            text += one.status.text() + (one.host_fault ? " host" : "") + (one.untried ? " untried" : "") +
                    (one.uncertain ? " uncertain" : "");
        }
        return text;
    }

    async::Loop loop_;
    async::WorkerPool pool_{1};
    md::test::TemporaryDirectory directory_;
    Timeouts timeouts_;
    Server server_;
    Cargo cargo_;
    std::unique_ptr<File> message_;
    std::unique_ptr<ScriptedServer> peer_;
    std::optional<OpenFailure> failure_;
    std::vector<Outcome> outcomes_;
    Facts facts_;
    bool usable_ = false;
    bool machine_failed_ = false;
    bool resets_ = false;  ///< after the last message
    bool reset_ = false;

  private:
    std::shared_ptr<const net::TlsServer> tls() {
        static const auto server = [] {
            const auto made = net::make_self_signed("mx.test");
            const std::vector<net::TlsIdentity> identities{
                net::TlsIdentity::from_pem(made.certificate_pem, made.key_pem, "test")};
            return *net::TlsServer::make(identities, "");
        }();
        return server;
    }
    async::Task<void> live(async::Scope& scope, int messages) {
        const auto fd = net::listen_unix(server_.unix_path, 0600);
        std::function<void(net::Accepted)> take = [&](net::Accepted one) {
            scope.spawn(peer_->serve(std::make_unique<net::Stream>(std::move(one.fd), one.peer, one.local)));
        };
        async::Signal stop;
        scope.spawn(net::accept_loop(fd.get(), stop.point(), take));
        co_await talk(messages);
        while (scope.children() > 1) co_await async::sleep_for(std::chrono::milliseconds(1));
        stop.set();
        co_await scope.join();
    }
    async::Task<void> talk(int messages) {
        Client client(pool_, "client.test", timeouts_);
        failure_ = co_await client.open(server_);
        if (failure_) co_return;
        facts_ = client.facts();
        try {
            for (int i = 0; i < messages; ++i) outcomes_ = co_await client.send(cargo_);
        } catch (const SystemError&) {
            machine_failed_ = true;
        }
        if (resets_) reset_ = co_await client.reset();
        usable_ = client.usable();
        co_await client.quit();
    }
};

}  // namespace md::relay::test
