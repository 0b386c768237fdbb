// tests/unit/store/view_test.cc - store/view.h: what an IMAP session is told, and in which order

#include "store/view.h"

#include "store_fixture.h"

namespace md::store::test {

using Uids = std::vector<Uid>;

/// "expunge 1", "exists 3", "recent 1", "fetch 2 S": one word an event.
std::vector<std::string> words(const SyncResult& result) {
    std::vector<std::string> out;
    for (const auto sequence : result.expunged) out.push_back("expunge " + std::to_string(sequence));
    if (result.exists) out.push_back("exists " + std::to_string(*result.exists));
    if (result.recent) out.push_back("recent " + std::to_string(*result.recent));
    for (const auto& fetch : result.fetches)
        out.push_back("fetch " + std::to_string(fetch.sequence) + " " + std::to_string(fetch.message.flags));
    return out;
}

using Words = std::vector<std::string>;

class ViewTest : public StoreTest {
  protected:
    ViewTest() : store(process()), mailbox(inbox(*store)) {
        for (std::uint64_t i = 1; i <= 4; ++i) (void)deliver(*mailbox, incoming(i));
    }
    static FlagChange flags(Flags value) {
        FlagChange change;
        change.flags = value;
        return change;
    }

    std::unique_ptr<Store> store;
    std::shared_ptr<Mailbox> mailbox;
};

TEST_F(ViewTest, ASelectTakesTheMailboxIn) {
    View view(mailbox, View::Access::read_write);
    EXPECT_EQ(view.exists(), 4U);
    EXPECT_EQ(view.recent(), 4U);
    EXPECT_EQ(view.uid_next(), 5U);
    EXPECT_EQ(view.first_unseen(), 1U);
    EXPECT_TRUE(view.sync(Expunges::tell).empty());
}

TEST_F(ViewTest, RecentBelongsToTheFirstWritingSession) {
    View examined(mailbox, View::Access::read_only);
    EXPECT_EQ(examined.recent(), 4U);
    View first(mailbox, View::Access::read_write);
    EXPECT_EQ(first.recent(), 4U);
    View second(mailbox, View::Access::read_write);
    EXPECT_EQ(second.recent(), 0U);
    (void)deliver(*mailbox, incoming(9));
    EXPECT_EQ(words(first.sync(Expunges::tell)), (Words{"exists 5", "recent 5"}));
    EXPECT_EQ(words(second.sync(Expunges::tell)), Words{"exists 5"});
    auto other = process();
    View third(inbox(*other), View::Access::read_write);
    (void)deliver(*mailbox, incoming(10));
    EXPECT_EQ(words(third.sync(Expunges::tell)), (Words{"exists 6", "recent 1"}));
    EXPECT_EQ(words(examined.sync(Expunges::tell)), (Words{"exists 6", "recent 4"}));
    EXPECT_EQ(words(first.sync(Expunges::tell)), (Words{"exists 6", "recent 5"}));
}

TEST_F(ViewTest, TheKeywordsToldAreThoseThatWereAskedForOnce) {
    View view(mailbox, View::Access::read_write);
    EXPECT_FALSE(view.take_new_keywords());
    auto change = flags(0);
    change.keywords = {"Work"};
    (void)mailbox->change_flags({{2, 2}}, change);
    (void)view.messages({{1, 1}});
    EXPECT_FALSE(view.take_new_keywords()) << "nothing given has it";
    (void)view.messages({{1, 2}});
    EXPECT_TRUE(view.take_new_keywords());
    EXPECT_FALSE(view.take_new_keywords());
    EXPECT_EQ(view.keywords(), std::vector<std::string>{"Work"});
    change.keywords = {"$Junk"};
    (void)mailbox->change_flags({{3, 4}}, change);
    EXPECT_EQ(words(view.sync(Expunges::tell)), (Words{"fetch 2 0", "fetch 3 0", "fetch 4 0"}));
    EXPECT_TRUE(view.take_new_keywords());
    EXPECT_EQ(view.keywords(), (std::vector<std::string>{"$Junk", "Work"}));
    // Out of use, but messages that have it may have been read, and the last state of one that is no more has it.
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), Uids{2});
    change.keywords = {"New"};
    (void)mailbox->change_flags({{3, 3}}, change);
    (void)view.sync(Expunges::withhold);
    EXPECT_TRUE(view.take_new_keywords());
    EXPECT_EQ(view.keywords(), (std::vector<std::string>{"$Junk", "New", "Work"}));
    (void)view.messages({{1, 4}});
    EXPECT_FALSE(view.take_new_keywords());
    // As many as there is room for: those in use alone
    change.how = FlagChange::How::replace;
    change.keywords.clear();
    for (std::size_t n = 0; n + 2 < kKeywordsLimit; ++n) change.keywords.push_back(std::to_string(100 + n));
    (void)mailbox->change_flags({{3, 4}}, change);
    (void)view.messages({{3, 4}});
    EXPECT_TRUE(view.take_new_keywords());
    EXPECT_EQ(view.keywords(), change.keywords);
}

TEST_F(ViewTest, ExpungesComeFirstAndCountAsTheyAreTold) {
    View view(mailbox, View::Access::read_write);
    auto other = process();
    auto theirs = inbox(*other);
    EXPECT_EQ(theirs->expunge({{1, 2}}, false), (Uids{1, 2}));
    (void)deliver(*theirs, incoming(9));
    (void)theirs->change_flags({{4, 4}}, flags(flag::seen));
    EXPECT_EQ(words(view.sync(Expunges::tell)), (Words{"expunge 1", "expunge 1", "exists 3", "recent 3", "fetch 2 1"}));
    EXPECT_EQ(view.uid_of(1), 3U);
    EXPECT_EQ(view.sequence_of(5), 3U);
}

TEST_F(ViewTest, AWithheldExpungeKeepsItsNumberItsDataAndItsBody) {
    View view(mailbox, View::Access::read_write);
    const auto before = view.highest_modseq();
    auto other = process();
    EXPECT_EQ(inbox(*other)->expunge({{2, 2}}, false), Uids{2});
    (void)inbox(*other)->change_flags({{3, 3}}, flags(flag::flagged));
    EXPECT_EQ(words(view.sync(Expunges::withhold)), Words{"fetch 3 4"});
    EXPECT_EQ(view.exists(), 4U);
    EXPECT_EQ(view.highest_modseq(), before) << "never passes an untold expunge";
    EXPECT_EQ(view.messages({{1, 4}}).size(), 4U);
    EXPECT_TRUE(view.open(2));
    EXPECT_EQ(words(view.sync(Expunges::tell)), Words{"expunge 2"});
    EXPECT_GT(view.highest_modseq(), before);
    EXPECT_EQ(view.messages({{1, 4}}).size(), 3U);
}

TEST_F(ViewTest, AMessageExpungedBetweenTwoLooksIsStillReadable) {
    View view(mailbox, View::Access::read_write);
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), Uids{2});
    EXPECT_EQ(view.messages({{1, 4}}).size(), 4U);
    EXPECT_TRUE(view.open(2));
}

TEST_F(ViewTest, ASilentStoreIsNotToldToItsOwnSession) {
    View mine(mailbox, View::Access::read_write);
    View theirs(mailbox, View::Access::read_write);
    EXPECT_EQ(mine.change_flags({{1, 2}}, flags(flag::seen), true).changed, (Uids{1, 2}));
    EXPECT_TRUE(mine.sync(Expunges::tell).empty());
    EXPECT_EQ(words(theirs.sync(Expunges::tell)), (Words{"fetch 1 1", "fetch 2 1"}));
    (void)mine.change_flags({{1, 1}}, flags(flag::flagged), true);
    (void)theirs.change_flags({{1, 1}}, flags(flag::answered), false);
    EXPECT_EQ(words(mine.sync(Expunges::tell)), Words{"fetch 1 7"}) << "what others did to it is told";
}

TEST_F(ViewTest, SetsAreCutToTheViewAndAStarIsTheLast) {
    View view(mailbox, View::Access::read_write);
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), Uids{2});
    (void)view.sync(Expunges::tell);
    EXPECT_EQ(view.uids_by_sequence(2, 0), (UidRanges{{3, 4}}));
    EXPECT_EQ(view.uids_by_sequence(1, 2), (UidRanges{{1, 1}, {3, 3}}));
    EXPECT_EQ(view.uids_by_sequence(9, 12), UidRanges{});
    EXPECT_EQ(view.uids_by_uid(900, 0), (UidRanges{{4, 4}}));
    EXPECT_EQ(view.uids_by_uid(3, 1), (UidRanges{{1, 1}, {3, 3}}));
}

TEST_F(ViewTest, ExpungeTakesOnlyDeletedMessagesOfTheView) {
    View view(mailbox, View::Access::read_write);
    (void)view.change_flags({{2, 3}}, flags(flag::deleted), true);
    (void)deliver(*mailbox, incoming(9));
    (void)mailbox->change_flags({{5, 5}}, flags(flag::deleted));
    EXPECT_EQ(view.expunge(view.all()), 2U) << "not the one that this session was never told of";
    EXPECT_EQ(words(view.sync(Expunges::tell)), (Words{"expunge 2", "expunge 2", "exists 3", "recent 3"}));
}

TEST_F(ViewTest, CompactionHarmsNoSession) {
    View view(mailbox, View::Access::read_write);
    auto other = process();
    auto theirs = inbox(*other);
    for (int i = 0; i < 3'000; ++i) {
        auto change = flags(flag::seen);
        if (i % 2 == 1) change.how = FlagChange::How::remove;
        (void)theirs->change_flags({{1, 4}}, change);
    }
    EXPECT_EQ(theirs->expunge({{3, 3}}, false), Uids{3});
    const auto before = files.info(std::string(kInbox) + "/mdmail.journal")->size_bytes;
    theirs->compact();
    EXPECT_LE(files.info(std::string(kInbox) + "/mdmail.journal")->size_bytes, before);
    EXPECT_LT(files.info(std::string(kInbox) + "/mdmail.journal")->size_bytes, 10'000U);
    EXPECT_EQ(words(view.sync(Expunges::tell)).front(), "expunge 3");
    EXPECT_EQ(view.exists(), 3U);
}

TEST_F(ViewTest, AnExpungeThatTheJournalForgotIsFoundByComparison) {
    View view(mailbox, View::Access::read_write);
    auto other = process();
    auto theirs = inbox(*other);
    EXPECT_EQ(theirs->expunge({{3, 3}}, false), Uids{3});
    wait(std::chrono::days(20));
    for (int i = 0; i < 3'000; ++i) {
        auto change = flags(flag::seen);
        if (i % 2 == 1) change.how = FlagChange::How::remove;
        (void)theirs->change_flags({{1, 4}}, change);
    }
    theirs->compact();
    // This process loads the new file and has never seen the record of the expunge.
    EXPECT_EQ(words(view.sync(Expunges::tell)).front(), "expunge 3");
}

TEST_F(ViewTest, ASilentChangeDoesNotHideWhatOthersDidBefore) {
    View view(mailbox, View::Access::read_write);
    (void)mailbox->change_flags({{2, 2}}, flags(flag::flagged));
    const auto result = view.change_flags({{1, 3}}, flags(flag::seen), true);
    EXPECT_EQ(result.overtaken, Uids{2});
    EXPECT_EQ(result.met, 3U);
    EXPECT_EQ(words(view.sync(Expunges::tell)), Words{"fetch 2 " + std::to_string(flag::flagged | flag::seen)});
}

TEST_F(ViewTest, ManyExpungesAreNumberedOneAfterTheOther) {
    View view(mailbox, View::Access::read_write);
    EXPECT_EQ(mailbox->expunge({{4, 4}}, false), Uids{4});
    EXPECT_EQ(mailbox->expunge({{1, 2}}, false), (Uids{1, 2}));
    const auto result = view.sync(Expunges::tell);
    EXPECT_EQ(result.expunged, (std::vector<std::uint32_t>{1, 1, 2}));
    EXPECT_EQ(result.vanished, (UidRanges{{1, 2}, {4, 4}}));
    EXPECT_EQ(view.exists(), 1U);
}

TEST_F(ViewTest, TheModseqToldNeverPassesAnUntoldExpunge) {
    View view(mailbox, View::Access::read_write);
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), Uids{2});
    const auto expunge = mailbox->numbers().highest_modseq;
    (void)mailbox->change_flags({{1, 1}}, flags(flag::seen));
    EXPECT_EQ(words(view.sync(Expunges::withhold)), Words{"fetch 1 1"});
    EXPECT_TRUE(view.withholds());
    EXPECT_EQ(view.highest_modseq(), expunge - 1);
    EXPECT_EQ(view.messages(view.all()).size(), 4U) << "with its last state";
    (void)view.sync(Expunges::tell);
    EXPECT_FALSE(view.withholds());
    EXPECT_EQ(view.highest_modseq(), mailbox->numbers().highest_modseq);
}

TEST_F(ViewTest, ChangedSinceGivesTheMessagesOfTheViewAlone) {
    View view(mailbox, View::Access::read_write);
    const auto before = view.highest_modseq();
    EXPECT_EQ(view.changed_since(view.all(), before), UidRanges{});
    (void)mailbox->change_flags({{2, 4}}, flags(flag::seen));
    (void)deliver(*mailbox, incoming(9));
    EXPECT_EQ(view.changed_since(view.all(), before), (UidRanges{{2, 4}}));
    EXPECT_EQ(view.changed_since({{1, 2}, {4, UINT32_MAX}}, before), (UidRanges{{2, 2}, {4, 4}}));
    EXPECT_EQ(view.changed_since(view.all(), 0), (UidRanges{{1, 4}}));
}

TEST_F(ViewTest, VanishedGivesWhatWentSinceAndIsNotInTheView) {
    const UidRanges everything{{1, UINT32_MAX}};
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), Uids{2});
    View view(mailbox, View::Access::read_write);
    const auto before = view.highest_modseq();
    EXPECT_EQ(view.vanished(everything, 1), (UidRanges{{2, 2}}));
    EXPECT_EQ(view.vanished(everything, before), UidRanges{});
    EXPECT_EQ(view.vanished({{3, 4}}, 1), UidRanges{});
    EXPECT_EQ(mailbox->expunge({{3, 3}}, false), Uids{3});
    EXPECT_EQ(view.vanished(everything, 1), (UidRanges{{2, 2}})) << "3 has yet to be told";
    (void)view.sync(Expunges::tell);
    EXPECT_EQ(view.vanished(everything, 1), (UidRanges{{2, 3}}));
    EXPECT_EQ(view.vanished(everything, before), (UidRanges{{3, 3}}));
}

TEST_F(ViewTest, VanishedBehindTheHorizonIsAllThatIsNotThere) {
    EXPECT_EQ(mailbox->expunge({{2, 3}}, false), (Uids{2, 3}));
    wait(std::chrono::days(20));
    for (int i = 0; i < 3'000; ++i) {
        auto change = flags(flag::seen);
        if (i % 2 == 1) change.how = FlagChange::How::remove;
        (void)mailbox->change_flags({{1, 4}}, change);
    }
    mailbox->compact();
    auto other = process();
    View view(inbox(*other), View::Access::read_write);
    EXPECT_EQ(view.vanished({{1, 2}, {4, UINT32_MAX}}, 1), (UidRanges{{2, 2}}));
    EXPECT_EQ(view.vanished({{1, UINT32_MAX}}, 1), (UidRanges{{2, 3}}));
    EXPECT_EQ(view.vanished({{1, UINT32_MAX}}, view.highest_modseq()), UidRanges{});
}

TEST_F(ViewTest, ARenumberedMailboxEndsTheSession) {
    View view(mailbox, View::Access::read_write);
    files.unlink(std::string(kInbox) + "/mdmail.journal");
    EXPECT_TRUE(view.sync(Expunges::tell).gone);
    auto again = inbox(*store);
    again->look();
    EXPECT_NE(again->uid_validity(), view.uid_validity());
    EXPECT_EQ(uids(*again), (Uids{1, 2, 3, 4}));
}

}  // namespace md::store::test
