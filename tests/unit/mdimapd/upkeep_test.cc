// tests/unit/mdimapd/upkeep_test.cc - mdimapd/upkeep.h: what a change of flags is owed, over a disk that forgets

#include "mdimapd/upkeep.h"

#include <algorithm>
#include <cerrno>
#include <functional>

#include "async/loop.h"
#include "async/worker_pool.h"
#include "support/memory_sink.h"
#include "unit/store/store_fixture.h"

namespace md::mdimapd {
namespace {

using async::Loop;
using async::Scope;
using async::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What the pool's threads need of real time; less than lies between two of the promises.
constexpr int kMoments = 200;

Task<bool> soon(std::function<bool()> done) {
    for (int moment = 0; moment < kMoments && !done(); ++moment) co_await async::sleep_for(milliseconds(10));
    co_return done();
}

class UpkeepTest : public store::test::StoreTest {
  public:
    using Steps = Task<void> (UpkeepTest::*)();
    Task<void> flags_then_a_second();
    Task<void> flags_then_five_seconds();
    Task<void> flags_and_the_session_leaves();
    Task<void> flags_and_the_worker_ends();
    Task<void> flags_of_a_folder_that_is_removed();
    Task<void> flags_while_the_disk_fails();

  protected:
    void SetUp() override {
        store = process();
        mailbox = inbox(*store);
        ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
        store->sync();
    }
    /// The steps, beside a worker's upkeep.
    void play(Steps steps) {
        auto body = [this, steps](Scope& scope) { return play_in(scope, steps); };
        loop.run(async::scoped(body));
    }
    void change(store::Mailbox& box, store::Flags flags) {
        store::FlagChange more;
        more.flags = flags;
        EXPECT_FALSE(box.change_flags({{1, 1}}, more).changed.empty());
        written = *files.content(journal);
    }
    /// What INBOX's journal had after the last change; what says how files are named may come behind it.
    [[nodiscard]] bool is_durable() const { return files.durable_content(journal)->starts_with(written); }
    [[nodiscard]] bool is_named(const std::string& letters) {
        const auto names = listed(std::string(store::test::kInbox) + "/cur");
        return names.size() == 1 && names[0].ends_with(":2," + letters);
    }

    Loop loop;
    async::WorkerPool pool{2};
    md::test::MemorySink sink;
    Upkeep upkeep{pool, log::Logger(sink)};
    std::unique_ptr<store::Store> store;
    std::shared_ptr<store::Mailbox> mailbox;
    std::string journal = std::string(store::test::kInbox) + "/mdmail.journal";
    std::string written;

  private:
    Task<void> play_in(Scope& scope, Steps steps) {
        scope.spawn(upkeep.run());
        co_await (this->*steps)();
        scope.cancel();
    }
};

Task<void> UpkeepTest::flags_then_a_second() {
    change(*mailbox, store::flag::seen);
    EXPECT_FALSE(is_durable()) << "nobody has synced it yet";
    upkeep.owe(mailbox);
    loop.advance(seconds(1));
    const std::function<bool()> follows = [this] { return is_durable(); };
    const bool done = co_await soon(follows);
    EXPECT_TRUE(done);
}

TEST_F(UpkeepTest, FlagsAreDurableWithinASecond) {
    play(&UpkeepTest::flags_then_a_second);
    power_cut();
    const auto later = process();
    EXPECT_EQ(inbox(*later)->message(1)->flags, store::flag::seen);
}

Task<void> UpkeepTest::flags_then_five_seconds() {
    change(*mailbox, store::flag::seen);
    upkeep.owe(mailbox);
    loop.advance(seconds(3));
    // A second change does not put the first off.
    change(*mailbox, store::flag::flagged);
    upkeep.owe(mailbox);
    loop.advance(seconds(2));
    const std::function<bool()> follows = [this] { return is_named("FS"); };
    const bool done = co_await soon(follows);
    EXPECT_TRUE(done);
    EXPECT_TRUE(is_durable());
}

TEST_F(UpkeepTest, NamesFollowWithinFiveSeconds) {
    play(&UpkeepTest::flags_then_five_seconds);
    EXPECT_TRUE(sink.lines().empty());
}

Task<void> UpkeepTest::flags_and_the_session_leaves() {
    change(*mailbox, store::flag::seen);
    upkeep.owe(mailbox);
    upkeep.hurry(mailbox->id());
    upkeep.hurry("of a mailbox that is owed nothing");
    const std::function<bool()> follows = [this] { return is_named("S"); };
    const bool done = co_await soon(follows);
    EXPECT_TRUE(done);
}

TEST_F(UpkeepTest, NamesFollowWhenTheSessionLeaves) {
    play(&UpkeepTest::flags_and_the_session_leaves);
}

Task<void> UpkeepTest::flags_and_the_worker_ends() {
    change(*mailbox, store::flag::seen);
    upkeep.owe(mailbox);
    co_await upkeep.finish();
}

TEST_F(UpkeepTest, AWorkerThatEndsOwesNothing) {
    play(&UpkeepTest::flags_and_the_worker_ends);
    EXPECT_TRUE(is_durable());
    EXPECT_TRUE(is_named("S"));
}

Task<void> UpkeepTest::flags_of_a_folder_that_is_removed() {
    auto account = store->account(store::test::kBob);
    auto folder = account->create("Folder");
    EXPECT_TRUE(folder);
    EXPECT_EQ(deliver(**folder, incoming(2)), 1U);
    change(**folder, store::flag::seen);
    change(*mailbox, store::flag::seen);
    upkeep.owe(*folder);
    upkeep.owe(mailbox);
    EXPECT_TRUE(process()->account(store::test::kBob)->remove("Folder"));
    loop.advance(seconds(5));
    const std::function<bool()> follows = [this] { return is_named("S"); };
    const bool done = co_await soon(follows);
    EXPECT_TRUE(done);
    co_await upkeep.finish();
}

TEST_F(UpkeepTest, AFolderThatIsGoneFailsNobody) {
    play(&UpkeepTest::flags_of_a_folder_that_is_removed);
    EXPECT_TRUE(sink.lines().empty()) << sink.lines()[0];
}

Task<void> UpkeepTest::flags_while_the_disk_fails() {
    change(*mailbox, store::flag::seen);
    upkeep.owe(mailbox);
    files.fail({[this](md::test::Operation operation, const std::string& path) {
                    return operation == md::test::Operation::sync_data && path.starts_with(journal);
                },
                EIO});
    loop.advance(seconds(1));
    const std::function<bool()> tells = [this] { return sink.count(Event::ImapUpkeepFailed) == 1; };
    const bool told = co_await soon(tells);
    EXPECT_TRUE(told);
    files.mend();
    change(*mailbox, store::flag::flagged);
    upkeep.owe(mailbox);
    loop.advance(seconds(1));
    const std::function<bool()> follows = [this] { return is_durable(); };
    const bool done = co_await soon(follows);
    EXPECT_TRUE(done);
}

TEST_F(UpkeepTest, AFailureIsLoggedAndTheNextChangeTriesAgain) {
    play(&UpkeepTest::flags_while_the_disk_fails);
    EXPECT_EQ(sink.count(Event::ImapUpkeepFailed), 1U);
    power_cut();
    const auto later = process();
    EXPECT_EQ(inbox(*later)->message(1)->flags, store::flag::seen | store::flag::flagged);
}

}  // namespace
}  // namespace md::mdimapd
