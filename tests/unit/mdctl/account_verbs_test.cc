// tests/unit/mdctl/account_verbs_test.cc - `mdctl account`: keys, state, names, forwards, look-ups, logins

#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

const std::string kAlice = "alice@example.org";

class AccountVerbsTest : public InstanceTest {
  protected:
    AccountVerbsTest() { add_account(kAlice); }

    /// Kind, address and folder of each target, with blanks between.
    std::string leads_to(const std::string& address, Exit expected = Exit::done) {
        const auto found = json({"account", "lookup", address}, expected);
        std::string out;
        for (const auto& target : found.find("targets")->items())
            out += (out.empty() ? "" : " ") + target.text("kind") + ":" + target.text("address") + "/" +
                   target.text("folder");
        return out;
    }
};

TEST_F(AccountVerbsTest, KeysAreSetShownAndTakenOut) {
    EXPECT_EQ(run({"account", "set", kAlice, "send_as", "[\"info@example.org\"]"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"account", "set", kAlice, "name", "Alice A."}), Exit::done);
    EXPECT_EQ(run({"account", "set", kAlice, "subaddress_folders", "false"}), Exit::done);
    EXPECT_EQ(run({"account", "set", kAlice, "subaddress_folders", "perhaps"}), Exit::usage);
    EXPECT_EQ(run({"account", "set", kAlice, "colour", "red"}), Exit::usage);
    EXPECT_EQ(run({"account", "set", "bob@example.org", "name", "x"}), Exit::not_there);
    EXPECT_EQ(run({"alias", "add", "first@example.org", kAlice}), Exit::done);
    EXPECT_EQ(run({"alias", "add", "second@example.org", "first+x@example.org"}), Exit::done);
    EXPECT_EQ(run({"group", "add", "team@example.org", kAlice}), Exit::done);
    const auto shown = json({"account", "show", kAlice});
    EXPECT_EQ(shown.text("name"), "Alice A.");
    EXPECT_EQ(texts(shown, "send_as"), "info@example.org");
    EXPECT_EQ(texts(shown, "aliases"), "first@example.org second@example.org");
    EXPECT_EQ(texts(shown, "groups"), "team@example.org");
    EXPECT_FALSE(shown.boolean("subaddress_folders", true));
    EXPECT_TRUE(shown.boolean("forward_keep"));
    EXPECT_EQ(run({"account", "unset", kAlice, "send_as"}), Exit::done);
    EXPECT_EQ(texts(json({"account", "show", kAlice}), "send_as"), "");
    real_files().replace(entry("alice/account.conf"), "= =");
    EXPECT_EQ(run({"account", "set", kAlice, "name", "x"}), Exit::again);
}

TEST_F(AccountVerbsTest, AFrozenAccountIsToldAsOne) {
    const auto state = [&] { return json({"account", "show", kAlice}).text("state"); };
    EXPECT_EQ(run({"account", "freeze", kAlice}), Exit::done);
    EXPECT_EQ(state(), "frozen");
    EXPECT_EQ(run({"account", "disable", kAlice}), Exit::done);
    EXPECT_EQ(state(), "disabled");
    EXPECT_EQ(run({"account", "enable", kAlice}), Exit::done);
    EXPECT_EQ(state(), "enabled");
    EXPECT_EQ(run({"account", "freeze", "bob@example.org"}), Exit::not_there);
}

TEST_F(AccountVerbsTest, ARenamedAccountKeepsItsPasswordAndItsMail) {
    EXPECT_EQ(run({"mailbox", "create", kAlice, "Work"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"alias", "add", "sales@example.org", kAlice}), Exit::done);
    EXPECT_EQ(run({"account", "rename", kAlice, "anna@example.org"}), Exit::done) << complaint_;
    EXPECT_EQ(out_, "alice@example.org is anna@example.org now; the old address still stands in sales@example.org\n");
    EXPECT_EQ(run({"account", "show", kAlice}), Exit::not_there);
    EXPECT_EQ(run({"mailbox", "status", "anna@example.org", "Work"}), Exit::done);
    EXPECT_EQ(run({"account", "auth-test", "anna@example.org", "--password-stdin"}, "secret-Pa55\n"), Exit::done);
    EXPECT_EQ(run({"account", "rename", kAlice, "x@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"account", "rename", "anna@example.org", "x@example.net"}), Exit::not_there);
    EXPECT_EQ(run({"account", "rename", "anna@example.org", "nonsense"}), Exit::usage);
    EXPECT_EQ(run({"account", "rename", "sales@example.org", "x@example.org"}), Exit::not_there);
    add_account("bob@example.org");
    EXPECT_EQ(run({"account", "rename", "anna@example.org", "bob@example.org"}), Exit::exists);
}

TEST_F(AccountVerbsTest, ARenamingThatWasInterruptedIsFinished) {
    real_files().rename(entry("alice/account.conf"), entry("alice/account.conf.moving"));
    EXPECT_EQ(run({"account", "show", kAlice}), Exit::again);
    EXPECT_TRUE(complains("account rename")) << complaint_;
    EXPECT_EQ(run({"account", "rename", kAlice, "anna@example.org"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"account", "show", "anna@example.org"}), Exit::done);
}

TEST_F(AccountVerbsTest, WhatWasRemovedComesBack) {
    EXPECT_EQ(run({"mailbox", "create", kAlice, "Work"}), Exit::done);
    EXPECT_EQ(run({"account", "remove", kAlice, "--yes"}), Exit::done);
    EXPECT_EQ(run({"account", "undelete"}), Exit::usage);
    EXPECT_EQ(run({"account", "undelete", "bob@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"account", "undelete", kAlice, "--at", "yesterday"}), Exit::usage);
    EXPECT_EQ(run({"account", "undelete", kAlice, "--at", "2020-01-01T00:00:00Z"}), Exit::not_there);
    const auto removed = json({"account", "undelete", "--list"});
    ASSERT_EQ(removed.items().size(), 1U);
    EXPECT_EQ(removed.items()[0].text("address"), kAlice);
    EXPECT_TRUE(json({"account", "undelete", "bob@example.org", "--list"}).items().empty());
    EXPECT_EQ(run({"account", "undelete", kAlice, "--at", removed.items()[0].text("removed")}), Exit::done)
        << complaint_;
    EXPECT_EQ(run({"mailbox", "status", kAlice, "Work"}), Exit::done);
    EXPECT_EQ(run({"account", "auth-test", kAlice, "--password-stdin"}, "secret-Pa55\n"), Exit::done);
    EXPECT_EQ(run({"account", "undelete", kAlice}), Exit::exists);
}

TEST_F(AccountVerbsTest, MailIsForwardedWithOrWithoutACopy) {
    const auto shown = [&] { return json({"account", "forward", "list", kAlice}); };
    EXPECT_EQ(run({"account", "forward", "add", kAlice, "bob@else.test", "eve@else.test", "--no-keep"}), Exit::done)
        << complaint_;
    EXPECT_EQ(out_, "mail for alice@example.org goes to bob@else.test, eve@else.test, and no copy stays here\n");
    EXPECT_FALSE(shown().boolean("forward_keep", true));
    EXPECT_EQ(run({"account", "forward", "add", kAlice, "--keep"}), Exit::done);
    EXPECT_TRUE(shown().boolean("forward_keep"));
    EXPECT_EQ(run({"account", "forward", "remove", kAlice, "x@else.test"}), Exit::not_there);
    EXPECT_EQ(run({"account", "forward", "remove", kAlice, "bob@else.test"}), Exit::done);
    EXPECT_EQ(texts(shown(), "forward"), "eve@else.test");
    EXPECT_EQ(run({"account", "forward", "remove", kAlice}), Exit::done);
    EXPECT_EQ(texts(shown(), "forward"), "");
    EXPECT_EQ(run({"account", "forward", "add", kAlice}), Exit::usage);
    EXPECT_EQ(run({"account", "forward", "add", kAlice, "--keep", "--no-keep"}), Exit::usage);
    EXPECT_EQ(run({"account", "forward", "add", kAlice, "nonsense"}), Exit::usage);
    EXPECT_EQ(run({"account", "forward", "list", "bob@example.org"}), Exit::not_there);
    EXPECT_EQ(run({"account", "forward", "ad", kAlice}), Exit::usage);
    EXPECT_TRUE(complains("did you mean \"add\"?")) << complaint_;
}

TEST_F(AccountVerbsTest, ALookUpTellsEachStepAndWhereItEnds) {
    add_account("bob@example.org");
    EXPECT_EQ(run({"alias", "add", "sales@example.org", kAlice, "x@else.test"}), Exit::done);
    EXPECT_EQ(run({"alias", "add", "loop@example.org", "loop@example.org"}), Exit::done);
    EXPECT_EQ(run({"account", "forward", "add", kAlice, "bob@example.org"}), Exit::done);
    EXPECT_EQ(leads_to("sales@example.org"), "mailbox:alice@example.org/ mailbox:bob@example.org/ remote:x@else.test/");
    EXPECT_EQ(leads_to("Bob+Lists@example.org"), "mailbox:bob+Lists@example.org/Lists");
    EXPECT_EQ(leads_to("nobody@example.org", Exit::no), "nowhere:nobody@example.org/");
    EXPECT_EQ(leads_to("loop@example.org", Exit::no), "nowhere:loop@example.org/");
    EXPECT_EQ(leads_to("x@else.test"), "remote:x@else.test/");
    EXPECT_EQ(run({"account", "lookup", "nonsense"}), Exit::usage);
    const auto found = json({"account", "lookup", "sales@example.org"});
    EXPECT_EQ(found.text("address"), "sales@example.org");
    const auto& step = found.find("steps")->items().front();
    EXPECT_EQ(step.text("kind"), "alias");
    EXPECT_EQ(step.text("from"), "sales@example.org");
    EXPECT_EQ(step.text("to"), kAlice);
    EXPECT_EQ(step.text("place"), entry("sales/alias.conf"));
    EXPECT_TRUE(found.find("targets")->items()[1].boolean("forwarded"));
    const auto none = json({"account", "lookup", "nobody@example.org"}, Exit::no).find("targets")->items().front();
    EXPECT_EQ(none.text("status"), "5.1.1");
    EXPECT_EQ(none.text("reason"), "no such user here");
    EXPECT_EQ(run({"account", "disable", "bob@example.org"}), Exit::done);
    EXPECT_EQ(leads_to("bob@example.org", Exit::no), "nowhere:bob@example.org/");
    real_files().replace(entry("bob/account.conf"), "= =");
    EXPECT_EQ(leads_to("bob@example.org", Exit::again), "unknown:bob@example.org/");
}

TEST_F(AccountVerbsTest, AuthTestAnswersAsALoginWouldBe) {
    const auto test = [&](const std::string& address, const std::string& password) {
        return run({"account", "auth-test", address, "--password-stdin"}, password + "\n");
    };
    EXPECT_EQ(test(kAlice, "secret-Pa55"), Exit::done);
    EXPECT_EQ(test(kAlice, "secret-pa55"), Exit::no);
    EXPECT_EQ(test("bob@example.org", "secret-Pa55"), Exit::no);
    EXPECT_EQ(run({"account", "freeze", kAlice}), Exit::done);
    EXPECT_EQ(test(kAlice, "secret-Pa55"), Exit::no);
    EXPECT_TRUE(complains("may not log in")) << complaint_;
    EXPECT_EQ(test(kAlice, "wrong"), Exit::no);
    EXPECT_FALSE(complains("may not log in"));
    const auto no = json({"account", "auth-test", kAlice, "--password-stdin"}, Exit::no, "wrong\n");
    EXPECT_FALSE(no.boolean("allowed", true));
    real_files().replace(root_ + "/secrets/example.org/alice", "= =");
    EXPECT_EQ(test(kAlice, "secret-Pa55"), Exit::again);
    EXPECT_EQ(run({"account", "auth-test", kAlice, "--password-stdin", "--protocol", "gopher"}, "x\n"), Exit::usage);
    EXPECT_EQ(run({"account", "auth-test", kAlice, "--password-stdin", "--ip", "x"}, "x\n"), Exit::usage);
    EXPECT_EQ(run({"account", "auth-test", kAlice, "--password-stdin", "--protocol", "pop3"}, "x\n"), Exit::no_daemon);
    EXPECT_EQ(run({"account", "auth-test", kAlice, "--password-stdin"}, ""), Exit::data);
}

TEST_F(AccountVerbsTest, APasswordHashIsTheTextOfASecret) {
    EXPECT_EQ(run({"account", "password-hash", "--password-stdin"}, "correct horse\n"), Exit::done) << complaint_;
    real_files().replace(root_ + "/secrets/example.org/alice", out_);
    EXPECT_EQ(run({"account", "auth-test", kAlice, "--password-stdin"}, "correct horse\n"), Exit::done) << complaint_;
    EXPECT_EQ(run({"account", "password-hash", "--password-stdin"}, "\x01\n"), Exit::data);
}

}  // namespace
}  // namespace md::mdctl
