// tests/fuzz/mail_session.h - whole sessions of one protocol over a store in memory, fed with any octets
//
// PURPOSE
//   What imap_session.cc, pop3_session.cc and smtp_session.cc share: the world of the dialogues (dialogue/world.h), for
//   mailboxes with some messages in it, one or two sessions at once, and what they said.
// CONTRACT
//   Each converse() is a world of its own, so that an input does the same every time. The clients send all they have
//   (those of SMTP in turns), then their side of the connection ends; they read until the server's side does. A fault
//   of this machine in the log is a finding, for nothing here fails; so is an exception that leaves a session.
#pragma once

#include <sys/socket.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/loop.h"
#include "async/scope.h"
#include "base/assert.h"
#include "base/strings.h"
#include "dialogue/world.h"
#include "support/temporary_directory.h"

namespace md::fuzz {

/// Of an input; what a socket takes at once.
inline constexpr std::size_t kSessionInput = 60'000;
/// In what a client of SMTP sends: the end of what it sends at once.
inline constexpr char kTurn = '\x1d';

class Conversation {
  public:
    using Make = std::unique_ptr<dialogue::World> (*)(const dialogue::Surroundings& surroundings);

    explicit Conversation(Make make, bool with_messages = true, const std::string& config = "")
        : world_(make(dialogue::Surroundings{folder_.path(), config, true, sink_, stopping_, nullptr, nullptr})),
          with_messages_(with_messages) {
        listener_ = world_->listener();
        listener_.tls = config::Tls::none;
    }

    /// What each client sends; returns what each got.
    std::vector<std::string> converse(std::vector<std::string> sent) {
        sent_ = std::move(sent);
        got_.resize(sent_.size());
        const auto body = [this](async::Scope& scope) { return run(&scope); };
        loop_.run(async::scoped(body));
        return std::move(got_);
    }

    /// A connection is made to a listener of this kind.
    [[nodiscard]] config::Listener& listener() noexcept { return listener_; }
    [[nodiscard]] std::size_t logged(Event event) const { return sink_.count(event); }

  private:
    async::Task<void> run(async::Scope* scope) {
        scope->spawn(world_->background());
        if (with_messages_) co_await put_messages();
        const auto clients = [this](async::Scope& inner) { return run_clients(&inner); };
        co_await async::scoped(clients);
        scope->cancel();
    }

    async::Task<void> put_messages() {
        const std::vector<std::vector<std::string>> messages{
            {"From: Bob <bob@example.org>", "Subject: =?utf-8?q?gr=C3=BCn?=", "Message-ID: <1@example.org>", "", "one"},
            {"From: alice@example.org", "To: group: a@b, c@d;", "References: <1@example.org>", "MIME-Version: 1.0",
             "Content-Type: multipart/mixed; boundary=x", "", "--x", "", "text", "--x", "Content-Type: message/rfc822",
             "Content-Transfer-Encoding: base64", "", "U3ViamVjdDogYQ0KDQpi", "--x--"},
            {"Date: nonsense", "Content-Type: multipart/alternative; boundary=\"", "\t", "no header"}};
        for (const auto& message : messages) {
            std::vector<std::string> where{"bob", "INBOX"};
            co_await act("MESSAGE", std::move(where), message);
        }
        std::vector<std::string> folder{"bob", "Work/Old"};
        std::vector<std::string> nothing;
        co_await act("FOLDER", std::move(folder), std::move(nothing));
    }

    async::Task<void> act(std::string word, std::vector<std::string> arguments, std::vector<std::string> block) {
        const auto fault = co_await world_->act(std::move(word), std::move(arguments), std::move(block));
        MD_ASSERT(fault.empty());
    }

    async::Task<void> run_clients(async::Scope* scope) {
        for (std::size_t at = 0; at < sent_.size(); ++at) scope->spawn(run_client(scope, at));
        co_return;
    }

    async::Task<void> run_client(async::Scope* scope, std::size_t at) {
        int ends[2];
        MD_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        net::Stream stream(Fd(ends[0]), {}, {});
        const net::SocketAddress client(*IpAddress::parse("127.0.0.1"), static_cast<std::uint16_t>(40'000 + at));
        scope->spawn(serve(std::make_unique<net::Stream>(Fd(ends[1]), client, net::SocketAddress())));
        try {
            co_await send(&stream, at);
            for (;;) {
                const auto deadline = async::after(std::chrono::minutes(1));
                co_await stream.fill(deadline);
                got_[at] += stream.buffered();
                stream.consume(stream.buffered().size());
            }
        } catch (const net::Disconnected& over) {
            MD_ASSERT(over.reason != net::EndReason::timed_out);
        }
    }

    /// All at once, or where kTurn stands what follows only when an answer has come, or should have.
    async::Task<void> send(net::Stream* stream, std::size_t at) {
        const auto pieces =
            with_messages_ ? std::vector<std::string_view>{sent_[at]} : split(std::string_view(sent_[at]), kTurn);
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            // A session that has ended takes no more.
            static_cast<void>(::send(stream->descriptor(), pieces[i].data(), pieces[i].size(), MSG_NOSIGNAL));
            if (i + 1 == pieces.size()) break;
            async::Signal nothing;
            const auto soon = async::after(std::chrono::milliseconds(20));
            const auto woken = co_await stream->wait_input(nothing.point(), soon);
            if (woken != async::Woken::first) continue;
            const auto deadline = async::after(std::chrono::minutes(1));
            if (stream->buffered().empty()) co_await stream->fill(deadline);
            got_[at] += stream->buffered();
            stream->consume(stream->buffered().size());
        }
        ::shutdown(stream->descriptor(), SHUT_WR);
    }

    async::Task<void> serve(std::unique_ptr<net::Stream> stream) {
        try {
            co_await world_->serve(*stream, listener_, log::Logger(sink_));
            stream->close();
        } catch (const net::Disconnected&) {
            // The input ended first.
        }
    }

    async::Loop loop_;
    test::TemporaryDirectory folder_;
    test::MemorySink sink_;
    async::Signal stopping_;
    std::unique_ptr<dialogue::World> world_;
    bool with_messages_;
    config::Listener listener_;
    std::vector<std::string> sent_;
    std::vector<std::string> got_;
};

/// An input: an octet that chooses, what a client sends, and behind a record separator what another sends at the same
/// time.
struct SessionInput {
    explicit SessionInput(std::string_view input) : choice(static_cast<unsigned char>(input.front()) % 4) {
        input.remove_prefix(1);
        const auto at = input.find('\x1e');
        clients.emplace_back(input.substr(0, at));
        if (at != std::string_view::npos) clients.emplace_back(input.substr(at + 1));
    }

    unsigned choice;
    std::vector<std::string> clients;
};

}  // namespace md::fuzz
