// tests/unit/mdqueue/dispatcher_test.cc - the way to a deliver child and back, and one sync for all who wait

#include "mdqueue/dispatcher.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "async/loop.h"
#include "ipc/server.h"
#include "mdqueue/local_delivery.h"
#include "mdqueue/message_plan.h"
#include "mdqueue/settlement.h"
#include "net/listener.h"
#include "store/account.h"
#include "store/mailbox.h"
#include "support/lossy_files.h"
#include "support/memory_sink.h"
#include "support/temporary_directory.h"

namespace md::mdqueue {
namespace {

using accounts::Account;
using accounts::Domain;
using accounts::Name;
using accounts::Unavailable;

/// Anna and Bert of example.org.
class Two final : public accounts::Directory {
  public:
    Result<std::optional<Domain>, Unavailable> find_domain(const std::string& domain) const override {
        if (away) return fail(Unavailable{"away"});
        return domain == "example.org" ? std::optional<Domain>(Domain{domain, ""}) : std::nullopt;
    }
    Result<std::optional<Account>, Unavailable> find(const Name& name) const override {
        if (name.local_part != "anna" && name.local_part != "bert") return std::optional<Account>();
        Account account;
        account.name = name;
        account.quota_bytes = quota;
        return std::optional<Account>(account);
    }
    Result<std::vector<std::string>, Unavailable> domains() const override { return std::vector<std::string>{}; }
    Result<std::vector<Name>, Unavailable> accounts_of(const std::string&) const override {
        return std::vector<Name>{};
    }
    bool away = false;
    std::uint64_t quota = 0;
};

struct DispatcherTest : testing::Test {
    DispatcherTest() {
        store::StoreOptions options;
        options.root = directory / "store";
        store.emplace(options);
        real_files().open(directory / "message", OpenMode::create_new)->write_at(0, "junkSubject: 1\n\nbody\n");
        envelope.id = QueueId(1);
        envelope.arrived = WallTime(std::chrono::seconds(1'790'000'000));
        for (const auto* address : {"anna@example.org", "bert@example.org", "carl@example.com", "nobody@example.org"})
            envelope.recipients.emplace_back(address);
    }

    // The deliver child.
    async::Task<ipc::Reply> deliver(ipc::Call call) {
        const auto delivery = decode_delivery(call.payload);
        hows.push_back(delivery->how);
        if (dies > 0) {
            --dies;
            co_return ipc::Reply("nonsense");
        }
        const auto file = adopt_file(std::move(call.descriptors.front()), "message");
        co_return ipc::Reply(encode(deliver_into(*store, *delivery, *file)));
    }
    async::Task<ipc::Reply> room(ipc::Call call) {
        const auto question = delivery::decode_room_question(call.payload);
        co_return ipc::Reply(delivery::encode(room_in(*store, *question)));
    }
    async::Task<ipc::Reply> sync(ipc::Call) {
        ++syncs;
        if (sync_fails) co_return ipc::Reply::refused("no");
        co_return ipc::Reply();
    }

    using Talk = std::function<async::Task<void>(async::Scope&, Dispatcher&)>;
    void run(const Talk& talk, bool with_child = true) {
        ipc::Server server("deliver", {::getuid()}, log);
        server.on(deliver::kDeliver, [this](ipc::Call call) { return deliver(std::move(call)); });
        server.on(deliver::kRoom, [this](ipc::Call call) { return room(std::move(call)); });
        server.on(deliver::kSync, [this](ipc::Call call) { return sync(std::move(call)); });
        const std::string path = directory / "deliver-0.sock";
        real_files().unlink(path);
        const auto listening = with_child ? net::listen_unix(path, 0600) : Fd();
        async::Signal stop;
        auto body = [&](async::Scope& scope) {
            if (with_child) scope.spawn(server.serve(listening.get(), stop.point()));
            return live(scope, talk, path);
        };
        loop.run(async::scoped(body));
    }
    async::Task<void> live(async::Scope& scope, const Talk& talk, std::string path) {
        Dispatcher dispatcher(pool, log, scope, accounts, std::vector<std::string>{std::move(path)}, delivered_to);
        auto work = [&](async::Scope& inner) { return talk(inner, dispatcher); };
        co_await async::scoped(work);
        scope.cancel();
    }
    async::Task<void> try_all(Dispatcher& dispatcher, How how, std::vector<Attempt>& out) {
        const auto file = real_files().open(directory / "message", OpenMode::read);
        const Readable message{"Return-Path: <>\n", file.get(), 4, 17};
        Link first;
        for (std::uint32_t i = 0; i < envelope.recipients.size(); ++i) {
            auto meant = co_await dispatcher.expand(envelope.recipients[i].address, delivery::Forwards::followed);
            const auto& target = meant.targets.front();
            if (target.kind != delivery::Target::Kind::mailbox) {
                out.push_back(attempt_without(target));
                continue;
            }
            auto attempt = co_await dispatcher.attempt(envelope, target, message, how, first);
            if (first.path.empty()) first = attempt.placed;
            out.push_back(std::move(attempt));
        }
    }
    std::vector<Attempt> attempts(How how, bool with_child = true) {
        std::vector<Attempt> out;
        run([&](async::Scope&, Dispatcher& dispatcher) { return try_all(dispatcher, how, out); }, with_child);
        return out;
    }
    std::vector<std::string> paths(const std::string& account) {
        std::vector<std::string> out;
        const std::string folder = directory / ("store/example.org/" + account + "/Maildir/new");
        for (const auto& name : real_files().list(folder).value_or(std::vector<std::string>{}))
            out.push_back(folder + "/" + name);
        return out;
    }

    test::TemporaryDirectory directory;
    test::MemorySink sink;
    log::Logger log{sink};
    async::Loop loop;
    async::WorkerPool pool{1};
    Two accounts;
    spool::Envelope envelope;
    std::optional<store::Store> store;
    std::vector<How> hows;
    int dies = 0;
    int syncs = 0;
    bool sync_fails = false;
    bool delivered_to = false;
};

TEST_F(DispatcherTest, EachRecipientGetsWhatItsRouteSays) {
    const auto out = attempts(How::first);
    EXPECT_EQ(out.at(0).kind, Attempt::Kind::delivered);
    EXPECT_EQ(out.at(1).kind, Attempt::Kind::delivered);
    EXPECT_EQ(out.at(2).kind, Attempt::Kind::deferred);
    EXPECT_EQ(out.at(3).kind, Attempt::Kind::failed);
    EXPECT_EQ(out.at(3).status, "5.1.1");
    ASSERT_EQ(paths("anna").size(), 1U);
    EXPECT_EQ(*real_files().read(paths("anna")[0]), "Return-Path: <>\nSubject: 1\n\nbody\n");
}

TEST_F(DispatcherTest, FurtherRecipientsShareTheFirstOnesFile) {
    (void)attempts(How::first);
    const auto one = real_files().info(paths("anna").at(0));
    const auto two = real_files().info(paths("bert").at(0));
    EXPECT_EQ(one->inode, two->inode);
    EXPECT_EQ(one->links, 2U);
}

TEST_F(DispatcherTest, EachCopyMayNameItsRecipient) {
    delivered_to = true;
    envelope.relay_from = std::string_view("Return-Path: <>\n").size();
    (void)attempts(How::first);
    for (const auto* name : {"anna", "bert"}) {
        ASSERT_EQ(paths(name).size(), 1U);
        EXPECT_EQ(*real_files().read(paths(name)[0]),
                  "Return-Path: <>\nDelivered-To: " + std::string(name) + "@example.org\nSubject: 1\n\nbody\n");
    }
    EXPECT_EQ(attempts(How::look).at(0).kind, Attempt::Kind::delivered);
    EXPECT_EQ(paths("anna").size(), 1U) << "it is found again";
}

TEST_F(DispatcherTest, WhatIsThereIsNotDeliveredAgainUnlessItIsDoubtful) {
    (void)attempts(How::first);
    const auto before = real_files().info(paths("anna").at(0));
    EXPECT_EQ(attempts(How::look).at(0).kind, Attempt::Kind::delivered);
    EXPECT_EQ(paths("anna").size(), 1U);
    EXPECT_EQ(real_files().info(paths("anna")[0])->inode, before->inode);
    EXPECT_EQ(attempts(How::anew).at(0).kind, Attempt::Kind::delivered);
    ASSERT_EQ(paths("anna").size(), 1U);
    EXPECT_NE(real_files().info(paths("anna")[0])->inode, before->inode);
    EXPECT_NE(real_files().info(paths("anna")[0])->inode, real_files().info(paths("bert").at(0))->inode)
        << "a link would share doubtful pages";
}

TEST_F(DispatcherTest, DoubtDoesNotBringBackWhatItsOwnerRemoved) {
    (void)attempts(How::first);
    auto inbox = *store->account({"example.org", "anna"})->open("INBOX");
    EXPECT_EQ(inbox->expunge({{1, UINT32_MAX}}, false).size(), 1U);
    EXPECT_EQ(attempts(How::anew).at(0).kind, Attempt::Kind::delivered);
    EXPECT_EQ(paths("anna").size(), 0U);
}

TEST_F(DispatcherTest, AChildThatDiedIsAskedAgainToLookFirst) {
    dies = 1;
    EXPECT_EQ(attempts(How::first).at(0).kind, Attempt::Kind::delivered);
    EXPECT_EQ(hows.at(0), How::first);
    EXPECT_EQ(hows.at(1), How::look);
}

TEST_F(DispatcherTest, WithoutAChildOrADirectoryItWaits) {
    auto out = attempts(How::first, false);
    EXPECT_EQ(out.at(0).kind, Attempt::Kind::deferred);
    EXPECT_EQ(out.at(0).status, kLocalError);
    EXPECT_GE(sink.count(Event::DeliverChildAway), 1U);
    accounts.away = true;
    out = attempts(How::first);
    EXPECT_EQ(out.at(3).kind, Attempt::Kind::deferred) << "not known is not unknown";
}

async::Task<void> ask_room(Dispatcher& dispatcher, delivery::RoomQuestion question,
                           std::optional<delivery::Room>& out) {
    out = co_await dispatcher.room(std::move(question));
}

TEST_F(DispatcherTest, SaysWhetherThereIsRoom) {
    (void)attempts(How::first);
    std::optional<delivery::Room> answer;
    delivery::RoomQuestion question;
    question.account = {"example.org", "anna"};
    const auto ask = [&](bool with_child = true) {
        run([&](async::Scope&, Dispatcher& dispatcher) { return ask_room(dispatcher, question, answer); }, with_child);
        return answer;
    };
    EXPECT_EQ(ask(), delivery::Room::fits) << "no bound";
    question.quota_messages = 1;
    EXPECT_EQ(ask(), delivery::Room::full) << "one is there";
    question.quota_messages = 2;
    EXPECT_EQ(ask(), delivery::Room::fits);
    question.quota_bytes = 1000;
    EXPECT_EQ(ask(), delivery::Room::fits);
    question.size_bytes = 999;
    EXPECT_EQ(ask(), delivery::Room::full) << "not beside the one that is there";
    question.size_bytes = UINT64_MAX;
    EXPECT_EQ(ask(), delivery::Room::full);
    EXPECT_EQ(ask(false), std::nullopt) << "nobody says";
}

TEST_F(DispatcherTest, AFullMailboxIsAFailureForNow) {
    accounts.quota = 10;
    const auto out = attempts(How::first);
    EXPECT_EQ(out.at(0).kind, Attempt::Kind::deferred);
    EXPECT_EQ(out.at(0).status, "4.2.2");
}

struct SettlementTest : DispatcherTest {
    SettlementTest() {
        files.make_directories("/spool/taken");
        history.emplace(files, "/spool/taken/sync", 1);
        spool.emplace(files, "/spool");
    }
    async::Task<void> wait() {
        const auto good = co_await settlement->on_disk();
        answers.push_back(good);
    }
    async::Task<void> two_wait(async::Scope& scope, Dispatcher& dispatcher) {
        settlement.emplace(pool, log, dispatcher, *history, *spool, spool_mutex);
        scope.spawn(settlement->run());
        scope.spawn(wait());
        co_await wait();
        while (answers.size() < 2) co_await async::sleep_for(std::chrono::milliseconds(5));
        scope.cancel();
    }
    void settle() {
        answers.clear();
        run([this](async::Scope& scope, Dispatcher& dispatcher) { return two_wait(scope, dispatcher); });
    }
    test::LossyFiles files;
    std::optional<SyncHistory> history;
    std::optional<spool::Spool> spool;
    async::Mutex spool_mutex;
    std::optional<Settlement> settlement;
    std::vector<bool> answers;
};

TEST_F(SettlementTest, OneSyncServesAllWhoWait) {
    settle();
    EXPECT_EQ(answers, (std::vector<bool>{true, true}));
    EXPECT_EQ(syncs, 1);
    EXPECT_FALSE(SyncHistory(files, "/spool/taken/sync", 1).doubtful_past());
}

TEST_F(SettlementTest, AFailureIsToldToAllAndKept) {
    sync_fails = true;
    settle();
    EXPECT_EQ(answers, (std::vector<bool>{false, false}));
    EXPECT_EQ(history->failures(), 1U);
    EXPECT_TRUE(SyncHistory(files, "/spool/taken/sync", 1).doubtful_past());
    EXPECT_GE(sink.count(Event::StoreSyncFailed), 1U);
}

TEST_F(SettlementTest, WhatWasPutIntoTheSpoolIsSyncedWithIt) {
    spool::Envelope spooled;
    spooled.id = QueueId(1);
    const spool::MessagePiece piece("Subject: 1\n\n");
    const auto add = [&] { spool->add("incoming", spooled, std::span(&piece, 1), spool::Durable::later); };
    add();
    settle();
    EXPECT_EQ(answers, (std::vector<bool>{true, true}));
    const auto spool_syncs = [&] { return files.counters().of(test::Operation::sync_filesystem); };
    EXPECT_EQ(spool_syncs(), 1U);
    settle();
    EXPECT_EQ(spool_syncs(), 1U) << "there is nothing new";
    add();
    files.fail_operation(test::Operation::sync_filesystem, EIO);
    settle();
    EXPECT_EQ(answers, (std::vector<bool>{false, false}));
    EXPECT_TRUE(SyncHistory(files, "/spool/taken/sync", 1).doubtful_past());
}

TEST_F(SettlementTest, WithoutItsMarkNoSyncIsTried) {
    files.fail_operation(test::Operation::write, ENOSPC);
    settle();
    EXPECT_EQ(answers, (std::vector<bool>{false, false}));
    EXPECT_EQ(syncs, 0);
    EXPECT_EQ(history->failures(), 0U);
}

}  // namespace
}  // namespace md::mdqueue
