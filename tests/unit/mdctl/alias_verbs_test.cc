// tests/unit/mdctl/alias_verbs_test.cc - `mdctl alias` and `mdctl group`

#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

class AliasVerbsTest : public InstanceTest {
  protected:
    AliasVerbsTest() {
        add_account("alice@example.org");
        add_account("bob@example.org");
    }
    std::string targets(const std::string& name) { return texts(json({"alias", "show", name}), "targets"); }
};

TEST_F(AliasVerbsTest, AnAliasIsMadeGrowsShrinksAndGoesWithItsLastTarget) {
    EXPECT_EQ(run({"alias", "add", "Sales@example.org", "alice@example.org", "--comment", "shop"}), Exit::done);
    EXPECT_EQ(out_, "added the alias sales@example.org\n");
    EXPECT_EQ(run({"alias", "add", "sales@example.org", "x@elsewhere.test", "ALICE@example.org"}), Exit::done);
    EXPECT_EQ(out_, "added 1 to the alias sales@example.org, which has 2 now\n");
    const auto shown = json({"alias", "show", "sales@example.org"});
    EXPECT_EQ(shown.text("address"), "sales@example.org");
    EXPECT_EQ(texts(shown, "targets"), "alice@example.org x@elsewhere.test");
    EXPECT_EQ(shown.text("comment"), "shop");
    EXPECT_EQ(shown.text("file"), entry("sales/alias.conf"));
    EXPECT_EQ(run({"alias", "remove", "sales@example.org", "bob@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"alias", "remove", "sales@example.org", "Alice@example.org"}), Exit::done) << complaint_;
    EXPECT_EQ(targets("sales@example.org"), "x@elsewhere.test");
    EXPECT_EQ(run({"alias", "remove", "sales@example.org", "x@elsewhere.test"}), Exit::done);
    EXPECT_EQ(out_, "removed the last of its targets, and with it the alias sales@example.org\n");
    EXPECT_EQ(run({"alias", "show", "sales@example.org"}), Exit::not_there);
}

TEST_F(AliasVerbsTest, WhatCannotBeIsRefused) {
    EXPECT_EQ(run({"alias", "add", "nonsense", "bob@example.org"}), Exit::usage);
    EXPECT_EQ(run({"alias", "add", "x@example.org", "nonsense"}), Exit::usage);
    EXPECT_EQ(run({"alias", "add", "x@example.org"}), Exit::usage);
    EXPECT_EQ(run({"alias", "add", "x@example.net", "bob@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"alias", "add", "bob@example.org", "alice@example.org"}), Exit::exists);
    EXPECT_TRUE(complains("is an account")) << complaint_;
    EXPECT_EQ(run({"alias", "remove", "bob@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"account", "show", "bob@example.org"}), Exit::done);
    EXPECT_EQ(run({"alias", "remove", "x@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"alias", "list", "--domain", "example.net"}), Exit::not_there);
    EXPECT_EQ(run({"alias", "remove", "x@example.org", "--dry-run"}), Exit::not_there);
}

TEST_F(AliasVerbsTest, WhoLeadsNowhereIsTold) {
    EXPECT_EQ(run({"alias", "add", "x@example.org", "nobody@example.org", "bob@example.org"}), Exit::done);
    EXPECT_EQ(out_, "added the alias x@example.org; nobody@example.org: no such user here\n");
}

TEST_F(AliasVerbsTest, DryRunChangesNothing) {
    EXPECT_EQ(run({"alias", "add", "x@example.org", "bob@example.org"}), Exit::done);
    EXPECT_EQ(run({"alias", "remove", "x@example.org", "--dry-run"}), Exit::done);
    EXPECT_EQ(out_, "would remove the alias x@example.org\n");
    EXPECT_EQ(targets("x@example.org"), "bob@example.org");
}

TEST_F(AliasVerbsTest, AListComesByStandardInput) {
    EXPECT_EQ(run({"alias", "add", "x@example.org", "-"}, "bob@example.org\n# none\n\nalice@example.org\n"),
              Exit::done);
    EXPECT_EQ(targets("x@example.org"), "bob@example.org alice@example.org");
    const std::string bad = "y@example.org bob@example.org\nz@example.org nonsense\nw@example.org\n";
    EXPECT_EQ(run({"alias", "add", "-"}, bad), Exit::data);
    EXPECT_TRUE(complains("-:2: \"nonsense\" is no address")) << complaint_;
    EXPECT_TRUE(complains("-:3: no target")) << complaint_;
    EXPECT_EQ(run({"alias", "show", "y@example.org"}), Exit::not_there) << "nothing was done";
    EXPECT_EQ(run({"alias", "add", "-"}, "y@example.org bob@example.org\nbob@example.org x@example.org\n"), Exit::data);
    EXPECT_TRUE(complains("-:2: bob@example.org is an account")) << complaint_;
    EXPECT_EQ(targets("y@example.org"), "bob@example.org");
    EXPECT_EQ(run({"alias", "remove", "-"}, "x@example.org bob@example.org\ny@example.org\n"), Exit::done);
    EXPECT_EQ(json({"alias", "list"}).items().size(), 1U);
    EXPECT_EQ(run({"alias", "add", "v@example.org", "-"}, ""), Exit::data);
}

TEST_F(AliasVerbsTest, ADamagedFileIsNamedAndTheRestIsListed) {
    EXPECT_EQ(run({"alias", "add", "good@example.org", "bob@example.org"}), Exit::done);
    EXPECT_EQ(run({"alias", "add", "bad@example.org", "bob@example.org"}), Exit::done);
    real_files().replace(entry("bad/alias.conf"), "tagrets = []\n");
    EXPECT_EQ(json({"alias", "list"}, Exit::configuration).items().size(), 1U);
    EXPECT_TRUE(complains("bad/alias.conf")) << complaint_;
    EXPECT_EQ(run({"alias", "show", "bad@example.org"}), Exit::again);
    real_files().replace(entry("bob/account.conf"), "= =");
    EXPECT_EQ(json({"account", "list"}, Exit::configuration).items().size(), 1U);
    EXPECT_TRUE(complains("bob/account.conf")) << complaint_;
}

TEST_F(AliasVerbsTest, AGroupHasANameAndSenders) {
    EXPECT_EQ(run({"group", "add", "team@example.org", "bob@example.org", "--name", "The team"}), Exit::done);
    EXPECT_EQ(run({"group", "set", "team@example.org", "send_as", "[\"info@example.org\"]"}), Exit::done);
    EXPECT_EQ(run({"group", "set", "team@example.org", "name", "Team"}), Exit::done);
    EXPECT_EQ(run({"group", "set", "team@example.org", "send_as", "[7]"}), Exit::usage);
    EXPECT_EQ(run({"group", "set", "team@example.org", "colour", "red"}), Exit::usage);
    EXPECT_EQ(run({"group", "set", "none@example.org", "name", "x"}), Exit::not_there);
    const auto shown = json({"group", "show", "team@example.org"});
    EXPECT_EQ(shown.text("name"), "Team");
    EXPECT_EQ(texts(shown, "members"), "bob@example.org");
    EXPECT_EQ(texts(shown, "send_as"), "info@example.org");
    EXPECT_EQ(run({"group", "add", "team@example.org", "alice@example.org", "--name", "All of \"us\""}), Exit::done);
    EXPECT_EQ(json({"group", "list"}).items().front().text("name"), "All of \"us\"");
    EXPECT_EQ(run({"group", "unset", "team@example.org", "send_as"}), Exit::done);
    EXPECT_EQ(texts(json({"group", "show", "team@example.org"}), "send_as"), "");
    EXPECT_EQ(run({"alias", "show", "team@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"group", "remove", "team@example.org", "bob@example.org", "alice@example.org"}), Exit::done);
    EXPECT_EQ(json({"group", "list"}).items().size(), 0U);
}

}  // namespace
}  // namespace md::mdctl
