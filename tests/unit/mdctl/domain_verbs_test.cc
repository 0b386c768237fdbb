// tests/unit/mdctl/domain_verbs_test.cc - `mdctl domain`: keys, state, names

#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

class DomainVerbsTest : public InstanceTest {
  protected:
    std::string reason(const std::string& address) {
        static_cast<void>(run({"--json", "account", "lookup", address}));
        const auto found = ipc::Json::parse(out_).value_or(ipc::Json());
        const auto* targets = found.find("targets");
        return targets == nullptr ? "?" : targets->items().front().text("reason");
    }
};

TEST_F(DomainVerbsTest, KeysAreSetShownAndTakenOut) {
    EXPECT_EQ(run({"domain", "set", "example.org", "catch_all", "alice@example.org"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"domain", "set", "example.org", "quota", "1G"}), Exit::done);
    EXPECT_EQ(run({"domain", "set", "example.org", "quota", "much"}), Exit::usage);
    EXPECT_EQ(run({"domain", "set", "example.org", "colour", "red"}), Exit::usage);
    EXPECT_EQ(run({"domain", "set", "example.net", "quota", "1G"}), Exit::not_there);
    const auto shown = json({"domain", "show", "example.org"});
    EXPECT_EQ(shown.text("domain"), "example.org");
    EXPECT_EQ(shown.text("state"), "enabled");
    EXPECT_EQ(shown.text("catch_all"), "alice@example.org");
    EXPECT_EQ(shown.integer("quota"), 1 << 30);
    EXPECT_EQ(shown.integer("accounts", -1), 0);
    EXPECT_EQ(shown.text("file"), root_ + "/etc/domains/example.org.conf");
    EXPECT_EQ(run({"domain", "unset", "example.org", "catch_all"}), Exit::done);
    EXPECT_EQ(json({"domain", "show", "example.org"}).text("catch_all"), "");
    EXPECT_EQ(run({"domain", "unset", "example.org", "colour"}), Exit::usage);
}

TEST_F(DomainVerbsTest, ADisabledDomainTakesNothing) {
    add_account("alice@example.org");
    EXPECT_EQ(run({"domain", "disable", "example.org"}), Exit::done);
    EXPECT_EQ(json({"domain", "list"}).items().front().text("state"), "disabled");
    EXPECT_EQ(reason("alice@example.org"), "domain disabled");
    EXPECT_EQ(run({"domain", "enable", "example.org"}), Exit::done);
    EXPECT_EQ(reason("alice@example.org"), "");
    EXPECT_EQ(run({"domain", "disable", "example.net"}), Exit::not_there);
    EXPECT_EQ(run({"domain", "enable", "no domain"}), Exit::usage);
}

TEST_F(DomainVerbsTest, ADomainHasOtherNames) {
    add_account("alice@example.org");
    EXPECT_EQ(run({"domain", "alias", "add", "example.org", "Example.NET"}), Exit::done) << complaint_;
    EXPECT_EQ(texts(json({"domain", "show", "example.org"}), "aliases"), "example.net");
    EXPECT_EQ(json({"domain", "show", "example.net"}).text("alias_of"), "example.org");
    EXPECT_EQ(json({"domain", "alias", "list"}).items().size(), 1U);
    EXPECT_EQ(json({"domain", "alias", "list", "example.org"}).items().front().text("domain"), "example.net");
    EXPECT_TRUE(json({"domain", "alias", "list", "example.net"}).items().empty());
    EXPECT_EQ(run({"account", "lookup", "alice@example.net"}), Exit::done);
    EXPECT_TRUE(says("mailbox alice@example.org")) << out_;
    EXPECT_EQ(run({"account", "add", "bob@example.net", "--password-stdin"}, "x-1234\n"), Exit::not_there);
    EXPECT_EQ(run({"domain", "alias", "add", "example.org", "example.net"}), Exit::exists);
    EXPECT_EQ(run({"domain", "alias", "add", "example.org", "example.org"}), Exit::usage);
    EXPECT_EQ(run({"domain", "alias", "add", "nowhere.test", "x.test"}), Exit::not_there);
    EXPECT_EQ(run({"domain", "add", "other.test"}), Exit::done);
    EXPECT_EQ(run({"domain", "alias", "remove", "other.test", "example.net"}), Exit::not_there);
    EXPECT_EQ(run({"domain", "alias", "remove", "example.org", "other.test"}), Exit::not_there);
    EXPECT_EQ(run({"domain", "show", "other.test"}), Exit::done) << "a domain of its own is not removed";
    EXPECT_EQ(run({"domain", "alias", "remove", "example.org", "example.net"}), Exit::done);
    EXPECT_EQ(run({"domain", "show", "example.net"}), Exit::not_there);
}

TEST_F(DomainVerbsTest, ARenamedDomainTakesItsAccountsAndWhatNamesThem) {
    add_account("alice@example.org");
    EXPECT_EQ(run({"domain", "add", "other.test"}), Exit::done);
    EXPECT_EQ(run({"domain", "set", "example.org", "postmaster", "alice@example.org"}), Exit::done);
    EXPECT_EQ(run({"domain", "alias", "add", "example.org", "third.test"}), Exit::done);
    EXPECT_EQ(run({"alias", "add", "sales@example.org", "alice@example.org", "x@else.test"}), Exit::done);
    EXPECT_EQ(run({"group", "add", "team@other.test", "alice@Example.Org"}), Exit::done);
    EXPECT_EQ(run({"domain", "rename", "example.org", "new.test"}), Exit::done) << complaint_;
    EXPECT_EQ(out_, "the domain example.org is new.test now; 4 other places that held the old name follow\n");
    EXPECT_EQ(run({"domain", "show", "example.org"}), Exit::not_there);
    EXPECT_EQ(texts(json({"alias", "show", "sales@new.test"}), "targets"), "alice@new.test x@else.test");
    EXPECT_EQ(texts(json({"group", "show", "team@other.test"}), "members"), "alice@new.test");
    EXPECT_EQ(json({"domain", "show", "new.test"}).text("postmaster"), "alice@new.test");
    EXPECT_EQ(run({"account", "auth-test", "alice@new.test", "--password-stdin"}, "secret-Pa55\n"), Exit::done);
    EXPECT_EQ(run({"account", "lookup", "alice@third.test"}), Exit::done);
    EXPECT_EQ(run({"domain", "rename", "new.test", "other.test"}), Exit::exists);
    EXPECT_EQ(run({"domain", "rename", "none.test", "x.test"}), Exit::not_there);
    EXPECT_EQ(run({"domain", "rename", "new.test", "no domain"}), Exit::usage);
}

TEST_F(DomainVerbsTest, TheOldNameMayStay) {
    add_account("alice@example.org");
    EXPECT_EQ(run({"domain", "rename", "example.org", "new.test", "--keep-old"}), Exit::done) << complaint_;
    EXPECT_EQ(json({"domain", "show", "example.org"}).text("alias_of"), "new.test");
    EXPECT_EQ(run({"account", "lookup", "alice@example.org"}), Exit::done);
    EXPECT_TRUE(says("mailbox alice@new.test")) << out_;
}

TEST_F(DomainVerbsTest, ADamagedFileIsNamedAndTheRestIsListed) {
    EXPECT_EQ(run({"domain", "add", "bad.test"}), Exit::done);
    real_files().replace(root_ + "/etc/domains/bad.test.conf", "= =");
    // config check reads it, too: whatever needs a configuration says where the fault is.
    EXPECT_NE(run({"domain", "list"}), Exit::done);
    EXPECT_TRUE(complains("bad.test.conf")) << complaint_;
    EXPECT_TRUE(says("example.org")) << out_;
}

}  // namespace
}  // namespace md::mdctl
