// tests/unit/mdctl/account_transfer_test.cc - `mdctl account import` and `export`

#include "mdctl/account_rows.h"
#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

TEST(AccountCsv, IsReadAsSpreadsheetsWriteIt) {
    const auto read = read_csv(
        "\xef\xbb\xbf"
        "Name,address\r\n\"B, \"\"Bob\"\"\nB.\",bob@x.test\r\n\r\n,\"amy@x.test\"");
    ASSERT_EQ(read.rows.size(), 2U);
    EXPECT_TRUE(read.faults.empty());
    EXPECT_EQ(read.rows[0][Column::name], "B, \"Bob\"\nB.");
    EXPECT_EQ(read.rows[0][Column::address], "bob@x.test");
    EXPECT_EQ(read.rows[1].line, 5U);
    EXPECT_EQ(read.rows[1][Column::address], "amy@x.test");
}

TEST(AccountCsv, TellsEachFaultyLine) {
    EXPECT_EQ(read_csv("name\nx\n").faults.size(), 1U);
    EXPECT_EQ(read_csv("").faults.size(), 2U);
    EXPECT_EQ(read_csv("address,address,colour\n").faults.size(), 2U);
    const auto read = read_csv("address,name\na@x.test\nb@x.test,\"B\" b\nc@x.test,C\nd@x.test,\"D\n");
    ASSERT_EQ(read.faults.size(), 3U);
    EXPECT_EQ(read.faults[0].line, 2U);
    EXPECT_EQ(read.faults[1].line, 3U);
    EXPECT_EQ(read.faults[2].line, 5U);
    EXPECT_EQ(read.rows.size(), 1U);
}

Row full_row() {
    Row row;
    row[Column::address] = "bob@x.test";
    row[Column::name] = " Böb, \"the\" Builder with a name that is long enough to need a second line of LDIF";
    row[Column::state] = "frozen";
    row[Column::quota] = "2G";
    row[Column::quota_messages] = "0";
    row[Column::send_as] = "info@x.test x.test";
    row[Column::forward] = "a@y.test b@y.test";
    row[Column::forward_keep] = "false";
    row[Column::subaddress_folders] = "true";
    row[Column::password_hash] = "$y$j9T$salt$hash";
    row[Column::scram_sha_256] = "SCRAM-SHA-256$4096:c2FsdA==$a:b";
    row[Column::scram_sha_1] = "SCRAM-SHA-1$4096:c2FsdA==$a:b";
    return row;
}

TEST(AccountRows, BothFormsAreReadAsTheyWereWritten) {
    const auto row = full_row();
    const auto csv = read_csv(csv_head(kColumns) + csv_row(row, kColumns));
    ASSERT_EQ(csv.rows.size(), 1U);
    EXPECT_EQ(csv.rows[0].words, row.words);
    const auto text = "version: 1\n\n" + ldif_entry(row, kColumns);
    EXPECT_TRUE(looks_like_ldif(text));
    for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
        end = text.find('\n', at);
        EXPECT_LE(end - at, 76U);
    }
    const auto ldif = read_ldif(text);
    ASSERT_EQ(ldif.rows.size(), 1U);
    EXPECT_EQ(ldif.rows[0].words, row.words);
    EXPECT_EQ(csv_row(row, kFirstSecret).find("$y$"), std::string::npos);
    EXPECT_EQ(ldif_entry(row, kFirstSecret).find("$y$"), std::string::npos);
    Row bare;
    bare[Column::address] = "amy@x.test";
    EXPECT_EQ(read_ldif(ldif_entry(bare, kColumns)).rows.front().words, bare.words);
}

TEST(AccountLdif, TellsEachFaultyLine) {
    const auto read = read_ldif(
        "# people\nversion: 1\n\ndn: mail=a@x.test\nmail: a@x.test\nuserPassword: {SSHA}abc\n\ndn: ou=x\nou: x\n\n"
        "mail: b@x.test\nrubbish\ncn:: %%\n\ndn: mail=c@x.test\nchangetype: delete\nmail: c@x.test\nuserPassword: "
        "pw\n");
    ASSERT_EQ(read.faults.size(), 5U);
    EXPECT_EQ(read.faults[0].line, 6U);
    EXPECT_EQ(read.faults[1].line, 11U);
    EXPECT_EQ(read.faults[2].line, 12U);
    EXPECT_EQ(read.faults[3].line, 13U);
    EXPECT_EQ(read.faults[4].line, 16U);
    ASSERT_EQ(read.rows.size(), 3U);
    EXPECT_EQ(read.rows[2][Column::password], "pw");
}

class AccountTransferTest : public InstanceTest {
  protected:
    Exit import(const std::string& text, std::vector<std::string> flags = {}) {
        std::vector<std::string> words{"account", "import", "-"};
        words.insert(words.end(), flags.begin(), flags.end());
        return run(words, text);
    }
    std::string exported(std::vector<std::string> flags = {}) {
        std::vector<std::string> words{"account", "export"};
        words.insert(words.end(), flags.begin(), flags.end());
        EXPECT_EQ(run(words), Exit::done) << complaint_;
        return out_;
    }
    bool may_log_in(const std::string& address, const std::string& password) {
        return run({"account", "auth-test", address, "--password-stdin"}, password + "\n") == Exit::done;
    }
};

TEST_F(AccountTransferTest, AccountsComeWithTheirPasswordsAndKeys) {
    EXPECT_EQ(import("address,name,password,quota,forward,forward_keep,state\n"
                     "Bob@example.org,Bob B.,secret-1,2G,a@else.test b@else.test,false,\n"
                     "amy@example.org,,,0,,,frozen\n"),
              Exit::done)
        << complaint_;
    EXPECT_EQ(out_, "added 2 accounts; 1 have no password until `mdctl account passwd`\n");
    const auto bob = json({"account", "show", "bob@example.org"});
    EXPECT_EQ(bob.text("name"), "Bob B.");
    EXPECT_EQ(bob.integer("quota"), std::int64_t{2} << 30);
    EXPECT_EQ(texts(bob, "forward"), "a@else.test b@else.test");
    EXPECT_FALSE(bob.boolean("forward_keep", true));
    EXPECT_EQ(json({"account", "show", "amy@example.org"}).text("state"), "frozen");
    EXPECT_TRUE(may_log_in("bob@example.org", "secret-1"));
    EXPECT_FALSE(may_log_in("amy@example.org", ""));
}

TEST_F(AccountTransferTest, EveryFaultyLineIsToldAndNothingIsDone) {
    add_account("old@example.org");
    EXPECT_EQ(run({"alias", "add", "sales@example.org", "old@example.org"}), Exit::done);
    EXPECT_EQ(import("address,state,quota,quota_messages,forward,forward_keep,password,password_hash\n"
                     "good@example.org,,,,,,pw,\n"
                     "nonsense,,,,,,pw,\n"
                     "a@example.net,,,,,,pw,\n"
                     "old@example.org,,,,,,pw,\n"
                     "sales@example.org,,,,,,pw,\n"
                     "good@example.org,,,,,,pw,\n"
                     "b@example.org,asleep,,,,,pw,\n"
                     "c@example.org,,much,,,,pw,\n"
                     "d@example.org,,,-1,,,pw,\n"
                     "e@example.org,,,,nobody,,pw,\n"
                     "f@example.org,,,,,perhaps,pw,\n"
                     "g@example.org,,,,,,pw,$y$x\n"
                     "h@example.org,,,,,,,not-a-hash\n"
                     "i@example.org,,\n"),
              Exit::data);
    for (int line = 3; line <= 15; ++line)
        EXPECT_TRUE(complains("-:" + std::to_string(line) + ": ")) << line << "\n" << complaint_;
    EXPECT_FALSE(complains("-:2: ")) << complaint_;
    EXPECT_FALSE(complains("not-a-hash")) << "a hash is not told";
    EXPECT_EQ(json({"account", "list"}).items().size(), 1U);
    EXPECT_EQ(run({"account", "import", root_ + "/none"}), Exit::not_there);
    EXPECT_EQ(import("address\n", {"--format", "xml"}), Exit::usage);
}

TEST_F(AccountTransferTest, DryRunDoesNothingAndUpdateChangesWhatIsThere) {
    add_account("old@example.org");
    const std::string text = "address,name\nold@example.org,Old\nnew@example.org,New\n";
    EXPECT_EQ(import(text), Exit::data);
    EXPECT_EQ(import(text, {"--update", "--dry-run"}), Exit::done);
    EXPECT_EQ(out_, "would add 1 accounts, changed 1\n");
    EXPECT_EQ(json({"account", "list"}).items().size(), 1U);
    EXPECT_EQ(import(text, {"--update"}), Exit::done);
    EXPECT_EQ(json({"account", "show", "old@example.org"}).text("name"), "Old");
    EXPECT_EQ(json({"account", "show", "new@example.org"}).text("name"), "New");
    EXPECT_TRUE(may_log_in("old@example.org", "secret-Pa55"));
}

TEST_F(AccountTransferTest, WhatIsExportedIsImportedAgain) {
    EXPECT_EQ(run({"account", "add", "bob@example.org", "--password-stdin", "--name", "Böb, \"B\""}, "secret-1\n"),
              Exit::done);
    add_account("amy@example.org", "secret-2");
    EXPECT_EQ(run({"account", "set", "bob@example.org", "quota", "0"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"account", "set", "amy@example.org", "forward", "[\"a@x.test\", \"b@x.test\"]"}), Exit::done);
    const auto csv = exported({"--secrets"});
    const auto ldif = exported({"--format", "ldif", "--secrets"});
    EXPECT_EQ(exported().find("$y$"), std::string::npos);
    for (const auto& text : {csv, ldif}) {
        for (const auto* address : {"bob@example.org", "amy@example.org"})
            EXPECT_EQ(run({"account", "remove", address, "--yes"}), Exit::done);
        EXPECT_EQ(import(text), Exit::done) << complaint_;
        EXPECT_EQ(exported({"--secrets"}), csv);
        EXPECT_TRUE(may_log_in("bob@example.org", "secret-1"));
        EXPECT_TRUE(may_log_in("amy@example.org", "secret-2"));
    }
    EXPECT_NE(real_files().read(entry("bob/account.conf"))->find("quota"), std::string::npos) << "its own bound: none";
    EXPECT_EQ(json({"account", "export"}).items().front().text("address"), "amy@example.org");
    EXPECT_EQ(run({"account", "export", "--domain", "example.net"}), Exit::not_there);
    real_files().replace(entry("amy/account.conf"), "= =");
    EXPECT_EQ(run({"account", "export"}), Exit::configuration);
    EXPECT_TRUE(says("bob@example.org")) << "the rest is there";
}

}  // namespace
}  // namespace md::mdctl
