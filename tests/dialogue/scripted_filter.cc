// dialogue/scripted_filter.cc - see scripted_filter.h

#include "dialogue/scripted_filter.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "async/loop.h"
#include "base/strings.h"
#include "dialogue/script.h"
#include "net/disconnected.h"

namespace md::dialogue {

using async::Task;
using milter::Answer;
using milter::MacroTable;
using milter::Outcome;

namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words, std::size_t from = 0) {
    std::string out;
    for (auto i = from; i < words.size(); ++i) out += (i > from ? " " : "") + words[i];
    return out;
}

class ScriptedFilter final : public milter::Filter {
  public:
    explicit ScriptedFilter(FilterScript& script) : script_(script) {}

    void on_negotiated(bool) override {}
    Task<Answer> on_connect(milter::ConnectInfo info, const MacroTable& macros) override {
        return answer("connect", {info.host, std::string(1, info.family), info.address}, macros);
    }
    Task<Answer> on_helo(std::string name, const MacroTable& macros) override {
        return answer("helo", {std::move(name)}, macros);
    }
    Task<Answer> on_mail(Words arguments, const MacroTable& macros) override {
        return answer("mail", std::move(arguments), macros);
    }
    Task<Answer> on_rcpt(Words arguments, const MacroTable& macros) override {
        return answer("rcpt", std::move(arguments), macros);
    }
    Task<Answer> on_data(const MacroTable& macros) override { return answer("data", {}, macros); }
    Task<Answer> on_header(std::string_view name, std::string_view value) override {
        return say("header", {std::string(name) + ":" + std::string(value)});
    }
    Task<Answer> on_end_of_header(const MacroTable& macros) override { return answer("eoh", {}, macros); }
    Task<Answer> on_body(std::string_view octets) override { return say("body", {std::string(octets)}); }
    Task<Outcome> on_end_of_message(const MacroTable& macros) override {
        note_macros(macros);
        Words none;
        auto said = co_await say("end", std::move(none));
        auto outcome = script_.outcome;
        outcome.answer = std::move(said);
        co_return outcome;
    }
    void message_over() override { script_.steps.emplace_back("over"); }
    void client_over() override { script_.steps.emplace_back("client over"); }

  private:
    Task<Answer> answer(std::string stage, Words arguments, const MacroTable& macros) {
        note_macros(macros);
        return say(std::move(stage), std::move(arguments));
    }
    Task<Answer> say(std::string stage, Words arguments) {
        const auto step = arguments.empty() ? stage : stage + " " + joined(arguments);
        script_.steps.push_back(step);
        if (script_.silent.contains(stage)) co_await async::sleep_for(std::chrono::hours(24));
        const auto exact = script_.answers.find(step);
        if (exact != script_.answers.end()) co_return exact->second;
        const auto general = script_.answers.find(stage);
        co_return general == script_.answers.end() ? Answer() : general->second;
    }
    void note_macros(const MacroTable& macros) {
        for (const auto* name : {"{auth_authen}", "{tls_version}", "i", "j"}) {
            const auto value = macros.find(name);
            if (!value.empty()) script_.steps.push_back(std::string("macro ") + name + "=" + std::string(value));
        }
    }

    FilterScript& script_;
};

std::optional<Answer::Kind> kind_of(const std::string& word) {
    constexpr std::array<std::pair<std::string_view, Answer::Kind>, 5> kKinds{{{"proceed", Answer::Kind::proceed},
                                                                               {"accept", Answer::Kind::accept},
                                                                               {"reject", Answer::Kind::reject},
                                                                               {"temp_fail", Answer::Kind::temp_fail},
                                                                               {"discard", Answer::Kind::discard}}};
    for (const auto& [name, kind] : kKinds)
        if (name == word) return kind;
    return std::nullopt;
}

milter::ServerSettings settings() {
    namespace action = milter::action;
    milter::ServerSettings out;
    out.answer_each_step = true;
    out.offer_verdicts = true;
    out.actions = action::kAddHeaders | action::kChangeBody | action::kAddRcpt | action::kDeleteRcpt |
                  action::kChangeHeaders | action::kQuarantine | action::kChangeFrom;
    return out;
}

std::uint32_t number(const std::string& text) {
    return parse_number<std::uint32_t>(text).value_or(0);
}

std::optional<milter::RecipientVerdict> verdict_of(const Words& arguments) {
    using Action = milter::RecipientVerdict::Action;
    constexpr std::array<std::string_view, 7> kActions{"accept", "tag",    "junk",   "quarantine",
                                                       "queue",  "refuse", "discard"};
    const auto found = std::find(kActions.begin(), kActions.end(), arguments[3]);
    if (found == kActions.end()) return std::nullopt;
    milter::RecipientVerdict verdict;
    verdict.recipient = number(arguments[2]);
    verdict.action = static_cast<Action>(found - kActions.begin());
    verdict.reason = joined(arguments, 4);
    return verdict;
}

}  // namespace

Task<void> FilterHouse::run(async::Scope& scope) {
    for (;;) {
        co_await listen(scope);
        co_await back_.wait(async::never());
        back_.clear();
    }
}

Task<void> FilterHouse::listen(async::Scope& scope) {
    listening_ = net::listen_unix(path_, 0600);
    const std::function<void(net::Accepted)> take = [this, &scope](net::Accepted one) {
        streams_.push_back(std::make_unique<net::Stream>(std::move(one.fd), one.peer, one.local));
        scope.spawn(serve(streams_.back().get()));
    };
    co_await net::accept_loop(listening_.get(), away_.point(), take);
    away_.clear();
    listening_ = Fd();
}

Task<void> FilterHouse::serve(net::Stream* stream) {
    ScriptedFilter filter(script_);
    try {
        const auto how = settings();
        co_await milter::serve(*stream, filter, how);
    } catch (const net::Disconnected&) {
        // The session has gone, or FILTER away.
    }
    std::erase_if(streams_, [stream](const auto& one) { return one.get() == stream; });
}

void FilterHouse::go_away() {
    away_.set();
    for (const auto& stream : streams_) ::shutdown(stream->descriptor(), SHUT_RDWR);
}

Task<std::string> FilterHouse::act(Words arguments) {
    if (arguments.empty()) co_return "FILTER what?";
    const auto& word = arguments[0];
    if (word == "away" || word == "back") {
        if (word == "away") go_away();
        if (word == "back") back_.set();
        // Until it has been noticed.
        for (int turn = 0; turn < 10; ++turn) co_await async::yield();
        co_return "";
    }
    if (word == "forget") {
        script_.answers.clear();
        script_.silent.clear();
        script_.outcome = Outcome();
        co_return "";
    }
    if (word == "outcome") co_return set_outcome(arguments);
    co_return set_answer(arguments);
}

std::string FilterHouse::set_answer(const Words& arguments) {
    if (arguments.size() < 2) return "FILTER stage kind";
    if (arguments[1] == "silent") {
        script_.silent.insert(arguments[0]);
        return "";
    }
    const auto kind = kind_of(arguments[1]);
    if (!kind) return "no such answer: " + arguments[1];
    script_.answers[arguments[0]] = Answer(*kind, joined(arguments, 2));
    return "";
}

std::string FilterHouse::set_outcome(const Words& arguments) {
    using Kind = milter::HeaderChange::Kind;
    if (arguments.size() < 3) return "FILTER outcome what …";
    const auto& what = arguments[1];
    auto& outcome = script_.outcome;
    milter::HeaderChange change;
    if (what == "add") {
        change.name = arguments[2];
        change.value = joined(arguments, 3);
        outcome.headers.push_back(change);
    } else if ((what == "insert" || what == "change") && arguments.size() > 3) {
        change.kind = what == "insert" ? Kind::insert : Kind::change;
        change.index = number(arguments[2]);
        change.name = arguments[3];
        change.value = joined(arguments, 4);
        outcome.headers.push_back(change);
    } else if (what == "body") {
        outcome.body = joined(arguments, 2);
    } else if (what == "from") {
        outcome.reverse_path = arguments[2];
    } else if (what == "addrcpt") {
        outcome.added_recipients.push_back(arguments[2]);
    } else if (what == "delrcpt") {
        outcome.deleted_recipients.push_back(arguments[2]);
    } else if (what == "quarantine") {
        outcome.quarantine = joined(arguments, 2);
    } else if (what == "verdict" && arguments.size() > 3) {
        auto verdict = verdict_of(arguments);
        if (!verdict) return "no such action: " + arguments[3];
        outcome.verdicts.push_back(std::move(*verdict));
    } else {
        return "no such outcome: " + what;
    }
    return "";
}

std::string FilterHouse::seen(const std::string& pattern) {
    std::string all;
    Variables none;
    for (auto step = script_.steps.begin(); step != script_.steps.end(); ++step) {
        if (matches(pattern, *step, none)) {
            script_.steps.erase(script_.steps.begin(), step + 1);
            return "";
        }
        all += "\n    " + printable(*step, 200);
    }
    return "the filter has not seen: " + pattern + ", but:" + all;
}

std::string FilterHouse::unseen(const std::string& pattern) const {
    Variables none;
    for (const auto& step : script_.steps)
        if (matches(pattern, step, none)) return "the filter has seen: " + printable(step, 200);
    return "";
}

}  // namespace md::dialogue
