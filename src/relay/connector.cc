// relay/connector.cc - see connector.h

#include "relay/connector.h"

#include <cerrno>
#include <utility>

#include "async/scope.h"
#include "async/sync.h"

namespace md::relay {

using async::Task;

Task<Result<Fd, net::ConnectError>> TcpConnector::connect(net::SocketAddress address, async::Deadline deadline,
                                                          std::optional<IpAddress> source) {
    auto fd = co_await net::connect_tcp(address, deadline, source);
    co_return std::move(fd);
}

namespace {

class Race {
  public:
    Race(Connector& connector, std::vector<Way> ways, async::Duration limit)
        : connector_(connector), ways_(std::move(ways)), limit_(limit) {
        reached_.failures.resize(ways_.size());
    }

    Task<void> run(async::Scope& scope) {
        for (std::size_t i = 0; i < ways_.size() && !reached_.fd; ++i) {
            const auto failed_before = failed_;
            const bool last = i + 1 == ways_.size();
            scope.spawn(attempt(i));
            const auto next = last ? async::never() : async::after(kNextAfter);
            while (!reached_.fd && failed_ <= i && (last || failed_ == failed_before)) {
                ended_.clear();
                const auto woken = co_await ended_.wait(next);
                if (woken == async::Woken::timed_out) break;
            }
        }
        scope.cancel();
    }

    Reached take() {
        for (const auto i : begun_)
            if (!reached_.failures[i] && !(reached_.fd && reached_.which == i))
                reached_.failures[i] = net::ConnectError{ETIMEDOUT};
        return std::move(reached_);
    }

  private:
    Task<void> attempt(std::size_t i) {
        const auto& way = ways_[i];
        begun_.push_back(i);
        auto fd = co_await connector_.connect(way.address, async::after(limit_), way.source);
        if (!fd) {
            reached_.failures[i] = fd.error();
            ++failed_;
        } else if (!reached_.fd) {
            reached_.fd = std::move(*fd);
            reached_.which = i;
        }
        ended_.set();
    }

    Connector& connector_;
    std::vector<Way> ways_;
    async::Duration limit_;
    async::Signal ended_;
    std::vector<std::size_t> begun_;
    std::size_t failed_ = 0;
    Reached reached_;
};

}  // namespace

Task<Reached> reach_first(Connector& connector, std::vector<Way> ways, async::Duration limit) {
    Race race(connector, std::move(ways), limit);
    auto body = [&race](async::Scope& scope) { return race.run(scope); };
    co_await async::scoped(body);
    co_return race.take();
}

}  // namespace md::relay
