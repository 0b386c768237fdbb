// tests/unit/store/account_test.cc - store/account.h and its journal: folders, numbers, UIDVALIDITY, and what damage
// and cuts do to them

#include "store/account.h"
#include "base/error.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "store/account_journal.h"
#include "store/mailbox_record.h"
#include "store/maildrop.h"
#include "store/pop3_visit.h"
#include "store/record.h"
#include "store_fixture.h"

namespace md::store::test {

class AccountTest : public StoreTest {
  protected:
    AccountTest() : store(process()) {}
    std::unique_ptr<Store> store;
    std::string journal = std::string(kInbox) + "/mdmail.account";
};

TEST_F(AccountTest, TheFirstUseMakesTheMaildirAndInbox) {
    auto account = store->account(kBob);
    const auto folders = account->folders();
    ASSERT_EQ(folders.size(), 1U);
    EXPECT_EQ(folders[0].name, "INBOX");
    EXPECT_GE(folders[0].uid_validity, 1'790'000'000U);
    EXPECT_TRUE(files.info(std::string(kInbox) + "/cur"));
    power_cut();
    auto later = process();
    EXPECT_EQ(later->account(kBob)->folders()[0].mailbox_id, folders[0].mailbox_id);
}

TEST_F(AccountTest, StatusComesFromTheAccountJournalAlone) {
    auto account = store->account(kBob);
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2)), 2U);
    FlagChange seen;
    seen.flags = flag::seen;
    (void)mailbox->change_flags({{1, 1}}, seen);
    auto other = process();
    const auto status = other->account(kBob)->status("inbox");
    ASSERT_TRUE(status);
    EXPECT_EQ(status->messages, 2U);
    EXPECT_EQ(status->unseen, 1U);
    EXPECT_EQ(status->recent, 2U);
    EXPECT_EQ(status->uid_next, 3U);
    EXPECT_EQ(status->highest_modseq, mailbox->numbers().highest_modseq);
    EXPECT_EQ(status->bytes, mailbox->numbers().bytes);
    EXPECT_EQ(account->quota_use().messages, 2U);
}

TEST_F(AccountTest, FoldersAreMaildirPlusPlus) {
    auto account = store->account(kBob);
    ASSERT_TRUE(account->create("Archive/2026"));
    ASSERT_TRUE(account->create("v1.2"));
    EXPECT_TRUE(files.info(std::string(kInbox) + "/.Archive.2026/cur"));
    EXPECT_TRUE(files.info(std::string(kInbox) + "/.Archive.2026/maildirfolder"));
    EXPECT_TRUE(files.info(std::string(kInbox) + "/.v1&AC4-2/new"));
    const auto again = account->create("v1.2");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), FolderError::exists);
    EXPECT_EQ(account->create("inbox").error(), FolderError::exists);
    EXPECT_EQ(account->create("a//b").error(), FolderError::bad_name);
    EXPECT_EQ(account->open("nowhere").error(), FolderError::not_there);
    const auto folders = account->folders();
    ASSERT_EQ(folders.size(), 3U);
    EXPECT_EQ(folders[0].name, "INBOX");
    EXPECT_EQ(folders[1].name, "Archive/2026");
    EXPECT_LT(folders[0].uid_validity, folders[1].uid_validity);
    EXPECT_LT(folders[1].uid_validity, folders[2].uid_validity);
}

TEST_F(AccountTest, ANameTooLongForADirectoryIsKeptUnderAnother) {
    auto account = store->account(kBob);
    const std::string name(300, 'n');
    ASSERT_TRUE(account->create(name));
    const auto status = account->status(name);
    ASSERT_TRUE(status);
    EXPECT_TRUE(status->directory.starts_with(".="));
    auto other = process();
    other->account(kBob)->look();
    EXPECT_TRUE(other->account(kBob)->open(name));
    EXPECT_EQ(other->account(kBob)->folders().size(), 2U);
}

TEST_F(AccountTest, FoldersOfOtherProgramsComeAndGo) {
    auto account = store->account(kBob);
    for (const char* part : {"cur", "new", "tmp"}) files.make_directories(std::string(kInbox) + "/.Theirs/" + part);
    files.put(std::string(kInbox) + "/.Theirs/cur/1.a.host:2,S", "x\n");
    account->look();
    auto theirs = account->open("Theirs");
    ASSERT_TRUE(theirs);
    (*theirs)->look();
    EXPECT_EQ(account->status("Theirs")->messages, 1U);
    files.rename(std::string(kInbox) + "/.Theirs", "/store/elsewhere");
    account->look();
    EXPECT_FALSE(account->status("Theirs"));
    EXPECT_EQ(account->open("Theirs").error(), FolderError::not_there);
}

TEST_F(AccountTest, AfterACutTheSumsAreCountedAgain) {
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    store->sync();
    ASSERT_EQ(deliver(*mailbox, incoming(2)), 2U);
    power_cut();
    auto later = process();
    auto account = later->account(kBob);
    inbox(*later)->look();
    EXPECT_EQ(account->quota_use().messages, 1U);
    EXPECT_EQ(account->status("INBOX")->messages, inbox(*later)->numbers().messages);
    EXPECT_GT(account->status("INBOX")->uid_next, 1'000U);
}

TEST_F(AccountTest, ALockFileThatWasReplacedIsOpenedAnew) {
    const auto account = store->account(kBob);
    md::test::Fault fault;
    fault.matches = [](md::test::Operation operation, const std::string& path) {
        return (operation == md::test::Operation::open || operation == md::test::Operation::create) &&
               path.ends_with("mdmail.account.lock");
    };
    fault.code = EIO;
    fault.times = UINT64_MAX;
    files.fail(fault);
    EXPECT_EQ(account->folders().size(), 1U) << "it is open";
    files.unlink(std::string(kInbox) + "/mdmail.account.lock");
    EXPECT_THROW((void)account->folders(), SystemError);
    files.mend();
    EXPECT_EQ(account->folders().size(), 1U);
}

TEST_F(AccountTest, AReservationEndsByItself) {
    auto account = store->account(kBob);
    ASSERT_TRUE(account->journal().reserve({100, 1}, 100, {150, 0}));
    EXPECT_FALSE(account->journal().reserve({100, 1}, 100, {150, 0}));
    EXPECT_EQ(account->quota_use(), (QuotaUse{100, 1}));
    EXPECT_FALSE(account->journal().reserve({1, 1}, 1, {0, 1})) << "another delivery has the last place";
    wait(std::chrono::minutes(11));
    EXPECT_TRUE(account->journal().reserve({100, 1}, 100, {150, 0}));
}

TEST_F(AccountTest, AReservationEndsWithItsProcessAndOthersStay) {
    const QuotaLimits limit{150, 0};
    ASSERT_TRUE(store->account(kBob)->journal().reserve({100, 1}, 100, limit));
    EXPECT_EQ(listed("/store/.processes").size(), 1U);
    files.cut_now();
    store.reset();
    files.restart(md::test::Restart::process);
    EXPECT_EQ(listed("/store/.processes").size(), 1U) << "killed, it removed nothing";
    auto one = process();
    auto two = process();
    EXPECT_EQ(two->account(kBob)->quota_use(), QuotaUse());
    ASSERT_TRUE(one->account(kBob)->journal().reserve({100, 1}, 100, limit)) << "at once";
    EXPECT_TRUE(two->account(kBob)->journal().needs_count()) << "the dead one may have written more than it told";
    EXPECT_EQ(two->account(kBob)->quota_use(), (QuotaUse{100, 1}));
    EXPECT_FALSE(two->account(kBob)->journal().reserve({100, 1}, 100, limit)) << "its process lives";
    wait(std::chrono::minutes(9));
    EXPECT_FALSE(two->account(kBob)->journal().reserve({100, 1}, 100, limit));
    EXPECT_EQ(listed("/store/.processes").size(), 2U) << "those of the living";
    one.reset();
    EXPECT_EQ(listed("/store/.processes").size(), 1U);
    EXPECT_TRUE(two->account(kBob)->journal().reserve({100, 1}, 100, limit)) << "it ended without a word";
}

TEST_F(AccountTest, AReservationOfNobodyKnownEndsByTimeAlone) {
    const auto reserve = [this](const std::string& process) {
        FrameWriter frame;
        AccountState::put_reserved(frame, "token" + process, {{100, 1}, 1'790'000'000, process});
        files.put(journal, *files.content(journal) + frame.finish());
    };
    auto account = store->account(kBob);
    reserve("");
    reserve("../../elsewhere");
    EXPECT_EQ(account->quota_use(), (QuotaUse{200, 2}));
    reserve("0123456789abcdefghij");
    EXPECT_EQ(account->quota_use(), (QuotaUse{200, 2})) << "no such process";
    wait(std::chrono::minutes(11));
    EXPECT_EQ(account->quota_use(), QuotaUse());
}

TEST_F(AccountTest, AReservationSurvivesCompactionWithItsProcess) {
    ASSERT_TRUE(store->account(kBob)->journal().reserve({100, 1}, 100, {150, 0}));
    store->account(kBob)->journal().remake();
    EXPECT_EQ(process()->account(kBob)->quota_use(), (QuotaUse{100, 1}));
    files.cut_now();
    store.reset();
    files.restart(md::test::Restart::process);
    EXPECT_EQ(process()->account(kBob)->quota_use(), QuotaUse());
}

TEST_F(AccountTest, AnEndThatCannotBeWrittenIsWrittenWithTheNextRecord) {
    auto account = store->account(kBob);
    const auto kept = account->journal().reserve({100, 1}, 100, {150, 0});
    files.fail_operation(md::test::Operation::write, ENOSPC);
    account->journal().release(kept->token);
    files.mend();
    EXPECT_EQ(account->quota_use(), QuotaUse());
    EXPECT_EQ(process()->account(kBob)->quota_use(), (QuotaUse{100, 1})) << "others do not know yet";
    ASSERT_TRUE(account->create("Work"));
    EXPECT_EQ(process()->account(kBob)->quota_use(), QuotaUse());
}

TEST_F(AccountTest, AProcessWhoseFileIsTakenAwayGetsAnother) {
    auto account = store->account(kBob);
    ASSERT_TRUE(account->journal().reserve({10, 1}, 10, {150, 0}));
    files.unlink("/store/.processes/" + listed("/store/.processes").front());
    ASSERT_TRUE(account->journal().reserve({20, 1}, 20, {150, 0}));
    EXPECT_EQ(listed("/store/.processes").size(), 1U);
    EXPECT_EQ(process()->account(kBob)->quota_use(), (QuotaUse{20, 1}));
}

TEST_F(AccountTest, WithoutAFileOfItsOwnAProcessReservesByTime) {
    auto account = store->account(kBob);
    files.fail(
        {[](md::test::Operation, const std::string& path) { return path.starts_with("/store/.processes"); }, EACCES});
    EXPECT_TRUE(account->journal().reserve({100, 1}, 100, {150, 0}));
    EXPECT_FALSE(account->journal().reserve({100, 1}, 100, {150, 0}));
    files.mend();
    EXPECT_EQ(account->quota_use(), (QuotaUse{100, 1}));
    wait(std::chrono::minutes(11));
    EXPECT_EQ(account->quota_use(), QuotaUse());
}

TEST_F(AccountTest, AJournalCutAtAnyOctetIsMendedAndUidValidityNeverFallsBack) {
    auto account = store->account(kBob);
    ASSERT_TRUE(account->create("Work"));
    ASSERT_EQ(deliver(*inbox(*store), incoming(1)), 1U);
    const auto before = account->folders();
    const auto id = account->status("Work")->mailbox_id;
    store->close();
    const auto whole = *files.content(journal);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        files.unlink(journal);
        files.put(journal, whole.substr(0, size));
        auto later = process();
        auto again = later->account(kBob);
        again->look();
        const auto folders = again->folders();
        ASSERT_EQ(folders.size(), 2U) << "cut at " << size;
        EXPECT_EQ(again->status("INBOX")->messages, 1U) << "cut at " << size;
        EXPECT_EQ(again->status("Work")->mailbox_id, id);
        EXPECT_EQ(again->status("INBOX")->uid_validity, before[0].uid_validity);
        files.unlink(journal + ".damaged");
    }
}

TEST_F(AccountTest, TheJournalStaysSmall) {
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3'000; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    EXPECT_LT(files.info(journal)->size_bytes, 80'000U);
    EXPECT_EQ(store->account(kBob)->status("INBOX")->messages, 3'000U);
}

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/account-journal/" + name,
                     std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void read(AccountState& state, std::string_view content) {
    ASSERT_TRUE(content.starts_with(kAccountMagic));
    for (auto rest = content.substr(kAccountMagic.size()); !rest.empty();) {
        const auto step = next_frame(rest);
        ASSERT_EQ(step.state, FrameStep::State::whole);
        state.apply(step.payload);
        rest.remove_prefix(step.size);
    }
}

FolderStatus whole_folder() {
    FolderStatus folder;
    folder.mailbox_id = "Fixture0123456789abcd";
    folder.name = "Sent/2026";
    folder.directory = ".Sent.2026";
    folder.uid_validity = 1'790'000'001;
    folder.messages = 3;
    folder.unseen = 2;
    folder.recent = 1;
    folder.bytes = 12'345;
    folder.bytes_crlf = 12'400;
    folder.deleted = 1;
    folder.deleted_bytes = 4'000;
    folder.uses = special_use::sent | special_use::drafts;
    folder.uid_next = 9;
    folder.highest_modseq = 77;
    return folder;
}

std::string whole_journal() {
    FrameWriter frame;
    AccountState::put_folder(frame, whole_folder());
    AccountState::put_numbers(frame, whole_folder());
    AccountState::put_subscribed(frame, "Sent/2026", true);
    AccountState::put_subscribed(frame, "gone", true);
    AccountState::put_subscribed(frame, "Sent/2026", false);
    AccountState::put_renaming(frame, {"Sent", "Outbox"});
    AccountState::put_defaults(frame);
    AccountState::put_reserved(frame, "token", {{500, 2}, 1'790'000'000});
    AccountState::put_counted(frame, "boot-1");
    return std::string(kAccountMagic) + frame.finish();
}

TEST_F(AccountTest, ReadsAndWritesAllRecords) {
    EXPECT_EQ(whole_journal(), fixture("v1.whole.account"));
    AccountState state;
    read(state, fixture("v1.whole.account"));
    ASSERT_EQ(state.folders().size(), 1U);
    EXPECT_EQ(*state.by_name("Sent/2026"), whole_folder());
    EXPECT_EQ(state.by_directory(".Sent.2026"), state.by_id("Fixture0123456789abcd"));
    EXPECT_TRUE(state.has_below("Sent"));
    EXPECT_FALSE(state.has_below("Sen"));
    EXPECT_EQ(state.subscriptions(), (std::set<std::string, std::less<>>{"gone"}));
    EXPECT_EQ(state.renaming(), (Renaming{"Sent", "Outbox"}));
    EXPECT_TRUE(state.has_defaults());
    EXPECT_EQ(state.used(1'790'000'100), (QuotaUse{12'845, 5}));
    EXPECT_EQ(state.sums(), kSumsKept);
    AccountState again;
    read(again, std::string(kAccountMagic) + state.snapshot(1'790'000'100));
    EXPECT_EQ(again.snapshot(1'790'000'100), state.snapshot(1'790'000'100));
    EXPECT_EQ(again.renaming(), state.renaming());
}

TEST_F(AccountTest, ARenamingOfInboxHasARecordOfItsOwn) {
    const Renaming renaming{"INBOX", "Old", 7};
    EXPECT_FALSE(renaming.renamed("INBOX"));
    EXPECT_FALSE(renaming.renamed("INBOX/kids"));
    FrameWriter frame;
    AccountState::put_renaming(frame, renaming);
    AccountState state;
    read(state, std::string(kAccountMagic) + frame.finish());
    EXPECT_EQ(state.renaming(), renaming);
    AccountState again;
    read(again, std::string(kAccountMagic) + state.snapshot(1'790'000'100));
    EXPECT_EQ(again.renaming(), renaming);
    AccountState::put_renamed(frame);
    read(again, std::string(kAccountMagic) + frame.finish());
    EXPECT_FALSE(again.renaming());
}

TEST_F(AccountTest, AnAccountCountedWithFewerSumsIsCountedAgain) {
    ASSERT_EQ(deliver(*inbox(*store), incoming(1)), 1U);
    FrameWriter frame;
    AccountState::put_counted(frame, "boot1", 0);
    files.put(journal, *files.content(journal) + frame.finish());
    EXPECT_TRUE(AccountJournal(store->core(), kInbox).needs_count());
    auto later = process();
    EXPECT_EQ(later->account(kBob)->status("INBOX")->bytes_crlf, inbox(*later)->message(1)->size_crlf);
    EXPECT_FALSE(AccountJournal(store->core(), kInbox).needs_count());
}

TEST_F(AccountTest, ReadsTheJournalOfVersion1) {
    AccountState state;
    read(state, fixture("v1.account"));
    EXPECT_EQ(state.last_uid_validity(), 1'790'000'001U);
    ASSERT_EQ(state.folders().size(), 1U);
    const auto& folder = state.folders().at("Fixture0123456789abcd");
    EXPECT_EQ(folder.name, "Archive/2026");
    EXPECT_EQ(folder.directory, ".Archive.2026");
    EXPECT_EQ(folder.messages, 3U);
    EXPECT_EQ(folder.bytes, 12'345U);
    EXPECT_EQ(folder.uid_next, 9U);
    EXPECT_EQ(state.used(1'790'000'100).bytes, 12'345U + 500U);
    EXPECT_EQ(state.used(1'790'001'000), (QuotaUse{12'345, 3}));
    EXPECT_EQ(state.counted_in(), "boot-1");
}

class MaildropTest : public StoreTest {
  protected:
    /// Of all messages, as another start of the program tells them.
    std::vector<std::string> uidls() {
        const auto store = process();
        const Maildrop drop(*store, kBob);
        std::vector<std::string> out;
        for (std::uint32_t number = 1; number <= drop.items().size(); ++number)
            drop.append_uidl(number, out.emplace_back());
        return out;
    }
    /// What an import leaves: a file in cur/, and a record that brings its unique id.
    void bring(Uid uid, const std::string& uidl) {
        record::Added added;
        auto& entry = added.entry;
        entry.name = "1790000000.M" + std::to_string(uid) + "P1.elsewhere";
        entry.where = Where::in_cur;
        entry.letters = "S";
        entry.message.uid = uid;
        entry.message.modseq = uid + 1;
        entry.message.flags = flag::seen;
        entry.message.size_lf = 17;
        entry.message.size_crlf = 20;
        entry.message.uidl = uidl;
        FrameWriter frame;
        encode(frame, added);
        files.put(std::string(kInbox) + "/cur/" + entry.name + ":2,S", "Subject: x\n\nbody\n");
        const auto journal = std::string(kInbox) + "/mdmail.journal";
        files.put(journal, *files.content(journal) + frame.finish());
        wait(std::chrono::minutes(1));
    }
};

TEST_F(MaildropTest, IsASnapshotWithUidlsFromValidityAndUid) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1), "a\n"), 1U);
    ASSERT_EQ(deliver(*mailbox, incoming(2), "b\n"), 2U);
    Maildrop drop(*store, kBob);
    ASSERT_EQ(drop.items().size(), 2U);
    std::string uidl;
    drop.append_uidl(2, uidl);
    EXPECT_EQ(uidl, std::to_string(mailbox->uid_validity()) + ".2");
    EXPECT_EQ(drop.octets(), mailbox->message(1)->size_crlf + mailbox->message(2)->size_crlf);
    ASSERT_EQ(deliver(*mailbox, incoming(3)), 3U);
    EXPECT_EQ(drop.items().size(), 2U);
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), std::vector<Uid>{2});
    auto open = drop.open(2);
    ASSERT_TRUE(open) << "removed by another session meanwhile";
    EXPECT_EQ(read_crlf(*open), "Return-Path: <a@b>\r\nb\r\n");
    EXPECT_FALSE(drop.open(0));
    EXPECT_FALSE(drop.open(3));
    EXPECT_EQ(drop.remove({1, 2}), 1U);
    EXPECT_EQ(uids(*mailbox), std::vector<Uid>{3});
}

TEST_F(MaildropTest, UidlsAreTheSameAfterARestart) {
    {
        auto store = process();
        auto mailbox = inbox(*store);
        for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
        store->sync();
    }
    const auto before = uidls();
    ASSERT_EQ(before.size(), 3U);
    EXPECT_EQ(uidls(), before);
    power_cut();
    EXPECT_EQ(uidls(), before);
    auto store = process();
    auto mailbox = inbox(*store);
    mailbox->look();
    EXPECT_EQ(mailbox->expunge({{2, 2}}, false), std::vector<Uid>{2});
    mailbox->compact();
    EXPECT_EQ(uidls(), (std::vector<std::string>{before[0], before[2]}));
    ASSERT_GT(deliver(*mailbox, incoming(4)), 3U);
    const auto after = uidls();
    ASSERT_EQ(after.size(), 3U);
    EXPECT_NE(after[2], before[1]) << "a unique id is never used again (RFC 1939 §7)";
    EXPECT_NE(after[2], before[2]);
}

TEST_F(MaildropTest, AUidlThatAnImportBroughtStays) {
    {
        auto store = process();
        ASSERT_EQ(deliver(*inbox(*store), incoming(1)), 1U);
        store->sync();
    }
    const std::string longest(70, '~');
    bring(2, "!brought-by.an_import");
    bring(3, longest);
    const auto own = uidls().at(0);
    const std::vector<std::string> expected{own, "!brought-by.an_import", longest};
    EXPECT_EQ(uidls(), expected);
    inbox(*process())->compact();
    EXPECT_EQ(uidls(), expected);
    power_cut();
    EXPECT_EQ(uidls(), expected);
    EXPECT_TRUE(repairs.empty());
}

TEST_F(MaildropTest, AUidlThatCannotBeOneIsReplacedByOurs) {
    std::uint32_t validity = 0;
    {
        auto store = process();
        auto mailbox = inbox(*store);
        validity = mailbox->uid_validity();
        ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
        store->sync();
    }
    const auto own = [validity](Uid uid) { return std::to_string(validity) + "." + std::to_string(uid); };
    bring(2, "twice");
    bring(3, "twice");
    bring(4, std::string(71, 'x'));
    bring(5, std::string(300, 'x'));
    bring(6, "with blank");
    bring(7, "line\r\nend");
    bring(8, "caf\xc3\xa9");
    bring(9, std::string("nul\0", 4));
    bring(10, "\x7f");
    bring(11, own(1));
    bring(12, own(12));
    bring(13, "good");
    const std::vector<std::string> expected{own(1), "twice", own(3),  own(4),  own(5),  own(6), own(7),
                                            own(8), own(9),  own(10), own(11), own(12), "good"};
    EXPECT_EQ(uidls(), expected);
    EXPECT_EQ(uidls(), expected);
}

TEST_F(MaildropTest, AVisitTooSoonIsRefusedAndDoesNotCount) {
    auto store = process();
    const auto minute = std::chrono::milliseconds(60'000);
    EXPECT_TRUE(may_visit(*store, kBob, std::chrono::milliseconds(0)));
    EXPECT_TRUE(may_visit(*store, kBob, minute));
    files.advance(std::chrono::seconds(59));
    auto other = process();
    EXPECT_FALSE(may_visit(*other, kBob, minute));
    EXPECT_TRUE(may_visit(*other, kBob, std::chrono::milliseconds(0))) << "where there is no delay nobody looks";
    files.advance(std::chrono::seconds(1));
    EXPECT_TRUE(may_visit(*other, kBob, minute));
    EXPECT_FALSE(may_visit(*store, kBob, minute));
}

TEST_F(MaildropTest, OpensFromTheJournalWithoutAMessage) {
    const unsigned messages = std::getenv("MDMAIL_LONG") != nullptr ? 100'000 : 2'000;
    const std::string directory = std::string(kInbox) + "/cur/";
    (void)process()->account(kBob);
    for (unsigned i = 0; i < messages; ++i)
        files.put(directory + "1790000000.M" + std::to_string(i) + ".other:2,S", "Subject: x\n\nbody\n");
    wait(std::chrono::minutes(1));
    ASSERT_EQ(Maildrop(*process(), kBob).items().size(), messages);
    unsigned opened = 0;
    files.fail({[&](md::test::Operation operation, const std::string& path) {
                    if (operation == md::test::Operation::open && path.starts_with(directory)) ++opened;
                    return false;
                },
                0});
    auto store = process();
    Maildrop drop(*store, kBob);
    EXPECT_EQ(drop.items().size(), messages);
    EXPECT_EQ(drop.octets(), messages * std::string_view("Subject: x\r\n\r\nbody\r\n").size());
    EXPECT_EQ(opened, 0U);
    EXPECT_TRUE(drop.open(messages));
    EXPECT_EQ(opened, 1U) << "the count sees a message that is opened";
}

TEST_F(MaildropTest, ARemovalIsDurableWhenItReturns) {
    auto store = process();
    ASSERT_EQ(deliver(*inbox(*store), incoming(1)), 1U);
    store->sync();
    Maildrop drop(*store, kBob);
    drop.mark_seen({1});
    EXPECT_EQ(drop.remove({1}), 1U);
    power_cut();
    auto later = process();
    EXPECT_TRUE(Maildrop(*later, kBob).items().empty());
}

// `mdctl account remove` moves the mail away while daemons have it open; the address may be given again at once.
TEST_F(AccountTest, AnAccountMadeAgainStartsEmptyAndWorksAtOnce) {
    auto old = inbox(*store);
    ASSERT_EQ(deliver(*old, incoming(1)), 1U);
    const auto old_validity = old->uid_validity();
    files.make_directories("/store/.removed");
    files.rename("/store/example.org/bob", "/store/.removed/bob");
    auto fresh = inbox(*store);
    EXPECT_NE(fresh->id(), old->id());
    EXPECT_GE(fresh->uid_validity(), old_validity);
    EXPECT_EQ(fresh->numbers().messages, 0U);
    EXPECT_EQ(deliver(*fresh, incoming(2)), 1U);
    EXPECT_THROW((void)old->messages({{1, 1}}), SystemError);
    EXPECT_EQ(inbox(*store)->numbers().messages, 1U);
}

}  // namespace md::store::test
