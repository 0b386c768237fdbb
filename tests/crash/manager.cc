// tests/crash/manager.cc - see manager.h

#include "crash/manager.h"

#include <algorithm>
#include <stdexcept>

#include "crash/ledger.h"

namespace md::test::crash {

namespace {

const spool::Spool& locked(spool::Spool& spool) {
    if (!spool.try_lock()) throw std::logic_error("the spool has another owner");
    return spool;
}

spool::Progress delivered(std::uint32_t recipient, WallTime now) {
    spool::Progress progress;
    progress.time = now;
    progress.recipient = recipient;
    progress.kind = spool::Progress::Kind::delivered;
    return progress;
}

}  // namespace

Manager::Manager(Files& files, const store::StoreOptions& store, std::uint64_t boot)
    : store_(store), clock_(*store.clock), spool_(files, "/spool"), take_over_(files, "/intake", spool_, boot) {
    (void)locked(spool_);
}

void Manager::turn() {
    for (;;) {
        auto records = take_over_.next(true);
        if (records.empty()) break;
        for (auto& record : records) work_.push_back({std::move(record), false, false});
    }
    const auto faults = take_over_.faults();
    for (auto& work : work_)
        if (!work.finished) handle(work);
    run_spool();
    if (!faults.empty()) throw SystemError(faults.front());
}

/// As IntakeFollower::handle.
void Manager::handle(Work& work) {
    auto& record = work.record;
    if (!record.raw.empty()) {
        const spool::MessagePiece raw(record.entry.envelope);
        spool_.add_raw(record.entry.id, clock_.now(), std::span(&raw, 1), record.raw);
    } else {
        const Message message{record.entry.file.get(), record.entry.message_offset, record.entry.message_size,
                              record.replay, work.anew};
        bool all_done = true;
        std::vector<spool::Progress> progress;
        for (std::uint32_t place = 0; place < record.open.size(); ++place) {
            const auto& recipient = record.envelope.recipients[record.open[place]].address;
            if (is_local(recipient) && deliver(record.envelope, recipient, message)) {
                progress.push_back(delivered(place, clock_.now()));
            } else {
                all_done = false;
            }
        }
        record.replay = true;
        if (!all_done) keep(record, record.open, std::move(progress));
    }
    take_over_.finish(record);
    work.finished = true;
}

/// As the deliver child. False: a fault of this machine, to be tried again from the spool.
bool Manager::deliver(const spool::Envelope& envelope, const std::string& recipient, const Message& message) try {
    const auto account = store_.account(account_of(recipient));
    const auto inbox = account->open("INBOX");
    store::Incoming incoming;
    incoming.id = envelope.id;
    incoming.recipient = recipient;
    incoming.internal_date = unix_seconds(envelope.arrived);
    store::Content content;
    // DESIGN 2: after a sync that failed all is written anew, uncompared. An empty content is no file's: only what its
    // owner removed is served.
    if (message.anew && (*inbox)->served(incoming, content, store::Compare::length)) return true;
    content.file = message.file;
    content.offset = message.offset;
    content.length = message.size;
    if (message.replay && !message.anew && (*inbox)->served(incoming, content, store::Compare::bytes)) return true;
    return (*inbox)->deliver(incoming, content).has_value();
} catch (const SystemError&) {
    return false;
}

void Manager::keep(const mdqueue::Record& record, const std::vector<std::uint32_t>& wanted,
                   std::vector<spool::Progress> progress) {
    auto waiting = record.envelope;
    waiting.recipients.clear();
    for (const auto number : wanted) waiting.recipients.push_back(record.envelope.recipients[number]);
    const spool::MessagePiece piece(record.entry.file, record.entry.message_offset, record.entry.message_size);
    (void)spool_.add(spool::state::kIncoming, waiting, std::span(&piece, 1), spool::Durable::now);
    if (!progress.empty())
        (void)spool_.append_progress(spool::state::kIncoming, waiting.id, progress, spool::Durable::now);
}

/// As SpoolRunner, for which everything is due.
void Manager::run_spool() {
    for (const auto state : {spool::state::kIncoming, spool::state::kRetry})
        for (unsigned folder = 0; folder < spool::Spool::kFolders; ++folder)
            for (const auto& found : spool_.scan(state, folder))
                if (found.stored && found.has_message) run_message(std::string(state), found.id, *found.stored);
}

void Manager::run_message(const std::string& state, QueueId id, const spool::StoredEnvelope& stored) {
    const auto file = spool_.open_message(state, id);
    const Message message{file.get(), 0, stored.message_size, true, doubtful_};
    std::vector<spool::Progress> progress;
    auto after = stored;
    const auto states = stored.states();
    bool remote = false;
    for (std::uint32_t i = 0; i < states.size(); ++i) {
        const auto& recipient = stored.envelope.recipients[i].address;
        if (states[i].finished()) continue;
        if (!is_local(recipient))
            remote = true;
        else if (deliver(stored.envelope, recipient, message))
            progress.push_back(delivered(i, clock_.now()));
    }
    if (!progress.empty()) {
        sync();
        (void)spool_.append_progress(state, id, progress, spool::Durable::now);
        after.progress.insert(after.progress.end(), progress.begin(), progress.end());
    }
    const auto ends = after.states();
    const bool done = std::ranges::all_of(ends, [](const auto& one) { return one.finished(); });
    if (done)
        (void)spool_.remove(state, id);
    else if (remote && state == spool::state::kIncoming)
        (void)spool_.move(id, state, spool::state::kRemote, spool::Durable::now);
}

void Manager::sync() {
    try {
        store_.sync();
        doubtful_ = false;
    } catch (const SystemError&) {
        take_over_.sync_failed();
        for (auto& work : work_) {
            work.finished = false;
            work.anew = true;
        }
        doubtful_ = true;
        throw;
    }
}

void Manager::settle() {
    if (std::ranges::any_of(work_, [](const Work& work) { return !work.finished; })) turn();
    if (!take_over_.has_unsettled()) return;
    take_over_.begin_settle();
    sync();
    std::erase_if(work_, [](const Work& work) { return work.finished; });
    take_over_.end_settle();
}

}  // namespace md::test::crash
