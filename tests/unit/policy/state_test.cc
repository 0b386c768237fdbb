// tests/unit/policy/state_test.cc - policy/state.h, client.h and subscriber.h over a real socket and a real database

#include "policy/state.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "async/loop.h"
#include "async/scope.h"
#include "base/encoding.h"
#include "base/error.h"
#include "net/listener.h"
#include "policy/berkeley_store.h"
#include "policy/client.h"
#include "policy/counter_client.h"
#include "policy/subscriber.h"
#include "support/memory_sink.h"
#include "support/temporary_directory.h"

namespace md::policy {
namespace {

using async::Scope;
using async::Task;
using Kinds = Trouble::Kind;

class TestClock final : public Clock {
  public:
    [[nodiscard]] WallTime now() const noexcept override { return now_; }
    void advance(std::chrono::seconds by) { now_ += by; }

  private:
    WallTime now_ = *parse_rfc3339("2026-11-25T10:30:00Z");
};

Entry entry(Kind kind, const std::string& value, List list = List::black) {
    Entry one;
    one.list = list;
    one.kind = kind;
    one.value = *canonical(kind, value);
    return one;
}

/// The state child, as often as it is started, and its folder.
class Room {
  public:
    using Talk = std::function<Task<void>(Scope& scope, Room& room)>;

    Room() : fd_(net::listen_unix(socket(), 0600)), policy_fd_(net::listen_unix(policy_socket(), 0600)) {}

    void run(const Talk& talk) {
        BerkeleyStore store(real_files(), directory_ / "state");
        State state(store, pool_, clock, log::Logger(sink), rates);
        state_ = &state;
        auto body = [&](Scope& scope) { return live(scope, talk); };
        loop_.run(async::scoped(body));
        state_ = nullptr;
    }
    [[nodiscard]] std::string socket() const { return directory_ / "filter-state.sock"; }
    [[nodiscard]] std::string policy_socket() const { return directory_ / "policy.sock"; }
    [[nodiscard]] std::string folder() const { return directory_ / "state"; }
    [[nodiscard]] State& state() { return *state_; }

    TestClock clock;
    Rates rates{};
    md::test::MemorySink sink;

  private:
    Task<void> live(Scope& scope, const Talk& talk) {
        co_await state_->load();
        std::vector<uid_t> peers(1, ::geteuid());
        ipc::Server server("filter-state.sock", std::move(peers), log::Logger(sink));
        state_->answer_on(server);
        ipc::Server daemons("policy.sock", std::vector<uid_t>(1, ::geteuid()), log::Logger(sink));
        state_->answer_daemons_on(daemons);
        async::Signal stop;
        scope.spawn(server.serve(fd_.get(), stop.point()));
        scope.spawn(daemons.serve(policy_fd_.get(), stop.point()));
        auto said = talk(scope, *this);
        co_await said;
        state_->retire();
        stop.set();
        co_await scope.join();
    }

    md::test::TemporaryDirectory directory_;
    async::Loop loop_;
    async::WorkerPool pool_{2};
    Fd fd_;
    Fd policy_fd_;
    State* state_ = nullptr;
};

struct Seen {
    std::vector<Kinds> troubles;
    std::vector<Entry> listed;
    std::vector<std::string> notes;
};

void note(Seen* seen, const Answered<void>& answer) {
    if (!answer) seen->troubles.push_back(answer.error().kind);
}

std::vector<std::string> scopes(std::initializer_list<const char*> texts) {
    return {texts.begin(), texts.end()};
}

Task<void> change_things(Client* client, Seen* seen) {
    const auto network = entry(Kind::ip, "192.0.2.0/24");
    auto done = co_await client->add(network);
    note(seen, done);
    done = co_await client->add(network);
    note(seen, done);
    done = co_await client->remove(entry(Kind::ip, "203.0.113.0/24"));
    note(seen, done);
    auto sender = entry(Kind::sender, "spam@example.org");
    sender.comment = "sold my address";
    done = co_await client->add(sender);
    note(seen, done);
    auto listed = co_await client->list(List::black);
    if (listed) seen->listed = std::move(*listed);
    request::CheckQuestion question;
    question.text = "192.0.2.77";
    question.scopes = scopes({"ann@example.com", ""});
    auto check = co_await client->check(question);
    seen->notes.push_back(check && *check ? (*check)->value : "-");
    question.list = List::white;
    check = co_await client->check(question);
    seen->notes.push_back(check && *check ? (*check)->value : "-");
}

/// A client's coroutine in a scope that ends with it.
struct WithClient {
    std::function<Task<void>(Client*)> talk;

    Task<void> operator()(Scope& scope, Room& room) const { return live(&scope, &room, this); }

  private:
    static Task<void> live(Scope*, Room* room, const WithClient* self) {
        auto body = [&](Scope& inner) { return inside(&inner, room, self); };
        co_await async::scoped(body);
    }
    static Task<void> inside(Scope* scope, Room* room, const WithClient* self) {
        Client client(*scope, room->socket());
        auto said = self->talk(&client);
        co_await said;
        scope->cancel();
    }
};

TEST(PolicyState, ChangesListsAndTellsWhatIsOnThem) {
    Room room;
    Seen seen;
    room.run(WithClient{[&](Client* client) { return change_things(client, &seen); }});
    EXPECT_EQ(seen.troubles, (std::vector<Kinds>{Kinds::exists, Kinds::not_there}));
    ASSERT_EQ(seen.listed.size(), 2u);
    EXPECT_EQ(seen.listed[1].comment, "sold my address");
    EXPECT_EQ(seen.notes, (std::vector<std::string>{"192.0.2.0/24", "-"}));
}

Task<void> only_list(Client* client, Seen* seen) {
    auto listed = co_await client->list(List::black);
    if (listed) seen->listed = std::move(*listed);
}

TEST(PolicyState, WhatWasChangedOutlivesTheProcess) {
    Room room;
    Seen seen;
    room.run(WithClient{[&](Client* client) { return change_things(client, &seen); }});
    Seen again;
    room.run(WithClient{[&](Client* client) { return only_list(client, &again); }});
    EXPECT_EQ(again.listed, seen.listed);
}

Task<void> import_many(Client* client, int count, Seen* seen) {
    std::vector<Entry> entries;
    for (int i = 0; i < count; ++i) {
        auto one = entry(Kind::sender, "user" + std::to_string(i) + "@example.org");
        one.comment = std::string(100, 'x');
        entries.push_back(std::move(one));
    }
    const auto done = co_await client->import(std::move(entries));
    note(seen, done);
    co_await only_list(client, seen);
}

TEST(PolicyState, AListOfManyPagesIsListedWhole) {
    Room room;
    Seen seen;
    room.run(WithClient{[&](Client* client) { return import_many(client, 6000, &seen); }});
    EXPECT_TRUE(seen.troubles.empty());
    EXPECT_EQ(seen.listed.size(), 6000u);
}

Task<void> import_beside(Client* client, std::size_t count, Seen* seen) {
    std::vector<Entry> entries(count, entry(Kind::sender, "user@example.org"));
    for (std::size_t i = 0; i < count; ++i) {
        entries[i].list = List::white;
        entries[i].value = "user" + std::to_string(i) + "@example.org";
    }
    auto done = co_await client->import(std::move(entries));
    note(seen, done);
    done = co_await client->add(entry(Kind::ip, "192.0.2.0/24"));
    note(seen, done);
    co_await only_list(client, seen);
    const auto white = co_await client->list(List::white);
    if (white) seen->notes.push_back(std::to_string(white->size()));
}

TEST(PolicyState, AShortListIsFoundBehindALongOne) {
    Room room;
    Seen seen;
    room.run(WithClient{[&](Client* client) { return import_beside(client, 45'000, &seen); }});
    EXPECT_TRUE(seen.troubles.empty());
    ASSERT_EQ(seen.listed.size(), 1u);
    EXPECT_EQ(seen.listed[0].value, "192.0.2.0/24");
    EXPECT_EQ(seen.notes, std::vector<std::string>{"45000"});
}

Task<void> follow_changes(Scope* scope, Room* room, Seen* seen) {
    // More than one page of a snapshot.
    std::vector<request::Change> many(6000);
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i].entry = entry(Kind::sender, "user" + std::to_string(i) + "@example.org");
        many[i].entry.comment = std::string(100, 'x');
    }
    auto reply = co_await room->state().change(std::move(many));
    Subscriber subscriber(room->socket(), log::Logger(room->sink));
    scope->spawn(subscriber.run());
    const auto soon = async::after(std::chrono::seconds(5));
    const auto woken = co_await subscriber.current().wait(soon);
    static_cast<void>(woken);
    seen->notes.push_back(std::to_string(subscriber.lists().size()));
    const auto now = room->clock.now();
    std::vector<request::Change> one(1);
    one[0].entry = entry(Kind::ip, "192.0.2.0/24");
    reply = co_await room->state().change(one);
    // No wait in between: who asked has its answer only when the copy acts on it.
    const bool listed = subscriber.lists().find(List::black, "", *IpAddress::parse("192.0.2.1"), now).has_value();
    seen->notes.push_back(listed ? "listed" : "not listed");
    one[0].operation = request::Operation::remove;
    reply = co_await room->state().change(one);
    const bool still = subscriber.lists().find(List::black, "", *IpAddress::parse("192.0.2.1"), now).has_value();
    seen->notes.push_back(still ? "still" : "gone");
    seen->notes.push_back(std::to_string(static_cast<int>(reply.done)));
    scope->cancel();
    co_await scope->join();
}

Task<void> follow_in_scope(Scope&, Room* room, Seen* seen) {
    auto body = [&](Scope& inner) { return follow_changes(&inner, room, seen); };
    co_await async::scoped(body);
}

TEST(PolicyState, AChangeIsDoneWhenEverySubscriberActsOnIt) {
    Room room;
    Seen seen;
    room.run([&](Scope& scope, Room& here) { return follow_in_scope(scope, &here, &seen); });
    EXPECT_EQ(seen.notes, (std::vector<std::string>{"6000", "listed", "gone", "0"}));
}

Task<void> deaf_subscriber(Scope* scope, Room* room, Seen* seen) {
    ipc::Client client(*scope, room->socket());
    request::NextQuestion question;
    question.subscriber = 7;
    auto attend = [](ipc::Client* c) -> Task<Result<ipc::Reply, ipc::Unavailable>> {
        request::Attendance attendance;
        attendance.subscriber = 7;
        return c->call(request::kAttend, request::write(attendance), std::chrono::seconds(60));
    };
    struct Attending {
        static Task<void> run(Task<Result<ipc::Reply, ipc::Unavailable>> call) {
            const auto reply = co_await call;
            static_cast<void>(reply);
        }
    };
    auto call = attend(&client);
    scope->spawn(Attending::run(std::move(call)));
    co_await async::sleep_for(std::chrono::milliseconds(20));
    auto payload = request::write(question);
    auto reply = co_await client.call(request::kNext, std::move(payload), std::chrono::seconds(5));
    const auto first = request::read_next_reply(reply->payload);
    question.epoch = first->epoch;
    question.version = first->version;
    payload = request::write(question);
    // Says that it is up to date, and is then not heard of again.
    reply = co_await client.call(request::kNext, std::move(payload), std::chrono::milliseconds(50));
    std::vector<request::Change> one(1);
    one[0].entry = entry(Kind::ip, "192.0.2.0/24");
    async::Loop::current().advance(State::kReturn);
    auto changed = co_await room->state().change(one);
    seen->notes.push_back(std::to_string(static_cast<int>(changed.done)));
    scope->cancel();
    co_await scope->join();
}

Task<void> deaf_in_scope(Scope&, Room* room, Seen* seen) {
    auto body = [&](Scope& inner) { return deaf_subscriber(&inner, room, seen); };
    co_await async::scoped(body);
    co_await async::sleep_for(std::chrono::milliseconds(50));
    std::vector<request::Change> one(1);
    one[0].operation = request::Operation::remove;
    one[0].entry = entry(Kind::ip, "192.0.2.0/24");
    const auto changed = co_await room->state().change(one);
    seen->notes.push_back(std::to_string(static_cast<int>(changed.done)));
}

TEST(PolicyState, ASilentSubscriberIsToldAboutAndADeadOneHoldsNobodyUp) {
    Room room;
    Seen seen;
    room.run([&](Scope& scope, Room& here) { return deaf_in_scope(scope, &here, &seen); });
    EXPECT_EQ(seen.notes, (std::vector<std::string>{"4", "0"}));
}

Task<void> expire(Scope&, Room* room, Seen* seen) {
    std::vector<request::Change> one(1);
    one[0].entry = entry(Kind::ip, "192.0.2.0/24");
    one[0].entry.expires = room->clock.now() + std::chrono::hours(1);
    auto reply = co_await room->state().change(one);
    auto purged = co_await room->state().purge();
    seen->notes.push_back(std::to_string(purged));
    room->clock.advance(std::chrono::hours(1));
    reply = co_await room->state().change(one);
    seen->notes.push_back(std::to_string(static_cast<int>(reply.done)));
    purged = co_await room->state().purge();
    seen->notes.push_back(std::to_string(purged));
    seen->notes.push_back(std::to_string(room->state().lists().size()));
}

TEST(PolicyState, AnEntryWhoseTimeIsOverMayBeAddedAgainAndIsPurged) {
    Room room;
    Seen seen;
    room.run([&](Scope& scope, Room& here) { return expire(scope, &here, &seen); });
    EXPECT_EQ(seen.notes, (std::vector<std::string>{"0", "0", "1", "0"}));
}

TEST(PolicyState, NobodyThereIsUnavailable) {
    async::Loop loop;
    Seen seen;
    struct Ask {
        static Task<void> run(Scope* scope, Seen* into) {
            Client client(*scope, "/nonexistent/socket");
            const auto done = co_await client.add(entry(Kind::ip, "192.0.2.1"));
            note(into, done);
        }
    };
    auto body = [&](Scope& scope) { return Ask::run(&scope, &seen); };
    loop.run(async::scoped(body));
    EXPECT_EQ(seen.troubles, (std::vector<Kinds>{Kinds::unavailable}));
}

TEST(BerkeleyStore, HasOneOwner) {
    md::test::TemporaryDirectory directory;
    BerkeleyStore store(real_files(), directory / "state");
    EXPECT_THROW(BerkeleyStore(real_files(), directory / "state"), SystemError);
}

TEST(BerkeleyStore, ATransactionIsThereAfterAKill) {
    md::test::TemporaryDirectory directory;
    const auto child = ::fork();
    if (child == 0) {
        BerkeleyStore store(real_files(), directory / "state");
        for (int i = 0; i < 200; ++i) store.apply("lists", {{"key" + std::to_string(i), "record"}});
        ::_exit(0);  // nothing is closed
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
    BerkeleyStore store(real_files(), directory / "state");
    int records = 0;
    store.read_all("lists", [&](std::string_view, std::string_view) { ++records; });
    EXPECT_EQ(records, 200);
}

TEST(PolicyState, ARecordOfALaterVersionIsToldAndLeft) {
    Room room;
    {
        BerkeleyStore store(real_files(), room.folder());
        auto record = encode_record(Entry());
        record[0] = 9;
        store.apply("lists", {{key_of(entry(Kind::ip, "192.0.2.0/24")), record}});
    }
    Seen seen;
    room.run(WithClient{[&](Client* client) { return only_list(client, &seen); }});
    EXPECT_TRUE(seen.listed.empty());
    EXPECT_EQ(room.sink.count(Event::FilterRecordUnreadable), 1u);
}

/// Each line of the fixture is a key and a record as that version wrote them; every later release reads them.
std::vector<std::string> fixture(const char* file_name) {
    const char* const root = std::getenv("srcdir");
    std::ifstream file(std::string(root == nullptr ? "." : root) + "/tests/fixtures/policy-state/" + file_name);
    EXPECT_TRUE(file) << file_name;
    std::string key;
    std::string record;
    std::vector<std::string> entries;
    while (file >> key >> record) {
        const auto read = decode(*hex_decode(key), *hex_decode(record));
        entries.push_back(!read ? "unreadable " + key
                                : std::string(name(read->list)) + " " + std::string(name(read->kind)) + " " +
                                      read->value + " for " + read->scope + " # " + read->comment + " by " + read->who +
                                      " until " + (read->expires ? rfc3339(*read->expires) : "-"));
    }
    return entries;
}

TEST(PolicyState, ReadsTheFixtureOfVersionOne) {
    EXPECT_EQ(
        fixture("version-1.hex"),
        (std::vector<std::string>{"blacklist ip 192.0.2.0/24 for  # spam by  until -",
                                  "whitelist sender *@example.org for  #  by  until 2027-01-01T00:00:00.000000Z"}));
}

TEST(PolicyState, ReadsTheFixtureOfVersionTwo) {
    EXPECT_EQ(fixture("version-2.hex"),
              (std::vector<std::string>{
                  "blacklist helo ylmf-pc for example.com # a bot by root until -",
                  "whitelist host *.example.net for ann@example.com #  by ann until 2027-01-01T00:00:00.000000Z",
                  "bans account bob@example.com for  # guessed by mdsmtpd until 2027-01-01T00:00:00.000000Z"}));
}

struct Copies {
    std::string bans;
    std::string colours;
};

Task<void> subscribe_twice(Scope* scope, Room* room, Copies* copies) {
    std::vector<request::Change> changes(2);
    changes[0].entry = entry(Kind::ip, "192.0.2.0/24");
    changes[1].entry = entry(Kind::ip, "198.51.100.1", List::ban);
    auto reply = co_await room->state().change(changes);
    Subscriber bans(room->socket(), log::Logger(room->sink), request::bit(List::ban));
    Subscriber colours(room->socket(), log::Logger(room->sink));
    scope->spawn(bans.run());
    scope->spawn(colours.run());
    const auto soon = async::after(std::chrono::seconds(5));
    auto woken = co_await bans.current().wait(soon);
    woken = co_await colours.current().wait(soon);
    static_cast<void>(woken);
    changes[0].entry = entry(Kind::ip, "203.0.113.0/24");
    changes[1].entry = entry(Kind::account, "bob@example.com", List::ban);
    reply = co_await room->state().change(changes);
    const auto told = [](const Lists& lists) {
        std::string text;
        for (const auto list : {List::black, List::white, List::ban})
            for (const auto kind : {Kind::ip, Kind::account}) text += std::to_string(lists.size(list, kind)) + " ";
        return text;
    };
    copies->bans = told(bans.lists());
    copies->colours = told(colours.lists());
    scope->cancel();
    co_await scope->join();
}

Task<void> subscribe_in_scope(Scope&, Room* room, Copies* copies) {
    auto body = [&](Scope& inner) { return subscribe_twice(&inner, room, copies); };
    co_await async::scoped(body);
}

TEST(PolicyState, ASubscriberGetsTheListsThatItAskedFor) {
    Room room;
    Copies copies;
    room.run([&](Scope& scope, Room& here) { return subscribe_in_scope(scope, &here, &copies); });
    EXPECT_EQ(copies.bans, "0 0 0 0 1 1 ");
    EXPECT_EQ(copies.colours, "2 0 0 0 0 0 ");
}

Task<void> ask_for_all(Scope* scope, Room* room, Seen* seen) {
    ipc::Client client(*scope, room->policy_socket());
    request::Attendance attendance;
    attendance.lists = request::kBothColours;
    const auto soon = std::chrono::seconds(5);
    auto payload = request::write(attendance);
    auto reply = co_await client.call(request::kAttend, std::move(payload), soon);
    seen->notes.push_back(reply ? "told" : "refused");
    std::vector<request::Change> one(1);
    one[0].entry = entry(Kind::ip, "192.0.2.0/24");
    payload = request::write(one);
    reply = co_await client.call(request::kChange, std::move(payload), soon);
    seen->notes.push_back(reply ? "changed" : "refused");
    scope->cancel();
    co_await scope->join();
}

Task<void> ask_for_all_in_scope(Scope&, Room* room, Seen* seen) {
    auto body = [&](Scope& inner) { return ask_for_all(&inner, room, seen); };
    co_await async::scoped(body);
}

TEST(PolicyState, DaemonsThatSpeakToClientsMayNeitherReadTheListsNorChangeAnything) {
    Room room;
    Seen seen;
    room.run([&](Scope& scope, Room& here) { return ask_for_all_in_scope(scope, &here, &seen); });
    EXPECT_EQ(seen.notes, (std::vector<std::string>{"refused", "refused"}));
}

Task<void> count_some(CounterClient* client, int times, std::string* told) {
    const auto address = *IpAddress::parse("192.0.2.1");
    for (int i = 0; i < times; ++i) {
        const auto counted = co_await client->count(Occasion::connection, address);
        told->push_back(counted.over ? 'x' : '.');
    }
}

Rates five_connections() {
    Rates rates{};
    rates[0] = Rate{5, std::chrono::hours(1)};
    return rates;
}

Task<void> two_workers(Scope* scope, std::string socket, std::string* told) {
    CounterClient one(socket, five_connections());
    CounterClient two(socket, five_connections());
    scope->spawn(one.run());
    scope->spawn(two.run());
    co_await count_some(&one, 3, told);
    co_await count_some(&two, 3, told);
    scope->cancel();
    co_await scope->join();
}

struct CountRoom {
    std::string socket;
    std::string* told;

    Task<void> operator()(Scope&, Room&) const { return live(this); }
    static Task<void> live(const CountRoom* self) {
        auto body = [&](Scope& inner) { return two_workers(&inner, self->socket, self->told); };
        co_await async::scoped(body);
    }
};

TEST(PolicyCounterClient, AllWorkersTogetherAreCounted) {
    Room room;
    room.rates = five_connections();
    std::string told;
    room.run(CountRoom{room.policy_socket(), &told});
    EXPECT_EQ(told, ".....x");
}

TEST(PolicyCounterClient, WhileNobodyAnswersEachWorkerCountsForItself) {
    std::string told;
    struct Alone {
        static Task<void> run(Scope* scope, std::string* into) {
            CounterClient client("/nonexistent/policy.sock", five_connections());
            scope->spawn(client.run());
            co_await count_some(&client, 7, into);
            scope->cancel();
            co_await scope->join();
        }
    };
    async::Loop loop;
    auto body = [&](Scope& scope) { return Alone::run(&scope, &told); };
    loop.run(async::scoped(body));
    EXPECT_EQ(told, ".....xx");
}

}  // namespace
}  // namespace md::policy
