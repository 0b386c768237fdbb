// policy/counter_client.cc - see counter_client.h

#include "policy/counter_client.h"

#include <algorithm>

#include "async/loop.h"

namespace md::policy {

using async::Scope;
using async::Task;

namespace {

constexpr std::size_t kMostAtOnce = 1000;
/// Notes that nobody waits for may be dropped when there are more; the own count has them.
constexpr std::size_t kMostWaiting = 20'000;

Counters::Now now_here() {
    return std::chrono::duration_cast<Counters::Now>(async::Loop::current().now().time_since_epoch());
}

}  // namespace

/// Counted here at once; the answer is that of this worker alone until there is a better one.
std::shared_ptr<CounterClient::Question> CounterClient::put(Occasion occasion, const IpAddress& address) {
    auto question = std::make_shared<Question>();
    question->event.occasion = occasion;
    question->event.address = address;
    question->answer = own_.count(occasion, address, 1, now_here());
    if (waiting_.size() < kMostWaiting) {
        waiting_.push_back(question);
        something_.set();
    } else {
        question->answered.set();
    }
    return question;
}

Task<Counted> CounterClient::count(Occasion occasion, IpAddress address) {
    const auto question = put(occasion, address);
    const auto deadline = async::after(kPatience);
    const auto woken = co_await question->answered.wait(deadline);
    static_cast<void>(woken);
    co_return question->answer;
}

void CounterClient::note(Occasion occasion, const IpAddress& address) {
    static_cast<void>(put(occasion, address));
}

Task<void> CounterClient::run() {
    auto body = [this](Scope& scope) { return converse(scope); };
    co_await async::scoped(body);
}

Task<void> CounterClient::converse(Scope& scope) {
    ipc::Client client(scope, socket_);
    auto rest_until = async::Loop::current().now();
    for (;;) {
        const auto woken = co_await something_.wait(async::never());
        static_cast<void>(woken);
        const auto size = std::min(waiting_.size(), kMostAtOnce);
        Questions questions(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
        if (waiting_.empty()) something_.clear();
        const auto all = questions;
        if (async::Loop::current().now() >= rest_until) {
            const bool answered = co_await ask(client, std::move(questions));
            if (!answered) rest_until = async::after(kRest);
        }
        for (const auto& question : all) question->answered.set();
    }
}

/// False: nobody answered.
Task<bool> CounterClient::ask(ipc::Client& client, Questions questions) {
    std::vector<request::CountEvent> events;
    for (const auto& question : questions) events.push_back(question->event);
    auto payload = request::write(events);
    const auto reply = co_await client.call(request::kCount, std::move(payload), kPatience);
    const auto answers = reply ? request::read_counted(reply->payload) : std::nullopt;
    if (!answers || answers->size() != questions.size()) co_return false;
    for (std::size_t i = 0; i < questions.size(); ++i) questions[i]->answer = (*answers)[i];
    co_return true;
}

}  // namespace md::policy
