// tests/crash/manager.cc - see manager.h

#include "crash/manager.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "crash/ledger.h"
#include "mdqueue/local_delivery.h"
#include "support/run_task.h"

namespace md::test::crash {

using async::Task;
using mdqueue::Attempt;
using mdqueue::DeliveryResult;

namespace {

spool::Spool& locked(spool::Spool& spool) {
    if (!spool.try_lock()) throw std::logic_error("the spool has another owner");
    return spool;
}

}  // namespace

Manager::Manager(Files& files, const store::StoreOptions& store, std::uint64_t boot, Ledger& ledger, Sites& sites)
    : ledger_(ledger),
      sites_(sites),
      log_(sink_),
      store_(store),
      clock_(*store.clock),
      spool_(files, "/spool"),
      history_(files, locked(spool_).taken_directory() + "/sync", boot),
      take_over_(files, "/intake", spool_, history_, boot),
      record_work_(*this, spool_),
      message_work_(*this, spool_, history_) {
    if (history_.doubtful_past()) spool_.distrust();
}

/// As IntakeFollower and SpoolRunner. What is given alone wants all that was given before settled.
void Manager::turn() {
    take_records();
    while (!take_over_.caught_up()) {
        settle_records();
        take_records();
    }
    run_spool();
}

/// The first fault is thrown when all has been tried.
void Manager::take_records() {
    for (;;) {
        const auto records = take_over_.next(true);
        const auto faults = take_over_.faults();
        for (const auto& record : records) {
            held_.insert(record->entry.id);
            open_.push_back(record);
        }
        handle_open();
        if (!faults.empty()) throw SystemError(faults.front());
        if (records.empty()) return;
    }
}

void Manager::handle_open() {
    std::exception_ptr fault;
    for (auto& record : std::exchange(open_, {})) {
        try {
            if (!run_task(record_work_.handle(record))) throw std::logic_error("nobody ends here");
            take_over_.finish(std::move(record));
        } catch (const SystemError&) {
            open_.push_back(std::move(record));
            fault = std::current_exception();
        }
    }
    if (fault) std::rethrow_exception(fault);
}

Task<delivery::Expansion> Manager::expand(std::string address, delivery::Forwards) {
    delivery::Expansion out;
    for (auto& holder : holders_of(address)) {
        auto& target = out.targets.emplace_back();
        target.kind = is_local(holder) ? delivery::Target::Kind::mailbox : delivery::Target::Kind::remote;
        const auto account = account_of(holder);
        target.account.name = {account.domain, account.local_part};
        target.address = std::move(holder);
    }
    co_return out;
}

Task<Attempt> Manager::attempt(const spool::Envelope& envelope, const delivery::Target& target,
                               const mdqueue::Readable& message, mdqueue::How how, const mdqueue::Link& first) {
    Attempt attempt;
    mdqueue::Delivery delivery;
    delivery.id = envelope.id;
    delivery.account = {target.account.name.domain, target.account.name.local_part};
    delivery.folder = target.folder;
    delivery.internal_date = unix_seconds(envelope.arrived);
    delivery.beginning = message.beginning;
    delivery.offset = message.offset;
    delivery.size = message.size;
    delivery.how = how;
    delivery.first = first;
    attempt.kind = Attempt::Kind::deferred;
    attempt.status = mdqueue::kLocalError;  // as the deliver child says it
    try {
        const auto result = mdqueue::deliver_into(store_, delivery, *message.file);
        if (result.kind == DeliveryResult::Kind::delivered) attempt.kind = Attempt::Kind::delivered;
        attempt.status = result.status;
        attempt.placed = result.placed;
    } catch (const SystemError&) {
    }
    co_return attempt;
}

Task<mdqueue::Relayed> Manager::relay(const spool::Envelope& envelope, const std::string&, const File& message,
                                      std::uint64_t size, bool) {
    co_return sites_.relay(envelope, message, size);
}

/// Nothing of the day is unfiltered.
Task<mdqueue::Examined> Manager::examine(const spool::StoredEnvelope&, const File&) {
    co_return mdqueue::Examined{};
}

/// Which of those that other hosts took the spool says so of; a message that is gone was finished.
Manager::Keys Manager::written() {
    Keys out;
    for (const auto& key : ledger_.unrecorded()) {
        const auto& copy = ledger_.copy(key.first, key.second);
        const auto state = spool_.find(copy.id);
        const auto stored = state ? spool_.read(*state, copy.id) : std::nullopt;
        if (!stored && !copy.refused)
            ledger_.fault(&Totals::other, key.first + " " + key.second + ": forgotten before its record is on disk");
        bool known = !stored;
        const auto states = stored ? stored->states() : std::vector<spool::RecipientState>();
        for (std::size_t i = 0; i < states.size(); ++i)
            known = known || (stored->envelope.recipients[i].address == key.first &&
                              states[i].kind == spool::RecipientState::Kind::relayed);
        if (known) out.push_back(key);
    }
    return out;
}

/// As Settlement; SpoolRunner has it done before anything is tried.
Task<bool> Manager::on_disk() {
    bool begun = false;
    bool good = false;
    const auto relayed = written();
    try {
        history_.begin();
        begun = true;
        spool_.sync();
        store_.sync();
        good = true;
    } catch (const SystemError&) {
    }
    if (begun) history_.end(good);
    if (!good) ledger_.disk_refused({});
    for (const auto& key : relayed)
        if (good) ledger_.copy(key.first, key.second).unrecorded = false;
    co_return good;
}

mdqueue::Rules Manager::rules() const {
    return {"mail.example.org", {std::chrono::seconds(1)}, std::chrono::hours(24), 1U << 20U};
}

Task<void> Manager::run(Job& job) {
    job.run();
    co_return;
}

/// Everything is due.
void Manager::run_spool() {
    if (!started_ && !run_task(on_disk())) throw SystemError("syncfs", "/spool", EIO);
    started_ = true;
    for (const auto state : {spool::state::kIncoming, spool::state::kRetry, spool::state::kRemote})
        for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder)
            for (const auto& found : spool_.scan(state, folder))
                if (found.stored && found.has_message && !held_.contains(found.id))
                    run_message(std::string(state), found.id);
}

void Manager::run_message(const std::string& state, QueueId id) {
    const bool anew = doubtful_.contains(id);
    if (anew) ledger_.disk_refused(id);
    doubtful_.insert(id);  // until it ends well
    mdqueue::Ending ending;
    mdqueue::Trying trying;
    trying.anew = anew;
    trying.urgent = true;
    run_task(message_work_.handle(id, state, trying, ending));
    if (!ending.doubtful) doubtful_.erase(id);
}

/// As SpoolRunner.
spool::ActOutcome Manager::act(QueueId id, spool::Act what, const std::string& to) {
    const auto failures = history_.failures();
    const auto outcome = spool::act(spool_, id, what, to, clock_.now(), spool::Durable::later);
    if (!run_task(on_disk()) || history_.failures() != failures) throw SystemError("syncfs", "/spool", EIO);
    return outcome;
}

void Manager::settle() {
    if (!open_.empty()) turn();
    settle_records();
}

void Manager::settle_records() {
    take_over_.begin_settle();
    if (!take_over_.has_unsettled()) return;
    if (!run_task(on_disk())) {
        take_over_.settle_failed();
        throw SystemError("syncfs", "/store", EIO);
    }
    take_over_.end_settle();
    (void)take_over_.faults();  // logged
    for (const auto& record : take_over_.settled()) held_.erase(record->entry.id);
}

}  // namespace md::test::crash
