// tests/unit/mdqueue/take_over_test.cc - what a journal holds is given until it is settled, and never afterwards

#include "mdqueue/take_over.h"

#include <cerrno>

#include "unit/mdqueue/queue_world.h"

namespace md::mdqueue {
namespace {

struct TakeOverTest : test::QueueWorld {
    std::vector<std::uint64_t> ids(const std::vector<RecordPointer>& records) {
        std::vector<std::uint64_t> out;
        for (const auto& record : records) out.push_back(record->entry.id.value());
        return out;
    }
    void finish(const std::vector<RecordPointer>& records) {
        for (const auto& record : records) take_over->finish(record);
    }
};

using Ids = std::vector<std::uint64_t>;

TEST_F(TakeOverTest, GivesARecordOnceAndNeverAgainOnceItIsSettled) {
    receive({envelope(1, {"bob@example.org"})});
    const auto given = take_over->next(true);
    EXPECT_EQ(ids(given), Ids{1});
    EXPECT_EQ(given.front()->open, std::vector<std::uint32_t>{0});
    EXPECT_EQ(ids(take_over->next(true)), Ids());
    finish(given);
    EXPECT_TRUE(take_over->settled().empty()) << "not before the sync";
    settle();
    EXPECT_EQ(take_over->settled().size(), 1U);
    start();
    EXPECT_EQ(ids(take_over->next(true)), Ids());
    EXPECT_TRUE(take_over->caught_up());
}

TEST_F(TakeOverTest, WhatIsOfThisProcessIsNotLookedForAndWhatIsOlderIs) {
    receive({envelope(1, {"bob@example.org"})});
    EXPECT_EQ(only()->how, How::look);
    EXPECT_EQ(ids(take_over->next(true)), Ids());
    receive({envelope(2, {"bob@example.org"})});
    EXPECT_EQ(only()->how, How::first);
}

TEST_F(TakeOverTest, TellsThatItHasReadAllThatThereWas) {
    receive({envelope(1, {"bob@example.org"})});
    finish(take_over->next(true));
    EXPECT_EQ(ids(take_over->next(true)), Ids());
    EXPECT_TRUE(take_over->at_end());
    receive({envelope(2, {"bob@example.org"}), envelope(3, {"bob@example.org"})});
    EXPECT_EQ(ids(take_over->next(false)), (Ids{2, 3}));
    EXPECT_TRUE(take_over->at_end());
    start();
    EXPECT_FALSE(take_over->at_end()) << "nothing was read yet";
}

TEST_F(TakeOverTest, AfterAFailedSyncEverythingSinceTheLastGoodOneIsDoneAnew) {
    receive({envelope(1, {"bob@example.org"}), envelope(2, {"bob@example.org"}), envelope(3, {"bob@example.org"})});
    const auto given = take_over->next(true);
    ASSERT_EQ(ids(given), (Ids{1, 2, 3}));
    take_over->finish(given[0]);
    take_over->begin_settle();
    take_over->finish(given[1]);
    history->begin();
    history->end(false);
    take_over->settle_failed();
    auto again = take_over->next(false);
    EXPECT_EQ(ids(again), (Ids{1, 2})) << "both were finished before the failure was known";
    for (const auto& record : again) EXPECT_EQ(record->how, How::anew);
    take_over->finish(given[2]);  // begun before the failure
    finish(again);
    settle();
    EXPECT_EQ(take_over->settled().size(), 2U) << "a later good sync does not settle the third";
    again = take_over->next(false);
    EXPECT_EQ(ids(again), Ids{3});
    finish(again);
    settle();
    EXPECT_EQ(take_over->settled().size(), 1U);
}

TEST_F(TakeOverTest, ASyncThatFailedInAnotherRoundCountsToo) {
    receive({envelope(1, {"bob@example.org"})});
    take_over->finish(only());
    history->begin();
    history->end(false);  // asked for by the spool
    settle();
    EXPECT_TRUE(take_over->settled().empty());
    EXPECT_EQ(only()->how, How::anew);
}

TEST_F(TakeOverTest, TheNextManagerOfTheBootDoesItAnewToo) {
    receive({envelope(1, {"bob@example.org"})});
    take_over->finish(only());
    settle(false);
    start();
    EXPECT_TRUE(history->doubtful_past());
    EXPECT_EQ(only()->how, How::anew);
    start(kBoot + 1);
    EXPECT_FALSE(history->doubtful_past()) << "after a boot the disk says what it has";
    EXPECT_EQ(only()->how, How::look);
}

TEST_F(TakeOverTest, WhatWasAtWorkWhenAManagerDiedIsDoneAloneAndBeforeAnythingNew) {
    receive({envelope(1, {"bob@example.org"}), envelope(2, {"bob@example.org"})});
    EXPECT_EQ(ids(take_over->next(true)), (Ids{1, 2}));
    start();  // it died
    receive({envelope(3, {"bob@example.org"})});
    const auto fresh = take_over->next(true);
    EXPECT_EQ(ids(fresh), Ids{3}) << "read beside them";
    EXPECT_TRUE(take_over->waits());
    EXPECT_EQ(ids(take_over->next(true)), Ids()) << "the third is still at work";
    EXPECT_FALSE(take_over->caught_up());
    finish(fresh);
    receive({envelope(4, {"bob@example.org"})});
    const auto first = take_over->next(true);
    EXPECT_EQ(ids(first), Ids{1});
    EXPECT_EQ(ids(take_over->next(true)), Ids()) << "nothing beside it";
    finish(first);
    const auto second = take_over->next(true);
    EXPECT_EQ(ids(second), Ids{2}) << "no sync is waited for";
    finish(second);
    EXPECT_EQ(ids(take_over->next(true)), Ids{4});
    EXPECT_FALSE(take_over->waits());
    start();  // dead again, at work on 4 alone: the others are not settled, but it outlived them
    EXPECT_EQ(ids(take_over->next(true)), (Ids{1, 2, 3}));
    EXPECT_TRUE(take_over->waits());
}

TEST_F(TakeOverTest, TheThirdDeathAtWorkOnARecordIsItsLast) {
    receive({envelope(1, {"bob@example.org"}), envelope(2, {"bob@example.org"})});
    EXPECT_EQ(ids(take_over->next(true)), (Ids{1, 2}));
    start();
    EXPECT_EQ(ids(take_over->next(true)), Ids{1});
    start();
    EXPECT_EQ(only()->raw, "");
    start();
    const auto given = take_over->next(true);
    ASSERT_EQ(ids(given), Ids{1}) << "it kills nobody as it is, so it need not be alone";
    EXPECT_EQ(given.front()->raw, "the queue manager died three times while it worked on this");
    finish(given);
    const auto innocent = only();
    EXPECT_EQ(innocent->entry.id, QueueId(2));
    EXPECT_EQ(innocent->raw, "");
}

TEST_F(TakeOverTest, WhatWasGivenUpIsNoSuspectOfTheNextProcess) {
    receive({envelope(1, {"bob@example.org"})});
    take_over->give_up(*only());
    settle();
    start();
    EXPECT_EQ(only()->raw, "");
    EXPECT_FALSE(take_over->waits());
}

TEST_F(TakeOverTest, AnUnreadableRecordIsGivenRaw) {
    receive({envelope(1, {"bob@example.org"})});
    writer.reset();
    for (const auto& path : files.tree()) {
        auto octets = files.content(path).value_or("");
        const auto at = octets.find("bob@example.org");
        if (at == std::string::npos) continue;
        octets[at] = 'X';
        files.put(path, octets);
    }
    EXPECT_EQ(only()->raw, "the journal's record is damaged");
}

TEST_F(TakeOverTest, TakenLogsWithoutASegmentGoAfterTwoLooks) {
    files.put("/spool/taken/00000000000000aa.taken", spool::taken_header(0xaa));
    (void)take_over->next(true);
    EXPECT_TRUE(files.content("/spool/taken/00000000000000aa.taken"));
    receive({envelope(1, {"bob@example.org"})});
    const auto given = take_over->next(true);
    EXPECT_FALSE(files.content("/spool/taken/00000000000000aa.taken"));
    finish(given);
    settle();
    start();
    (void)take_over->next(true);
    (void)take_over->next(true);
    (void)take_over->next(true);
    EXPECT_TRUE(take_over->next(true).empty()) << "the log of the segment in use has stayed";
}

TEST_F(TakeOverTest, AFaultOnTheWayLosesNothing) {
    receive({envelope(1, {"bob@example.org"})});
    files.fail_operation(test::Operation::read, EIO, 2);
    std::vector<RecordPointer> given;
    for (int i = 0; i < 5 && given.empty(); ++i) try {
            given = take_over->next(true);
        } catch (const SystemError&) {
        }
    EXPECT_EQ(ids(given), Ids{1});
}

TEST_F(TakeOverTest, ATakenLogThatCannotBeWrittenKeepsTheRecordOpen) {
    receive({envelope(1, {"bob@example.org"})});
    take_over->finish(only());
    take_over->begin_settle();
    files.fail_operation(test::Operation::sync_data, EIO);
    EXPECT_THROW(take_over->end_settle(), SystemError);
    EXPECT_TRUE(take_over->settled().empty());
    EXPECT_TRUE(take_over->has_unsettled());
    settle();
    EXPECT_EQ(take_over->settled().size(), 1U);
}

}  // namespace
}  // namespace md::mdqueue
