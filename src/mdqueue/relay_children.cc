// mdqueue/relay_children.cc - see relay_children.h

#include "mdqueue/relay_children.h"

#include <utility>

#include "async/loop.h"
#include "base/error.h"
#include "mdqueue/relay_protocol.h"

namespace md::mdqueue {

using async::Task;
using async::Wait;
using async::Woken;

namespace {

/// A courier ends by its own deadlines, and a child that dies ends the call: whoever gave up before would send twice.
constexpr auto kRelayTime = std::chrono::hours(24 * 7);

}  // namespace

class RelayChildren::UnderWay {
  public:
    UnderWay(Child& child, QueueId id) : child_(child), id_(id) { ++child_.under_way[id]; }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    ~UnderWay() {
        const auto found = child_.under_way.find(id_);
        if (--found->second == 0) child_.under_way.erase(found);
        child_.changed.wake_all();
    }

  private:
    Child& child_;
    QueueId id_;
};

class RelayChildren::Reservation {
  public:
    explicit Reservation(Child& child) : child_(child) {}
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    ~Reservation() {
        if (!held_) return;
        child_.reserved = false;
        child_.changed.wake_all();
    }

    /// false: the child did not become free in time.
    Task<bool> wait() {
        const auto until = async::after(kPatience);
        while (child_.reserved) {
            const auto woken = co_await Wait(child_.changed, until);
            if (woken == Woken::timed_out) co_return false;
        }
        held_ = child_.reserved = true;
        child_.reserved_until = until;
        while (!child_.under_way.empty()) {
            const auto woken = co_await Wait(child_.changed, until);
            if (woken == Woken::timed_out) co_return false;
        }
        child_.reserved_until = async::after(kAlone);
        co_return true;
    }

  private:
    Child& child_;
    bool held_ = false;
};

RelayChildren::RelayChildren(async::Scope& scope, const std::vector<std::string>& sockets) {
    for (const auto& path : sockets) {
        children_.push_back(std::make_unique<Child>());
        children_.back()->client = std::make_unique<ipc::Client>(scope, path);
    }
}

Task<RelayChildren::Sent> RelayChildren::call(unsigned child, QueueId id, std::string payload,
                                              std::vector<Fd> descriptors) {
    auto& to = *children_[child];
    if (deaths_.contains(id.value())) {
        auto sent = co_await give_alone(to, id, std::move(payload), std::move(descriptors));
        co_return std::move(sent);
    }
    co_await wait_for_suspect(to);
    auto sent = co_await give(to, id, std::move(payload), std::move(descriptors));
    co_return std::move(sent);
}

Task<void> RelayChildren::wait_for_suspect(Child& child) {
    while (child.reserved && async::Loop::current().now() < child.reserved_until)
        co_await Wait(child.changed, child.reserved_until);
}

Task<RelayChildren::Sent> RelayChildren::give_alone(Child& child, QueueId id, std::string payload,
                                                    std::vector<Fd> descriptors) {
    Sent sent;
    Reservation reservation(child);
    const auto alone = co_await reservation.wait();
    if (!alone) {
        sent.why = "a process died while it had this, which is to be sent alone: it waits for that";
        co_return sent;
    }
    sent = co_await give(child, id, std::move(payload), std::move(descriptors));
    co_return std::move(sent);
}

Task<RelayChildren::Sent> RelayChildren::give(Child& child, QueueId id, std::string payload,
                                              std::vector<Fd> descriptors) {
    Sent sent;
    const UnderWay under_way(child, id);
    const auto lives = child.lives;
    Result<ipc::Reply, ipc::Unavailable> reply = fail(ipc::Unavailable{"this machine has no descriptor free"});
    try {
        reply =
            co_await child.client->call(relay_request::kRelay, std::move(payload), std::move(descriptors), kRelayTime);
    } catch (const SystemError&) {
        reply = fail(ipc::Unavailable{"this machine cannot connect to it"});
    }
    if (reply) {
        deaths_.erase(id.value());
        sent.answer = std::move(reply->payload);
        co_return sent;
    }
    sent.why = std::move(reply.error().reason);
    if (!reply.error().lost) co_return sent;
    if (child.lives == lives) note_death(child);
    const auto suspect = deaths_.find(id.value());
    sent.kills = suspect != deaths_.end() && suspect->second >= kDeaths;
    // If an administrator has it tried again it is like any other.
    if (sent.kills) deaths_.erase(suspect);
    co_return sent;
}

/// Once for each life: whoever is under way had the same end.
void RelayChildren::note_death(Child& child) {
    ++child.lives;
    if (deaths_.size() >= kMostSuspects) deaths_.clear();
    const bool alone = child.under_way.size() == 1;
    for (const auto& [id, jobs] : child.under_way) deaths_[id.value()] += alone ? 1 : 0;
}

}  // namespace md::mdqueue
