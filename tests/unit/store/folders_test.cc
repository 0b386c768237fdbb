// tests/unit/store/folders_test.cc - folders made, removed and renamed (store/account_folders.cc): by one process, by
// two, and by one that dies at any step

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <thread>

#include "base/error.h"
#include "store/account_journal.h"
#include "store/core.h"
#include "store/folder_name.h"
#include "store/undelete.h"
#include "store_fixture.h"

namespace md::store::test {

class FoldersTest : public StoreTest {
  protected:
    FoldersTest() : store(process()), account(store->account(kBob)) {}

    std::shared_ptr<Mailbox> made(const std::string& name) { return *account->create(name); }
    [[nodiscard]] static std::vector<std::string> names(Account& account) {
        std::vector<std::string> out;
        for (const auto& folder : account.folders()) out.push_back(folder.name);
        return out;
    }
    [[nodiscard]] std::string path(const std::string& directory) const { return std::string(kInbox) + "/" + directory; }
    static void expect_gone(Mailbox& mailbox) {
        try {
            (void)mailbox.messages({{1, UINT32_MAX}});
            ADD_FAILURE() << "still there";
        } catch (const SystemError& error) {
            EXPECT_EQ(error.code(), ESTALE);
        }
    }

    std::unique_ptr<Store> store;
    std::shared_ptr<Account> account;
};

TEST_F(FoldersTest, ARemovedFoldersMessagesAreKeptWithTheirIndex) {
    auto work = made("Work");
    ASSERT_EQ(deliver(*work, incoming(1), "one\n"), 1U);
    ASSERT_EQ(deliver(*work, incoming(2), "two\n"), 2U);
    FlagChange flags;
    flags.flags = flag::flagged;
    flags.keywords = {"Todo"};
    (void)work->change_flags({{2, 2}}, flags);
    work->follow_names();
    const auto id = work->id();
    changed.clear();
    ASSERT_TRUE(account->remove("Work"));
    EXPECT_EQ(changed, std::vector<std::string>{id}) << "who waits for it is woken";
    EXPECT_EQ(names(*account), std::vector<std::string>{"INBOX"});
    EXPECT_EQ(account->quota_use(), QuotaUse());
    EXPECT_FALSE(files.info(path(".Work")));
    const auto day = account->undelete_directory() + "/" + listed(account->undelete_directory()).at(0);
    const auto kept = day + "/" + id;
    const auto buried = read_buried(files, kept);
    ASSERT_EQ(buried.size(), 2U);
    EXPECT_EQ(buried[0].folder, "Work");
    EXPECT_EQ(buried[1].entry.message.flags, flag::flagged);
    EXPECT_EQ(buried[1].entry.message.keywords, std::vector<std::string>{"Todo"});
    for (const auto& [folder, time, entry] : buried) {
        const auto place = kept + "/folder/" + (entry.where == Where::in_new ? "new/" : "cur/") + entry.name +
                           (entry.where == Where::in_new ? "" : ":2," + entry.letters);
        EXPECT_TRUE(files.info(place)) << place;
    }
    expect_gone(*work);
    wait(std::chrono::hours(24 * 16));
    EXPECT_EQ(account->purge_undelete(), 2U);
    EXPECT_TRUE(listed(account->undelete_directory()).empty());
}

TEST_F(FoldersTest, NumbersOfARemovedFolderNeverComeBack) {
    auto first = made("Work");
    ASSERT_EQ(deliver(*first, incoming(1)), 1U);
    const auto validity = first->uid_validity();
    ASSERT_TRUE(account->remove("Work"));
    auto second = made("Work");
    EXPECT_NE(second->id(), first->id());
    EXPECT_GT(second->uid_validity(), validity);
    EXPECT_EQ(second->numbers().messages, 0U);
    expect_gone(*first);
}

TEST_F(FoldersTest, WhatCannotBeRemoved) {
    (void)made("a/b");
    EXPECT_EQ(account->remove("inbox").error(), FolderError::is_inbox);
    EXPECT_EQ(account->remove("nowhere").error(), FolderError::not_there);
    EXPECT_EQ(account->remove("a").error(), FolderError::has_children);
    (void)made("a");
    ASSERT_TRUE(account->remove("a")) << "with a folder below it";
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "a/b"}));
    ASSERT_TRUE(account->remove("a/b"));
    EXPECT_EQ(account->remove("a").error(), FolderError::not_there);
}

TEST_F(FoldersTest, ARemovalIsSeenByOtherProcesses) {
    (void)made("Work");
    auto other = process();
    auto theirs = *other->account(kBob)->open("Work");
    ASSERT_EQ(deliver(*theirs, incoming(1)), 1U);
    ASSERT_TRUE(account->remove("Work"));
    expect_gone(*theirs);
    EXPECT_EQ(other->account(kBob)->open("Work").error(), FolderError::not_there);
    (void)made("Work");
    EXPECT_TRUE((*other->account(kBob)->open("Work"))->messages({{1, UINT32_MAX}}).empty());
}

TEST_F(FoldersTest, ATreeIsRenamedWithAllItsNumbers) {
    std::map<std::string, std::shared_ptr<Mailbox>> before;
    for (const auto* name : {"Work", "Work/2025", "Work/2025/May", "Works"}) before[name] = made(name);
    ASSERT_EQ(deliver(*before["Work/2025"], incoming(1)), 1U);
    View view(before["Work/2025"], View::Access::read_write);
    ASSERT_TRUE(account->rename("Work", "Old/Job"));
    EXPECT_EQ(names(*account),
              (std::vector<std::string>{"INBOX", "Old/Job", "Old/Job/2025", "Old/Job/2025/May", "Works"}));
    EXPECT_TRUE(files.info(path(".Old.Job.2025.May/cur")));
    EXPECT_FALSE(files.info(path(".Work")));
    auto after = *account->open("Old/Job/2025");
    EXPECT_EQ(after, before["Work/2025"]) << "the one object, under its new name";
    EXPECT_EQ(account->open("Work/2025").error(), FolderError::not_there);
    ASSERT_EQ(deliver(*after, incoming(2)), 2U);
    const auto result = view.sync(Expunges::tell);
    EXPECT_FALSE(result.gone);
    EXPECT_EQ(view.exists(), 2U);
    power_cut();
    auto later = process();
    EXPECT_EQ(names(*later->account(kBob)), names(*later->account(kBob)));
    EXPECT_EQ((*later->account(kBob)->open("Old/Job/2025"))->id(), after->id());
    EXPECT_EQ((*later->account(kBob)->open("Old/Job/2025"))->uid_validity(), after->uid_validity());
}

TEST_F(FoldersTest, ARenamedMailboxIsFollowedByOtherProcesses) {
    (void)made("Work");
    auto other = process();
    auto theirs = *other->account(kBob)->open("Work");
    auto writer = theirs->start_message();
    writer.write("Subject: half\n\n");
    ASSERT_TRUE(account->rename("Work", "Job"));
    // Another folder takes the old name at once.
    auto fresh = made("Work");
    ASSERT_EQ(deliver(*fresh, incoming(9)), 1U);
    EXPECT_EQ(theirs->append(std::move(writer), 1'000, 0, {}).uid, 1U) << "begun before";
    ASSERT_EQ(deliver(*theirs, incoming(1)), 2U);
    EXPECT_EQ(uids(**account->open("Job")), (std::vector<Uid>{1, 2}));
    EXPECT_EQ(uids(*fresh), std::vector<Uid>{1});
    EXPECT_EQ(*other->account(kBob)->open("Job"), theirs);
    EXPECT_EQ((*other->account(kBob)->open("Work"))->id(), fresh->id());
    EXPECT_EQ(account->status("Job")->messages, 2U);
}

TEST_F(FoldersTest, ANewFolderIsNotMistakenForOneThatHadItsDirectory) {
    auto other = process();
    (void)made("Work");
    auto theirs = *other->account(kBob)->open("Work");
    ASSERT_EQ(deliver(*theirs, incoming(1)), 1U);
    ASSERT_TRUE(account->rename("Work", "Job"));
    auto fresh = *other->account(kBob)->create("Work");
    EXPECT_NE(fresh, theirs);
    EXPECT_TRUE(uids(*fresh).empty());
    EXPECT_EQ(uids(*theirs), std::vector<Uid>{1});
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "Job", "Work"}));
}

TEST_F(FoldersTest, AMailboxThatMovedMakesNoJournalWhereItWas) {
    auto work = made("Work");
    ASSERT_EQ(deliver(*work, incoming(1), "one\n"), 1U);
    ASSERT_TRUE(account->rename("Work", "Old"));
    ASSERT_EQ(*account->open("Old"), work);
    // Another process is making a folder of the old name: there is its directory, and no journal yet.
    for (const char* part : {"/tmp", "/cur", "/new"}) files.make_directories(path(".Work") + part);
    EXPECT_EQ(work->messages({{1, UINT32_MAX}}).size(), 1U);
    EXPECT_FALSE(files.info(path(".Work/mdmail.journal")));
    EXPECT_EQ(account->status("Old")->mailbox_id, work->id());
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "Old"}));
    account->look();
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "Old", "Work"}));
    EXPECT_NE(account->status("Work")->mailbox_id, work->id());
}

TEST_F(FoldersTest, WhatCannotBeRenamed) {
    for (const auto* name : {"a", "a/x", "b/x", "c"}) (void)made(name);
    EXPECT_EQ(account->rename("nowhere", "d").error(), FolderError::not_there);
    EXPECT_EQ(account->rename("a", "c").error(), FolderError::exists);
    EXPECT_EQ(account->rename("a", "a").error(), FolderError::exists);
    EXPECT_EQ(account->rename("a", "b").error(), FolderError::exists) << "a/x would be b/x";
    EXPECT_EQ(account->rename("a", "a/y").error(), FolderError::into_itself);
    EXPECT_EQ(account->rename("a", "d//e").error(), FolderError::bad_name);
    EXPECT_EQ(account->rename("a", "INBOX").error(), FolderError::exists);
    EXPECT_EQ(account->rename("a", std::string(999, 'n')).error(), FolderError::bad_name) << "a/x would be too long";
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "a", "a/x", "b/x", "c"}));
    EXPECT_FALSE(account->journal().renaming());
    ASSERT_TRUE(account->rename("b", "d")) << "a level that is no folder";
    ASSERT_TRUE(account->rename("d/x", "inbox/x"));
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "INBOX/x", "a", "a/x", "c"}));
}

TEST_F(FoldersTest, RenamingInboxMovesItsMessages) {
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2)), 2U);
    (void)made("inbox/kids");
    const auto email_id = mailbox->message(2)->email_id;
    EXPECT_EQ(account->rename("INBOX", "INBOX/kids").error(), FolderError::exists);
    ASSERT_TRUE(account->rename("inbox", "Old/Mail"));
    EXPECT_TRUE(uids(*mailbox).empty());
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "INBOX/kids", "Old/Mail"}));
    auto old = *account->open("Old/Mail");
    ASSERT_EQ(uids(*old).size(), 2U);
    EXPECT_EQ(old->messages({{1, UINT32_MAX}})[1].email_id, email_id);
    EXPECT_NE(old->id(), mailbox->id());
    EXPECT_EQ(deliver(*mailbox, incoming(3)), 3U) << "INBOX goes on with its numbers";
}

TEST_F(FoldersTest, LongNamesAreRenamedFromAndToTheirOwnDirectories) {
    const std::string longer(300, 'n');
    auto mailbox = made("Work");
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    ASSERT_TRUE(account->rename("Work", longer));
    EXPECT_EQ(account->status(longer)->directory, ".=" + mailbox->id());
    EXPECT_EQ(uids(**account->open(longer)), std::vector<Uid>{1});
    ASSERT_TRUE(account->rename(longer, longer + "m"));
    EXPECT_EQ(account->status(longer + "m")->directory, ".=" + mailbox->id());
    account->look();
    ASSERT_TRUE(account->rename(longer + "m", "Job"));
    EXPECT_EQ(account->status("Job")->directory, ".Job");
    EXPECT_EQ(uids(*mailbox), std::vector<Uid>{1});
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "Job"}));
}

TEST_F(FoldersTest, ARenamingThatLeavesTheDirectoryChangesTheNameForAll) {
    const std::string before(300, 'n');
    const std::string now(300, 'm');
    auto mailbox = made("Work");
    ASSERT_TRUE(account->rename("Work", before));
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    auto other = process();
    auto theirs = *other->account(kBob)->open(before);
    ASSERT_TRUE(account->rename(before, now));
    // What is removed by a process that had it open belongs to the new name.
    (void)theirs->expunge({{1, 1}}, false);
    const auto day = account->undelete_directory() + "/" + listed(account->undelete_directory()).at(0);
    EXPECT_EQ(read_buried(files, day + "/" + mailbox->id()).at(0).folder, now);
    // And so does a journal that is made anew.
    files.unlink(path(account->status(now)->directory) + "/mdmail.journal");
    expect_gone(*theirs);
    EXPECT_EQ(names(*other->account(kBob)), (std::vector<std::string>{"INBOX", now}));
}

TEST_F(FoldersTest, ADirectoryThatIsNoFolderIsNotOverwritten) {
    auto mailbox = made("Work");
    files.put(path(".Job/keep"), "x");
    ASSERT_TRUE(account->rename("Work", "Job"));
    EXPECT_EQ(account->status("Job")->directory, ".=" + mailbox->id());
    EXPECT_TRUE(files.info(path(".Job/keep")));
    EXPECT_TRUE(uids(**account->open("Job")).empty());
}

TEST_F(FoldersTest, ANameThatLooksLikeALongOnesDirectoryIsItsOwn) {
    auto mailbox = made(std::string(300, 'n'));
    const auto directory = account->status(std::string(300, 'n'))->directory;
    auto other = made(directory.substr(1));
    EXPECT_NE(other->id(), mailbox->id());
    EXPECT_EQ(folder_of_directory(account->status(directory.substr(1))->directory), directory.substr(1));
}

/// What a person may find after a renaming that was cut short: the old names or the new ones, never both or a mixture,
/// and every message in its folder.
class RenamingTest : public FoldersTest {
  protected:
    void prepare(Store& in, const std::string& base) {
        ids.clear();
        for (const auto* rest : {"", "/2025", "/2025/May"}) {
            auto mailbox = *in.account(kBob)->create(base + rest);
            ids[rest] = mailbox->id();
            ASSERT_EQ(deliver(*mailbox, incoming(++messages)), 1U);
        }
        in.sync();
    }
    void expect_whole(Store& later, const std::string& from, const std::string& to, const std::string& what) {
        auto again = later.account(kBob);
        again->look();
        const auto& base = again->status(to) ? to : from;
        const auto& other = again->status(to) ? from : to;
        EXPECT_FALSE(again->journal().renaming()) << what;
        EXPECT_FALSE(again->journal().has_below(other)) << what;
        for (const auto& [rest, id] : ids) {
            EXPECT_FALSE(again->status(other + rest)) << what << ": " << other + rest;
            const auto opened = again->open(base + rest);
            ASSERT_TRUE(opened) << what << ": " << base + rest;
            EXPECT_EQ((*opened)->id(), id) << what << ": " << base + rest;
            EXPECT_EQ(uids(**opened).size(), 1U) << what << ": " << base + rest;
            EXPECT_EQ(again->status(base + rest)->messages, 1U) << what << ": " << base + rest;
        }
    }
    std::map<std::string, std::string> ids;  ///< of the tree, by the rest of the name
    std::uint64_t messages = 0;
};

TEST_F(RenamingTest, IsFinishedByTheNextHolderAfterADeathAtAnyStep) {
    for (const auto mode : {md::test::Restart::process, md::test::Restart::forget}) {
        for (std::uint64_t step = 1;; ++step) {
            const auto mark = std::to_string(static_cast<int>(mode)) + "-" + std::to_string(step);
            auto mine = process();
            prepare(*mine, "Work" + mark);
            auto owner = mine->account(kBob);
            files.cut_at(files.steps() + step);
            bool done = false;
            try {
                done = owner->rename("Work" + mark, "Job" + mark).has_value();
                files.cut_now();
            } catch (const md::test::PowerCut&) {
            }
            files.restart(mode, step);
            if (mode == md::test::Restart::forget) ++boot;
            wait(std::chrono::minutes(1));
            auto later = process();
            expect_whole(*later, "Work" + mark, "Job" + mark, mark);
            if (!done) continue;
            EXPECT_TRUE(later->account(kBob)->open("Job" + mark)) << "told, and durable";
            EXPECT_GT(step, 6U);
            break;
        }
    }
}

TEST_F(RenamingTest, IsFinishedWhileOthersLook) {
    prepare(*store, "Work");
    auto other = process();
    auto theirs = *other->account(kBob)->open("Work/2025");
    ASSERT_TRUE(account->journal().begin_renaming({"Work", "Job"}));
    // As far as a process that died between two directories.
    files.rename(path(".Work.2025"), path(".Job.2025"));
    EXPECT_EQ(uids(*theirs), std::vector<Uid>{1}) << "found though the journal has the old name yet";
    ASSERT_EQ(deliver(*theirs, incoming(50)), 2U);
    other->account(kBob)->look();
    EXPECT_EQ(names(*other->account(kBob)), (std::vector<std::string>{"INBOX", "Job", "Job/2025", "Job/2025/May"}));
    EXPECT_FALSE(account->journal().renaming());
    EXPECT_EQ(uids(**account->open("Job/2025")), (std::vector<Uid>{1, 2}));
}

TEST_F(RenamingTest, AnInboxIsEmptiedByOneAtATime) {
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 60; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    std::atomic<bool> over{false};
    std::thread looker([&] {
        auto other = process();
        while (!over) (void)names(*other->account(kBob));
    });
    const bool renamed = account->rename("INBOX", "Old").has_value();
    over = true;
    looker.join();
    ASSERT_TRUE(renamed);
    EXPECT_EQ(uids(**account->open("Old")).size(), 60U);
    EXPECT_TRUE(uids(*mailbox).empty());
}

TEST_F(RenamingTest, WhatComesIntoAnInboxThatIsBeingRenamedStays) {
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    // As far as a process that died at once.
    ASSERT_TRUE(account->journal().begin_renaming({"INBOX", "Old", 2}));
    ASSERT_EQ(deliver(*mailbox, incoming(2)), 2U);
    auto other = process();
    EXPECT_EQ(names(*other->account(kBob)), (std::vector<std::string>{"INBOX", "Old"}));
    EXPECT_EQ(uids(**other->account(kBob)->open("Old")).size(), 1U);
    EXPECT_EQ(uids(*mailbox), std::vector<Uid>{2});
    EXPECT_FALSE(account->journal().renaming());
}

TEST_F(RenamingTest, ADiskThatIsFullLeavesFoldersReadableWhileAnInboxIsBeingRenamed) {
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    ASSERT_TRUE(account->journal().begin_renaming({"INBOX", "Old", 2}));
    files.limit_space(0);
    EXPECT_FALSE(names(*account).empty());
    EXPECT_TRUE(account->journal().renaming());
    files.mend();
    files.limit_space(UINT64_MAX);
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "Old"}));
    EXPECT_TRUE(uids(*mailbox).empty());
}

TEST_F(RenamingTest, AFailingDiskLeavesItToTheNext) {
    for (std::uint64_t step = 1; step <= 12; ++step) {
        const auto mark = std::to_string(step);
        prepare(*store, "Work" + mark);
        files.fail_at_step(files.steps() + step, EIO);
        try {
            (void)account->rename("Work" + mark, "Job" + mark);
        } catch (const SystemError& error) {
            EXPECT_EQ(error.code(), EIO);
        }
        files.mend();
        auto later = process();
        expect_whole(*later, "Work" + mark, "Job" + mark, mark);
    }
}

TEST_F(FoldersTest, ARemovalCutShortLeavesTheFolderOrNothing) {
    for (std::uint64_t step = 1;; ++step) {
        auto process_one = process();
        auto mine = process_one->account(kBob);
        const auto name = "Work" + std::to_string(step);
        auto mailbox = *mine->create(name);
        ASSERT_EQ(deliver(*mailbox, incoming(step)), 1U);
        process_one->sync();
        const auto id = mailbox->id();
        files.cut_at(files.steps() + step);
        bool done = false;
        try {
            done = mine->remove(name).has_value();
        } catch (const md::test::PowerCut&) {
        }
        power_cut();
        auto later = process();
        auto again = later->account(kBob);
        again->look();
        const auto still = again->status(name);
        if (still) {
            EXPECT_FALSE(done) << step;
            EXPECT_EQ(uids(**again->open(name)).size(), 1U) << step;
        } else {
            bool kept = false;
            for (const auto& day : listed(again->undelete_directory()))
                kept = kept || read_buried(files, again->undelete_directory() + "/" + day + "/" + id).size() == 1;
            EXPECT_TRUE(kept) << "the messages can be brought back, step " << step;
            EXPECT_EQ(again->open(name).error(), FolderError::not_there);
        }
        if (done) break;
    }
}

TEST_F(FoldersTest, SpecialUsesAreOneFoldersEach) {
    ASSERT_TRUE(account->create("Sent", special_use::sent));
    EXPECT_EQ(account->status("Sent")->uses, special_use::sent);
    EXPECT_EQ(account->create("Sent2", special_use::sent | special_use::drafts).error(), FolderError::use_taken);
    EXPECT_FALSE(account->status("Sent2"));
    ASSERT_TRUE(account->rename("Sent", "Outbox"));
    auto later = process();
    EXPECT_EQ(later->account(kBob)->status("Outbox")->uses, special_use::sent);
    ASSERT_EQ(deliver(**account->open("Outbox"), incoming(1)), 1U);
    EXPECT_EQ(account->status("Outbox")->uses, special_use::sent) << "numbers say nothing of it";
    ASSERT_TRUE(account->remove("Outbox"));
    EXPECT_TRUE(account->create("Sent", special_use::sent));
}

TEST_F(FoldersTest, SubscriptionsAreNamesWhetherFoldersOrNot) {
    (void)made("Work");
    EXPECT_TRUE(account->subscribe("Work", true));
    EXPECT_TRUE(account->subscribe("not/yet", true));
    EXPECT_TRUE(account->subscribe("inbox", true));
    EXPECT_FALSE(account->subscribe("a//b", true));
    EXPECT_TRUE(account->subscribe("never", false));
    ASSERT_TRUE(account->remove("Work"));
    power_cut();
    auto later = process();
    auto again = later->account(kBob);
    EXPECT_EQ(again->listing().subscriptions, (std::vector<std::string>{"INBOX", "Work", "not/yet"}));
    EXPECT_TRUE(again->subscribe("Work", false));
    EXPECT_EQ(again->listing().subscriptions, (std::vector<std::string>{"INBOX", "not/yet"}));
}

TEST_F(FoldersTest, DefaultFoldersAreMadeOnceAnAccount) {
    (void)made("Junk");
    const std::vector<DefaultFolder> wanted{{"Sent", special_use::sent}, {"Junk", special_use::junk}, {"Notes", 0}};
    account->make_defaults(wanted);
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "Junk", "Notes", "Sent"}));
    EXPECT_EQ(account->status("Junk")->uses, special_use::junk) << "it was there";
    EXPECT_EQ(account->listing().subscriptions, (std::vector<std::string>{"Junk", "Notes", "Sent"}));
    ASSERT_TRUE(account->remove("Notes"));
    auto later = process();
    later->account(kBob)->make_defaults(wanted);
    EXPECT_FALSE(later->account(kBob)->status("Notes")) << "its owner does not want it";
}

TEST_F(FoldersTest, AFolderThatAnotherProgramRenamedKeepsItsNumbers) {
    auto mailbox = made("Work");
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    files.rename(path(".Work"), path(".Job"));
    account->look();
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "Job"}));
    EXPECT_EQ(account->status("Job")->mailbox_id, mailbox->id());
    EXPECT_EQ(account->status("Job")->messages, 1U);
    EXPECT_EQ(uids(*mailbox), std::vector<Uid>{1}) << "a session that has it open goes on";
    EXPECT_EQ(uids(**account->open("Job")), std::vector<Uid>{1});
}

TEST_F(FoldersTest, ACopyOfAFolderBecomesAMailboxOfItsOwn) {
    auto mailbox = made("Work");
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    for (const char* part : {"cur", "new", "tmp"}) files.make_directories(path(".Copy/") + part);
    files.put(path(".Copy/mdmail.journal"), *files.content(path(".Work/mdmail.journal")));
    files.put(path(".Copy/new/1.copied.host"), "Subject: c\n\n");
    account->look();
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "Copy", "Work"}));
    auto copy = *account->open("Copy");
    EXPECT_NE(copy->id(), mailbox->id());
    copy->look();
    EXPECT_EQ(uids(*copy).size(), 1U);
    EXPECT_EQ(uids(*mailbox), std::vector<Uid>{1});
    EXPECT_EQ(account->status("Work")->mailbox_id, mailbox->id());
}

TEST_F(FoldersTest, StatusHasWhatIsDeletedAndTheSizesAsTold) {
    auto work = made("Work");
    ASSERT_EQ(deliver(*work, incoming(1), "a\nb\n"), 1U);
    ASSERT_EQ(deliver(*work, incoming(2), "c\n"), 2U);
    FlagChange deleted;
    deleted.flags = flag::deleted;
    (void)work->change_flags({{1, 1}}, deleted);
    const auto status = account->status("Work");
    EXPECT_EQ(status->bytes_crlf, work->message(1)->size_crlf + work->message(2)->size_crlf);
    EXPECT_EQ(status->deleted, 1U);
    EXPECT_EQ(status->deleted_bytes, work->message(1)->size_lf);
    EXPECT_EQ(work->expunge({{1, 1}}, true), std::vector<Uid>{1});
    EXPECT_EQ(account->status("Work")->deleted, 0U);
    EXPECT_EQ(account->status("Work")->deleted_bytes, 0U);
    EXPECT_EQ(account->status("Work")->bytes_crlf, work->message(2)->size_crlf);
}

// One bad directory once made LIST, CREATE and RENAME fail for the whole account.
TEST_F(FoldersTest, ADirectoryThatCannotBeAFolderIsLeftOutAndReportedOnce) {
    files.make_directories(path(".BAD/cur"));
    files.make_directories(path(".BAD/mdmail.journal"));
    files.make_directories(path(".Good/cur"));
    files.put(path(".NoDirectory/cur"), "a file");
    wait(std::chrono::seconds(5));
    const std::vector<std::string> expected{"INBOX", "Good"};
    for (int round = 0; round < 3; ++round) {
        EXPECT_NO_THROW(account->look());
        EXPECT_EQ(names(*account), expected);
        wait(std::chrono::seconds(5));
    }
    EXPECT_EQ(
        std::count_if(repairs.begin(), repairs.end(), [&](const Repair& one) { return one.path == path(".BAD"); }), 1);
    EXPECT_TRUE(account->create("New"));
    EXPECT_TRUE(account->rename("New", "Newer"));
    files.remove_directory(path(".BAD/mdmail.journal"));
    account->look();
    EXPECT_EQ(names(*account), (std::vector<std::string>{"INBOX", "BAD", "Good", "Newer"}));
}

TEST_F(FoldersTest, AnAccountIsOpenedThoughOneOfItsFoldersCannotBe) {
    (void)made("Broken");
    (void)made("Whole");
    power_cut(md::test::Restart::process);
    files.unlink(path(".Broken/mdmail.journal"));
    files.make_directories(path(".Broken/mdmail.journal"));
    repairs.clear();
    auto later = process();
    auto again = later->account(kBob);
    EXPECT_EQ(names(*again), (std::vector<std::string>{"INBOX", "Broken", "Whole"}));
    EXPECT_TRUE(again->open("Whole"));
    EXPECT_EQ(
        std::count_if(repairs.begin(), repairs.end(), [&](const Repair& one) { return one.path == path(".Broken"); }),
        1);
}

TEST_F(FoldersTest, ACreationWithoutRoomLeavesNothing) {
    for (std::uint64_t skip = 0;; ++skip) {
        auto fault = md::test::Fault{
            [this](md::test::Operation operation, const std::string& at) {
                return (operation == md::test::Operation::create || operation == md::test::Operation::write) &&
                       (at.starts_with(path(".Full/")) || at.starts_with("/store/.numbers/"));
            },
            ENOSPC, skip};
        files.fail(fault);
        bool failed = false;
        try {
            (void)account->create("Full");
        } catch (const SystemError&) {
            failed = true;
        }
        files.mend();
        if (!failed) {
            EXPECT_GT(skip, 2U);
            break;
        }
        EXPECT_FALSE(files.info(path(".Full"))) << "after " << skip << " steps";
        EXPECT_EQ(names(*account), std::vector<std::string>{"INBOX"});
    }
    EXPECT_TRUE(account->open("Full"));
}

}  // namespace md::store::test
