// dialogue/runner.cc - see runner.h

#include "dialogue/runner.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <optional>

#include "async/loop.h"
#include "async/scope.h"
#include "base/error.h"
#include "base/strings.h"
#include "dialogue/certificate.h"
#include "net/line_reader.h"
#include "support/temporary_directory.h"

namespace md::dialogue {

using async::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto kPatience = seconds(20);
constexpr std::size_t kLineLimit = 8 << 20;
/// So many octets of one step go one by one; the rest of a long one in pieces.
constexpr std::size_t kSingleOctets = 2000;

/// One connection: the client's end, and the session at the other.
struct Peer {
    Peer(Fd near, Fd far, config::Listener how, const net::SocketAddress& client)
        : listener(std::move(how)),
          stream(std::make_unique<net::Stream>(std::move(near), net::SocketAddress(), client)),
          server(std::make_unique<net::Stream>(std::move(far), client, net::SocketAddress())),
          reader(*stream, kLineLimit) {}

    config::Listener listener;
    std::unique_ptr<net::Stream> stream;
    std::unique_ptr<net::Stream> server;
    net::LineReader reader;
    async::Signal ended;
    std::string fault;  ///< what the session threw
};

std::optional<milliseconds> duration_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, milliseconds>, 4> kUnits{
        {{"ms", milliseconds(1)}, {"s", seconds(1)}, {"m", seconds(60)}, {"h", seconds(3600)}}};
    for (const auto& [unit, size] : kUnits) {
        if (!text.ends_with(unit)) continue;
        const auto number = parse_number<unsigned>(text.substr(0, text.size() - unit.size()));
        if (number) return size * *number;
    }
    return std::nullopt;
}

class Player {
  public:
    Player(const Script& script, const ProtocolRow& protocol, Way way)
        : steps_(script.steps.begin(), script.steps.end()), way_(way), path_(script.path) {
        world_ = protocol.make(Surroundings{folder_.path(), script.config, script.faulty_disk, sink_, stopping_,
                                            certificate(), way == Way::slow_disk ? &other_ : nullptr});
    }

    Task<void> play(async::Scope& scope);
    [[nodiscard]] const std::string& fault() const noexcept { return fault_; }

  private:
    Task<void> serve(Peer* peer, std::string session);
    Task<void> run(Step step);
    Task<void> send(Step step);
    Task<void> send_octets(net::Stream* stream, std::string octets, bool in_one_write);
    Task<void> expect(Step step);
    Task<std::optional<std::string>> read_line(Peer* peer);
    Task<Peer*> peer_of(unsigned connection);
    Task<void> start_tls(Peer* peer);
    Task<void> break_off(unsigned connection);
    Task<void> expect_closed(Step step);
    Task<void> act(Step step);
    Task<void> pass_time(std::string text);
    Task<void> join(Peer* peer);
    Task<void> leave();
    [[nodiscard]] std::string pipelined_behind(const Step& first);
    void connect_next(const std::string& text);
    [[nodiscard]] net::SocketAddress next_client();
    void expect_log(const Step& step);
    void fail(int line, const std::string& what);

    std::deque<Step> steps_;
    Way way_;
    std::string path_;
    test::TemporaryDirectory folder_;
    test::MemorySink sink_;
    async::Signal stopping_;
    test::OtherSession other_;
    std::unique_ptr<World> world_;
    async::Scope* scope_ = nullptr;
    std::map<unsigned, std::unique_ptr<Peer>> peers_;
    std::optional<config::Tls> next_tls_;
    std::string next_from_ = "192.0.2.1";
    Variables variables_;
    std::deque<std::string> transcript_;
    std::string fault_;
    unsigned sessions_ = 0;
};

Task<void> Player::play(async::Scope& scope) {
    scope_ = &scope;
    scope.spawn(world_->background());
    scope.spawn(other_.live());
    other_.begin();
    while (!steps_.empty() && fault_.empty()) {
        auto step = std::move(steps_.front());
        steps_.pop_front();
        try {
            co_await run(step);
        } catch (const net::Disconnected& over) {
            fail(step.line, "the connection is over: " + std::string(net::name(over.reason)));
        }
    }
    co_await leave();
    other_.end();
    for (const auto& call : other_.felt()) fail(0, "another session of the worker stood still: " + call);
    scope.cancel();
}

Task<void> Player::run(Step step) {
    switch (step.kind) {
        case Step::Kind::send: co_await send(std::move(step)); break;
        case Step::Kind::expect: co_await expect(std::move(step)); break;
        case Step::Kind::closed: co_await expect_closed(std::move(step)); break;
        case Step::Kind::start_tls: {
            auto* peer = co_await peer_of(step.connection);
            co_await start_tls(peer);
            break;
        }
        case Step::Kind::compress: {
            auto* peer = co_await peer_of(step.connection);
            peer->reader.release();
            const auto deadline = async::after(kPatience);
            co_await peer->stream->start_compression(deadline);
            break;
        }
        case Step::Kind::break_off: co_await break_off(step.connection); break;
        case Step::Kind::connect: connect_next(step.text); break;
        case Step::Kind::login: {
            auto steps = world_->login(step.text);
            for (auto& one : steps) one.connection = step.connection;
            for (auto& one : steps) one.line = step.line;
            steps_.insert(steps_.begin(), steps.begin(), steps.end());
            break;
        }
        case Step::Kind::time: co_await pass_time(step.text); break;
        case Step::Kind::stop: stopping_.set(); break;
        case Step::Kind::log: expect_log(step); break;
        case Step::Kind::world: co_await act(std::move(step)); break;
    }
}

/// The session of one connection, as a worker runs it.
Task<void> Player::serve(Peer* peer, std::string session) {
    try {
        if (peer->listener.tls == config::Tls::implicit) {
            const auto deadline = async::after(kPatience);
            co_await peer->server->start_tls(certificate(), deadline);
        }
        co_await world_->serve(*peer->server, peer->listener, log::Logger(sink_, std::move(session)));
        peer->server->close();
    } catch (const net::Disconnected&) {
        // As the accept loop of a worker ends it: quietly.
    } catch (const std::exception& error) {
        peer->fault = error.what();
    }
    peer->server.reset();
    peer->ended.set();
}

Task<Peer*> Player::peer_of(unsigned connection) {
    auto& peer = peers_[connection];
    if (!peer) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            throw SystemError("socketpair", "", errno);
        auto listener = world_->listener();
        listener.tls = std::exchange(next_tls_, std::nullopt).value_or(listener.tls);
        const auto client = next_client();
        peer = std::make_unique<Peer>(Fd(ends[0]), Fd(ends[1]), std::move(listener), client);
        scope_->spawn(serve(peer.get(), "session" + std::to_string(++sessions_)));
        if (peer->listener.tls == config::Tls::implicit) co_await start_tls(peer.get());
    }
    co_return peer.get();
}

Task<void> Player::start_tls(Peer* peer) {
    peer->reader.release();
    const auto deadline = async::after(kPatience);
    auto client = net::TlsClient::opportunistic();
    co_await peer->stream->start_tls(std::move(client), std::string("localhost"), deadline);
}

/// The texts that a pipelined run sends in one go: those behind `first` that need no answer first. Takes them out of
/// the steps.
std::string Player::pipelined_behind(const Step& first) {
    std::string out;
    if (first.waits) return out;
    for (auto step = steps_.begin(); step != steps_.end();) {
        const bool same = step->connection == first.connection;
        if (!same || (step->kind != Step::Kind::send && step->kind != Step::Kind::expect)) break;
        if (step->kind == Step::Kind::expect) {
            ++step;
            continue;
        }
        std::string unknown;
        const auto octets = expand(step->text, variables_, unknown);
        if (!unknown.empty()) break;
        out += octets;
        if (!step->without_end) out += "\r\n";
        transcript_.push_back("C: " + printable(octets, 200));
        const bool waits = step->waits;
        step = steps_.erase(step);
        if (waits) break;
    }
    return out;
}

Task<void> Player::send(Step step) {
    std::string unknown;
    auto octets = expand(step.text, variables_, unknown);
    if (!unknown.empty()) {
        fail(step.line, "nothing is kept as " + unknown);
        co_return;
    }
    transcript_.push_back("C" + std::to_string(step.connection) + ": " + printable(octets, 200));
    if (!step.without_end) octets += "\r\n";
    auto* peer = co_await peer_of(step.connection);
    if (way_ == Way::pipelined) octets += pipelined_behind(step);
    co_await send_octets(peer->stream.get(), std::move(octets), step.in_one_write);
}

Task<void> Player::send_octets(net::Stream* stream, std::string octets, bool in_one_write) {
    std::string_view rest = octets;
    std::size_t sent = 0;
    while (!rest.empty()) {
        std::size_t size = rest.size();
        if (way_ == Way::byte_by_byte && !in_one_write)
            size = std::min<std::size_t>(size, sent < kSingleOctets ? 1 : 997);
        stream->put(rest.substr(0, size));
        rest.remove_prefix(size);
        sent += size;
        const auto deadline = async::after(kPatience);
        co_await stream->flush(deadline);
        if (!rest.empty()) co_await async::yield();
    }
}

/// None: the server has closed.
Task<std::optional<std::string>> Player::read_line(Peer* peer) {
    std::optional<std::string> out;
    try {
        const auto deadline = async::after(kPatience);
        const auto line = co_await peer->reader.read_line(deadline);
        out = line.text;
        if (line.bare_lf) *out += "<LF alone>";
    } catch (const net::Disconnected& over) {
        if (over.reason == net::EndReason::timed_out) throw;
    }
    if (out) transcript_.push_back("S: " + printable(*out, 200));
    co_return out;
}

Task<void> Player::expect(Step step) {
    auto* peer = co_await peer_of(step.connection);
    for (;;) {
        const auto line = co_await read_line(peer);
        if (!line) {
            fail(step.line, "closed, where this was awaited: " + step.text);
            co_return;
        }
        if (matches(step.text, *line, variables_)) co_return;
        if (step.skips) continue;
        fail(step.line, "awaited: " + step.text + "\n  got:     " + printable(*line, 500));
        co_return;
    }
}

Task<void> Player::expect_closed(Step step) {
    const auto found = peers_.find(step.connection);
    if (found == peers_.end()) {
        fail(step.line, "there is no connection");
        co_return;
    }
    const auto line = co_await read_line(found->second.get());
    if (line) {
        fail(step.line, "not closed, but: " + printable(*line, 500));
        co_return;
    }
    co_await join(found->second.get());
    peers_.erase(step.connection);
}

/// Waits for the end of the session whose client has gone or was sent away.
Task<void> Player::join(Peer* peer) {
    const auto deadline = async::after(kPatience);
    const auto woken = co_await peer->ended.wait(deadline);
    if (woken == async::Woken::timed_out) fail(0, "a session does not end");
    if (!peer->fault.empty()) fail(0, "a session threw: " + peer->fault);
}

Task<void> Player::break_off(unsigned connection) {
    const auto found = peers_.find(connection);
    if (found == peers_.end()) co_return;
    auto* peer = found->second.get();
    peer->reader.release();
    if (fault_.empty() && !peer->stream->buffered().empty())
        fail(0, "left unread: " + printable(peer->stream->buffered(), 500));
    ::shutdown(peer->stream->descriptor(), SHUT_RDWR);
    co_await join(peer);
    peers_.erase(connection);
}

Task<void> Player::leave() {
    while (!peers_.empty()) {
        const auto connection = peers_.begin()->first;
        co_await break_off(connection);
    }
}

void Player::connect_next(const std::string& text) {
    for (const auto& word : words_of(text)) {
        for (const auto how : {config::Tls::none, config::Tls::starttls, config::Tls::implicit})
            if (word == "tls=" + std::string(config::name(how))) next_tls_ = how;
        if (word.starts_with("from=")) next_from_ = word.substr(5);
    }
}

/// As accept() gives it: a Unix socket's has no address.
net::SocketAddress Player::next_client() {
    const auto from = std::exchange(next_from_, "192.0.2.1");
    if (from == "unix") return {};
    return {*IpAddress::parse(from), static_cast<std::uint16_t>(40000 + sessions_)};
}

Task<void> Player::pass_time(std::string text) {
    const auto duration = duration_of(text);
    if (!duration) {
        fail(0, "no time: " + text);
        co_return;
    }
    // What was sent before is read before.
    for (int turn = 0; turn < 10; ++turn) co_await async::yield();
    async::Loop::current().advance(*duration);
    co_await async::yield();
}

void Player::expect_log(const Step& step) {
    const auto lines = sink_.lines();
    const auto word = " " + step.text;
    const bool there =
        std::any_of(lines.begin(), lines.end(), [&](const auto& line) { return line.find(word) != std::string::npos; });
    if (!there) fail(step.line, "not in the log: " + step.text);
}

Task<void> Player::act(Step step) {
    std::vector<std::string> block;
    std::string unknown;
    for (const auto& line : step.block) block.push_back(expand(line, variables_, unknown));
    const auto text = expand(step.text, variables_, unknown);
    auto words = words_of(text);
    const auto fault = co_await world_->act(step.word, std::move(words), std::move(block));
    if (!fault.empty()) fail(step.line, fault);
}

void Player::fail(int line, const std::string& what) {
    if (!fault_.empty()) return;
    fault_ = path_ + ":" + std::to_string(line) + ": " + what + "\n  before it:\n";
    const auto shown = std::min<std::size_t>(transcript_.size(), 12);
    for (auto at = transcript_.size() - shown; at < transcript_.size(); ++at) fault_ += "    " + transcript_[at] + "\n";
    for (const auto& entry : sink_.lines()) fault_ += "  log: " + entry + "\n";
}

}  // namespace

std::string_view name(Way way) noexcept {
    switch (way) {
        case Way::whole: return "Whole";
        case Way::byte_by_byte: return "ByteByByte";
        case Way::pipelined: return "Pipelined";
        case Way::slow_disk: break;
    }
    return "SlowDisk";
}

std::string play(const Script& script, const ProtocolRow& protocol, Way way) {
    if (!script.fault.empty()) return script.fault;
    async::Loop loop;
    Player player(script, protocol, way);
    auto body = [&](async::Scope& scope) { return player.play(scope); };
    loop.run(async::scoped(body));
    return player.fault();
}

}  // namespace md::dialogue
