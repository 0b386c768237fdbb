// tests/unit/store/maintenance_test.cc - check, rebuild, compact and undelete

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/error.h"
#include "store/mailbox_core.h"
#include "store/maintenance.h"
#include "store/undeletion.h"
#include "store_fixture.h"

namespace md::store::test {

using Uids = std::vector<Uid>;

class MaintenanceTest : public StoreTest {
  protected:
    std::vector<std::string> faults() {
        auto looking = process();
        const auto before = files.tree();
        const auto steps = files.steps();
        const auto report = examine(*looking, kBob, std::nullopt);
        EXPECT_EQ(files.tree(), before);
        EXPECT_EQ(files.steps(), steps) << "a check that changes something";
        if (!report) return {"no account"};
        auto all = report->faults;
        for (const auto& mailbox : report->mailboxes)
            for (const auto& fault : mailbox.faults) all.push_back(mailbox.status.name + ": " + fault);
        return all;
    }
    [[nodiscard]] bool has_fault(std::string_view part) {
        const auto all = faults();
        return std::any_of(all.begin(), all.end(),
                           [&](const std::string& fault) { return fault.find(part) != std::string::npos; });
    }
    [[nodiscard]] std::string undelete_area() { return "/store/example.org/bob/undelete"; }
    std::vector<Kept> kept() { return kept_messages(files, undelete_area()); }
    void overwrite(const std::string& path, std::string_view content) {
        const auto file = files.open(path, OpenMode::read_write);
        file->truncate(content.size());
        file->write_at(0, content);
    }

    std::string journal = std::string(kInbox) + "/mdmail.journal";
};

TEST_F(MaintenanceTest, AWholeAccountHasNoFault) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    (void)mailbox->expunge({{2, 2}}, false);
    (void)store->account(kBob)->create("Archive");
    mailbox->look();
    EXPECT_EQ(faults(), std::vector<std::string>{});
    const auto report = *examine(*store, kBob, std::nullopt);
    ASSERT_EQ(report.mailboxes.size(), 2U);
    EXPECT_EQ(report.mailboxes.front().status, *store->account(kBob)->status("INBOX"));
    EXPECT_EQ(report.mailboxes.front().expunges, 1U);
    EXPECT_EQ(report.undelete_messages, 1U);
    EXPECT_TRUE(examine(*store, kBob, "Archive"));
    EXPECT_FALSE(examine(*store, kBob, "Nowhere"));
    EXPECT_FALSE(examine(*store, {"example.org", "nobody"}, std::nullopt));
}

TEST_F(MaintenanceTest, WhatOthersDidIsPendingAndNoFault) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    wait(std::chrono::seconds(5));
    mailbox->look();
    files.put(std::string(kInbox) + "/new/1.other.host", "Subject: other\n\nbody\n");
    EXPECT_EQ(faults(), std::vector<std::string>{});
    EXPECT_EQ(examine(*store, kBob, "INBOX")->mailboxes.front().pending, 1U);
}

TEST_F(MaintenanceTest, EachKindOfDamageIsNamed) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    (void)mailbox->expunge({{2, 2}}, false);
    store.reset();
    const auto whole = *files.content(journal);
    overwrite(journal, whole.substr(0, whole.size() - 3));
    EXPECT_TRUE(has_fault("ends within a record"));
    auto flipped = whole;
    flipped[whole.size() / 2] ^= 1;
    overwrite(journal, flipped);
    EXPECT_TRUE(has_fault("octets that are no record"));
    overwrite(journal, "nothing");
    EXPECT_TRUE(has_fault("no journal of this version"));
    overwrite(journal, whole);
    EXPECT_EQ(faults(), std::vector<std::string>{});

    for (const auto& path : files.tree()) {
        if (path.ends_with("/index")) {
            const auto index = *files.content(path);
            overwrite(path, index.substr(0, index.size() - 1));
            EXPECT_TRUE(has_fault("/index has octets"));
            overwrite(path, index);
        }
        if (path.starts_with("/store/.numbers/") && !path.ends_with("/")) {
            files.unlink(path);
            EXPECT_TRUE(has_fault("nothing whole in .numbers"));
        }
    }
}

TEST_F(MaintenanceTest, ARebuiltMailboxKeepsWhatItHadAndTellsTheRightSizes) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    FlagChange change;
    change.flags = flag::flagged;
    change.keywords = {"$Label1"};
    (void)mailbox->change_flags({{2, 2}}, change);
    auto before = mailbox->messages({{1, 3}});
    View session(mailbox, View::Access::read_only);
    const auto modseq = mailbox->numbers().highest_modseq;
    files.put(std::string(kInbox) + "/mdmail.cache", "old");
    const auto path = mailbox->core().path_of(*MailboxCore::Reading(mailbox->core()).state().find(3));
    overwrite(path, "Subject: longer\n\nthan it was when it came\n");
    EXPECT_TRUE(has_fault("UID 3 has 42 octets"));

    auto admin = process();
    EXPECT_EQ(rebuild(*inbox(*admin)), 3U);
    EXPECT_EQ(faults(), std::vector<std::string>{});
    EXPECT_FALSE(files.content(std::string(kInbox) + "/mdmail.cache"));
    auto after = mailbox->messages({{1, 3}});  // through the object that was open all the time
    ASSERT_EQ(after.size(), 3U);
    EXPECT_EQ(after[2].size_lf, 42U);
    EXPECT_EQ(after[2].size_crlf, 45U);
    EXPECT_EQ(after[1].keywords, before[1].keywords);
    EXPECT_EQ(after[1].flags, before[1].flags);
    EXPECT_EQ(after[1].internal_date, before[1].internal_date);
    EXPECT_GT(after[0].modseq, modseq);
    EXPECT_FALSE(session.sync(Expunges::tell).gone);
    EXPECT_EQ(deliver(*mailbox, incoming(4)), 1'001U);
}

TEST_F(MaintenanceTest, ARebuildWorksWithoutTheLockAndTakesItAtTheEnd) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    struct Call {
        md::test::Operation operation;
        std::string path;
    };
    std::vector<Call> calls;
    files.fail({[&](md::test::Operation operation, const std::string& path) {
                    calls.push_back({operation, path});
                    return false;
                },
                0});
    EXPECT_EQ(rebuild(*mailbox), 3U);
    files.mend();
    const auto is_lock = [](const Call& call) {
        return call.operation == md::test::Operation::lock && call.path.ends_with("/mdmail.lock");
    };
    const auto is_long = [](const Call& call) {
        const auto has = [&](std::string_view part) { return call.path.find(part) != std::string::npos; };
        return (call.operation == md::test::Operation::open && (has("/new/") || has("/cur/"))) ||
               (call.operation == md::test::Operation::sync && has("mdmail.journal.new."));
    };
    const auto last = std::find_if(calls.rbegin(), calls.rend(), is_lock).base();
    ASSERT_NE(last, calls.begin());
    EXPECT_EQ(std::count_if(calls.begin(), last, is_long), 4) << "three messages are read, and a journal is synced";
    EXPECT_EQ(std::count_if(last, calls.end(), is_long), 0);
}

TEST_F(MaintenanceTest, ARebuildKeepsWhatIsDoneBesideIt) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    FlagChange flagged;
    flagged.flags = flag::flagged;
    std::atomic<bool> over{false};
    std::vector<Uid> told;
    std::thread other([&] {
        for (std::uint64_t i = 2; !over; ++i) {
            const auto uid = deliver(*mailbox, incoming(i));
            (void)mailbox->change_flags({{uid, uid}}, flagged);
            told.push_back(uid);
            if (i % 5 == 0) mailbox->compact();
        }
    });
    auto admin = process();
    auto box = inbox(*admin);
    for (int i = 0; i < 30; ++i) (void)rebuild(*box);
    over = true;
    other.join();
    const auto all = mailbox->messages({{2, UINT32_MAX}});
    ASSERT_EQ(all.size(), told.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].uid, told[i]);
        EXPECT_EQ(all[i].flags, flag::flagged);
    }
    EXPECT_EQ(uids(*box), uids(*mailbox));
    EXPECT_EQ(faults(), std::vector<std::string>{});
    for (const auto& name : listed(kInbox)) EXPECT_EQ(name.find(".new."), std::string::npos) << name;
}

TEST_F(MaintenanceTest, ARebuildBesideARenamingGoesOnUnderTheNewName) {
    auto store = process();
    auto account = store->account(kBob);
    auto work = *account->create("Work");
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*work, incoming(i)), i);
    {
        const std::jthread other([&](const std::stop_token& over) {
            auto theirs = process();
            for (int i = 0; !over.stop_requested(); ++i)
                EXPECT_TRUE(theirs->account(kBob)->rename(i % 2 == 0 ? "Work" : "Job", i % 2 == 0 ? "Job" : "Work"));
        });
        for (int i = 0; i < 20; ++i) EXPECT_EQ(rebuild(*work), 3U);
    }
    EXPECT_EQ(uids(*work), (Uids{1, 2, 3}));
}

// Only the size as stored was once compared.
TEST_F(MaintenanceTest, ARebuiltMailboxCountsLines) {
    auto store = process();
    auto mailbox = inbox(*store);
    const std::string directory(kInbox);
    files.put(directory + "/new/1.other.host,S=4,W=8", "ab\n\n");  // may be, and is not
    mailbox->look();
    ASSERT_EQ(mailbox->message(1)->size_crlf, 8U);
    EXPECT_TRUE(has_fault("UID 1 has 6 octets with CRLF, and mdmail.journal says 8"));
    auto admin = process();
    EXPECT_EQ(rebuild(*inbox(*admin)), 1U);
    EXPECT_EQ(mailbox->message(1)->size_crlf, 6U);
    EXPECT_FALSE(has_fault("CRLF"));
}

TEST_F(MaintenanceTest, CompactingDropsWhatIsOver) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    FlagChange change;
    for (int i = 0; i < 50; ++i) {
        change.flags = i % 2 == 0 ? flag::seen : flag::flagged;
        change.how = FlagChange::How::replace;
        (void)mailbox->change_flags({{1, 1}}, change);
    }
    const auto numbers = mailbox->numbers();
    const auto sizes = compact_now(*mailbox);
    EXPECT_LT(sizes.after * 3, sizes.before);
    EXPECT_EQ(mailbox->numbers().highest_modseq, numbers.highest_modseq);
    EXPECT_EQ(faults(), std::vector<std::string>{});
}

TEST_F(MaintenanceTest, AnExpungedMessageComesBackOnceAsItWas) {
    auto store = process();
    auto account = store->account(kBob);
    auto archive = *account->create("Archive");
    auto in = incoming(1);
    in.flags = flag::flagged | flag::deleted;
    in.keywords = {"$Label1"};
    in.internal_date = 1'234'567'890;
    const auto uid = deliver(*archive, in);
    const auto email_id = archive->message(uid)->email_id;
    (void)archive->expunge({{uid, uid}}, true);
    ASSERT_EQ(kept().size(), 1U);
    EXPECT_EQ(kept().front().what.folder, "Archive");

    View session(archive, View::Access::read_only);
    changed.clear();
    const auto result = undelete(*account, kept(), {});
    ASSERT_EQ(result.back.size(), 1U);
    EXPECT_GT(result.back.front().uid, uid);
    EXPECT_EQ(changed, std::vector<std::string>{archive->id()});
    EXPECT_TRUE(kept().empty());
    const auto back = archive->message(result.back.front().uid);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->flags, flag::flagged);
    EXPECT_EQ(back->keywords, std::vector<std::string>{"$Label1"});
    EXPECT_EQ(back->internal_date, 1'234'567'890);
    EXPECT_EQ(back->email_id, email_id);
    const auto told = session.sync(Expunges::tell);
    EXPECT_EQ(told.exists, 1U);
    EXPECT_EQ(told.recent, 1U);
    EXPECT_TRUE(told.fetches.empty());
    archive->look_again();
    EXPECT_EQ(uids(*archive), Uids{result.back.front().uid});
    EXPECT_TRUE(undelete(*account, kept(), {}).back.empty());
    EXPECT_EQ(faults(), std::vector<std::string>{});
}

TEST_F(MaintenanceTest, WhatTheQuotaHasNoRoomForStaysAndIsNamed) {
    auto store = process();
    auto account = store->account(kBob);
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    (void)mailbox->expunge({{1, 3}}, false);
    QuotaLimits quota;
    quota.messages = 2;
    const auto result = undelete(*account, kept(), quota);
    EXPECT_EQ(result.back.size(), 2U);
    ASSERT_EQ(result.no_room.size(), 1U);
    EXPECT_EQ(result.no_room.front().what.entry.message.uid, 3U);
    EXPECT_EQ(kept().size(), 1U);
    EXPECT_EQ(account->quota_use().messages, 2U);
}

TEST_F(MaintenanceTest, ADamagedIndexLosesNoMessage) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    for (Uid uid = 1; uid <= 3; ++uid) (void)mailbox->expunge({{uid, uid}}, false);
    for (const auto& path : files.tree()) {
        if (!path.ends_with("/index")) continue;
        const auto whole = *files.content(path);
        for (std::size_t at = 0; at < whole.size(); at += 7) {
            auto flipped = whole;
            flipped[at] = static_cast<char>(flipped[at] ^ 0x20);
            overwrite(path, flipped);
            EXPECT_EQ(kept().size(), 3U) << "flipped at " << at;
        }
        overwrite(path, whole);
    }
}

TEST_F(MaintenanceTest, AtEveryStepAKilledUndeleteBringsEachMessageBackOnce) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    (void)mailbox->expunge({{1, 3}}, false);
    const auto begin = files.steps();
    (void)undelete(*store->account(kBob), kept(), {});
    const auto total = files.steps() - begin;
    ASSERT_GT(total, 3U);
    for (std::uint64_t step = 1; step <= total; ++step) {
        (void)inbox(*store)->expunge({{1, UINT32_MAX}}, false);
        ASSERT_EQ(kept().size(), 3U) << "step " << step;
        files.cut_at(files.steps() + step);
        try {
            (void)undelete(*store->account(kBob), kept(), {});
        } catch (const md::test::PowerCut&) {
        } catch (const SystemError&) {
        }
        store.reset();
        files.restart(md::test::Restart::process);
        store = process();
        inbox(*store)->look_again();
        (void)undelete(*store->account(kBob), kept(), {});
        EXPECT_EQ(uids(*inbox(*store)).size(), 3U) << "step " << step;
        EXPECT_TRUE(kept().empty());
    }
}

}  // namespace md::store::test
