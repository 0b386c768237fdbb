// policy/state.cc - see state.h

#include "policy/state.h"

#include <algorithm>
#include <set>

#include "async/loop.h"
#include "base/bytes.h"
#include "base/ids.h"
#include "base/strings.h"

namespace md::policy {

using async::Task;
using async::Wait;
using namespace request;

namespace {

constexpr std::string_view kTable = "lists";
/// Of one reply, well below a frame's limit.
constexpr std::size_t kPageBytes = 512U << 10;
/// Changes that a subscriber may be behind before it takes everything anew.
constexpr std::size_t kLoggedChanges = 20'000;

std::uint64_t random_number() {
    return ByteReader(random_octets(8)).number<std::uint64_t>() | 1U;
}

ipc::Reply malformed() {
    return ipc::Reply::refused("a request that is not of this version, or not in its form");
}

}  // namespace

State::State(StateStore& store, async::WorkerPool& pool, const Clock& clock, log::Logger log)
    : store_(store),
      pool_(pool),
      clock_(clock),
      log_(std::move(log)),
      epoch_(random_number()),
      returned_(async::after(kReturn)) {}

Task<void> State::load() {
    std::vector<std::pair<std::string, std::string>> records;
    auto read = [&] {
        store_.read_all(kTable,
                        [&](std::string_view key, std::string_view record) { records.emplace_back(key, record); });
    };
    co_await async::offload(pool_, read);
    for (const auto& [key, record] : records) {
        const auto entry = decode(key, record);
        if (entry) {
            lists_.put(*entry);
        } else {
            log_.event(Event::FilterRecordUnreadable, printable(key));
        }
    }
}

void State::answer_on(ipc::Server& server) {
    server.on(kChange, [this](ipc::Call call) { return on_change(std::move(call)); });
    server.on(kList, [this](ipc::Call call) { return on_list(std::move(call)); });
    server.on(kCheck, [this](ipc::Call call) { return on_check(std::move(call)); });
    server.on(kAttend, [this](ipc::Call call) { return on_attend(std::move(call)); });
    server.on(kNext, [this](ipc::Call call) { return on_next(std::move(call)); });
}

// ---- changes

Task<ipc::Reply> State::on_change(ipc::Call call) {
    auto changes = read_changes(call.payload);
    if (!changes) co_return malformed();
    const auto reply = co_await change(std::move(*changes));
    ipc::Reply answer(write(reply));
    co_return std::move(answer);
}

/// Done::done: nothing speaks against them.
ChangeReply State::refusal(const std::vector<Change>& changes) const {
    const auto now = clock_.now();
    std::set<std::string> gone;
    std::set<std::string> come;
    std::size_t more = 0;
    std::size_t patterns[] = {lists_.patterns(List::black), lists_.patterns(List::white)};
    ChangeReply reply;
    for (const auto& change : changes) {
        const auto key = key_of(change.entry);
        const auto* const known = lists_.find_key(key);
        const bool there = come.contains(key) || (known != nullptr && !known->expired(now) && !gone.contains(key));
        if (change.operation == Operation::remove) {
            if (!there) reply.done = Done::not_there;
            come.erase(key);
            gone.insert(key);
        } else {
            if (change.operation == Operation::add && there) reply.done = Done::exists;
            const bool new_one = come.insert(key).second && known == nullptr;
            if (new_one && lists_.size() + ++more > kMostEntries) reply.done = Done::full;
            const bool pattern = change.entry.kind == Kind::sender && is_pattern(change.entry.value);
            if (new_one && pattern && ++patterns[change.entry.list == List::black ? 0 : 1] > kMostPatterns)
                reply.done = Done::full;
        }
        if (reply.done != Done::done) return reply;
        ++reply.index;
    }
    reply.index = 0;
    return reply;
}

Task<ChangeReply> State::change(std::vector<Change> changes) {
    std::uint64_t version = 0;
    {
        const auto guard = co_await changing_.lock();
        auto reply = refusal(changes);
        if (reply.done != Done::done) co_return reply;
        std::vector<StoreChange> records;
        for (const auto& change : changes) {
            StoreChange record;
            record.key = key_of(change.entry);
            if (change.operation != Operation::remove) record.record = encode_record(change.entry);
            records.push_back(std::move(record));
        }
        co_await keep(std::move(records));
        version = version_;
    }
    ChangeReply reply;
    const bool everywhere = co_await heard(version);
    if (!everywhere) reply.done = Done::not_heard;
    co_return reply;
}

/// Durable, then in memory, then told.
Task<void> State::keep(std::vector<StoreChange> changes) {
    auto write_down = [&] { store_.apply(kTable, changes); };
    co_await async::offload(pool_, write_down);
    for (auto& change : changes) {
        const auto entry = decode(change.key, change.record.value_or(encode_record(Entry())));
        MD_ASSERT(entry.has_value());
        if (change.record) {
            lists_.put(*entry);
        } else {
            lists_.remove(*entry);
        }
        log_of_changes_.push_back({++version_, std::move(change)});
    }
    while (log_of_changes_.size() > kLoggedChanges) log_of_changes_.pop_front();
    changed_.wake_all();
}

Task<std::size_t> State::purge() {
    const auto guard = co_await changing_.lock();
    const auto now = clock_.now();
    std::vector<StoreChange> over;
    for (const auto& [key, entry] : lists_.entries())
        if (entry.expired(now) && over.size() < kLoggedChanges / 4) over.push_back({key, std::nullopt});
    const auto count = over.size();
    if (count > 0) co_await keep(std::move(over));
    co_return count;
}

bool State::all_act_on(std::uint64_t version) const noexcept {
    return std::all_of(subscribers_.begin(), subscribers_.end(),
                       [&](const auto& entry) { return !entry.second.current || entry.second.acted_on >= version; });
}

Task<bool> State::heard(std::uint64_t version) {
    if (async::Loop::current().now() < returned_) co_await async::sleep_until(returned_);
    const auto deadline = async::after(kHearing);
    while (!all_act_on(version)) {
        const auto woken = co_await Wait(heard_, deadline);
        if (woken == async::Woken::timed_out) co_return all_act_on(version);
    }
    co_return true;
}

// ---- questions

Task<ipc::Reply> State::on_list(ipc::Call call) {
    const auto question = read_list_question(call.payload);
    if (!question) co_return malformed();
    const auto now = clock_.now();
    ListPage page;
    std::size_t bytes = 0;
    const auto& entries = lists_.entries();
    for (auto at = entries.upper_bound(question->after); at != entries.end() && !page.more; ++at) {
        if (at->second.list != question->list || at->second.expired(now)) continue;
        if (bytes > kPageBytes) {
            page.more = true;
        } else {
            bytes += at->first.size() + at->second.comment.size() + 40;
            page.entries.push_back(at->second);
        }
    }
    ipc::Reply answer(write(page));
    co_return std::move(answer);
}

Task<ipc::Reply> State::on_check(ipc::Call call) {
    const auto question = read_check_question(call.payload);
    if (!question) co_return malformed();
    const Entry* found = nullptr;
    if (question->kind == Kind::ip) {
        const auto address = IpAddress::parse(question->text);
        if (!address) co_return malformed();
        found = lists_.find(question->list, *address, clock_.now());
    } else {
        found = lists_.find_sender(question->list, question->text, clock_.now());
    }
    ListPage page;
    if (found != nullptr) page.entries.push_back(*found);
    ipc::Reply answer(write(page));
    co_return std::move(answer);
}

// ---- subscribers

/// Answered when we retire; cancelled with the connection.
Task<ipc::Reply> State::on_attend(ipc::Call call) {
    struct Attending {
        Attending(State& s, std::uint64_t number) : state(s), id(number) { state.subscribers_[id] = Subscriber(); }
        ~Attending() {
            state.subscribers_.erase(id);
            state.heard_.wake_all();
        }
        State& state;
        std::uint64_t id;
    };
    const auto id = read_attend(call.payload);
    if (!id || subscribers_.contains(*id)) co_return malformed();
    const Attending attending(*this, *id);
    const auto woken = co_await retiring_.wait(async::never());
    static_cast<void>(woken);
    ipc::Reply answer;
    co_return std::move(answer);
}

bool State::can_follow(const NextQuestion& question) const noexcept {
    const auto oldest = log_of_changes_.empty() ? version_ : log_of_changes_.front().version - 1;
    return question.cursor.empty() && question.epoch == epoch_ && question.version >= oldest &&
           question.version <= version_;
}

Task<ipc::Reply> State::on_next(ipc::Call call) {
    const auto question = read_next_question(call.payload);
    if (!question) co_return malformed();
    const auto subscriber = subscribers_.find(question->subscriber);
    if (subscriber == subscribers_.end()) co_return ipc::Reply::refused("attend first");
    NextReply reply;
    if (!can_follow(*question)) {
        reply = snapshot(*question);
    } else {
        subscriber->second.acted_on = question->version;
        if (question->version == version_) subscriber->second.current = true;
        heard_.wake_all();
        while (version_ == question->version && !retiring_.is_set()) {
            const auto woken = co_await async::either(changed_, retiring_.point(), async::never());
            static_cast<void>(woken);
        }
        reply = changes_since(question->version);
    }
    ipc::Reply answer(write(reply));
    co_return std::move(answer);
}

NextReply State::changes_since(std::uint64_t version) const {
    NextReply reply;
    reply.epoch = epoch_;
    reply.version = version;
    std::size_t bytes = 0;
    const auto first = std::find_if(log_of_changes_.begin(), log_of_changes_.end(),
                                    [&](const Logged& logged) { return logged.version > version; });
    for (auto at = first; at != log_of_changes_.end() && bytes < kPageBytes; ++at) {
        bytes += at->change.key.size() + at->change.record.value_or("").size() + 9;
        reply.records.push_back(at->change);
        reply.version = at->version;
    }
    return reply;
}

/// A page of all entries. What changes while the pages go over is in the changes since the first page's version, and
/// these can be taken twice without harm.
NextReply State::snapshot(const NextQuestion& question) const {
    NextReply reply;
    const bool further = question.epoch == epoch_ && !question.cursor.empty();
    reply.epoch = epoch_;
    reply.form = further ? NextReply::Form::further_page : NextReply::Form::first_page;
    reply.version = further ? question.version : version_;
    std::size_t bytes = 0;
    const auto& entries = lists_.entries();
    for (auto at = entries.upper_bound(further ? question.cursor : std::string()); at != entries.end(); ++at) {
        if (bytes > kPageBytes) {
            reply.cursor = reply.records.back().key;
            break;
        }
        reply.records.push_back({at->first, encode_record(at->second)});
        bytes += at->first.size() + reply.records.back().record->size() + 9;
    }
    return reply;
}

}  // namespace md::policy
