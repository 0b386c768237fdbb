// tests/unit/milter/filter_room.h - a filter behind a real socket, and a filter that keeps a record
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "async/loop.h"
#include "async/scope.h"
#include "async/sync.h"
#include "milter/client.h"
#include "milter/server.h"
#include "net/listener.h"
#include "support/temporary_directory.h"

namespace md::milter::test {

/// What serves one connection; calls a named coroutine.
using Serve = std::function<async::Task<void>(net::Stream& stream)>;
/// What the test says to the filter that listens at `endpoint`.
using Talk = std::function<async::Task<void>(Endpoint endpoint)>;

/// Listens, serves each connection by `serve`, runs `talk`, ends.
class FilterRoom {
  public:
    explicit FilterRoom(Serve serve) : serve_(std::move(serve)), fd_(net::listen_unix(path(), 0600)) {}

    void run(const Talk& talk) {
        auto body = [&](async::Scope& scope) { return live(scope, talk); };
        loop_.run(async::scoped(body));
    }
    [[nodiscard]] Endpoint own() const { return Endpoint::own(path()); }
    [[nodiscard]] Endpoint foreign() const { return *Endpoint::parse("unix:" + path()); }
    [[nodiscard]] int connections() const noexcept { return connections_; }
    [[nodiscard]] async::Loop& loop() noexcept { return loop_; }

  private:
    [[nodiscard]] std::string path() const { return directory_ / "filter.sock"; }

    async::Task<void> live(async::Scope& scope, const Talk& talk) {
        std::function<void(net::Accepted)> take = [&](net::Accepted one) {
            ++connections_;
            auto stream = std::make_unique<net::Stream>(std::move(one.fd), one.peer, one.local);
            scope.spawn(serve_one(std::move(stream)));
        };
        scope.spawn(net::accept_loop(fd_.get(), stop_.point(), take));
        auto said = talk(foreign());
        co_await said;
        co_await async::sleep_for(std::chrono::milliseconds(5));  // lets a QUIT arrive
        scope.cancel();
    }
    async::Task<void> serve_one(std::unique_ptr<net::Stream> stream) {
        try {
            co_await serve_(*stream);
        } catch (const net::Disconnected&) {
            // The test's client went.
        }
    }

    async::Loop loop_;
    md::test::TemporaryDirectory directory_;
    Serve serve_;
    Fd fd_;
    async::Signal stop_;
    int connections_ = 0;
};

/// Writes down each step as "mail <a@b> SIZE=1" and answers as `answers` says for it, or for its first word.
class RecordingFilter final : public Filter {
  public:
    std::vector<std::string> steps;
    std::map<std::string, Answer> answers;
    Outcome outcome;
    async::Duration end_takes{0};
    std::string wanted_macro;  ///< its value is noted at the end
    bool verdicts = false;

    void on_negotiated(bool may_give_verdicts) override { verdicts = may_give_verdicts; }
    async::Task<Answer> on_connect(ConnectInfo info, const MacroTable&) override {
        co_return note("connect", {info.host, std::string(1, info.family), info.address, std::to_string(info.port)});
    }
    async::Task<Answer> on_helo(std::string name, const MacroTable&) override { co_return note("helo", {name}); }
    async::Task<Answer> on_mail(std::vector<std::string> arguments, const MacroTable&) override {
        co_return note("mail", arguments);
    }
    async::Task<Answer> on_rcpt(std::vector<std::string> arguments, const MacroTable&) override {
        co_return note("rcpt", arguments);
    }
    async::Task<Answer> on_data(const MacroTable&) override { co_return note("data", {}); }
    async::Task<Answer> on_header(std::string_view name, std::string_view value) override {
        co_return note("header", {std::string(name) + ":" + std::string(value)});
    }
    async::Task<Answer> on_end_of_header(const MacroTable&) override { co_return note("eoh", {}); }
    async::Task<Answer> on_body(std::string_view octets) override { co_return note("body", {std::string(octets)}); }
    async::Task<Outcome> on_end_of_message(const MacroTable& macros) override {
        if (!wanted_macro.empty()) steps.push_back("macro " + std::string(macros.find(wanted_macro)));
        if (end_takes.count() > 0) co_await async::sleep_for(end_takes);
        note("end", {});
        co_return outcome;
    }
    void message_over() override { steps.emplace_back("over"); }
    void client_over() override { steps.emplace_back("client over"); }

  private:
    Answer note(const std::string& step, const std::vector<std::string>& arguments) {
        auto line = step;
        for (const auto& argument : arguments) line += " " + argument;
        steps.push_back(line);
        const auto exact = answers.find(line);
        if (exact != answers.end()) return exact->second;
        const auto general = answers.find(step);
        return general == answers.end() ? Answer() : general->second;
    }
};

inline ConnectInfo a_client() {
    ConnectInfo info;
    info.host = "mx.example.net";
    info.family = '4';
    info.port = 4711;
    info.address = "192.0.2.7";
    return info;
}

inline std::vector<std::string> words(std::string one, std::string two = {}) {
    std::vector<std::string> all;
    all.push_back(std::move(one));
    if (!two.empty()) all.push_back(std::move(two));
    return all;
}

inline std::vector<Macro> no_macros() {
    return {};
}

}  // namespace md::milter::test
