// tests/unit/store/copy_test.cc - COPY, MOVE and APPEND of several messages: store/mailbox.h, store/appending.h

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <latch>
#include <set>
#include <thread>

#include "base/error.h"
#include "store/appending.h"
#include "store/undelete.h"
#include "store_fixture.h"

namespace md::store::test {

using Uids = std::vector<Uid>;

class CopyTest : public StoreTest {
  protected:
    CopyTest() : store(process()), mailbox(inbox(*store)), archive(*store->account(kBob)->create("Archive")) {
        for (std::uint64_t i = 1; i <= 4; ++i) (void)deliver(*mailbox, incoming(i), "Subject: x\r\n\r\n" + digit(i));
    }
    static std::string digit(std::uint64_t number) { return std::to_string(number) + "\r\n"; }
    static std::string text_of(Mailbox& mailbox, Uid uid) {
        auto opened = mailbox.open(uid);
        if (!opened) return "gone";
        return read_crlf(*opened);
    }
    /// Refuses this operation on paths that have `part` in them, behind the first `skip`.
    void refuse(md::test::Operation operation, std::string part, std::uint64_t skip, int code) {
        md::test::Fault fault;
        fault.matches = [operation, part = std::move(part)](md::test::Operation op, const std::string& path) {
            return op == operation && path.find(part) != std::string::npos;
        };
        fault.code = code;
        fault.skip = skip;
        files.fail(std::move(fault));
    }
    [[nodiscard]] static std::size_t count(const UidRanges& uids) {
        std::size_t sum = 0;
        for (const auto& [first, last] : uids) sum += last - first + 1;
        return sum;
    }
    [[nodiscard]] std::size_t files_in(const std::string& folder) {
        return listed(std::string(kInbox) + folder + "/new").size() +
               listed(std::string(kInbox) + folder + "/cur").size();
    }

    std::unique_ptr<Store> store;
    std::shared_ptr<Mailbox> mailbox;
    std::shared_ptr<Mailbox> archive;
};

TEST_F(CopyTest, ACopyHasAllThatTheMessageHad) {
    FlagChange change;
    change.flags = flag::seen;
    change.keywords = {"$Work"};
    (void)mailbox->change_flags({{2, 2}}, change);
    const auto copied = archive->copy_from(*mailbox, {{1, 2}, {4, 4}}, Missing::refuse);
    ASSERT_TRUE(copied);
    EXPECT_EQ(copied->uid_validity, archive->uid_validity());
    EXPECT_EQ(copied->from, (UidRanges{{1, 2}, {4, 4}}));
    EXPECT_EQ(copied->to, (UidRanges{{1, 3}}));
    const auto from = *mailbox->message(2);
    const auto to = *archive->message(2);
    EXPECT_EQ(to.flags, flag::seen);
    EXPECT_EQ(to.keywords, std::vector<std::string>{"$Work"});
    EXPECT_EQ(to.internal_date, from.internal_date);
    EXPECT_EQ(to.size_crlf, from.size_crlf);
    EXPECT_EQ(to.email_id, from.email_id) << "RFC 8474 §5.1";
    EXPECT_EQ(text_of(*archive, 3), text_of(*mailbox, 4));
    EXPECT_EQ(uids(*mailbox), (Uids{1, 2, 3, 4}));
    // One file under two names
    const auto name = listed(std::string(kInbox) + "/.Archive/new").front();
    EXPECT_EQ(files.info(std::string(kInbox) + "/.Archive/new/" + name)->links, 2U);
}

TEST_F(CopyTest, IntoItselfToo) {
    const auto copied = mailbox->copy_from(*mailbox, {{1, 4}}, Missing::refuse);
    ASSERT_TRUE(copied);
    EXPECT_EQ(copied->to, (UidRanges{{5, 8}}));
    const auto moved = mailbox->move_from(*mailbox, {{1, 2}}, Missing::refuse);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->to, (UidRanges{{9, 10}}));
    EXPECT_EQ(uids(*mailbox), (Uids{3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_NE(text_of(*mailbox, 9).find("1\r\n"), std::string::npos);
}

TEST_F(CopyTest, AMoveLeavesNothingBehindAndKeepsTheEmailId) {
    const auto id = mailbox->message(3)->email_id;
    View view(mailbox, View::Access::read_write);
    const auto moved = archive->move_from(*mailbox, {{2, 3}}, Missing::refuse);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->from, (UidRanges{{2, 3}}));
    EXPECT_EQ(uids(*mailbox), (Uids{1, 4}));
    EXPECT_EQ(archive->message(2)->email_id, id);
    EXPECT_EQ(files_in(""), 2U);
    EXPECT_NE(text_of(*mailbox, 3), "gone") << "for the session that has yet to be told";
    // It is no deleted message that anyone would want back.
    const auto day = std::to_string(unix_seconds(files.clock().now()) / 86'400);
    EXPECT_TRUE(read_buried(files, "/store/example.org/bob/undelete/" + day + "/" + mailbox->id()).empty());
    EXPECT_EQ(view.sync(Expunges::tell).vanished, (UidRanges{{2, 3}}));
}

TEST_F(CopyTest, AMessageThatIsGoneStopsAllOrIsPassedOver) {
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), Uids{2});
    const auto refused = archive->copy_from(*mailbox, {{1, 3}}, Missing::refuse);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), CopyFailure::message_gone);
    EXPECT_EQ(archive->move_from(*mailbox, {{1, 3}}, Missing::refuse).error(), CopyFailure::message_gone);
    EXPECT_TRUE(uids(*archive).empty());
    EXPECT_EQ(archive->copy_from(*mailbox, {{1, 3}}, Missing::skip)->from, (UidRanges{{1, 1}, {3, 3}}));
    EXPECT_TRUE(archive->copy_from(*mailbox, {{77, 78}}, Missing::skip)->from.empty());
}

TEST_F(CopyTest, TheQuotaCountsForCopiesAndNotForMoves) {
    const auto used = store->account(kBob)->quota_use().bytes;
    const auto size = mailbox->message(1)->size_lf;
    EXPECT_EQ(archive->copy_from(*mailbox, {{1, 2}}, Missing::refuse, {used + size, 0}).error(),
              CopyFailure::over_quota);
    EXPECT_TRUE(archive->copy_from(*mailbox, {{1, 1}}, Missing::refuse, {used + size, 0}));
    EXPECT_TRUE(archive->move_from(*mailbox, {{1, 4}}, Missing::refuse));
    EXPECT_EQ(store->account(kBob)->quota_use().bytes, used + size);
}

TEST_F(CopyTest, AFailureOnTheWayLeavesNothing) {
    using md::test::Operation;
    const std::pair<Operation, const char*> places[] = {{Operation::link, "/Maildir/"},
                                                        {Operation::rename, ".Archive/tmp"},
                                                        {Operation::write, ".Archive/mdmail.journal"},
                                                        {Operation::sync_directory, "/.Archive/"},
                                                        {Operation::sync, "/.Archive/tmp"}};
    for (const auto& [operation, path] : places) {
        for (const bool moves : {false, true}) {
            refuse(operation, path, operation == Operation::link || operation == Operation::rename ? 1 : 0, EIO);
            const auto run = [&] {
                if (moves) return archive->move_from(*mailbox, {{1, 4}}, Missing::refuse).has_value();
                return archive->copy_from(*mailbox, {{1, 4}}, Missing::refuse).has_value();
            };
            EXPECT_THROW((void)run(), SystemError) << path << moves;
            files.mend();
            archive->look();
            EXPECT_TRUE(uids(*archive).empty()) << path << moves;
            EXPECT_EQ(files_in("/.Archive"), 0U) << path << moves;
            EXPECT_TRUE(listed(std::string(kInbox) + "/.Archive/tmp").empty()) << path << moves;
            EXPECT_EQ(uids(*mailbox), (Uids{1, 2, 3, 4})) << path << moves;
        }
    }
    EXPECT_TRUE(archive->copy_from(*mailbox, {{1, 4}}, Missing::refuse));
}

TEST_F(CopyTest, ARemovalThatCannotBeJournalledTakesTheCopiesBack) {
    refuse(md::test::Operation::write, "Maildir/mdmail.journal", 0, ENOSPC);
    EXPECT_THROW((void)archive->move_from(*mailbox, {{1, 4}}, Missing::refuse), SystemError);
    files.mend();
    EXPECT_TRUE(uids(*archive).empty());
    EXPECT_EQ(uids(*mailbox), (Uids{1, 2, 3, 4}));
    EXPECT_EQ(files_in("/.Archive"), 0U);
}

TEST_F(CopyTest, ThousandsCostOneSync) {
    for (std::uint64_t i = 5; i <= 400; ++i) (void)deliver(*mailbox, incoming(i));
    files.reset_counters();
    ASSERT_TRUE(archive->copy_from(*mailbox, {{1, 400}}, Missing::refuse));
    EXPECT_EQ(files.counters().syncs(), 1U);
    power_cut();
    store = process();
    archive = *store->account(kBob)->open("Archive");
    EXPECT_EQ(uids(*archive).size(), 400U);
}

TEST_F(CopyTest, ManyAreDurableOnAFileSystemBelowTheRootToo) {
    const AccountName gina{"example.org", "gina"};
    files.mount("/store/example.org/gina");
    {
        const auto hers = *store->account(gina)->open("INBOX");
        Appending appending(*hers);
        for (int i = 0; i < 20; ++i) {
            auto writer = appending.start();
            writer.write("Subject: " + std::to_string(i) + "\r\n\r\n");
            appending.add(std::move(writer), 1'000'000, 0, {});
        }
        ASSERT_TRUE(appending.place());
    }
    power_cut();
    store = process();
    EXPECT_EQ(uids(**store->account(gina)->open("INBOX")).size(), 20U);
}

TEST_F(CopyTest, OfTwoMovesOneHasEachMessage) {
    const auto other = process();
    for (std::uint64_t round = 0; round < 20; ++round) {
        for (std::uint64_t i = 0; i < 4; ++i) (void)deliver(*mailbox, incoming(10 + 4 * round + i));
        const auto all = mailbox->messages({{1, UINT32_MAX}}).size();
        const auto before = archive->messages({{1, UINT32_MAX}}).size();
        std::atomic<std::size_t> moved{0};
        std::latch start(2);
        const auto move = [&](Store& in) {
            const auto account = in.account(kBob);
            const auto from = *account->open("INBOX");
            const auto to = *account->open("Archive");
            start.arrive_and_wait();
            const auto result = to->move_from(*from, {{1, UINT32_MAX}}, Missing::skip);
            ASSERT_TRUE(result);
            EXPECT_EQ(count(result->from), count(result->to));
            moved += count(result->from);
        };
        std::thread second([&] { move(*other); });
        move(*store);
        second.join();
        EXPECT_EQ(moved, all);
        archive->look();
        EXPECT_EQ(archive->messages({{1, UINT32_MAX}}).size(), before + all);
        EXPECT_TRUE(uids(*mailbox).empty());
    }
    power_cut();
    store = process();
    EXPECT_EQ(uids(**store->account(kBob)->open("Archive")).size(), 84U);
}

TEST_F(CopyTest, AFileThatAnotherProgramRenamedIsFound) {
    const auto name = listed(std::string(kInbox) + "/new").front();
    files.rename(std::string(kInbox) + "/new/" + name, std::string(kInbox) + "/cur/" + name + ":2,S");
    ASSERT_TRUE(archive->copy_from(*mailbox, {{1, 4}}, Missing::refuse));
    EXPECT_EQ(uids(*archive).size(), 4U);
}

TEST_F(CopyTest, NewKeywordsOfManyMessagesShareTheRoomThatIsLeft) {
    for (Uid uid = 1; uid <= 4; ++uid) {
        FlagChange change;
        for (std::size_t k = 0; k < 30; ++k) change.keywords.push_back("k" + std::to_string(uid * 100 + k));
        (void)mailbox->change_flags({{uid, uid}}, change);
    }
    FlagChange here;
    for (std::size_t k = 0; k < 100; ++k) here.keywords.push_back("own" + std::to_string(k));
    (void)archive->append(archive->start_message(), 0, 0, here.keywords);
    ASSERT_TRUE(archive->copy_from(*mailbox, {{1, 4}}, Missing::refuse));
    std::set<std::string> all;
    for (const auto& message : archive->messages({{1, UINT32_MAX}}))
        all.insert(message.keywords.begin(), message.keywords.end());
    EXPECT_EQ(all.size(), kKeywordsLimit);
}

TEST_F(CopyTest, SeveralMessagesAreAppendedTogetherOrNotAtAll) {
    const auto write = [](Appending& appending, int messages) {
        for (int i = 0; i < messages; ++i) {
            auto writer = appending.start();
            writer.write("Subject: " + std::to_string(i) + "\r\n\r\n");
            appending.add(std::move(writer), 1'000'000 + i, flag::draft, {"$Label"});
        }
    };
    {
        Appending appending(*archive);
        write(appending, 3);
        const auto placed = appending.place();
        ASSERT_TRUE(placed);
        EXPECT_EQ(placed->back().uid, 3U);
    }
    EXPECT_EQ(archive->message(2)->internal_date, 1'000'001);
    EXPECT_NE(text_of(*archive, 3).find("Subject: 2"), std::string::npos);
    for (std::uint64_t skip = 0; skip < 3; ++skip) {
        Appending appending(*archive);
        write(appending, 3);
        refuse(md::test::Operation::rename, ".Archive/tmp", skip, ENOSPC);
        EXPECT_THROW((void)appending.place(), SystemError);
        files.mend();
    }
    {
        Appending given_up(*archive);
        write(given_up, 2);
    }
    archive->look();
    EXPECT_EQ(uids(*archive), (Uids{1, 2, 3}));
    EXPECT_TRUE(listed(std::string(kInbox) + "/.Archive/tmp").empty());
}

class AppendQuotaTest : public CopyTest {
  protected:
    [[nodiscard]] std::uint64_t used() { return store->account(kBob)->quota_use().bytes; }
    /// Room for so many octets more.
    [[nodiscard]] QuotaLimits room_for(std::uint64_t octets) { return {used() + octets, 0}; }
    static void write(Appending& appending, const std::string& text) {
        auto writer = appending.start();
        writer.write(text);
        appending.add(std::move(writer), 0, 0, {});
    }
};

TEST_F(AppendQuotaTest, RoomIsReservedBeforeTheFileAndOneOfTwoHasIt) {
    const auto before = used();
    const auto quota = room_for(100);
    auto other = process();
    {
        Appending one(*archive, quota);
        Appending two(**other->account(kBob)->open("INBOX"), quota);
        ASSERT_TRUE(one.make_room({100, 100}));
        EXPECT_EQ(used(), before + 100);
        const auto refused = two.make_room({1, 1});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().used.bytes, before + 100);
        EXPECT_TRUE(listed(std::string(kInbox) + "/tmp").empty());
        write(one, std::string(100, 'x'));
        ASSERT_TRUE(one.place());
    }
    EXPECT_EQ(used(), before + 100);
    {
        Appending given_up(*archive, {before + 150, 0});
        ASSERT_TRUE(given_up.make_room({50, 50}));
        write(given_up, std::string(50, 'x'));
    }
    EXPECT_EQ(used(), before + 100) << "what is not placed takes no room";
}

TEST_F(AppendQuotaTest, SeveralMessagesShareTheirRoom) {
    const auto before = used();
    const auto quota = room_for(100);
    Appending appending(*archive, quota);
    ASSERT_TRUE(appending.make_room(stored_size_of(60)));
    write(appending, std::string(30, 'x') + std::string(15, '\n'));
    ASSERT_TRUE(appending.make_room(stored_size_of(60)));
    EXPECT_EQ(used(), before + 100) << "all that there is, and less than 45 and 60";
    EXPECT_FALSE(appending.make_room({56, 56}));
    write(appending, std::string(55, 'x'));
    ASSERT_TRUE(appending.place());
    EXPECT_EQ(used(), before + 100);
    EXPECT_EQ(uids(*archive), (Uids{1, 2}));
}

TEST_F(AppendQuotaTest, WhatIsLargerThanItsRoomNeedsMoreWhenItIsPlaced) {
    const auto before = used();
    const auto quota = room_for(100);
    {
        Appending appending(*archive, quota);
        ASSERT_TRUE(appending.make_room(stored_size_of(150)));
        write(appending, std::string(101, 'x'));
        EXPECT_FALSE(appending.place());
    }
    EXPECT_EQ(used(), before);
    Appending appending(*archive, quota);
    ASSERT_TRUE(appending.make_room({10, 10}));
    write(appending, std::string(99, 'x'));
    EXPECT_TRUE(appending.place());
    EXPECT_EQ(used(), before + 99);
}

TEST_F(AppendQuotaTest, AMessageThatTakesAnHourKeepsItsRoom) {
    const auto before = used();
    const auto quota = room_for(100);
    Appending slow(*archive, quota);
    ASSERT_TRUE(slow.make_room({100, 100}));
    for (int minute = 0; minute < 60; ++minute) {
        wait(std::chrono::minutes(1));
        slow.keep_room();
        EXPECT_FALSE(Appending(*mailbox, quota).make_room({1, 1})) << minute;
    }
    // A client that said nothing for too long has lost it, and takes what there is when its message is whole.
    wait(std::chrono::minutes(11));
    EXPECT_EQ(used(), before);
    Appending fast(*mailbox, quota);
    ASSERT_TRUE(fast.make_room({100, 100}));
    slow.keep_room();
    write(slow, std::string(100, 'x'));
    EXPECT_FALSE(slow.place());
    EXPECT_EQ(used(), before + 100);
}

TEST_F(AppendQuotaTest, AFailureGivesTheRoomBackAtOnce) {
    const auto before = used();
    const auto quota = room_for(100);
    for (const auto operation : {md::test::Operation::rename, md::test::Operation::sync_directory}) {
        {
            Appending appending(*archive, quota);
            ASSERT_TRUE(appending.make_room({100, 100}));
            write(appending, std::string(100, 'x'));
            refuse(operation, "/.Archive/", 0, ENOSPC);
            EXPECT_THROW((void)appending.place(), SystemError);
            files.mend();
        }
        EXPECT_EQ(used(), before);
    }
    auto in = incoming(900);
    in.quota = quota;
    refuse(md::test::Operation::rename, "/tmp/", 0, ENOSPC);
    EXPECT_THROW((void)mailbox->deliver(in, content("x\n")), SystemError);
    files.mend();
    EXPECT_EQ(used(), before);
}

TEST_F(CopyTest, AnAppendWhoseNameIsNotOnDiskIsTakenBack) {
    refuse(md::test::Operation::sync_directory, "/.Archive/", 0, EIO);
    auto writer = archive->start_message();
    writer.write("Subject: x\r\n\r\n");
    EXPECT_THROW((void)archive->append(std::move(writer), 0, 0, {}), SystemError);
    files.mend();
    wait(std::chrono::seconds(5));
    archive->look();
    EXPECT_TRUE(uids(*archive).empty());
    EXPECT_EQ(files_in("/.Archive"), 0U);
}

TEST_F(CopyTest, TheDateOfAnAppendOutlivesTheJournal) {
    auto writer = archive->start_message();
    writer.write("Subject: x\r\n\r\n");
    (void)archive->append(std::move(writer), 837'596'665, 0, {});
    files.unlink(std::string(kInbox) + "/.Archive/mdmail.journal");
    store = process();
    archive = *store->account(kBob)->open("Archive");
    archive->look();
    EXPECT_EQ(archive->messages({{1, UINT32_MAX}}).at(0).internal_date, 837'596'665);
}

TEST_F(CopyTest, AnExpungeOnAFullDiskIsAnsweredAndTheMailboxStaysOpen) {
    EXPECT_EQ(mailbox->expunge({{1, 1}}, false), Uids{1});
    // There is room for the journal's few octets and for nothing else.
    refuse(md::test::Operation::write, "/undelete/", 0, ENOSPC);
    EXPECT_EQ(mailbox->expunge({{2, 3}}, false), (Uids{2, 3}));
    wait(std::chrono::seconds(5));
    View view(mailbox, View::Access::read_write);
    EXPECT_EQ(view.exists(), 1U);
    EXPECT_EQ(files_in(""), 3U) << "their files wait";
    files.mend();
    mailbox->look();
    EXPECT_EQ(files_in(""), 1U);
    EXPECT_EQ(view.exists(), 1U);
}

TEST_F(CopyTest, ASelectOnAFullDiskGoesOn) {
    refuse(md::test::Operation::write, "", 0, ENOSPC);
    View view(mailbox, View::Access::read_write);
    EXPECT_EQ(view.exists(), 4U);
    EXPECT_EQ(view.recent(), 4U);
    EXPECT_TRUE(view.sync(Expunges::tell).empty());
}

TEST_F(CopyTest, ADirectoryThatWasTakenAwayIsMadeAgain) {
    for (const char* name : {"/cur", "/tmp"}) files.remove_directory(std::string(kInbox) + name);
    mailbox->look();
    EXPECT_EQ(deliver(*mailbox, incoming(9)), 5U);
    FlagChange change;
    change.flags = flag::seen;
    (void)mailbox->change_flags({{1, 5}}, change);
    mailbox->follow_names();
    EXPECT_EQ(listed(std::string(kInbox) + "/cur").size(), 5U);
}

TEST_F(CopyTest, AFileThatMayNotBeReadDoesNotCloseTheMailbox) {
    files.put(std::string(kInbox) + "/new/locked", "x");
    refuse(md::test::Operation::open, "/new/locked", 0, EACCES);
    wait(std::chrono::seconds(5));
    View view(mailbox, View::Access::read_write);
    EXPECT_EQ(view.exists(), 4U);
    files.mend();
    wait(std::chrono::seconds(5));
    files.put(std::string(kInbox) + "/new/other", "x");
    EXPECT_EQ(view.sync(Expunges::tell).exists, 6U);
}

}  // namespace md::store::test
