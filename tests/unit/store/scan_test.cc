// tests/unit/store/scan_test.cc - store/scan.h: what other programs do to a Maildir

#include "store/scan.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/error.h"
#include "store/maildrop.h"
#include "store/undelete.h"
#include "store_fixture.h"

namespace md::store::test {

using Uids = std::vector<Uid>;
using std::chrono::seconds;

class ScanTest : public StoreTest {
  protected:
    ScanTest() : store(process()), mailbox(inbox(*store)) {}

    std::string path(const std::string& below) { return std::string(kInbox) + "/" + below; }
    std::string only_file(const std::string& directory) {
        const auto names = listed(path(directory));
        return names.size() == 1 ? path(directory + "/" + names[0]) : "";
    }

    std::unique_ptr<Store> store;
    std::shared_ptr<Mailbox> mailbox;
};

TEST_F(ScanTest, ADeliveryByAnotherProgramIsTakenIn) {
    files.put(path("new/1000.M1.host"), "Subject: a\n\nb\n");
    files.put(path("cur/999.M1.host:2,FS"), "Subject: a\r\n\r\nb\r\n");
    mailbox->look();
    const auto all = mailbox->messages({{1, 99}});
    ASSERT_EQ(all.size(), 2U);
    for (const auto& message : all) {
        EXPECT_EQ(message.size_crlf, 17U);
        auto open = mailbox->open(message.uid);
        ASSERT_TRUE(open);
        EXPECT_EQ(read_crlf(*open), "Subject: a\r\n\r\nb\r\n");
    }
    EXPECT_EQ(all[0].flags | all[1].flags, flag::seen | flag::flagged);
}

// Many are looked for in the directories' lists, a few one by one.
TEST_F(ScanTest, ManyDeliveriesAndAFewHaveEmailIdsOfTheirOwn) {
    constexpr int kMany = 40;
    for (int i = 0; i < kMany; ++i) {
        const auto name = std::to_string(1000 + i) + ".M1.host";
        files.put(path(i % 2 == 0 ? "new/" + name : "cur/" + name + ":2,S"), "Subject: a\n\nb\n");
    }
    mailbox->look();
    wait(seconds(5));
    files.put(path("new/2000.M1.host"), "Subject: a\n\nb\n");
    mailbox->look();
    std::set<std::string> ids;
    for (const auto& message : mailbox->messages({{1, 99}})) {
        EXPECT_EQ(message.email_id.size(), 25U);
        ids.insert(message.email_id);
    }
    EXPECT_EQ(ids.size(), std::size_t{kMany} + 1);
}

// One directory or link in new/ once made every SELECT fail.
TEST_F(ScanTest, WhatIsNoFileIsNoMessageAndHindersNobody) {
    files.make_directories(path("new/directory"));
    files.put(path("new/1000.M1.host"), "Subject: a\n\nb\n");
    files.put(path("cur/link:2,"), "x");
    files.put(path("cur/pipe:2,"), "x");
    files.fail(md::test::Fault{[](md::test::Operation operation, const std::string& at) {
                                   return operation == md::test::Operation::open && at.ends_with("/link:2,");
                               },
                               ELOOP});
    files.fail(md::test::Fault{[](md::test::Operation operation, const std::string& at) {
                                   return operation == md::test::Operation::read && at.ends_with("/pipe:2,");
                               },
                               ESPIPE});
    mailbox->look();
    EXPECT_EQ(uids(*mailbox), Uids{1});
}

TEST_F(ScanTest, OddNamesAreStraightenedAndTheirMessagesKept) {
    const std::string cur = std::string(kInbox) + "/cur/";
    files.put(cur + "1.bare.host", "Subject: 1\n\nbody\n");
    files.put(cur + "2.other.host:1,x", "Subject: 2\n\nbody\n");
    files.put(cur + "3.twice.host:2,S:2,F", "Subject: 3\n\nbody\n");
    files.put(cur + "4.dovecot.host:2,Sac", "Subject: 4\n\nbody\n");
    files.put(std::string(kInbox) + "/new/5.new.host:2,", "Subject: 5\n\nbody\n");
    mailbox->look();
    const auto all = mailbox->messages({{1, UINT32_MAX}});
    ASSERT_EQ(all.size(), 5U);
    for (const auto& message : all) EXPECT_TRUE(mailbox->open(message.uid)) << message.uid;
    EXPECT_EQ(listed(std::string(kInbox) + "/new"), std::vector<std::string>{"5.new.host"});
    EXPECT_TRUE(files.content(cur + "1.bare.host:2,"));
    EXPECT_TRUE(files.content(cur + "4.dovecot.host:2,Sac"));
    FlagChange flagged;
    flagged.flags = flag::flagged;
    (void)mailbox->change_flags({{1, 5}}, flagged);
    mailbox->follow_names();
    EXPECT_TRUE(files.content(cur + "4.dovecot.host:2,FSac"));
    files.rename(cur + "1.bare.host:2,F", cur + "1.bare.host");  // its flag taken away, the lazy way
    mailbox->look_again();
    EXPECT_EQ(mailbox->message(1)->flags, 0);
    EXPECT_TRUE(mailbox->open(1));
}

TEST_F(ScanTest, OnlyWhatTheNameChangedIsMerged) {
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    FlagChange flagged;
    flagged.flags = flag::flagged;
    (void)mailbox->change_flags({{1, 1}}, flagged);  // the name has not followed yet
    const auto from = only_file("new");
    const auto base = from.substr(from.rfind('/') + 1);
    files.rename(from, path("cur/" + base + ":2,Sab"));
    mailbox->look();
    EXPECT_EQ(mailbox->message(1)->flags, flag::flagged | flag::seen);
    mailbox->follow_names();
    EXPECT_EQ(only_file("cur"), path("cur/" + base + ":2,FSab")) << "others' letters are kept";
    files.rename(path("cur/" + base + ":2,FSab"), path("cur/" + base + ":2,F"));
    wait(seconds(3));
    mailbox->look();
    EXPECT_EQ(mailbox->message(1)->flags, flag::flagged);
}

TEST_F(ScanTest, ARemovedFileIsGoneForAllAndANewMessageWhenItComesBack) {
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2)), 2U);
    View view(mailbox, View::Access::read_only);
    wait(seconds(3));
    auto names = listed(path("new"));
    std::sort(names.begin(), names.end());
    const auto content_of = files.content(path("new/" + names[0]));
    files.unlink(path("new/" + names[0]));
    const auto result = view.sync(Expunges::tell);
    ASSERT_EQ(result.expunged.size(), 1U);
    EXPECT_TRUE(mailbox->served(incoming(1), content("Subject: x\r\n\r\nbody\r\n"), Compare::length));
    files.put(path("cur/" + names[0] + ":2,S"), *content_of);
    mailbox->look();
    EXPECT_EQ(uids(*mailbox), (Uids{2, 3}));
    EXPECT_EQ(mailbox->message(3)->flags, flag::seen);
    EXPECT_TRUE(mailbox->open(3));
}

// What was expunged and came back from a copy was once taken away again, and purged with the day of its expunge.
TEST_F(ScanTest, AnExpungedFileThatIsRestoredIsANewMessage) {
    ASSERT_EQ(deliver(*mailbox, incoming(1), "one\n"), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2), "two\n"), 2U);
    auto names = listed(path("new"));
    std::sort(names.begin(), names.end());
    const auto copy = *files.content(path("new/" + names[0]));
    EXPECT_EQ(mailbox->expunge({{1, 1}}, false), Uids{1});
    files.put(path("cur/" + names[0] + ":2,S"), copy);  // at once: the undelete area has the other copy
    auto admin = process();
    inbox(*admin)->look_again();
    EXPECT_EQ(uids(*mailbox), (Uids{2, 3}));
    EXPECT_EQ(mailbox->expunge({{3, 3}}, false), Uids{3});
    wait(std::chrono::hours(24 * 60));
    EXPECT_EQ(store->account(kBob)->purge_undelete(), 2U);
    files.put(path("cur/" + names[0] + ":2,S"), copy);
    mailbox->look_again();
    EXPECT_EQ(uids(*mailbox), (Uids{2, 4}));
    EXPECT_EQ(store->account(kBob)->purge_undelete(), 0U);
    EXPECT_TRUE(mailbox->open(4));
}

TEST_F(ScanTest, AFileBroughtBackFromTheUndeleteAreaByHandIsANewMessage) {
    ASSERT_EQ(deliver(*mailbox, incoming(1), "one\n"), 1U);
    const auto name = listed(path("new")).front();
    const auto day = std::to_string(files.clock().now().time_since_epoch() / std::chrono::days(1));
    EXPECT_EQ(mailbox->expunge({{1, 1}}, false), Uids{1});
    files.rename("/store/example.org/bob/undelete/" + day + "/" + mailbox->id() + "/1", path("cur/" + name + ":2,"));
    mailbox->look_again();
    EXPECT_EQ(uids(*mailbox), Uids{2});
}

TEST_F(ScanTest, TwoFilesOfOneNameAreBothKeptWhenTheirMessageIsExpunged) {
    ASSERT_EQ(deliver(*mailbox, incoming(1), "one\n"), 1U);
    const auto from = only_file("new");
    const auto base = from.substr(from.rfind('/') + 1);
    files.put(path("cur/" + base + ":2,S"), "another\n");
    (void)files.link(from, path("cur/" + base + ":2,F"));
    mailbox->look_again();
    EXPECT_EQ(uids(*mailbox), Uids{1});
    EXPECT_EQ(mailbox->expunge({{1, 1}}, false), Uids{1});
    mailbox->look_again();
    mailbox->look_again();
    const auto day = std::to_string(files.clock().now().time_since_epoch() / std::chrono::days(1));
    EXPECT_EQ(files.content("/store/example.org/bob/undelete/" + day + "/" + mailbox->id() + "/1"),
              "Return-Path: <a@b>\none\n");
    EXPECT_EQ(uids(*mailbox), Uids{2}) << "the one that nobody saw";
    EXPECT_EQ(files.content(only_file("cur")), "another\n") << "and no other name of the one that was expunged";
}

// A cur/ that was away for an instant once made all its messages expunged.
TEST_F(ScanTest, ADirectoryThatIsAwayForAnInstantTakesNoMessageAway) {
    files.put(path("cur/1.a.host:2,S"), "a\n");
    files.put(path("new/2.b.host"), "b\n");
    mailbox->look();
    ASSERT_EQ(uids(*mailbox), (Uids{1, 2}));
    wait(seconds(3));
    View view(mailbox, View::Access::read_only);
    for (const auto* part : {"cur", "new"}) {
        files.rename(path(part), path("aside"));
        mailbox->look_again();
        EXPECT_TRUE(view.sync(Expunges::tell).expunged.empty()) << part;
        const auto other = process();
        View fresh(inbox(*other), View::Access::read_only);
        EXPECT_EQ(fresh.exists(), 2U) << part;
        files.rename(path("aside"), path(part));
        wait(seconds(3));
        EXPECT_TRUE(view.sync(Expunges::tell).expunged.empty()) << part;
    }
    EXPECT_EQ(uids(*mailbox), (Uids{1, 2}));
    EXPECT_TRUE(mailbox->open(1));
    EXPECT_TRUE(mailbox->open(2));
}

TEST_F(ScanTest, ADirectoryThatStaysAwayIsMadeAgainAndItsMessagesAreGone) {
    files.put(path("cur/1.a.host:2,S"), "a\n");
    files.put(path("new/2.b.host"), "b\n");
    mailbox->look();
    files.rename(path("cur"), path("aside"));
    mailbox->look();
    EXPECT_FALSE(files.info(path("cur")));
    wait(seconds(30));
    mailbox->look();
    EXPECT_TRUE(files.info(path("cur")));
    EXPECT_EQ(uids(*mailbox), Uids{2});
}

// W=9999999999999 in a name was once told as the message's size, and as many octets were made of it.
TEST_F(ScanTest, SizesInANameThatCannotBeAreCounted) {
    files.put(path("new/1.a.host,S=4,W=9999999999999"), "ab\n\n");
    files.put(path("new/2.b.host,S=4,W=3"), "ab\n\n");
    files.put(path("new/3.c.host,S=5,W=8"), "ab\n\n");
    files.put(path("new/4.d.host,S=4,W=18446744073709551615"), "ab\n\n");
    files.put(path("new/5.e.host,S=4,W=8"), "\n\n\n\n");
    mailbox->look();
    const auto all = mailbox->messages({{1, 99}});
    ASSERT_EQ(all.size(), 5U);
    for (const auto& message : all) {
        EXPECT_EQ(message.size_lf, 4U) << message.uid;
        EXPECT_EQ(message.size_crlf, message.uid == 5 ? 8U : 6U) << message.uid;
    }
}

TEST_F(ScanTest, AKeySeenTwiceIsOneMessage) {
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    const auto from = only_file("new");
    (void)files.link(from, path("cur/" + from.substr(from.rfind('/') + 1) + ":2,S"));
    mailbox->look();
    EXPECT_EQ(uids(*mailbox), Uids{1});
    EXPECT_TRUE(mailbox->open(1));
}

TEST_F(ScanTest, AFileRenamedByAnotherProgramIsStillOpened) {
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    const auto from = only_file("new");
    files.rename(from, path("cur/" + from.substr(from.rfind('/') + 1) + ":2,RS"));
    EXPECT_TRUE(mailbox->open(1));
}

TEST_F(ScanTest, OwnDeliveriesNeedNoScanUntilTheyAreTwoSecondsOld) {
    wait(seconds(5));
    mailbox->look();
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    files.reset_counters();
    mailbox->look();
    mailbox->look();
    EXPECT_EQ(files.counters().of(md::test::Operation::list), 0U);
    wait(seconds(3));
    mailbox->look();
    mailbox->look();
    EXPECT_EQ(files.counters().of(md::test::Operation::list), 2U) << "new/ and cur/, once";
}

TEST_F(ScanTest, AChangeWithinTheTickOfAScanIsFoundLater) {
    files.put(path("new/1.a.host"), "a\n");
    mailbox->look();
    files.put(path("new/2.b.host"), "b\n");  // the directory's time does not move
    wait(seconds(3));
    mailbox->look();
    EXPECT_EQ(uids(*mailbox), (Uids{1, 2}));
}

TEST_F(ScanTest, FilesOfAnExpungeThatWasCutShortAreBroughtAway) {
    ASSERT_EQ(deliver(*mailbox, incoming(1), "one\n"), 1U);
    store->sync();
    const auto day = std::to_string(files.clock().now().time_since_epoch() / std::chrono::days(1));
    // The journal's record is durable, and then the power goes.
    files.fail(md::test::Fault{[](md::test::Operation operation, const std::string& at) {
                                   return operation == md::test::Operation::rename &&
                                          at.find("/new/") != std::string::npos;
                               },
                               EIO});
    EXPECT_EQ(mailbox->expunge({{1, 1}}, false), Uids{1}) << "it is on disk";
    files.mend();
    power_cut();
    auto later = process();
    auto again = inbox(*later);
    again->look();
    EXPECT_TRUE(uids(*again).empty());
    EXPECT_TRUE(listed(path("new")).empty());
    const auto directory = "/store/example.org/bob/undelete/" + day + "/" + again->id();
    EXPECT_EQ(files.content(directory + "/1"), "Return-Path: <a@b>\none\n");
    const auto buried = read_buried(files, directory);
    ASSERT_FALSE(buried.empty());
    EXPECT_EQ(buried.back().folder, "INBOX");
    EXPECT_EQ(buried.back().entry.message.uid, 1U);
}

TEST_F(ScanTest, WhatAnExpungeLeftLongAgoIsKeptFromNowOn) {
    ASSERT_EQ(deliver(*mailbox, incoming(1), "one\n"), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2), "two\n"), 2U);
    files.fail(md::test::Fault{[](md::test::Operation operation, const std::string& at) {
                                   return operation == md::test::Operation::rename &&
                                          at.find("/new/") != std::string::npos;
                               },
                               EIO});
    EXPECT_EQ(mailbox->expunge({{1, 2}}, false), (Uids{1, 2}));
    files.mend();
    wait(std::chrono::days(13));
    const auto day = std::to_string(files.clock().now().time_since_epoch() / std::chrono::days(1));
    const auto directory = "/store/example.org/bob/undelete/" + day + "/" + mailbox->id();
    mailbox.reset();  // the process dies
    store.reset();
    files.make_directories(directory);
    files.put(directory + "/2", "of another\n");
    auto later = process();
    auto again = inbox(*later);
    again->look();
    EXPECT_TRUE(uids(*again).empty());
    EXPECT_EQ(files.content(directory + "/1"), "Return-Path: <a@b>\none\n");
    EXPECT_EQ(files.content(directory + "/2"), "of another\n");
    const auto buried = read_buried(files, directory);
    ASSERT_EQ(buried.size(), 2U);
    for (const auto& one : buried)
        EXPECT_TRUE(files.content(directory + "/" + std::to_string(one.entry.message.uid))) << one.entry.name;
    EXPECT_EQ(listed(directory).size(), 4U) << "three messages and the index";
    wait(std::chrono::days(13));
    EXPECT_EQ(later->account(kBob)->purge_undelete(), 0U);
}

TEST_F(ScanTest, TheUndeleteAreaEndsAfterItsDays) {
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    EXPECT_EQ(mailbox->expunge({{1, 1}}, false), Uids{1});
    auto account = store->account(kBob);
    wait(std::chrono::days(13));
    EXPECT_EQ(account->purge_undelete(), 0U);
    wait(std::chrono::days(2));
    EXPECT_EQ(account->purge_undelete(), 1U);
    EXPECT_TRUE(listed("/store/example.org/bob/undelete").empty());
}

TEST_F(ScanTest, OldFilesInTmpAreRemoved) {
    files.put(path("tmp/old"), "x");
    wait(std::chrono::hours(30));
    files.put(path("tmp/young"), "x");
    wait(std::chrono::hours(7));
    store->account(kBob)->tidy();
    EXPECT_EQ(listed(path("tmp")), std::vector<std::string>{"young"});
}

// Expunged mail and broken-off APPENDs once stayed for ever: nobody called what removes them.
TEST_F(ScanTest, WhoeverOpensTheMaildropTidiesTheAccountOnceADay) {
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    EXPECT_EQ(mailbox->expunge({{1, 1}}, false), Uids{1});
    files.put(path("tmp/first"), "x");
    wait(std::chrono::days(15));
    { const Maildrop drop(*store, kBob); }
    EXPECT_TRUE(listed("/store/example.org/bob/undelete").empty());
    EXPECT_TRUE(listed(path("tmp")).empty());
    files.put(path("tmp/second"), "x");
    wait(std::chrono::hours(23));
    { const Maildrop drop(*store, kBob); }
    EXPECT_EQ(listed(path("tmp")).size(), 1U);
    wait(std::chrono::hours(14));
    { const Maildrop drop(*store, kBob); }
    EXPECT_TRUE(listed(path("tmp")).empty());
}

TEST_F(ScanTest, WhatCannotBeTidiedHindersNobody) {
    files.put(path("tmp/old"), "x");
    wait(std::chrono::days(2));
    files.fail(md::test::Fault{
        [](md::test::Operation operation, const std::string&) { return operation == md::test::Operation::unlink; },
        EROFS});
    EXPECT_NO_THROW(Maildrop(*store, kBob));
    files.mend();
    EXPECT_EQ(listed(path("tmp")).size(), 1U);
}

// A file with a name of 253 octets once kept all names behind it from following their flags.
TEST_F(ScanTest, ANameThatCannotTakeItsFlagsHindersNoOther) {
    files.put(path("new/1.long.host"), "long\n");
    files.put(path("new/2.b.host"), "b\n");
    mailbox->look();
    ASSERT_EQ(uids(*mailbox), (Uids{1, 2}));
    int tries = 0;
    files.fail(md::test::Fault{[&tries](md::test::Operation operation, const std::string& at) {
                                   const bool is_long = at.find("1.long") != std::string::npos;
                                   if (operation == md::test::Operation::rename && is_long) ++tries;
                                   return operation == md::test::Operation::rename && is_long;
                               },
                               ENAMETOOLONG});
    FlagChange flagged;
    flagged.flags = flag::flagged;
    (void)mailbox->change_flags({{1, 2}}, flagged);
    EXPECT_NO_THROW(mailbox->follow_names());
    EXPECT_EQ(listed(path("cur")), std::vector<std::string>{"2.b.host:2,F"});
    EXPECT_EQ(listed(path("new")), std::vector<std::string>{"1.long.host"});
    for (int i = 0; i < 5; ++i) mailbox->follow_names();
    EXPECT_EQ(tries, 1);
    wait(seconds(3));
    mailbox->look();
    EXPECT_EQ(mailbox->message(1)->flags, flag::flagged);
    flagged.flags = flag::seen;
    (void)mailbox->change_flags({{1, 1}}, flagged);
    mailbox->follow_names();
    EXPECT_EQ(tries, 2) << "another name is another try";
    EXPECT_TRUE(mailbox->open(1));
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), Uids{2});
}

}  // namespace md::store::test
