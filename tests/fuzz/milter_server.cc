// tests/fuzz/milter_server.cc - any octets from an MTA, the whole conversation in memory

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "async/loop.h"
#include "base/assert.h"
#include "milter/server.h"

namespace {

using md::async::Task;
using namespace md::milter;

/// Asserts the order of steps that serve() promises.
class OrderedFilter final : public Filter {
  public:
    void on_negotiated(bool) override { step(State::fresh, State::negotiated); }
    Task<Answer> on_connect(ConnectInfo, const MacroTable&) override {
        step(State::negotiated, State::idle);
        co_return Answer();
    }
    Task<Answer> on_helo(std::string, const MacroTable&) override {
        step(State::idle, State::idle);
        co_return Answer();
    }
    Task<Answer> on_mail(std::vector<std::string> arguments, const MacroTable& macros) override {
        MD_ASSERT(!arguments.empty());
        step(State::idle, State::message);
        (void)macros.find("i");
        co_return Answer();
    }
    Task<Answer> on_rcpt(std::vector<std::string> arguments, const MacroTable&) override {
        step(State::message, State::message);
        co_return Answer(arguments.front().size() % 2 == 0 ? Answer::Kind::proceed : Answer::Kind::reject);
    }
    Task<Answer> on_data(const MacroTable&) override { co_return in_message(); }
    Task<Answer> on_header(std::string_view name, std::string_view) override {
        auto answer = in_message();
        if (name == "X-Accept") answer.kind = Answer::Kind::accept;
        co_return answer;
    }
    Task<Answer> on_end_of_header(const MacroTable&) override { co_return in_message(); }
    Task<Answer> on_body(std::string_view) override { co_return in_message(); }
    Task<Outcome> on_end_of_message(const MacroTable&) override {
        step(State::message, State::message);
        co_return Outcome();
    }
    void message_over() override { step(State::message, State::idle); }
    void client_over() override {
        MD_ASSERT(state_ == State::negotiated || state_ == State::idle);
        state_ = State::negotiated;
    }

    [[nodiscard]] bool message_open() const { return state_ == State::message; }

  private:
    enum class State : std::uint8_t { fresh, negotiated, idle, message };

    void step(State from, State to) {
        MD_ASSERT(state_ == from);
        state_ = to;
    }
    Answer in_message() {
        step(State::message, State::message);
        return Answer();
    }

    State state_ = State::fresh;
};

Task<void> converse(md::net::Stream* stream, Filter* filter) {
    ServerSettings settings;
    settings.offer_verdicts = true;
    settings.max_recipients = 4;
    settings.idle_timeout = std::chrono::seconds(1);
    try {
        const auto end = co_await serve(*stream, *filter, settings);
        static_cast<void>(end);
    } catch (const md::net::Disconnected&) {
        // The input ended first.
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kSocketHolds = 100'000;
    if (size > kSocketHolds) return 0;
    int fds[2];
    MD_ASSERT(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    md::Fd mta(fds[0]);
    md::async::Loop loop;
    md::net::Stream stream(md::Fd(fds[1]), {}, {});
    MD_ASSERT(::send(mta.get(), data, size, 0) == static_cast<ssize_t>(size));
    ::shutdown(mta.get(), SHUT_WR);
    OrderedFilter filter;
    loop.run(converse(&stream, &filter));
    MD_ASSERT(!filter.message_open());
    return 0;
}
