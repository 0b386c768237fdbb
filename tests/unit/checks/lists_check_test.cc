// tests/unit/checks/lists_check_test.cc - checks/lists_check.h

#include "checks/lists_check.h"

#include <gtest/gtest.h>

#include "async/loop.h"

namespace md::checks {
namespace {

using async::Task;
using policy::Entry;
using policy::Kind;
using policy::List;

class ListsCheckTest : public testing::Test {
  protected:
    void put(List list, Kind kind, const std::string& value) {
        Entry entry;
        entry.list = list;
        entry.kind = kind;
        entry.value = *policy::canonical(kind, value);
        lists_.put(entry);
    }
    void put_for(const std::string& scope, List list, Kind kind, const std::string& value) {
        Entry entry;
        entry.list = list;
        entry.kind = kind;
        entry.scope = scope;
        entry.value = *policy::canonical(kind, value);
        lists_.put(entry);
    }
    void black(const std::string& value) { put(List::black, kind_of(value), value); }
    void white(const std::string& value) { put(List::white, kind_of(value), value); }

    Decision decide(const std::string& address, const std::string& sender) {
        const ListsCheck check([this] { return known_ ? &lists_ : nullptr; }, real_clock());
        async::Loop loop;
        Finding finding;
        loop.run(ask(&check, address, sender, &finding));
        return finding.decision;
    }
    Action action(const std::string& address, const std::string& sender) { return decide(address, sender).action; }

    policy::Lists lists_;
    bool known_ = true;

  private:
    static Kind kind_of(const std::string& value) { return Network::parse(value) ? Kind::ip : Kind::sender; }

    static Task<void> ask(const ListsCheck* check, std::string address, std::string sender, Finding* finding) {
        auto subject = std::make_shared<Subject>();
        subject->client.address = IpAddress::parse(address);
        subject->reverse_path = std::move(sender);
        subject->recipients.emplace_back("bob@example.com");
        subject->accounts.emplace_back();
        *finding = co_await check->examine(std::move(subject), 0);
    }
};

TEST_F(ListsCheckTest, WhoIsOnNoListIsNotDecidedAbout) {
    black("192.0.2.0/24");
    EXPECT_EQ(action("198.51.100.1", "a@b.test"), Action::none);
    EXPECT_EQ(action("", "a@b.test"), Action::none) << "a client without an address";
}

TEST_F(ListsCheckTest, BlackIsRefusedWithTheEntryThatSaysSo) {
    black("192.0.2.0/24");
    black("spam@b.test");
    EXPECT_EQ(decide("192.0.2.7", "a@b.test").reason,
              "mail from 192.0.2.7 is refused here: 192.0.2.0/24 is on the black list");
    EXPECT_EQ(decide("198.51.100.1", "SPAM@b.test").action, Action::refuse);
}

TEST_F(ListsCheckTest, WhiteIsExempt) {
    white("192.0.2.7");
    white("b.test");
    EXPECT_EQ(action("192.0.2.7", "x@y.test"), Action::exempt);
    EXPECT_EQ(action("198.51.100.1", "a@b.test"), Action::exempt);
}

TEST_F(ListsCheckTest, TheMoreSpecificNetworkCounts) {
    black("192.0.2.0/24");
    white("192.0.2.64/26");
    black("192.0.2.65");
    EXPECT_EQ(action("192.0.2.1", "a@b.test"), Action::refuse);
    EXPECT_EQ(action("192.0.2.64", "a@b.test"), Action::exempt);
    EXPECT_EQ(action("192.0.2.65", "a@b.test"), Action::refuse);
}

TEST_F(ListsCheckTest, TheMoreSpecificSenderCounts) {
    black("spam*@*");
    white("b.test");
    black("bad@b.test");
    EXPECT_EQ(action("", "spam@b.test"), Action::exempt);
    EXPECT_EQ(action("", "bad@b.test"), Action::refuse);
    EXPECT_EQ(action("", "spam@c.test"), Action::refuse);
}

TEST_F(ListsCheckTest, AlikeWhiteCounts) {
    black("192.0.2.7");
    white("192.0.2.7");
    EXPECT_EQ(action("192.0.2.7", "a@b.test"), Action::exempt);
    black("a@c.test");
    white("a@c.test");
    EXPECT_EQ(action("198.51.100.1", "a@c.test"), Action::exempt);
}

TEST_F(ListsCheckTest, BetweenAddressAndSenderWhiteCounts) {
    black("192.0.2.7");
    white("friend@b.test");
    EXPECT_EQ(action("192.0.2.7", "friend@b.test"), Action::exempt);
    EXPECT_EQ(action("192.0.2.7", "other@b.test"), Action::refuse);
    white("203.0.113.0/24");
    black("spam@b.test");
    EXPECT_EQ(action("203.0.113.9", "spam@b.test"), Action::exempt);
}

TEST_F(ListsCheckTest, TheNullSenderIsListedByItself) {
    black("*@*");
    EXPECT_EQ(action("", ""), Action::none);
    black("<>");
    EXPECT_EQ(action("", ""), Action::refuse);
}

TEST_F(ListsCheckTest, ListsThatAreNotKnownYetLetNobodyIn) {
    known_ = false;
    EXPECT_EQ(action("192.0.2.7", "a@b.test"), Action::temp_fail);
}

TEST_F(ListsCheckTest, AsksAboutStrangersAlone) {
    const ListsCheck check([] { return nullptr; }, real_clock());
    EXPECT_TRUE(check.terms().strangers_only);
    EXPECT_EQ(check.terms().on_failure, OnFailure::temp_fail);
}

// ---- for whom an entry counts

struct Listing {
    const char* scope;
    List list;
    Kind kind;
    const char* value;
};
struct ScopeCase {
    const char* what;
    std::vector<Listing> listings;
    const char* recipient;
    const char* account;
    const char* met;  ///< "white VALUE", "black VALUE" or "-"
};

constexpr auto kBlack = List::black;
constexpr auto kWhite = List::white;

const std::vector<ScopeCase>& scope_cases() {
    static const std::vector<ScopeCase> cases{
        {"all", {{"", kBlack, Kind::ip, "192.0.2.0/24"}}, "bob@example.com", "", "black 192.0.2.0/24"},
        {"a domain", {{"example.com", kBlack, Kind::ip, "192.0.2.7"}}, "bob@example.com", "", "black 192.0.2.7/32"},
        {"another domain", {{"example.net", kBlack, Kind::ip, "192.0.2.7"}}, "bob@example.com", "", "-"},
        {"an account",
         {{"bob@example.com", kBlack, Kind::sender, "s@x.test"}},
         "Bob@Example.com",
         "",
         "black s@x.test"},
        {"another account", {{"ann@example.com", kBlack, Kind::sender, "s@x.test"}}, "bob@example.com", "", "-"},
        {"an account by its subaddress",
         {{"bob@example.com", kBlack, Kind::sender, "s@x.test"}},
         "bob+news@example.com",
         "",
         "black s@x.test"},
        {"an account whose alias it is",
         {{"bob@example.com", kBlack, Kind::sender, "s@x.test"}},
         "sales@example.net",
         "bob@example.com",
         "black s@x.test"},
        {"the domain of that account",
         {{"example.com", kBlack, Kind::sender, "s@x.test"}},
         "sales@example.net",
         "bob@example.com",
         "black s@x.test"},
        {"an account before its domain",
         {{"example.com", kBlack, Kind::sender, "s@x.test"}, {"bob@example.com", kWhite, Kind::sender, "x.test"}},
         "bob@example.com",
         "",
         "white *@x.test"},
        {"an account before all, though white is for all",
         {{"", kWhite, Kind::sender, "s@x.test"}, {"bob@example.com", kBlack, Kind::ip, "192.0.0.0/16"}},
         "bob@example.com",
         "",
         "black 192.0.0.0/16"},
        {"a domain before all, though all is more precise",
         {{"", kWhite, Kind::sender, "s@x.test"}, {"example.com", kBlack, Kind::sender, "*x*"}},
         "bob@example.com",
         "",
         "black *@*x*"},
        {"between kinds white, of one scope alone",
         {{"example.com", kBlack, Kind::helo, "mx.x.test"}, {"example.com", kWhite, Kind::host, "*.x.test"}},
         "bob@example.com",
         "",
         "white *.x.test"},
        {"a black helo", {{"", kBlack, Kind::helo, "MX.x.test"}}, "bob@example.com", "", "black mx.x.test"},
        {"a black host", {{"", kBlack, Kind::host, "*.x.test"}}, "bob@example.com", "", "black *.x.test"},
        {"a black recipient",
         {{"", kBlack, Kind::recipient, "bob@example.com"}},
         "bob+x@example.com",
         "",
         "black bob@example.com"},
        {"a white recipient under black senders",
         {{"", kBlack, Kind::sender, "x.test"}, {"", kWhite, Kind::recipient, "abuse@example.com"}},
         "abuse@example.com",
         "",
         "white abuse@example.com"},
        {"a subaddress before its address",
         {{"", kBlack, Kind::recipient, "bob@example.com"}, {"", kWhite, Kind::recipient, "bob+list@example.com"}},
         "bob+list@example.com",
         "",
         "white bob+list@example.com"},
    };
    return cases;
}

TEST_F(ListsCheckTest, TheNarrowerScopeCounts) {
    for (const auto& one : scope_cases()) {
        lists_.clear();
        for (const auto& listing : one.listings) put_for(listing.scope, listing.list, listing.kind, listing.value);
        Subject subject;
        subject.client.address = IpAddress::parse("192.0.2.7");
        subject.client.host = "mail.x.test";
        subject.client.helo = "mx.x.test";
        subject.reverse_path = "s@x.test";
        const auto entry = listed(lists_, subject, one.recipient, one.account, real_clock().now());
        const auto met = !entry ? "-" : (entry->list == kWhite ? "white " : "black ") + entry->value;
        EXPECT_EQ(met, one.met) << one.what;
    }
}

TEST_F(ListsCheckTest, TheScopesOfARecipientBeginWithTheNarrowest) {
    EXPECT_EQ(scopes_of("Bob+x@Example.com", ""),
              (std::vector<std::string>{"bob+x@example.com", "bob@example.com", "example.com", ""}));
    EXPECT_EQ(scopes_of("sales@example.net", "bob@example.com"),
              (std::vector<std::string>{"bob@example.com", "sales@example.net", "example.com", "example.net", ""}));
    EXPECT_EQ(scopes_of("postmaster", ""), (std::vector<std::string>{""}));
}

TEST_F(ListsCheckTest, ThePeerIsNotToldWhoseListItIs) {
    put_for("bob@example.com", List::black, Kind::sender, "a@b.test");
    EXPECT_EQ(decide("192.0.2.7", "a@b.test").reason,
              "mail from <a@b.test> is refused here: a@b.test is on the black list");
}

struct AtMail {
    static Task<void> ask(const WhiteListCheck* check, std::string sender, Finding* finding) {
        auto subject = std::make_shared<Subject>();
        subject->reverse_path = std::move(sender);
        *finding = co_await check->examine(std::move(subject), std::nullopt);
    }
};

TEST_F(ListsCheckTest, AtMailAMessageIsExemptIfNobodyCanSayOtherwise) {
    const WhiteListCheck check([this] { return known_ ? &lists_ : nullptr; }, real_clock());
    const auto action_at_mail = [&] {
        async::Loop loop;
        Finding finding;
        loop.run(AtMail::ask(&check, "a@b.test", &finding));
        return finding.decision.action;
    };
    EXPECT_EQ(action_at_mail(), Action::none);
    white("b.test");
    EXPECT_EQ(action_at_mail(), Action::exempt);
    black("a@b.test");
    EXPECT_EQ(action_at_mail(), Action::none) << "refused at RCPT, not at MAIL";
    white("a@b.test");
    EXPECT_EQ(action_at_mail(), Action::exempt);
    put_for("example.com", List::black, Kind::ip, "198.51.100.1");
    EXPECT_EQ(action_at_mail(), Action::none) << "somebody has a black list of his own";
    known_ = false;
    EXPECT_EQ(action_at_mail(), Action::none);
}

}  // namespace
}  // namespace md::checks
