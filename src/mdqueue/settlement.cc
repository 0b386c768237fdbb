// mdqueue/settlement.cc - see settlement.h

#include "mdqueue/settlement.h"

#include "async/loop.h"

namespace md::mdqueue {

using async::Task;

namespace {

constexpr auto kGather = std::chrono::milliseconds(500);

}  // namespace

Task<bool> Settlement::on_disk() {
    const auto round = next_;
    wanted_.set();
    co_await round->ended.wait(async::never());
    co_return round->good;
}

Task<void> Settlement::run() {
    for (;;) {
        co_await wanted_.wait(async::never());
        co_await async::sleep_for(kGather);
        wanted_.clear();
        const auto round = next_;
        next_ = std::make_shared<Round>();
        round->good = co_await dispatcher_.sync();
        round->ended.set();
    }
}

}  // namespace md::mdqueue
