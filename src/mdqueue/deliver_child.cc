// mdqueue/deliver_child.cc - see deliver_child.h

#include "mdqueue/deliver_child.h"

#include "base/error.h"
#include "daemon/trees.h"
#include "ipc/server.h"
#include "log/counter.h"
#include "mdqueue/deliver_protocol.h"
#include "mdqueue/local_delivery.h"
#include "store/store.h"
#include "store/wake.h"

namespace md::mdqueue {

using async::Task;
using ipc::Reply;

namespace {

/// One job of the pool.
DeliveryResult deliver_now(store::Store& store, const Delivery& delivery, Fd descriptor) {
    const auto file = adopt_file(std::move(descriptor), "message " + delivery.id.text());
    return deliver_into(store, delivery, *file);
}

class Deliverer {
  public:
    Deliverer(daemon::Child& child)
        : child_(child),
          wakes_(child.run_path("wake")),
          store_(daemon::store_options(
              child.config(), [this](const std::string& mailbox) { wakes_.send(mailbox); },
              daemon::log_repairs(child.log()))),
          log_(child.log()) {}

    Task<Reply> deliver(ipc::Call call) {
        const auto delivery = decode_delivery(call.payload);
        if (!delivery || call.descriptors.size() != 1) co_return Reply::refused("no delivery");
        DeliveryResult result;
        std::exception_ptr failure;
        auto work = [&] { return deliver_now(store_, *delivery, std::move(call.descriptors.front())); };
        try {
            result = co_await async::offload(child_.pool(), work);
        } catch (const std::exception&) {
            failure = std::current_exception();
        }
        const bool full = result.status == kMailboxFull && !failure;
        if (full && child_.config()[config::opt::store_over_quota] == "refuse")
            result = {DeliveryResult::Kind::failed, "5.2.2", result.text, {}};
        if (failure) {
            log_.failure(Event::DeliveryFailed, delivery->id, delivery->owner(), failure);
            result = {DeliveryResult::Kind::deferred, std::string(kLocalError), "local error", {}};
        } else if (result.kind == DeliveryResult::Kind::delivered) {
            log_.event(Event::Delivered, delivery->id, delivery->owner());
        }
        co_return Reply(encode(result));
    }

    Task<Reply> room(ipc::Call call) {
        const auto question = delivery::decode_room_question(call.payload);
        if (!question) co_return Reply::refused("no question");
        auto look = [&] { return room_in(store_, *question); };
        const auto answer = co_await async::offload(child_.pool(), look);
        co_return Reply(delivery::encode(answer));
    }

    Task<Reply> sync(ipc::Call) {
        auto work = [this] { store_.sync(); };
        co_await async::offload(child_.pool(), work);
        log::count(Counter::store_syncs);
        co_return Reply();
    }

    Task<void> close() {
        auto work = [this] { store_.close(); };
        co_await async::offload(child_.pool(), work);
    }

  private:
    daemon::Child& child_;
    store::WakeSender wakes_;
    store::Store store_;
    log::Logger log_;
};

}  // namespace

Task<void> run_deliver(daemon::Child& child) {
    Deliverer deliverer(child);
    ipc::Server server("deliver", child.peers({"mdqueue"}), child.log());
    server.on(deliver::kDeliver, [&deliverer](ipc::Call call) { return deliverer.deliver(std::move(call)); });
    server.on(deliver::kSync, [&deliverer](ipc::Call call) { return deliverer.sync(std::move(call)); });
    server.on(deliver::kRoom, [&deliverer](ipc::Call call) { return deliverer.room(std::move(call)); });
    child.ready();
    co_await server.serve(child.internal_socket("deliver-#.sock"), child.retiring().point());
    co_await deliverer.close();
}

}  // namespace md::mdqueue
