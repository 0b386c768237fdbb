// tests/unit/store/mailbox_test.cc - store/mailbox.h: delivery, flags, expunge, and what other processes see of them

#include "store/mailbox.h"

#include <cerrno>
#include <set>
#include <thread>

#include "base/error.h"

#include "store/mailbox_core.h"
#include "store/maildir_name.h"
#include "store/record.h"
#include "store_fixture.h"

namespace md::store::test {

using md::test::Operation;
using Strings = std::vector<std::string>;
using Uids = std::vector<Uid>;

FlagChange add(Flags flags, std::vector<std::string> keywords = {}) {
    FlagChange change;
    change.flags = flags;
    change.keywords = std::move(keywords);
    return change;
}

class MailboxTest : public StoreTest {};

TEST_F(MailboxTest, ADeliveredMessageHasNumbersSizesAndABody) {
    auto store = process();
    auto mailbox = inbox(*store);
    const auto placed = mailbox->deliver(incoming(7), content("Subject: x\r\n\r\nbody\r\n"));
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->uid, 1U);
    EXPECT_EQ(placed->size_lf, 19U + 17U);
    EXPECT_EQ(placed->size_crlf, placed->size_lf + 4);
    const auto message = mailbox->message(1);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->size_crlf, placed->size_crlf);
    EXPECT_EQ(message->internal_date, 1'790'000'000);
    auto open = mailbox->open(1);
    ASSERT_TRUE(open);
    EXPECT_EQ(read_crlf(*open), "Return-Path: <a@b>\r\nSubject: x\r\n\r\nbody\r\n");
    ASSERT_EQ(listed(std::string(kInbox) + "/new").size(), 1U);
    EXPECT_NE(listed(std::string(kInbox) + "/new")[0].find(",S=36,W=40"), std::string::npos);
    EXPECT_TRUE(listed(std::string(kInbox) + "/tmp").empty());
    EXPECT_EQ(changed.back(), mailbox->id());
}

TEST_F(MailboxTest, DeliveriesSyncOnlyForABlockOfNumbers) {
    auto store = process();
    auto mailbox = inbox(*store);
    files.reset_counters();
    for (std::uint64_t i = 1; i <= 900; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    EXPECT_EQ(files.counters().syncs(), 0U);
    for (std::uint64_t i = 901; i <= 1'100; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    EXPECT_EQ(files.counters().syncs(), 1U);
}

TEST_F(MailboxTest, AnotherProcessSeesTheDeliveryAndGoesOnWithTheNumbers) {
    auto deliverer = process();
    auto reader = process();
    auto theirs = inbox(*reader);
    EXPECT_EQ(deliver(*inbox(*deliverer), incoming(1)), 1U);
    EXPECT_EQ(uids(*theirs), Uids{1});
    EXPECT_EQ(deliver(*theirs, incoming(2)), 2U);
    EXPECT_EQ(uids(*inbox(*deliverer)), (Uids{1, 2}));
    EXPECT_EQ(theirs->id(), inbox(*deliverer)->id());
}

TEST_F(MailboxTest, FurtherRecipientsGetALink) {
    auto store = process();
    auto first = inbox(*store)->deliver(incoming(1), content("a\n"));
    ASSERT_TRUE(first);
    auto other = *store->account({"example.org", "carol"})->open("INBOX");
    const auto linked = other->deliver_link(incoming(1, "carol@example.org"), *first, content("a\n"));
    ASSERT_TRUE(linked);
    EXPECT_EQ(files.info(linked->path)->inode, files.info(first->path)->inode);
    EXPECT_EQ(linked->size_crlf, first->size_crlf);
}

TEST_F(MailboxTest, ALinkThatCannotBeIsACopy) {
    auto store = process();
    auto first = inbox(*store)->deliver(incoming(1), content("a\n"));
    ASSERT_TRUE(first);
    files.unlink(first->path);
    auto other = *store->account({"example.org", "carol"})->open("INBOX");
    const auto copy = other->deliver_link(incoming(1, "carol@example.org"), *first, content("a\n"));
    ASSERT_TRUE(copy);
    EXPECT_EQ(files.content(copy->path), "Return-Path: <a@b>\na\n");
}

TEST_F(MailboxTest, ALinkTakesThePlaceOfWhatAnEarlierTryLeft) {
    auto store = process();
    auto first = inbox(*store)->deliver(incoming(1), content("a\n"));
    ASSERT_TRUE(first);
    auto other = *store->account({"example.org", "carol"})->open("INBOX");
    const auto in = incoming(1, "carol@example.org");
    const auto name = with_sizes(delivery_key(in.id, in.recipient), first->size_lf, first->size_crlf);
    const auto path = other->directory() + "/new/" + name;
    files.put(path, "Return-Pa");
    const auto linked = other->deliver_link(in, *first, content("a\n"));
    ASSERT_TRUE(linked);
    EXPECT_EQ(linked->path, path);
    EXPECT_EQ(files.content(path), "Return-Path: <a@b>\na\n");
    EXPECT_EQ(files.info(path)->inode, files.info(first->path)->inode);
    const auto again = other->deliver_link(in, *first, content("a\n"));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->uid, linked->uid);
    EXPECT_TRUE(listed(other->directory() + "/tmp").empty());
    EXPECT_EQ(uids(*other), Uids{1});
}

TEST_F(MailboxTest, ALinkThatBecomesACopyReservesOnce) {
    auto store = process();
    auto first = inbox(*store)->deliver(incoming(1), content("a\n"));
    ASSERT_TRUE(first);
    files.unlink(first->path);
    auto in = incoming(1, "carol@example.org");
    in.quota.messages = 1;
    const auto carol = store->account({"example.org", "carol"});
    ASSERT_TRUE((*carol->open("INBOX"))->deliver_link(in, *first, content("a\n")));
    EXPECT_EQ(carol->quota_use().messages, 1U);
    in.id = QueueId(77);
    EXPECT_FALSE((*carol->open("INBOX"))->deliver_link(in, *first, content("a\n")));
    EXPECT_EQ(carol->quota_use().messages, 1U);
}

TEST_F(MailboxTest, AReplayFindsWhatIsThereUnderAnyFlagsOrExpunged) {
    auto store = process();
    auto mailbox = inbox(*store);
    EXPECT_FALSE(mailbox->served(incoming(1), content("a\n"), Compare::length));
    ASSERT_EQ(deliver(*mailbox, incoming(1), "a\n"), 1U);
    EXPECT_TRUE(mailbox->served(incoming(1), content("a\n"), Compare::bytes));
    EXPECT_FALSE(mailbox->served(incoming(1), content("b\n"), Compare::bytes));
    EXPECT_TRUE(mailbox->served(incoming(1), content("b\n"), Compare::length));
    EXPECT_FALSE(mailbox->served(incoming(1, "carol@example.org"), content("a\n"), Compare::length));
    (void)mailbox->change_flags({{1, 1}}, add(flag::seen | flag::flagged));
    mailbox->follow_names();
    EXPECT_TRUE(mailbox->served(incoming(1), content("a\n"), Compare::bytes));
    ASSERT_EQ(mailbox->expunge({{1, 1}}, false), Uids{1});
    EXPECT_TRUE(mailbox->served(incoming(1), content("a\n"), Compare::bytes));
}

TEST_F(MailboxTest, AReplayOfWhatIsNotWholeKeepsTheUid) {
    auto store = process();
    auto mailbox = inbox(*store);
    auto placed = mailbox->deliver(incoming(1), content("abc\n"));
    ASSERT_TRUE(placed);
    files.open(placed->path, OpenMode::read_write)->truncate(3);
    EXPECT_FALSE(mailbox->served(incoming(1), content("abc\n"), Compare::bytes));
    EXPECT_EQ(deliver(*mailbox, incoming(1), "abc\n"), placed->uid);
    EXPECT_EQ(files.content(placed->path), "Return-Path: <a@b>\nabc\n");
    EXPECT_EQ(uids(*mailbox), Uids{1});
}

TEST_F(MailboxTest, AfterASyncThatFailedADeliveryIsWrittenAnewAndDurable) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1), "abc\n"), 1U);
    files.fail_operation(md::test::Operation::sync_filesystem, EIO);
    EXPECT_THROW(store->sync(), SystemError);
    auto again = incoming(1);
    again.durable = true;
    EXPECT_EQ(deliver(*mailbox, again, "abc\n"), 1U);
    power_cut();
    auto later = process();
    auto found = inbox(*later);
    found->look();
    ASSERT_EQ(uids(*found).size(), 1U);
    EXPECT_TRUE(found->served(incoming(1), content("abc\n"), Compare::bytes));
}

TEST_F(MailboxTest, FlagsAreInTheJournalAtOnceAndNamesFollow) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    const auto before = mailbox->message(1)->modseq;
    const auto result = mailbox->change_flags({{1, 9}}, add(flag::seen | flag::answered, {"$Label1", "$Forwarded"}));
    EXPECT_EQ(result.changed, Uids{1});
    EXPECT_GT(result.modseq, before);
    auto other = process();
    const auto seen = inbox(*other)->message(1);
    EXPECT_EQ(seen->flags, flag::seen | flag::answered);
    EXPECT_EQ(seen->keywords, (Strings{"$Forwarded", "$Label1"}));
    EXPECT_EQ(seen->modseq, result.modseq);
    mailbox->follow_names();
    ASSERT_EQ(listed(std::string(kInbox) + "/cur").size(), 1U);
    EXPECT_TRUE(listed(std::string(kInbox) + "/cur")[0].ends_with(":2,PRS"));
    EXPECT_TRUE(listed(std::string(kInbox) + "/new").empty());
    EXPECT_TRUE(mailbox->open(1));
    EXPECT_TRUE(inbox(*other)->open(1));
}

TEST_F(MailboxTest, AChangeThatChangesNothingTakesNoModSeq) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    (void)mailbox->change_flags({{1, 1}}, add(flag::seen, {"Work"}));
    const auto highest = mailbox->numbers().highest_modseq;
    EXPECT_TRUE(mailbox->change_flags({{1, 1}}, add(flag::seen, {"WORK"})).changed.empty());
    EXPECT_EQ(mailbox->numbers().highest_modseq, highest);
    FlagChange replace;
    replace.how = FlagChange::How::replace;
    replace.flags = flag::seen;
    EXPECT_EQ(mailbox->change_flags({{1, 1}}, replace).changed, Uids{1});
    EXPECT_TRUE(mailbox->message(1)->keywords.empty());
}

TEST_F(MailboxTest, AConditionalStoreNamesWhatChangedMeanwhile) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2)), 2U);
    const auto since = mailbox->numbers().highest_modseq;
    (void)mailbox->change_flags({{2, 2}}, add(flag::flagged));
    const auto result = mailbox->change_flags({{1, 2}}, add(flag::deleted), since);
    EXPECT_EQ(result.changed, Uids{1});
    EXPECT_EQ(result.failed, Uids{2});
}

TEST_F(MailboxTest, AnExpungedMessageIsKeptWithItsFlagsAndDurablyGone) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1), "one\n"), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2), "two\n"), 2U);
    store->sync();
    (void)mailbox->change_flags({{1, 1}}, add(flag::deleted));
    EXPECT_EQ(mailbox->expunge({{1, 2}}, true), Uids{1});
    EXPECT_EQ(uids(*mailbox), Uids{2});
    auto open = mailbox->open(1);
    ASSERT_TRUE(open) << "a session that was not told yet may read it";
    EXPECT_EQ(read_crlf(*open), "Return-Path: <a@b>\r\none\r\n");
    EXPECT_EQ(listed(std::string(kInbox) + "/new").size(), 1U);
    power_cut();
    auto later = process();
    auto again = inbox(*later);
    again->look();
    EXPECT_EQ(uids(*again), Uids{2});
    EXPECT_TRUE(again->served(incoming(1), content("one\n"), Compare::bytes));
}

TEST_F(MailboxTest, AnAppendedMessageIsDurable) {
    auto store = process();
    auto mailbox = inbox(*store);
    auto writer = mailbox->start_message();
    writer.write("Subject: a\r");
    writer.write("\n\r\nx\rz");
    (void)mailbox->append(std::move(writer), 1'000, flag::seen | flag::draft, {"Work"});
    power_cut();
    auto later = process();
    auto again = inbox(*later);
    again->look();
    const auto all = again->messages({{1, UINT32_MAX}});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].flags, flag::seen | flag::draft);
    auto open = again->open(all[0].uid);
    ASSERT_TRUE(open);
    EXPECT_EQ(read_crlf(*open), "Subject: a\r\n\r\nx\rz");
}

TEST_F(MailboxTest, QuotaIsReservedBeforeAFileIsWritten) {
    auto store = process();
    auto mailbox = inbox(*store);
    auto in = incoming(1);
    in.quota.bytes = 60;
    ASSERT_TRUE(mailbox->deliver(in, content("0123456789\n")));
    in.id = QueueId(99);
    const auto second = mailbox->deliver(in, content("0123456789012345678901234567890123456789\n"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().limit, (QuotaLimits{60, 0}));
    EXPECT_EQ(second.error().used, (QuotaUse{30, 1}));
    in.id = QueueId(100);
    EXPECT_TRUE(mailbox->deliver(in, content("x\n"))) << "nothing stays reserved for the refused one";
    in.id = QueueId(101);
    in.quota = {0, 2};
    const auto third = mailbox->deliver(in, content("x\n"));
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().used.messages, 2U);
    in.quota = {0, 3};
    EXPECT_TRUE(mailbox->deliver(in, content("x\n")));
}

TEST_F(MailboxTest, AFlagOfTenThousandMessagesIsOneRecord) {
    constexpr Uid kMessages = 10'000;
    auto store = process();
    auto mailbox = inbox(*store);
    {
        // Flags are the journal's: no files are needed.
        MailboxCore::Writing writing(mailbox->core());
        writing.need(kMessages, 1);
        for (Uid uid = 1; uid <= kMessages; ++uid) {
            Entry entry;
            entry.message.uid = uid;
            entry.message.modseq = writing.state().modseq_next();
            entry.name = std::to_string(uid) + ".other.host";
            entry.where = Where::in_cur;
            writing.add(record::Added{entry});
        }
        writing.commit();
    }
    ASSERT_EQ(mailbox->numbers().messages, kMessages);
    FlagChange change;
    change.flags = flag::seen;
    (void)mailbox->change_flags({{1, 1}}, change);  // takes a block of numbers, if one is due
    change.flags = flag::flagged;
    change.keywords = {"$Label1"};
    const auto journal = std::string(kInbox) + "/mdmail.journal";
    const auto before = files.content(journal)->size();
    EXPECT_EQ(mailbox->change_flags({{1, kMessages}}, change).changed.size(), kMessages);
    const auto grown = files.content(journal)->substr(before);
    EXPECT_LT(grown.size(), 64U);
    const auto frame = next_frame(grown);
    ASSERT_EQ(frame.state, FrameStep::State::whole);
    EXPECT_EQ(frame.size, grown.size()) << "one frame";
    RecordReader records(frame.payload);
    std::size_t count = 0;
    while (records.next()) ++count;
    EXPECT_EQ(count, 1U);
}

TEST_F(MailboxTest, AFullDiskLeavesNothingBehindAndServiceResumes) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    for (std::uint64_t step = 1; step < 30; ++step) {
        const auto uid_before = uids(*mailbox);
        files.fail_at_step(files.steps() + step, ENOSPC);
        const auto in = incoming(1'000 + step);
        bool failed = false;
        try {
            (void)deliver(*mailbox, in);
        } catch (const SystemError&) {
            failed = true;
        }
        files.mend();
        mailbox->look();
        if (failed) {
            EXPECT_EQ(uids(*mailbox), uid_before) << "step " << step;
            EXPECT_TRUE(listed(std::string(kInbox) + "/tmp").empty()) << "step " << step;
        }
        EXPECT_TRUE(deliver(*mailbox, in) > 0) << "step " << step;
    }
}

TEST_F(MailboxTest, ALinkThatFailedDoesNotAppearLater) {
    auto store = process();
    auto theirs = *store->account({"example.org", "carol"})->open("INBOX");
    for (std::uint64_t step = 1; step < 20; ++step) {
        const auto first = inbox(*store)->deliver(incoming(step), content("a\n"));
        ASSERT_TRUE(first);
        const auto uid_before = uids(*theirs);
        const auto in = incoming(step, "carol@example.org");
        bool failed = false;
        files.fail_at_step(files.steps() + step, EIO, 1);
        try {
            (void)theirs->deliver_link(in, *first, content("a\n"));
        } catch (const SystemError&) {
            failed = true;
        }
        files.mend();
        theirs->look();
        if (!failed) continue;
        EXPECT_EQ(uids(*theirs), uid_before) << "step " << step;
        EXPECT_TRUE(theirs->deliver_link(in, *first, content("a\n")));
    }
}

TEST_F(MailboxTest, OneInOrderIsOpenedWithoutALock) {
    auto one = process();
    EXPECT_EQ(deliver(*inbox(*one), incoming(1)), 1U);
    auto two = process();
    files.reset_counters();
    const auto theirs = inbox(*two);
    EXPECT_EQ(uids(*theirs), Uids{1});
    EXPECT_EQ(files.counters().of(Operation::lock), 0U);
    EXPECT_EQ(files.counters().syncs(), 0U);
    EXPECT_EQ(deliver(*theirs, incoming(2)), 2U);
    EXPECT_EQ(files.counters().of(Operation::lock), 2U) << "the mailbox's, and the account's for its numbers";
}

TEST_F(MailboxTest, OneThatIsWrittenMeanwhileIsOpenedWithoutALeap) {
    constexpr std::uint64_t kMany = 300;
    auto writer = process();
    const auto mine = inbox(*writer);
    std::thread writes([&] {
        for (std::uint64_t id = 1; id <= kMany; ++id) {
            (void)deliver(*mine, incoming(id));
            if (id % 50 == 0) mine->core().compact(true);
        }
    });
    Uid seen = 0;
    while (seen < kMany) {
        auto reader = process();
        const auto now = inbox(*reader)->numbers();
        EXPECT_GE(now.uid_next, seen + 1);
        EXPECT_GE(now.messages, seen);
        EXPECT_EQ(now.uid_next, now.messages + 1);
        if (now.messages == seen) std::this_thread::yield();
        seen = now.messages;
    }
    writes.join();
    EXPECT_TRUE(repairs.empty());
}

TEST_F(MailboxTest, TwoWritersInTwoProcessesGiveNoUidTwice) {
    auto one = process();
    auto two = process();
    constexpr std::uint64_t kEach = 300;
    std::vector<Uid> first;
    std::vector<Uid> second;
    auto mine = inbox(*one);
    auto theirs = inbox(*two);
    std::thread other([&] {
        for (std::uint64_t i = 0; i < kEach; ++i) second.push_back(deliver(*theirs, incoming(10'000 + i)));
    });
    for (std::uint64_t i = 0; i < kEach; ++i) first.push_back(deliver(*mine, incoming(20'000 + i)));
    other.join();
    std::set<Uid> all(first.begin(), first.end());
    all.insert(second.begin(), second.end());
    EXPECT_EQ(all.size(), 2 * kEach);
    EXPECT_FALSE(all.contains(0));
    EXPECT_EQ(uids(*mine).size(), 2 * kEach);
}

// Each message holds its keywords: without a bound one client could fill the memory of a worker.
TEST_F(MailboxTest, KeywordsBeyondTheLimitOfAMailboxAreRefused) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2)), 2U);
    Strings many;
    for (std::size_t i = 0; i < kKeywordsLimit + 10; ++i) many.push_back("k" + std::to_string(i));
    EXPECT_EQ(mailbox->change_flags({{1, 1}}, add(0, many)).refused,
              Strings(many.begin() + static_cast<std::ptrdiff_t>(kKeywordsLimit), many.end()));
    EXPECT_EQ(mailbox->message(1)->keywords.size(), kKeywordsLimit);
    const auto result = mailbox->change_flags({{2, 2}}, add(flag::seen, {"K0", "one-more"}));
    EXPECT_EQ(result.changed, std::vector<Uid>{2});
    EXPECT_EQ(result.refused, Strings{"one-more"});
    EXPECT_EQ(mailbox->message(2)->keywords, Strings{"k0"});
    EXPECT_EQ(mailbox->message(2)->flags, flag::seen);
    auto with_keyword = incoming(3);
    with_keyword.keywords = {"k1", "another"};
    ASSERT_EQ(deliver(*mailbox, with_keyword), 3U);
    EXPECT_EQ(mailbox->message(3)->keywords, Strings{"k1"});
    // What nobody uses any more leaves room.
    auto less = add(0, {"k127"});
    less.how = FlagChange::How::remove;
    less.keywords.push_back("never-had");
    EXPECT_EQ(mailbox->change_flags({{1, 1}}, less).refused, Strings()) << "what is taken away needs no room";
    const std::string too_long(kKeywordSizeLimit + 1, 'x');
    EXPECT_EQ(mailbox->change_flags({{2, 2}}, add(0, {"one-more", too_long})).refused, Strings{too_long});
    EXPECT_EQ(mailbox->message(2)->keywords, (Strings{"k0", "one-more"}));
}

}  // namespace md::store::test
