// tests/unit/store/status_test.cc - Account::look_at: STATUS of folders that other programs change, and what it costs

#include <cerrno>

#include "store/account.h"
#include "store/account_journal.h"
#include "store_fixture.h"
#include "support/lossy_files.h"

namespace md::store::test {

using md::test::Fault;
using md::test::Operation;
using std::chrono::seconds;

class StatusTest : public StoreTest {
  protected:
    StatusTest() : store(process()), account(store->account(kBob)) {
        (*account->create("Work"))->look();
        wait(seconds(3));
        (void)seen("Work");
        wait(seconds(3));
    }

    static std::string path(const std::string& below) { return std::string(kInbox) + "/.Work/" + below; }
    FolderStatus known(const std::string& folder) const { return *account->status(folder); }
    /// As STATUS tells it.
    FolderStatus seen(const std::string& folder) const {
        auto status = known(folder);
        account->look_at(status);
        return status;
    }
    bool is_opened(const std::string& folder) const {
        auto status = known(folder);
        return account->look_at(status);
    }
    /// Another process of ours.
    void begin_again() {
        account.reset();
        store = process();
        account = store->account(kBob);
    }
    void refuse(Operation operation, std::string at, int code) {
        files.fail(Fault{[operation, at = std::move(at)](Operation met, const std::string& path) {
                             return met == operation && path == at;
                         },
                         code});
    }

    std::unique_ptr<Store> store;
    std::shared_ptr<Account> account;
};

TEST_F(StatusTest, SeesWhatAnotherProgramDelivered) {
    files.put(path("new/1000.M1.host"), "Subject: a\n\nb\n");
    EXPECT_EQ(known("Work").messages, 0U) << "the account's journal alone does not know";
    const auto status = seen("Work");
    EXPECT_EQ(status.messages, 1U);
    EXPECT_EQ(status.unseen, 1U);
    EXPECT_EQ(status.recent, 1U);
    EXPECT_EQ(status.uid_next, 2U);
    EXPECT_EQ(status.bytes, 14U);
    EXPECT_EQ(known("Work"), status);
    EXPECT_EQ(account->quota_use(), (QuotaUse{14, 1}));
    const View view(*account->open("Work"), View::Access::read_write);
    EXPECT_EQ(view.recent(), 1U) << "nobody's \\Recent was taken";
}

TEST_F(StatusTest, SeesWhatAnotherProgramTookAwayOrFlagged) {
    files.put(path("new/1000.M1.host"), "Subject: a\n\nb\n");
    files.put(path("new/1001.M2.host"), "Subject: b\n\nb\n");
    ASSERT_EQ(seen("Work").unseen, 2U);
    wait(seconds(3));
    files.rename(path("new/1000.M1.host"), path("cur/1000.M1.host:2,S"));
    const auto flagged = seen("Work");
    EXPECT_EQ(flagged.messages, 2U);
    EXPECT_EQ(flagged.unseen, 1U);
    EXPECT_EQ(flagged.recent, 2U);
    wait(seconds(3));
    files.unlink(path("new/1001.M2.host"));
    const auto left = seen("Work");
    EXPECT_EQ(left.messages, 1U);
    EXPECT_EQ(left.unseen, 0U);
}

TEST_F(StatusTest, OpensNothingIfNothingChanged) {
    begin_again();
    const auto status = known("Work");
    auto told = status;
    const auto before = files.counters();
    EXPECT_FALSE(account->look_at(told));
    const auto after = files.counters();
    for (std::size_t i = 0; i < after.calls.size(); ++i) {
        const auto infos = static_cast<Operation>(i) == Operation::info ? 2U : 0U;
        EXPECT_EQ(after.calls[i] - before.calls[i], infos) << system_name(static_cast<Operation>(i));
    }
    EXPECT_EQ(told, status);
}

TEST_F(StatusTest, OwnChangesAreLookedAtOnceWhenTheyAreOldEnough) {
    auto other = process();
    auto mailbox = *other->account(kBob)->open("Work");
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    EXPECT_FALSE(is_opened("Work")) << "it is not sure yet, and would not be after another look";
    EXPECT_EQ(known("Work").messages, 1U);
    FlagChange change;
    change.flags = flag::seen;
    (void)mailbox->change_flags({{1, 1}}, change);
    mailbox->follow_names();
    EXPECT_FALSE(is_opened("Work"));
    files.put(path("new/1000.M1.host"), "Subject: a\n\nb\n");  // in the same tick: the times do not tell
    EXPECT_FALSE(is_opened("Work"));
    wait(seconds(3));
    EXPECT_TRUE(is_opened("Work"));
    EXPECT_EQ(known("Work").messages, 2U);
    EXPECT_FALSE(is_opened("Work"));
    wait(seconds(3));
    EXPECT_FALSE(is_opened("Work"));
}

TEST_F(StatusTest, TimesThatNeverSettleAreLookedAtOnce) {
    wait(std::chrono::hours(1));
    files.put(path("new/1000.M1.host"), "Subject: a\n\nb\n");
    files.advance(-std::chrono::minutes(50));  // another machine's clock is ahead
    EXPECT_TRUE(is_opened("Work"));
    EXPECT_EQ(known("Work").messages, 1U);
    for (int i = 0; i < 3; ++i) {
        wait(seconds(60));
        EXPECT_FALSE(is_opened("Work"));
    }
}

TEST_F(StatusTest, AJournalWithoutTimesLearnsThemFromTheMailbox) {
    auto without = known("Work");
    without.looked = {};
    FrameWriter frame;
    const auto with = known("Work");
    AccountState::put_numbers(frame, without, &with);
    const auto journal = std::string(kInbox) + "/mdmail.account";
    files.put(journal, *files.content(journal) + frame.finish());
    ASSERT_EQ(known("Work").looked, DirectoryTimes());
    EXPECT_TRUE(is_opened("Work"));
    EXPECT_EQ(known("Work"), with);
    EXPECT_FALSE(is_opened("Work"));
}

TEST_F(StatusTest, TimesSurviveCompaction) {
    AccountState state;
    FrameWriter frame;
    auto folder = known("Work");
    folder.looked = {1, 2, true};
    AccountState::put_folder(frame, folder);
    AccountState::put_numbers(frame, folder);
    state.apply(std::string_view(frame.finish()).substr(kFrameHeader));
    EXPECT_EQ(*state.by_name("Work"), folder);
    const auto frames = state.snapshot(0);
    AccountState again;
    again.apply(next_frame(frames).payload);
    EXPECT_EQ(*again.by_name("Work"), folder);
}

TEST_F(StatusTest, AFolderThatCannotBeListedKeepsItsNumbers) {
    files.put(path("new/1000.M1.host"), "Subject: a\n\nb\n");
    ASSERT_EQ(seen("Work").messages, 1U);
    wait(seconds(3));
    const auto before = known("Work");
    files.unlink(path("new/1000.M1.host"));
    refuse(Operation::list, path("cur"), EACCES);
    EXPECT_EQ(seen("Work"), before);
    files.mend();
    refuse(Operation::info, path("new"), EACCES);
    EXPECT_EQ(seen("Work"), before);
    files.mend();
    EXPECT_EQ(seen("Work").messages, 0U) << "once it can be looked at, it is";
}

TEST_F(StatusTest, AFolderThatCannotBeOpenedKeepsItsNumbersAndHidesNoOther) {
    files.put(path("new/1000.M1.host"), "Subject: a\n\nb\n");
    files.put(std::string(kInbox) + "/new/1000.M2.host", "Subject: a\n\nb\n");
    begin_again();
    const auto before = known("Work");
    refuse(Operation::open, path("mdmail.journal"), EACCES);
    repairs.clear();
    EXPECT_EQ(seen("Work"), before);
    EXPECT_EQ(seen("Work"), before);
    EXPECT_EQ(repairs.size(), 1U) << "said once";
    EXPECT_EQ(seen("INBOX").messages, 1U);
    files.mend();
    EXPECT_EQ(seen("Work").messages, 1U);
}

TEST_F(StatusTest, AFolderThatWentMeanwhileKeepsWhatIsKnown) {
    auto status = known("Work");
    ASSERT_TRUE(process()->account(kBob)->remove("Work"));
    repairs.clear();
    const auto before = status;
    account->look_at(status);
    EXPECT_EQ(status, before);
    EXPECT_TRUE(repairs.empty());
    EXPECT_FALSE(account->status("Work"));
}

}  // namespace md::store::test
