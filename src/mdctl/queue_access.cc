// mdctl/queue_access.cc - see queue_access.h

#include "mdctl/queue_access.h"

#include <algorithm>

#include "base/error.h"
#include "daemon/trees.h"
#include "mdctl/owner_files.h"
#include "spool/destination_names.h"
#include "spool/index.h"
#include "spool/queue_request.h"
#include "spool/queue_view.h"
#include "spool/unsettled.h"

namespace md::mdctl {

namespace {

using ipc::Json;
namespace request = spool::queue_request;

/// Asks the manager.
class Asked final : public QueueAccess {
  public:
    explicit Asked(std::string socket) : socket_(std::move(socket)) {}

    Outcome each(const std::function<void(const Json&)>& look) override {
        Json cursor(0);
        do {
            const auto page = ask_for(request::kList, Json().set("cursor", cursor));
            if (!page) return fail(page.error());
            const auto* messages = page->find("messages");
            if (messages == nullptr) return fail(Complaint{Exit::again, "mdqueue gives no list"});
            for (const auto& message : messages->items()) look(message);
            const auto* next = page->find("next");
            cursor = next == nullptr ? Json() : *next;
        } while (!cursor.is_null());
        return {};
    }
    Result<Json, Complaint> show(QueueId id) override { return ask_for(request::kShow, Json().set("id", id.text())); }
    Result<std::vector<Json>, Complaint> act(const std::vector<QueueId>& ids, const spool::Order& order) override {
        std::vector<Json> rows;
        for (std::size_t from = 0; from < ids.size(); from += request::kMostIds) {
            auto question = spool::describe(order);
            question.set("ids", names_of(ids, from));
            const auto answer = ask_for(request::kAct, std::move(question));
            if (!answer) return fail(answer.error());
            const auto* results = answer->find("results");
            if (results == nullptr) return fail(Complaint{Exit::again, "mdqueue does not say what it did"});
            rows.insert(rows.end(), results->items().begin(), results->items().end());
        }
        return rows;
    }
    Result<std::int64_t, Complaint> run(const std::vector<QueueId>& ids, bool all) override {
        std::int64_t tried = 0;
        std::vector<Json> questions;
        for (std::size_t from = 0; from < ids.size(); from += request::kMostIds)
            questions.push_back(Json().set("ids", names_of(ids, from)));
        if (all) questions.assign(1, Json::object());
        for (auto& question : questions) {
            const auto answer = ask_for(request::kRun, std::move(question));
            if (!answer) return fail(answer.error());
            tried += answer->integer("messages");
        }
        return tried;
    }
    Result<bool, Complaint> freeze(const spool::Freezes::Rule& rule, bool frozen) override {
        Json question;
        question.set("kind", name(rule.first)).set("value", rule.second).set("frozen", frozen);
        const auto answer = ask_for(request::kFreeze, std::move(question));
        if (!answer) return fail(answer.error());
        return answer->boolean("changed");
    }
    Result<Json, Complaint> frozen() override {
        const auto answer = ask_for(request::kFrozen, Json::object());
        if (!answer) return fail(answer.error());
        const auto* rules = answer->find("frozen");
        return rules == nullptr ? Json::array() : *rules;
    }
    Result<Json, Complaint> destinations() override {
        const auto answer = ask_for(request::kDestinations, Json::object());
        if (!answer) return fail(answer.error());
        const auto* all = answer->find("destinations");
        return all == nullptr ? Json::array() : *all;
    }

  private:
    /// As many from there on as one question has.
    static Json names_of(const std::vector<QueueId>& ids, std::size_t from) {
        auto out = Json::array();
        for (auto i = from; i < std::min(ids.size(), from + request::kMostIds); ++i) out.add(ids[i].text());
        return out;
    }
    [[nodiscard]] Result<Json, Complaint> ask_for(std::uint16_t type, Json question) {
        Question asked{"mdqueue", socket_, type, std::move(question)};
        asked.patience = std::chrono::seconds(30);  // a busy disk may hold up a page, and many acts one sync
        return ask(asked);
    }

    std::string socket_;
};

const spool::ActOutcome kUnsettled{spool::ActOutcome::Kind::refused, "",
                                   "mdqueue ended before it was done with it; start mdqueue and try again"};

const Complaint kDown{Exit::no_daemon, "mdqueue does not run; `mdctl start` starts it"};

/// Owns the spool.
class Own final : public QueueAccess {
  public:
    Own(Files& files, config::ConfigPointer config)
        : files_(files),
          config_(std::move(config)),
          directory_(files, daemon::account_places(*config_)),
          names_(*config_, directory_),
          spool_(files, (*config_)[config::opt::paths_spool]),
          intake_directory_((*config_)[config::opt::paths_intake]),
          freezes_(spool_.frozen_path()) {
        facts_.expire = (*config_)[config::opt::queue_expire];
        facts_.destination_of = [this](auto address, auto route) { return names_.of(address, route); };
    }

    [[nodiscard]] bool lock() {
        if (!spool_.try_lock()) return false;
        freezes_.load(files_);
        return true;
    }

    Outcome each(const std::function<void(const Json&)>& look) override {
        for (const auto& queue : spool_.states())
            for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder)
                for (const auto& found : spool_.scan(queue, folder))
                    if (found.stored) look(spool::describe(*found.stored, queue, facts_));
        return {};
    }
    Result<Json, Complaint> show(QueueId id) override {
        const auto queue = spool_.find(id);
        if (!queue) return Json();
        const auto stored = spool_.read(*queue, id);
        return stored ? spool::describe_whole(*stored, *queue, facts_) : Json();
    }
    Result<std::vector<Json>, Complaint> act(const std::vector<QueueId>& ids, const spool::Order& order) override {
        std::vector<Json> rows;
        const auto now = real_clock().now();
        spool::Index index(files_, spool_.index_path());
        const bool indexed = index.load();
        const auto open = spool::unsettled(files_, intake_directory_, spool_);
        for (const auto id : ids) {
            spool_.sync_names(id);  // a manager that was killed may have moved it in memory alone
            const auto outcome =
                open.contains(id.value()) ? kUnsettled : spool::act(spool_, id, order, now, spool::Durable::now);
            rows.push_back(spool::describe(id, outcome));
            if (outcome.kind != spool::ActOutcome::Kind::done) continue;
            if (outcome.queue.empty())
                index.remove(id);
            else
                index.put(id, outcome.queue, {}, unix_seconds(outcome.due.value_or(now)));
        }
        if (indexed) index.write(index.begin_save());
        return rows;
    }
    Result<std::int64_t, Complaint> run(const std::vector<QueueId>&, bool) override { return fail(kDown); }
    Result<Json, Complaint> destinations() override { return fail(kDown); }
    Result<bool, Complaint> freeze(const spool::Freezes::Rule& rule, bool frozen) override {
        const bool changed = freezes_.change(files_, rule, frozen);
        // What waits for the thaw is due never: the next start looks at all.
        if (changed && !frozen) files_.unlink(spool_.index_path());
        return changed;
    }
    Result<Json, Complaint> frozen() override { return spool::describe(freezes_); }

  private:
    Files& files_;
    config::ConfigPointer config_;
    accounts::FileDirectory directory_;
    spool::DestinationNames names_;
    spool::ViewFacts facts_;
    spool::Spool spool_;
    std::string intake_directory_;
    spool::Freezes freezes_;
};

}  // namespace

Result<std::unique_ptr<QueueAccess>, Complaint> QueueAccess::open(Context& context) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    const auto socket = (**config)[config::opt::paths_run] + "/" + std::string(request::kSocket);
    if (somebody_listens(socket)) return std::unique_ptr<QueueAccess>(std::make_unique<Asked>(socket));
    auto own = std::make_unique<Own>(owner_files(), *config);
    if (!own->lock())
        return fail(Complaint{Exit::again, "another process has the queue, and does not answer; try again"});
    return std::unique_ptr<QueueAccess>(std::move(own));
}

}  // namespace md::mdctl
