// mdqueue/dispatcher.cc - see dispatcher.h

#include "mdqueue/dispatcher.h"

#include <fcntl.h>

#include "mdqueue/message_plan.h"

namespace md::mdqueue {

using async::Task;

namespace {

constexpr auto kDeliverTime = std::chrono::minutes(2);
constexpr auto kSyncTime = std::chrono::minutes(2);
constexpr int kTries = 2;  ///< the second finds a child that was restarted

Attempt to_attempt(DeliveryResult result) {
    const auto kind = result.kind == DeliveryResult::Kind::delivered ? Attempt::Kind::delivered
                      : result.kind == DeliveryResult::Kind::failed  ? Attempt::Kind::failed
                                                                     : Attempt::Kind::deferred;
    return {kind, std::move(result.status), std::move(result.text), std::move(result.placed)};
}

}  // namespace

/// One of the deliveries that a child may have.
class Dispatcher::Turn {
  public:
    explicit Turn(Child& child) noexcept : child_(child) { ++child_.deliveries; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        --child_.deliveries;
        child_.free.wake_one();
    }

  private:
    Child& child_;
};

Dispatcher::Dispatcher(async::WorkerPool& pool, const log::Logger& log, async::Scope& scope,
                       const accounts::Directory& directory, const std::vector<std::string>& sockets, bool delivered_to)
    : pool_(pool), directory_(directory), log_(log), delivered_to_(delivered_to) {
    for (const auto& path : sockets) {
        children_.push_back(std::make_unique<Child>());
        children_.back()->client = std::make_unique<ipc::Client>(scope, path);
    }
}

Dispatcher::Child& Dispatcher::child_of(const store::AccountName& account) {
    return *children_[child_for(account, static_cast<unsigned>(children_.size()))];
}

/// RCPT has judged the date; what was taken then is not refused for having waited here.
void Dispatcher::lead_back_by(const delivery::SrsPointer& srs, std::chrono::microseconds wait) {
    if (srs == nullptr) return;
    auto patient = std::make_shared<delivery::SrsSite>(*srs);
    patient->rules.valid_days += static_cast<unsigned>(std::chrono::ceil<std::chrono::days>(wait).count());
    srs_ = std::move(patient);
}

Task<delivery::Expansion> Dispatcher::expand(std::string address, delivery::Forwards forwards) {
    const auto now = real_clock().now();
    auto ask = [this, &address, now, forwards] {
        return delivery::expand_or_reverse(directory_, address, srs_.get(), now, forwards);
    };
    const auto name = accounts::parse_name(address);
    if (name && directory_.at_hand(*name)) co_return ask();
    auto expansion = co_await async::offload(pool_, ask);
    co_return std::move(expansion);
}

Task<Hands::Found> Dispatcher::find_domain(std::string domain) {
    auto ask = [this, &domain]() -> Hands::Found {
        const auto name = accounts::make_domain(domain);
        return name ? directory_.find_domain(*name) : std::optional<accounts::Domain>();
    };
    auto found = co_await async::offload(pool_, ask);
    co_return std::move(found);
}

Task<Attempt> Dispatcher::attempt(const spool::Envelope& envelope, const delivery::Target& target,
                                  const Readable& message, How how, const Link& first) {
    const auto& account = target.account;
    auto& child = child_of({account.name.domain, account.name.local_part});
    while (child.deliveries >= kAtOnce) co_await async::Wait(child.free, async::never());
    const Turn turn(child);
    Delivery delivery;
    delivery.id = envelope.id;
    delivery.account = {account.name.domain, account.name.local_part};
    delivery.folder = target.folder;
    delivery.internal_date = unix_seconds(envelope.arrived);
    delivery.quota = {account.quota_bytes, account.quota_messages};
    delivery.how = how;
    delivery.first = first;
    auto own = message;
    if (delivered_to_) {
        auto mark = [&] { return with_delivered_to(message, envelope.relay_from, target.address); };
        own = co_await async::offload(pool_, mark);
        delivery.first = {};
    }
    delivery.beginning = own.beginning;
    delivery.offset = own.offset;
    delivery.size = own.size;
    auto result = co_await deliver(child, std::move(delivery), *own.file);
    if (delivered_to_) result.placed = {};
    co_return std::move(result);
}

Task<Attempt> Dispatcher::deliver(Child& child, Delivery delivery, const File& message) {
    std::string reason;
    for (int i = 0; i < kTries; ++i) {
        std::vector<Fd> descriptors;
        descriptors.emplace_back(::fcntl(message.descriptor(), F_DUPFD_CLOEXEC, 0));
        if (!descriptors.front()) {
            reason = "no descriptor is free";
            break;
        }
        auto payload = encode(delivery);
        const auto reply =
            co_await child.client->call(deliver::kDeliver, std::move(payload), std::move(descriptors), kDeliverTime);
        if (reply) {
            auto result = decode_delivery_result(reply->payload);
            if (result) co_return to_attempt(std::move(*result));
            reason = "a deliver child answered nonsense";
        } else {
            reason = reply.error().reason;
        }
        if (delivery.how == How::first) delivery.how = How::look;  // whether it was done is not known
    }
    log_.event(Event::DeliverChildAway, delivery.id, reason);
    co_return Attempt{Attempt::Kind::deferred, std::string(kLocalError), "local delivery is not available", {}};
}

Task<std::optional<delivery::Room>> Dispatcher::room(delivery::RoomQuestion question) {
    auto& child = child_of({question.account.domain, question.account.local_part});
    auto payload = delivery::encode(question);
    const auto reply = co_await child.client->call(deliver::kRoom, std::move(payload), delivery::room::kPatience);
    if (!reply) co_return std::nullopt;
    co_return delivery::decode_room(reply->payload);
}

Task<bool> Dispatcher::sync() {
    std::string nothing;
    const auto reply = co_await children_.front()->client->call(deliver::kSync, std::move(nothing), kSyncTime);
    if (!reply) log_.event(Event::StoreSyncFailed, reply.error().reason);
    co_return reply.has_value();
}

}  // namespace md::mdqueue
