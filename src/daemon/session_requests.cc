// daemon/session_requests.cc - "sessions" and "kill" of the control socket; see supervisor.h and doc/formats/control.md
//
// CONTRACT
//   The parent holds nothing of a session: it asks the children that accept, and hands on what they say. A list comes
//   in pages, a child after the other in the order of their processes; "next" says where the following page begins.
// DIAGNOSTICS
//   SessionsKilled.

#include <algorithm>
#include <list>
#include <utility>

#include "async/loop.h"
#include "base/strings.h"
#include "daemon/session_book.h"
#include "daemon/supervisor.h"

namespace md::daemon {

using async::Task;
using async::Wait;
using async::Woken;
using ipc::Json;

namespace {

/// More than a child takes to end what does not want to.
constexpr auto kAnswerTime = 2 * SessionBook::kGrace + std::chrono::seconds(4);

/// Where a page begins: behind session `after` of the first process from `child` on.
struct Place {
    std::uint64_t child = 0;
    std::uint64_t after = 0;
};

Place place_of(const Json& request) {
    const auto text = request.text("next");
    const auto parts = split(text, ':');
    if (parts.size() != 2) return {};
    return {parse_number<std::uint64_t>(parts[0]).value_or(0), parse_number<std::uint64_t>(parts[1]).value_or(0)};
}

std::string text_of(pid_t child, std::int64_t after) {
    return std::to_string(child) + ":" + std::to_string(after);
}

/// What a child says is not believed to make sense.
std::int64_t count_in(const Json& answer, std::string_view key) {
    return std::clamp<std::int64_t>(answer.integer(key), 0, std::int64_t{1} << 30U);
}

}  // namespace

std::vector<pid_t> Supervisor::listening_children() const {
    std::vector<pid_t> all;
    for (const auto& generation : generations_) {
        const auto some = generation->listening_children();
        all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    return all;
}

/// A question to one child, for as long as somebody waits for the answer: who asked may hang up.
class Supervisor::Question {
  public:
    Question(Supervisor& supervisor, pid_t child, const Json& request)
        : supervisor_(supervisor), child_(child), number_(++supervisor.questions_) {
        for (const auto& generation : supervisor_.generations_) generation->ask(child_, number_, request.dump());
    }
    ~Question() {
        for (const auto& generation : supervisor_.generations_) generation->forget(child_, number_);
    }
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

    /// None: the child has ended, or is silent.
    Task<std::optional<Json>> answer(async::Deadline until) const {
        for (;;) {
            bool ended = true;
            for (const auto& generation : supervisor_.generations_) {
                const auto said = generation->answer(child_, number_);
                if (said && !said->empty()) co_return Json::parse(*said);
                ended = ended && said.has_value();
            }
            if (ended) co_return std::nullopt;
            const auto woken = co_await Wait(supervisor_.parent_.changed, until);
            if (woken == Woken::timed_out) co_return std::nullopt;
        }
    }

  private:
    Supervisor& supervisor_;
    pid_t child_;
    std::uint64_t number_;
};

Task<Json> Supervisor::sessions_request(Json request) {
    const auto begin = place_of(request);
    const auto children = listening_children();
    const auto child = std::find_if(children.begin(), children.end(),
                                    [&](pid_t pid) { return static_cast<std::uint64_t>(pid) >= begin.child; });
    auto sessions = Json::array();
    Json answer = Json().set("ok", true);
    if (child != children.end()) {
        request.set("after", static_cast<std::uint64_t>(*child) == begin.child ? begin.after : 0);
        const Question question(*this, *child, request);
        const auto until = async::after(kAnswerTime);
        const auto page = co_await question.answer(until);
        if (page) {
            if (const auto* found = page->find("sessions")) {
                for (const auto& one : found->items()) {
                    Json row = Json().set("daemon", parent_.program.name);
                    for (const auto& [key, value] : one.members()) row.set(key, value);
                    sessions.add(std::move(row));
                }
            }
        }
        const auto rest = page ? page->integer("next") : 0;
        if (rest > 0) {
            answer.set("next", text_of(*child, rest));
        } else if (std::next(child) != children.end()) {
            answer.set("next", text_of(*std::next(child), 0));
        }
    }
    answer.set("sessions", std::move(sessions));
    co_return std::move(answer);
}

Task<Json> Supervisor::kill_request(Json request) {
    std::list<Question> questions;
    for (const auto child : listening_children()) questions.emplace_back(*this, child, request);
    const auto until = async::after(kAnswerTime);
    std::int64_t killed = 0;
    std::int64_t left = 0;
    for (const auto& question : questions) {
        const auto answer = co_await question.answer(until);
        if (!answer) continue;
        killed += count_in(*answer, "killed");
        left += count_in(*answer, "left");
    }
    log().event(Event::SessionsKilled, killed, request.text("account"), request.text("ip"), request.text("protocol"));
    co_return Json().set("ok", true).set("killed", killed).set("left", left);
}

}  // namespace md::daemon
