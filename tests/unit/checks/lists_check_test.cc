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
        *finding = co_await check->examine(std::move(subject), std::nullopt);
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

}  // namespace
}  // namespace md::checks
