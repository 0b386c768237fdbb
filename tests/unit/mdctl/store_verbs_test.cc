// tests/unit/mdctl/store_verbs_test.cc - `mdctl store` and what `mdctl mailbox` does with messages, in process, against
// an instance without daemons

#include "base/files.h"
#include "store/account.h"
#include "store/maildrop.h"
#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

const std::string kBob = "bob@example.org";
const std::string kText = "Subject: one\n\nFrom me\n";

class StoreVerbsTest : public InstanceTest {
  protected:
    StoreVerbsTest() {
        EXPECT_EQ(run({"account", "add", kBob, "--password-stdin"}, "correct horse battery\n"), Exit::done)
            << complaint_;
    }

    Exit append(const std::string& text = kText) {
        return run({"mailbox", "append", kBob, "INBOX", "--date", "2026-01-02T03:04:05Z", "--flags", "\\Seen $Label1"},
                   text);
    }

    std::string maildir_ = root_ + "/store/example.org/bob/Maildir";
};

TEST_F(StoreVerbsTest, AMessageGoesInAndComesOutAgain) {
    EXPECT_EQ(append(), Exit::done) << complaint_;
    EXPECT_EQ(out_, "1\n");
    EXPECT_EQ(run({"mailbox", "cat", kBob, "inbox", "1"}), Exit::done) << complaint_;
    EXPECT_EQ(out_, kText);
    EXPECT_EQ(run({"mailbox", "cat", kBob, "INBOX", "2"}), Exit::not_there);
    EXPECT_EQ(run({"mailbox", "cat", kBob, "INBOX", "x"}), Exit::usage);
    EXPECT_EQ(run({"mailbox", "cat", kBob, "Nowhere", "1"}), Exit::not_there);
    EXPECT_EQ(run({"mailbox", "cat", "eve@example.org", "INBOX", "1"}), Exit::not_there);
    EXPECT_EQ(append(""), Exit::data);
    EXPECT_EQ(run({"mailbox", "append", kBob, "INBOX", "--flags", "\\Odd"}, kText), Exit::usage);
    EXPECT_EQ(run({"mailbox", "append", kBob, "INBOX", "--date", "yesterday"}, kText), Exit::usage);
    EXPECT_EQ(run({"mailbox", "append", kBob, "INBOX", tmp_ / "none"}), Exit::not_there);
}

TEST_F(StoreVerbsTest, ExportsAMaildirAndAnMbox) {
    ASSERT_EQ(append(), Exit::done);
    EXPECT_EQ(run({"mailbox", "export", kBob}), Exit::usage);
    EXPECT_EQ(run({"mailbox", "export", kBob, tmp_ / "out"}), Exit::done) << complaint_;
    const auto names = real_files().list(tmp_ / "out/cur");
    ASSERT_TRUE(names && names->size() == 1);
    EXPECT_TRUE(names->front().ends_with(":2,S"));
    const auto path = tmp_ / ("out/cur/" + names->front());
    EXPECT_EQ(*real_files().read(path), kText);
    EXPECT_EQ(real_files().info(path)->modified_ns / 1'000'000'000, 1'767'323'045);
    EXPECT_EQ(run({"mailbox", "export", kBob, tmp_ / "out"}), Exit::exists);
    EXPECT_EQ(run({"mailbox", "export", kBob, "INBOX", "--mbox", tmp_ / "mbox"}), Exit::done) << complaint_;
    EXPECT_EQ(*real_files().read(tmp_ / "mbox"),
              "From MAILER-DAEMON Fri Jan  2 03:04:05 2026\nSubject: one\n\n>From me\n\n");
    EXPECT_EQ(run({"mailbox", "export", kBob, "Nowhere", "--mbox", tmp_ / "none"}), Exit::not_there);
    EXPECT_FALSE(real_files().info(tmp_ / "none"));
}

TEST_F(StoreVerbsTest, AMessageKeepsTheUniqueIdThatItHadElsewhere) {
    EXPECT_EQ(run({"mailbox", "append", kBob, "INBOX", "--uidl", "two words"}, kText), Exit::usage);
    ASSERT_EQ(run({"mailbox", "append", kBob, "INBOX", "--uidl", "0000000f4d2a"}, kText), Exit::done) << complaint_;
    store::StoreOptions options;
    options.root = root_ + "/store";
    store::Store store(options);
    const store::Maildrop drop(store, {"example.org", "bob"});
    ASSERT_EQ(drop.items().size(), 1U);
    std::string uidl;
    drop.append_uidl(1, uidl);
    EXPECT_EQ(uidl, "0000000f4d2a");
}

TEST_F(StoreVerbsTest, CheckSaysWhatIsWrongAndRebuildMendsIt) {
    EXPECT_EQ(run({"store", "check"}), Exit::usage);
    EXPECT_EQ(run({"store", "check", "--all"}), Exit::done) << complaint_;  // never had mail
    ASSERT_EQ(append(), Exit::done);
    EXPECT_EQ(run({"store", "check", kBob}), Exit::done) << out_;
    EXPECT_EQ(run({"store", "check", kBob, "Nowhere"}), Exit::not_there);
    const auto file = real_files().open(maildir_ + "/mdmail.journal", OpenMode::read_write);
    file->write_at(file->info().size_bytes, "cut");
    const auto faults = json({"store", "check", "--domain", "example.org"}, Exit::no);
    ASSERT_EQ(faults.items().size(), 1U);
    EXPECT_EQ(faults.items().front().text("account"), kBob);
    EXPECT_EQ(faults.items().front().text("mailbox"), "INBOX");
    EXPECT_EQ(json({"store", "rebuild", kBob}).items().front().integer("messages"), 1);
    EXPECT_EQ(run({"store", "check", "--all"}), Exit::done) << out_;
    EXPECT_EQ(run({"mailbox", "cat", kBob, "INBOX", "1"}), Exit::done) << complaint_;
}

TEST_F(StoreVerbsTest, StatsCompactAndTidyTellWhatTheyDid) {
    ASSERT_EQ(append(), Exit::done);
    const auto stats = json({"store", "stats", kBob});
    ASSERT_EQ(stats.items().size(), 1U);
    const auto inbox = stats.items().front().find("mailboxes")->items().front();
    EXPECT_EQ(inbox.integer("messages"), 1);
    EXPECT_EQ(inbox.integer("bytes"), static_cast<std::int64_t>(kText.size()));
    EXPECT_EQ(inbox.integer("uid_next"), 2);
    EXPECT_GT(inbox.integer("journal_bytes"), 0);
    const auto sizes = json({"store", "compact", kBob, "INBOX"}).items().front();
    EXPECT_EQ(sizes.integer("before"), inbox.integer("journal_bytes"));
    real_files().make_directories(maildir_ + "/../undelete/1/Fx");
    real_files().replace(maildir_ + "/../undelete/1/Fx/7", "old\n");
    EXPECT_EQ(json({"store", "tidy", "--all"}).integer("removed"), 1);
    EXPECT_FALSE(real_files().info(maildir_ + "/../undelete/1"));
}

TEST_F(StoreVerbsTest, UndeleteListsAndBringsBackWhatIsAskedFor) {
    EXPECT_EQ(json({"mailbox", "undelete", kBob}).items().size(), 0U);
    ASSERT_EQ(append(), Exit::done);
    EXPECT_EQ(json({"mailbox", "undelete", kBob, "--list"}).items().size(), 0U);
    {
        store::StoreOptions options;
        options.root = root_ + "/store";
        store::Store store(options);
        const auto inbox = *store.account({"example.org", "bob"})->open("INBOX");
        EXPECT_EQ(inbox->expunge({{1, 1}}, false).size(), 1U);
    }
    const auto kept = json({"mailbox", "undelete", kBob, "--list"}).items();
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept.front().text("mailbox"), "INBOX");
    EXPECT_EQ(kept.front().text("date").substr(0, 19), "2026-01-02T03:04:05");
    EXPECT_EQ(json({"mailbox", "undelete", kBob, "--uid", "2:9"}).items().size(), 0U);
    EXPECT_EQ(json({"mailbox", "undelete", kBob, "--mailbox", "Other"}).items().size(), 0U);
    EXPECT_EQ(json({"mailbox", "undelete", kBob, "--dry-run"}).items().size(), 1U);
    const auto found = [this](std::vector<std::string> query) {
        std::vector<std::string> words{"mailbox", "undelete", kBob, "--list"};
        words.insert(words.end(), query.begin(), query.end());
        return json(words).items().size();
    };
    EXPECT_EQ(found({"SUBJECT", "ONE", "SINCE", "1-Jan-2026"}), 1U);
    EXPECT_EQ(found({"NOT SUBJECT one"}), 0U);
    EXPECT_EQ(found({"OR UID 7 BODY \"from me\""}), 1U);
    EXPECT_EQ(found({"BODY", "\"no such words\""}), 0U);
    EXPECT_EQ(found({"BEFORE", "2-Jan-2026"}), 0U);
    EXPECT_EQ(found({"BODY", "from ME"}), 1U);
    EXPECT_EQ(found({"NOT", "SUBJECT", "", "DRAFT"}), 0U);
    EXPECT_EQ(found({"NOT", "(", "SUBJECT", "hello (world)", "BODY", "a \\ \"b\" c", ")"}), 1U);
    EXPECT_EQ(found({"NOT BODY \"a \\\" gr\xc3\xbcn\""}), 1U);
    EXPECT_EQ(found({"NOT", "BODY", "gr\xc3\xbcn"}), 1U);
    EXPECT_EQ(found({"NOT (BODY gr\xc3\xbcn FROM \"a b\") SUBJECT one"}), 1U);
    EXPECT_EQ(run({"mailbox", "undelete", kBob, "SUBJECT"}), Exit::usage);
    EXPECT_EQ(run({"mailbox", "undelete", kBob, "1:*"}), Exit::usage);
    EXPECT_NE(complaint_.find("UID"), std::string::npos) << complaint_;
    const auto back = json({"mailbox", "undelete", kBob, "--since", "1h", "--uid", "1"}).items();
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back.front().integer("new_uid"), 2);
    EXPECT_EQ(run({"mailbox", "cat", kBob, "INBOX", "2"}), Exit::done) << complaint_;
    EXPECT_EQ(out_, kText);
    EXPECT_EQ(json({"mailbox", "undelete", kBob}).items().size(), 0U);
    EXPECT_EQ(run({"mailbox", "undelete", kBob, "--uid", "0"}), Exit::usage);
    EXPECT_EQ(run({"mailbox", "undelete", kBob, "--since", "once"}), Exit::usage);
}

}  // namespace
}  // namespace md::mdctl
