// mdqueue/connections.cc - see connections.h

#include "mdqueue/connections.h"

#include <algorithm>
#include <utility>

#include "async/loop.h"

namespace md::mdqueue {

using async::Task;

namespace {

constexpr auto kSweepEvery = std::chrono::seconds(1);

}  // namespace

std::unique_ptr<Connections::Kept> Connections::take(const std::string& key) {
    const auto found = std::find_if(kept_.rbegin(), kept_.rend(), [&](const auto& one) { return one->key == key; });
    if (found == kept_.rend()) return nullptr;
    auto connection = std::move(*found);
    kept_.erase(std::next(found).base());
    return connection;
}

Task<void> Connections::keep(std::unique_ptr<Kept> connection) {
    const auto same = [&](const auto& one) { return one->key == connection->key; };
    const auto many = static_cast<std::size_t>(std::count_if(kept_.begin(), kept_.end(), same)) >= limits_.of_one;
    std::unique_ptr<Kept> surplus;
    if (many) {
        const auto oldest = std::find_if(kept_.begin(), kept_.end(), same);
        surplus = std::exchange(*oldest, nullptr);
        kept_.erase(oldest);
    } else if (kept_.size() >= limits_.in_all) {
        surplus = std::move(kept_.front());
        kept_.pop_front();
    }
    kept_.push_back(std::move(connection));
    if (surplus) co_await surplus->client->quit();
}

Task<void> Connections::say_goodbye(Leaving leaving) {
    auto body = [&leaving](async::Scope& scope) { return say_goodbye_in(scope, leaving); };
    co_await async::scoped(body);
}

Task<void> Connections::say_goodbye_in(async::Scope& scope, Leaving& leaving) {
    for (const auto& one : leaving) scope.spawn(one->client->quit());
    co_return;
}

/// All are kept for the same time, so that the oldest ends first.
Task<void> Connections::sweep() {
    for (;;) {
        co_await async::sleep_for(kSweepEvery);
        const auto now = async::Loop::current().now();
        Leaving leaving;
        for (; !kept_.empty() && kept_.front()->until <= now; kept_.pop_front())
            leaving.push_back(std::move(kept_.front()));
        co_await say_goodbye(std::move(leaving));
    }
}

Task<void> Connections::close() {
    Leaving leaving;
    for (; !kept_.empty(); kept_.pop_front()) leaving.push_back(std::move(kept_.front()));
    co_await say_goodbye(std::move(leaving));
}

}  // namespace md::mdqueue
