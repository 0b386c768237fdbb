// policy/state.cc - see state.h

#include "policy/state.h"

#include <algorithm>
#include <map>
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
/// Octets of changes that a subscriber may be behind before it takes everything anew. An import of a million entries
/// passes through without that, for it waits for the subscribers after each of its parts.
constexpr std::size_t kLoggedBytes = 32U << 20;
/// What a logged change takes beside its texts.
constexpr std::size_t kLoggedEach = 96;
/// Entries whose time is over that one purge removes.
constexpr std::size_t kPurgedAtOnce = 10'000;
/// Entries that one turn of the loop looks at: then it is the turn of others.
constexpr std::size_t kLookedAtOnce = 20'000;

std::uint64_t random_number() {
    return ByteReader(random_octets(8)).number<std::uint64_t>() | 1U;
}

bool in_set(std::string_view key, ListSet lists) {
    return !key.empty() && key.front() > 0 && key.front() < 8 && (lists >> static_cast<unsigned>(key.front()) & 1) != 0;
}

std::string text_of(const Lists::Cursor& cursor) {
    std::string out;
    put_number(out, cursor.layout);
    put_number(out, cursor.at);
    return out;
}

/// Where to go on; none: from the beginning.
std::optional<Lists::Cursor> cursor_of(std::string_view text, const Lists& lists) {
    ByteReader in(text);
    Lists::Cursor cursor;
    cursor.layout = in.number<std::uint32_t>();
    cursor.at = in.number<std::uint64_t>();
    if (!in.ok() || !in.at_end() || lists.stale(cursor)) return std::nullopt;
    return cursor;
}

ipc::Reply malformed() {
    return ipc::Reply::refused("a request that is not of this version, or not in its form");
}

}  // namespace

State::State(StateStore& store, async::WorkerPool& pool, const Clock& clock, log::Logger log, const Rates& rates)
    : store_(store),
      pool_(pool),
      clock_(clock),
      log_(std::move(log)),
      epoch_(random_number()),
      returned_(async::after(kReturn)),
      counters_(rates) {}

Task<void> State::load() {
    std::vector<std::string> unreadable;
    auto read = [&] {
        store_.read_all(kTable, [&](std::string_view key, std::string_view record) {
            const bool known = decode(key, record) && lists_.put_record(key, record);
            if (!known) unreadable.emplace_back(key);
        });
    };
    co_await async::offload(pool_, read);
    for (const auto& key : unreadable) log_.event(Event::FilterRecordUnreadable, printable(key));
}

void State::answer_on(ipc::Server& server) {
    server.on(kChange, [this](ipc::Call call) { return on_change(std::move(call)); });
    server.on(kList, [this](ipc::Call call) { return on_list(std::move(call)); });
    server.on(kCheck, [this](ipc::Call call) { return on_check(std::move(call)); });
    server.on(kAttend, [this](ipc::Call call) { return on_attend(std::move(call), kAllLists); });
    server.on(kNext, [this](ipc::Call call) { return on_next(std::move(call)); });
}

void State::answer_daemons_on(ipc::Server& server) {
    server.on(kAttend, [this](ipc::Call call) { return on_attend(std::move(call), bit(List::ban)); });
    server.on(kNext, [this](ipc::Call call) { return on_next(std::move(call)); });
    server.on(kCount, [this](ipc::Call call) { return on_count(std::move(call)); });
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
    std::map<List, std::size_t> patterns;
    ChangeReply reply;
    for (const auto& change : changes) {
        const auto key = key_of(change.entry);
        const bool known = lists_.contains(key);
        const bool there = come.contains(key) || (lists_.counts(key, now) && !gone.contains(key));
        if (change.operation == Operation::remove || change.operation == Operation::drop) {
            if (!there && change.operation == Operation::remove) reply.done = Done::not_there;
            come.erase(key);
            gone.insert(key);
        } else {
            if (change.operation == Operation::add && there) reply.done = Done::exists;
            const bool new_one = come.insert(key).second && !known;
            if (new_one && lists_.size() + ++more > kMostEntries) reply.done = Done::full;
            const auto& entry = change.entry;
            const bool scanned =
                entry.kind != Kind::ip && is_pattern(entry.value) && !is_suffix(entry.kind, entry.value);
            if (new_one && scanned && lists_.patterns(entry.list) + ++patterns[entry.list] > kMostPatterns)
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
            if (change.operation == Operation::add || change.operation == Operation::put)
                record.record = encode_record(change.entry);
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
        if (change.record) {
            const bool taken = lists_.put_record(change.key, *change.record);
            MD_ASSERT(taken);
        } else {
            lists_.remove_key(change.key);
        }
        log_change(std::move(change));
    }
    changed_.wake_all();
}

void State::log_change(StoreChange change) {
    const auto bytes = [](const StoreChange& c) { return c.key.size() + c.record.value_or("").size() + kLoggedEach; };
    logged_bytes_ += bytes(change);
    log_of_changes_.push_back({++version_, std::move(change)});
    while (logged_bytes_ > kLoggedBytes) {
        logged_bytes_ -= bytes(log_of_changes_.front().change);
        log_of_changes_.pop_front();
    }
}

Task<std::size_t> State::purge() {
    counters_.sweep(std::chrono::duration_cast<Counters::Now>(async::Loop::current().now().time_since_epoch()));
    const auto guard = co_await changing_.lock();
    std::vector<StoreChange> over;
    if (lists_.passing() > 0) {
        const auto now = clock_.now();
        auto cursor = lists_.begin();
        for (bool more = true; more && over.size() < kPurgedAtOnce;) {
            std::size_t looked = 0;
            more = lists_.walk(cursor, [&](std::string_view key, std::string_view record) {
                if (looked++ == kLookedAtOnce || over.size() == kPurgedAtOnce) return false;
                const auto rest = split_record(record);
                if (rest && rest->expires && *rest->expires <= now) over.push_back({std::string(key), std::nullopt});
                return true;
            });
            co_await async::yield();  // what changes the lists waits for the lock
        }
    }
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
    std::size_t looked = 0;
    auto cursor = cursor_of(question->cursor, lists_).value_or(lists_.begin());
    const bool more = lists_.walk(cursor, [&](std::string_view key, std::string_view) {
        if (looked++ == kLookedAtOnce) return false;
        if (!in_set(key, bit(question->list)) || !lists_.counts(key, now)) return true;
        if (bytes > kPageBytes) return false;
        auto entry = lists_.find_key(key);
        bytes += key.size() + entry->comment.size() + entry->who.size() + 40;
        page.entries.push_back(std::move(*entry));
        return true;
    });
    if (more) page.cursor = text_of(cursor);
    ipc::Reply answer(write(page));
    co_return std::move(answer);
}

Task<ipc::Reply> State::on_check(ipc::Call call) {
    const auto question = read_check_question(call.payload);
    if (!question) co_return malformed();
    const auto address = IpAddress::parse(question->text);
    if (question->kind == Kind::ip && !address) co_return malformed();
    ListPage page;
    for (const auto& scope : question->scopes) {
        auto found = question->kind == Kind::ip
                         ? lists_.find(question->list, scope, *address, clock_.now())
                         : lists_.find_name(question->list, question->kind, scope, question->text, clock_.now());
        if (!found) continue;
        page.entries.push_back(std::move(*found));
        break;
    }
    ipc::Reply answer(write(page));
    co_return std::move(answer);
}

// ---- subscribers

/// Answered when we retire; cancelled with the connection.
Task<ipc::Reply> State::on_attend(ipc::Call call, ListSet allowed) {
    struct Attending {
        Attending(State& s, const Attendance& who) : state(s), id(who.subscriber) {
            state.subscribers_[id].lists = who.lists;
        }
        ~Attending() {
            state.subscribers_.erase(id);
            state.heard_.wake_all();
        }
        State& state;
        std::uint64_t id;
    };
    const auto who = read_attendance(call.payload);
    if (!who || subscribers_.contains(who->subscriber)) co_return malformed();
    if ((who->lists & ~allowed) != 0) co_return ipc::Reply::refused("this list is not told here");
    const Attending attending(*this, *who);
    const auto woken = co_await retiring_.wait(async::never());
    static_cast<void>(woken);
    ipc::Reply answer;
    co_return std::move(answer);
}

Task<ipc::Reply> State::on_count(ipc::Call call) {
    const auto events = read_count_events(call.payload);
    if (!events) co_return malformed();
    const auto now = std::chrono::duration_cast<Counters::Now>(async::Loop::current().now().time_since_epoch());
    std::vector<Counted> counted;
    counted.reserve(events->size());
    for (const auto& event : *events) counted.push_back(counters_.count(event.occasion, event.address, 1, now));
    ipc::Reply answer(write(counted));
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
        reply = snapshot(*question, subscriber->second.lists);
    } else {
        const auto lists = subscriber->second.lists;
        subscriber->second.acted_on = question->version;
        if (question->version == version_) subscriber->second.current = true;
        heard_.wake_all();
        while (version_ == question->version && !retiring_.is_set()) {
            const auto woken = co_await async::either(changed_, retiring_.point(), async::never());
            static_cast<void>(woken);
        }
        reply = changes_since(question->version, lists);
    }
    ipc::Reply answer(write(reply));
    co_return std::move(answer);
}

NextReply State::changes_since(std::uint64_t version, ListSet lists) const {
    NextReply reply;
    reply.epoch = epoch_;
    reply.version = version;
    std::size_t bytes = 0;
    const auto oldest = log_of_changes_.empty() ? version_ + 1 : log_of_changes_.front().version;
    for (auto i = version + 1 - oldest; i < log_of_changes_.size() && bytes < kPageBytes; ++i) {
        const auto& logged = log_of_changes_[i];
        reply.version = logged.version;
        if (!in_set(logged.change.key, lists)) continue;
        bytes += logged.change.key.size() + logged.change.record.value_or("").size() + 9;
        reply.records.push_back(logged.change);
    }
    return reply;
}

/// A page of all entries. What changes while the pages go over is in the changes since the first page's version, and
/// these can be taken twice without harm.
NextReply State::snapshot(const NextQuestion& question, ListSet lists) const {
    NextReply reply;
    const auto further = question.epoch == epoch_ ? cursor_of(question.cursor, lists_) : std::nullopt;
    reply.epoch = epoch_;
    reply.form = further ? NextReply::Form::further_page : NextReply::Form::first_page;
    reply.version = further ? question.version : version_;
    std::size_t bytes = 0;
    std::size_t looked = 0;
    auto cursor = further.value_or(lists_.begin());
    const bool more = lists_.walk(cursor, [&](std::string_view key, std::string_view record) {
        if (looked++ == kLookedAtOnce) return false;
        if (!in_set(key, lists)) return true;
        if (bytes > kPageBytes) return false;
        bytes += key.size() + record.size() + 9;
        reply.records.push_back({std::string(key), std::string(record)});
        return true;
    });
    if (more) reply.cursor = text_of(cursor);
    return reply;
}

}  // namespace md::policy
