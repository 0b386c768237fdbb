// policy/counter_client.h - a worker's word to the state child about what clients do, and its answer
//
// PURPOSE
//   `const auto counted = co_await counters.count(Occasion::connection, ip);` asks before something is allowed;
//   `counters.note(Occasion::junk_command, ip)` tells what has happened.
// CONTRACT
//   What is told while a question is under way goes with the next one: a busy worker asks in batches. Everything is
//   counted here too, by the same limits for this worker alone: while the state child is away, or silent for kPatience,
//   that decides, and nobody waits. run() is a coroutine of the worker and ends by being cancelled; the client
//   outlives all who ask. Never throws but Cancelled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "async/task.h"
#include "ipc/client.h"
#include "policy/counters.h"
#include "policy/request.h"

namespace md::policy {

class CounterClient {
  public:
    static constexpr auto kPatience = std::chrono::milliseconds(300);
    /// So long nobody asks again after nobody answered.
    static constexpr auto kRest = std::chrono::seconds(1);

    CounterClient(std::string socket, const Rates& rates) : socket_(std::move(socket)), own_(rates) {}
    CounterClient(const CounterClient&) = delete;
    CounterClient& operator=(const CounterClient&) = delete;

    async::Task<void> run();
    async::Task<Counted> count(Occasion occasion, IpAddress address);
    void note(Occasion occasion, const IpAddress& address);

  private:
    /// One event, and whoever waits for its answer.
    struct Question {
        request::CountEvent event;
        Counted answer;
        async::Signal answered;
    };
    using Questions = std::vector<std::shared_ptr<Question>>;

    async::Task<void> converse(async::Scope& scope);
    async::Task<bool> ask(ipc::Client& client, Questions questions);
    std::shared_ptr<Question> put(Occasion occasion, const IpAddress& address);

    std::string socket_;
    Counters own_;
    Questions waiting_;
    async::Signal something_;
};

}  // namespace md::policy
