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
    const auto many = static_cast<std::size_t>(std::count_if(kept_.begin(), kept_.end(), same)) >= kMostOf;
    std::unique_ptr<Kept> surplus;
    if (many) {
        const auto oldest = std::find_if(kept_.begin(), kept_.end(), same);
        surplus = std::exchange(*oldest, nullptr);
        kept_.erase(oldest);
    } else if (kept_.size() >= kMostInAll) {
        surplus = std::move(kept_.front());
        kept_.pop_front();
    }
    kept_.push_back(std::move(connection));
    if (surplus) co_await surplus->client->quit();
}

Task<void> Connections::drop_first() {
    const auto connection = std::move(kept_.front());
    kept_.pop_front();
    co_await connection->client->quit();
}

Task<void> Connections::sweep() {
    for (;;) {
        co_await async::sleep_for(kSweepEvery);
        const auto now = async::Loop::current().now();
        while (!kept_.empty() && kept_.front()->until <= now) co_await drop_first();
    }
}

Task<void> Connections::close() {
    while (!kept_.empty()) co_await drop_first();
}

}  // namespace md::mdqueue
