// tests/fuzz/relay_client.cc - any octets of a server to our client, from the greeting to the end of a message
//
// The first octet chooses: LMTP, chunks, the number of recipients. A tilde ends the server's turn: what follows it is
// said when something has come from us, or after a moment. Then it is gone. Whatever it is, each recipient has an
// outcome or is to come again; nobody is delivered whose message was not sent to its end; and all that we send is lines
// with CRLF.

#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "async/loop.h"
#include "async/scope.h"
#include "async/sync.h"
#include "base/assert.h"
#include "proto/smtp/reply_reader.h"
#include "relay/opening.h"
#include "relay/transaction.h"

namespace {

using namespace md::relay;
using md::async::Task;

constexpr std::string_view kMessage = "Subject: x\n\n.\nbody\n";

struct Run {
    Server server;
    Cargo cargo;
    std::size_t delivered = 0;
    std::size_t ends = 0;  ///< transactions in which somebody was delivered
};

Task<void> transaction(Dialogue* dialogue, const Facts* facts, const Timeouts* timeouts, md::async::WorkerPool* pool,
                       Run* run) {
    CargoReader reader(run->cargo, *pool);
    co_await reader.measure();
    Transaction::Terms terms;
    terms.measure.wire_size = reader.wire_size();
    terms.chunks = run->server.chunks;
    terms.lmtp = run->server.dialect == md::smtp::Dialect::lmtp;
    std::vector<std::size_t> places(run->cargo.recipients.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
    Transaction one(*dialogue, facts->offer, *timeouts, run->cargo, reader, terms, places);
    co_await one.run();
    std::size_t without = 0;
    std::size_t delivered = 0;
    for (const auto& outcome : one.take_outcomes()) {
        without += outcome ? 0 : 1;
        if (!outcome) continue;
        delivered += outcome->delivered() ? 1 : 0;
        MD_ASSERT(!outcome->reply.empty() && outcome->transcript.size() <= kTranscriptLimit);
        MD_ASSERT(!outcome->uncertain || (outcome->host_fault && !outcome->delivered()));
        MD_ASSERT(outcome->delivered() == (outcome->status.success_class == 2));
    }
    MD_ASSERT(without == one.again().size());
    run->delivered += delivered;
    run->ends += delivered > 0 ? 1 : 0;
}

Task<void> talk(std::unique_ptr<md::net::Stream> stream, md::async::WorkerPool* pool, Run* run) {
    const std::string hostname = "client.test";
    const Timeouts timeouts;
    Dialogue dialogue(std::move(stream), "mx.test");
    Opening opening(dialogue, run->server, hostname, timeouts);
    const auto failure = co_await opening.run();
    if (failure) {
        MD_ASSERT(failure->outcome.host_fault && !failure->outcome.delivered());
        co_return;
    }
    const auto facts = opening.take_facts();
    for (int i = 0; i < 2 && dialogue.alive(); ++i) co_await transaction(&dialogue, &facts, &timeouts, pool, run);
}

/// Until the client has gone.
Task<void> answer(std::unique_ptr<md::net::Stream> stream, std::string_view turns, std::string* wire) {
    md::async::Signal never;
    try {
        for (;;) {
            const auto deadline = md::async::after(std::chrono::seconds(5));
            const auto turn = turns.substr(0, turns.find('~'));
            stream->put(turn);
            co_await stream->flush(deadline);
            turns.remove_prefix(std::min(turns.size(), turn.size() + 1));
            if (turns.empty()) ::shutdown(stream->descriptor(), SHUT_WR);
            // Half a reply is no reason for us to say something: then the server goes on.
            const auto soon = turns.empty() ? deadline : md::async::after(std::chrono::milliseconds(2));
            const auto woken = co_await stream->wait_input(never.point(), soon);
            MD_ASSERT(woken == md::async::Woken::first || !turns.empty());
            wire->append(stream->buffered());
            stream->consume(stream->buffered().size());
        }
    } catch (const md::net::Disconnected&) {
        // The client has gone.
    }
}

std::unique_ptr<md::net::Stream> stream_of(int fd) {
    return std::make_unique<md::net::Stream>(md::Fd(fd), md::net::SocketAddress(), md::net::SocketAddress());
}

Task<void> both(md::async::Scope* scope, std::string_view turns, md::async::WorkerPool* pool, Run* run,
                std::string* wire) {
    int fds[2];
    MD_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    scope->spawn(answer(stream_of(fds[1]), turns, wire));
    co_await talk(stream_of(fds[0]), pool, run);
}

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++found;
    return found;
}

void check(const std::string& wire, const Run& run) {
    for (std::size_t i = 0; i < wire.size(); ++i) {
        MD_ASSERT(wire[i] != '\n' || (i > 0 && wire[i - 1] == '\r'));
        MD_ASSERT(wire[i] != '\r' || (i + 1 < wire.size() && wire[i + 1] == '\n'));
    }
    const auto* end = run.server.chunks ? "\r\n.\r\nbody\r\n" : "\r\n..\r\nbody\r\n.\r\n";
    MD_ASSERT(count(wire, end) >= run.ends);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static md::async::WorkerPool pool(1);
    static const auto file = [] {
        md::Fd fd(::memfd_create("message", 0));
        MD_ASSERT(::write(fd.get(), kMessage.data(), kMessage.size()) == static_cast<ssize_t>(kMessage.size()));
        return md::adopt_file(std::move(fd), "message");
    }();
    Run run;
    run.server.name = "mx.test";
    run.server.tls = TlsUse::none;
    run.server.dialect = (data[0] & 1U) != 0 ? md::smtp::Dialect::lmtp : md::smtp::Dialect::smtp;
    run.server.chunks = (data[0] & 2U) != 0;
    run.cargo.message = file.get();
    run.cargo.size = kMessage.size();
    run.cargo.recipients.resize(1 + (data[0] >> 2U) % 3);
    for (auto& recipient : run.cargo.recipients) recipient.address = "b@mx.test";

    std::string wire;
    {
        md::async::Loop loop;
        const std::string_view turns(reinterpret_cast<const char*>(data + 1), size - 1);
        auto body = [&](md::async::Scope& scope) { return both(&scope, turns, &pool, &run, &wire); };
        loop.run(md::async::scoped(body));
    }
    check(wire, run);
    return 0;
}
