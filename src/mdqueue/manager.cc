// mdqueue/manager.cc - see manager.h

#include "mdqueue/manager.h"

#include "accounts/file_directory.h"
#include "async/scope.h"
#include "base/crc32c.h"
#include "base/strings.h"
#include "daemon/program.h"
#include "daemon/trees.h"
#include "ipc/server.h"
#include "mdqueue/destinations_view.h"
#include "mdqueue/intake_follower.h"
#include "mdqueue/live_hands.h"
#include "spool/destination_names.h"
#include "spool/queue_request.h"
#include "spool/queue_view.h"

namespace md::mdqueue {

using async::Scope;
using async::Task;
using ipc::Json;
using ipc::Reply;
namespace opt = config::opt;

namespace {

constexpr auto kLockRetry = std::chrono::milliseconds(200);
constexpr auto kSaveRates = std::chrono::seconds(5);

OutgoingRateRules outgoing_rate_rules(const config::Config& config) {
    OutgoingRateRules rules;
    rules.of_sender = static_cast<std::uint64_t>(config[opt::limits_remote_recipients_per_hour]);
    rules.of_domain = static_cast<std::uint64_t>(config[opt::limits_remote_recipients_per_hour_of_domain]);
    rules.to_destination = static_cast<std::uint64_t>(config[opt::remote_messages_per_minute]);
    return rules;
}

std::uint64_t boot_number() {
    const auto text = real_files().read("/proc/sys/kernel/random/boot_id").value_or("");
    return std::uint64_t{crc32c(text)} << 32 | crc32c(text, 1);
}

class Manager {
  public:
    explicit Manager(daemon::Child& child)
        : child_(child),
          directory_(real_files(), daemon::account_places(child.config())),
          spool_(real_files(), child.config()[opt::paths_spool]),
          freezes_(spool_.frozen_path()) {}

    /// `clients`: the scope of the connections to deliver children. The work has one of its own, so that all of it has
    /// ended, by whatever exception, before what it works with goes.
    Task<void> run(Scope& clients) {
        while (!spool_.try_lock())
            co_await async::sleep_for(kLockRetry);  // mdctl has it, or our predecessor still ends
        freezes_.load(real_files());
        std::vector<std::string> sockets;
        std::vector<std::string> relay_sockets;
        for (unsigned i = 0; i < daemon::worker_count(child_.config()); ++i) {
            sockets.push_back(child_.run_path("deliver-" + std::to_string(i) + ".sock"));
            relay_sockets.push_back(child_.run_path("relay-" + std::to_string(i) + ".sock"));
        }
        Dispatcher dispatcher(child_.pool(), child_.log(), clients, directory_, sockets,
                              child_.config()[opt::smtp_delivered_to]);
        const auto boot = boot_number();
        SyncHistory history(real_files(), spool_.taken_directory() + "/sync", boot);
        if (history.doubtful_past()) spool_.distrust();
        async::Mutex spool_mutex;
        Settlement settlement(child_.pool(), child_.log(), dispatcher, history, spool_, spool_mutex);
        Relays relays(child_.log(), clients, child_.config(), relay_sockets);
        OutgoingRates rates(outgoing_rate_rules(child_.config()));
        rates_ = &rates;
        load_rates();
        LiveHands hands(child_, dispatcher, relays, settlement, freezes_, rates, spool_mutex);
        SpoolRunner runner(child_.pool(), real_files(), spool_, hands, history, freezes_);
        runner.show_with([this, &relays] { return view_facts(relays); });
        relays.on_freed([&runner](const std::string& destination) { runner.freed(destination); });
        IntakeFollower follower(child_, spool_, hands, history, runner, boot);
        runner_ = &runner;
        relays_ = &relays;
        dispatcher_ = &dispatcher;
        auto work = [&](Scope& scope) { return run_parts(scope, settlement, runner, follower); };
        co_await async::scoped(work);
    }

  private:
    Task<void> run_parts(Scope& scope, Settlement& settlement, SpoolRunner& runner, IntakeFollower& follower) {
        scope.spawn(settlement.run());
        scope.spawn(runner.run(scope));
        scope.spawn(serve());
        scope.spawn(serve_room());
        if (rates_->rules().any()) scope.spawn(keep_rates());
        child_.ready();
        co_await follower.run(scope);
        co_await runner.drain();
        co_await runner.save();
        co_await save_rates();
        scope.cancel();
    }

    /// The names are asked for behind Hands::blocking(), one listing at a time.
    spool::ViewFacts view_facts(const Relays& relays) {
        spool::ViewFacts facts;
        facts.expire = child_.config()[opt::queue_expire];
        facts.destination_of = [names = std::make_shared<spool::DestinationNames>(child_.config(), directory_)](
                                   auto address, auto route) { return names->of(address, route); };
        const auto now = async::Loop::current().now();
        for (const auto& one : relays.destinations())
            if (one.resting && one.until > now)
                facts.rests.try_emplace(one.destination, in_wall_time(one.until, now), one.reason);
        return facts;
    }

    static WallTime in_wall_time(Destinations::Time time, Destinations::Time now) {
        return real_clock().now() + std::chrono::duration_cast<std::chrono::microseconds>(time - now);
    }

    /// A hint, like the index: what cannot be read or written is not owed.
    void load_rates() {
        const auto text = real_files().read(spool_.rates_path()).value_or("");
        (void)rates_->load(text, async::Loop::current().now(), real_clock().now());
    }

    Task<void> keep_rates() {
        for (;;) {
            co_await async::sleep_for(kSaveRates);
            co_await save_rates();
        }
    }

    Task<void> save_rates() {
        if (!rates_->dirty()) co_return;
        const auto text = rates_->save(async::Loop::current().now(), real_clock().now());
        auto write = [&] {
            const auto temporary = spool_.rates_path() + ".new";
            real_files().unlink(temporary);
            real_files().open(temporary, OpenMode::create_new, 0600)->write_at(0, text);
            real_files().rename(temporary, spool_.rates_path());
        };
        std::exception_ptr failure;
        try {
            co_await async::offload(child_.pool(), write);
        } catch (const SystemError&) {
            failure = std::current_exception();
        }
        if (failure) child_.log().failure(Event::QueueFault, failure);
    }

    Task<void> serve() {
        ipc::Server server("queue", child_.peers({}), child_.log());
        server.on(spool::queue_request::kList, [this](ipc::Call call) { return list(std::move(call)); });
        server.on(spool::queue_request::kShow, [this](ipc::Call call) { return show(std::move(call)); });
        server.on(spool::queue_request::kRun, [this](ipc::Call call) { return try_now(std::move(call)); });
        server.on(spool::queue_request::kAct, [this](ipc::Call call) { return act(std::move(call)); });
        server.on(spool::queue_request::kFreeze, [this](ipc::Call call) { return freeze(std::move(call)); });
        server.on(spool::queue_request::kDestinations,
                  [this](ipc::Call call) { return destinations(std::move(call)); });
        server.on(spool::queue_request::kFrozen, [this](ipc::Call call) { return frozen(std::move(call)); });
        co_await server.serve(child_.internal_socket(spool::queue_request::kSocket), child_.retiring().point());
    }

    Task<void> serve_room() {
        ipc::Server server("room", child_.peers({"mdsmtpd"}), child_.log());
        server.on(delivery::room::kAsk, [this](ipc::Call call) { return room(std::move(call)); });
        co_await server.serve(child_.internal_socket(delivery::room::kSocket), child_.retiring().point());
    }

    Task<Reply> room(ipc::Call call) {
        auto question = delivery::decode_room_question(call.payload);
        if (!question) co_return Reply::refused("no question");
        const auto answer = co_await dispatcher_->room(std::move(*question));
        if (!answer) co_return Reply::refused("not known now");
        co_return Reply(delivery::encode(*answer));
    }

    Task<Reply> list(ipc::Call call) {
        const auto request = Json::parse(call.payload).value_or(Json());
        const auto cursor = static_cast<std::uint64_t>(request.integer("cursor"));
        const auto page = co_await runner_->list(cursor);
        co_return Reply(page.dump());
    }

    Task<Reply> show(ipc::Call call) {
        const auto request = Json::parse(call.payload).value_or(Json());
        const auto id = QueueId::parse(request.text("id"));
        if (!id) co_return Reply::refused("no queue id");
        const auto shown = co_await runner_->show(*id);
        co_return Reply(shown.value_or(Json()).dump());
    }

    Task<Reply> try_now(ipc::Call call) {
        const auto request = Json::parse(call.payload).value_or(Json());
        const auto ids = ids_of(request);
        Json answer;
        if (request.find("ids") == nullptr)
            answer.set("messages", runner_->try_now(QueueId::parse(request.text("id"))));
        else if (!ids)
            co_return Reply::refused("no queue ids");
        else
            answer.set("messages", runner_->try_now(*ids));
        co_return Reply(answer.dump());
    }

    /// none: there are none, or too many, or one is none
    static std::optional<std::vector<QueueId>> ids_of(const Json& request) {
        const auto* names = request.find("ids");
        if (names == nullptr || names->items().size() > spool::queue_request::kMostIds) return std::nullopt;
        std::vector<QueueId> ids;
        for (const auto& name : names->items()) {
            const auto id = QueueId::parse(name.as_text().value_or(""));
            if (!id) return std::nullopt;
            ids.push_back(*id);
        }
        return ids;
    }

    Task<Reply> destinations(ipc::Call) {
        const auto all = describe_destinations(relays_->destinations(), runner_->count_destinations(),
                                               async::Loop::current().now(), real_clock().now());
        co_return Reply(Json().set("destinations", all).dump());
    }

    Task<Reply> act(ipc::Call call) {
        const auto request = Json::parse(call.payload).value_or(Json());
        auto order = spool::parse_order(request);
        const auto ids = ids_of(request);
        if (!order || !ids) co_return Reply::refused("not a request to act");
        const auto outcomes = co_await runner_->act(*ids, std::move(*order));
        auto results = Json::array();
        for (std::size_t i = 0; i < ids->size(); ++i) results.add(spool::describe((*ids)[i], outcomes[i]));
        Json answer;
        answer.set("results", std::move(results));
        co_return Reply(answer.dump());
    }

    Task<Reply> freeze(ipc::Call call) {
        const auto request = Json::parse(call.payload).value_or(Json());
        const auto kind = spool::parse_freeze(request.text("kind"));
        if (!kind) co_return Reply::refused("not a request to freeze");
        spool::Freezes::Rule rule(*kind, lower(request.text("value")));
        const auto changed = co_await runner_->freeze(std::move(rule), request.boolean("frozen"));
        Json answer;
        answer.set("changed", changed);
        co_return Reply(answer.dump());
    }

    Task<Reply> frozen(ipc::Call) {
        Json answer;
        answer.set("frozen", spool::describe(freezes_));
        co_return Reply(answer.dump());
    }

    daemon::Child& child_;
    accounts::FileDirectory directory_;
    spool::Spool spool_;
    spool::Freezes freezes_;
    SpoolRunner* runner_ = nullptr;
    Relays* relays_ = nullptr;
    OutgoingRates* rates_ = nullptr;
    Dispatcher* dispatcher_ = nullptr;
};

}  // namespace

Task<void> run_manager(daemon::Child& child) {
    Manager manager(child);
    auto body = [&manager](Scope& scope) { return manager.run(scope); };
    co_await async::scoped(body);
}

}  // namespace md::mdqueue
