// tests/unit/dns/reverse_name_test.cc - dns/reverse_name.h

#include "dns/reverse_name.h"

#include <gtest/gtest.h>

#include "async/loop.h"
#include "support/fake_resolver.h"

namespace md::dns {
namespace {

using namespace std::chrono_literals;

class ReverseNameTest : public testing::Test {
  protected:
    Result<std::string, LookupFailure> name(std::string_view address) {
        return loop_.run(confirmed_name(dns_, *IpAddress::parse(address), async::after(1min)));
    }

    async::Loop loop_;
    FakeResolver dns_;
};

TEST_F(ReverseNameTest, LeadsThereAndBack) {
    dns_.add_ptr("192.0.2.1", "Mail.Example.org");
    dns_.add_address("mail.example.org", "192.0.2.1");
    EXPECT_EQ(*name("192.0.2.1"), "mail.example.org");
    dns_.add_ptr("2001:db8::1", "mail.example.org");
    EXPECT_EQ(*name("2001:db8::1"), "") << "its addresses are others";
    dns_.add_address("mail.example.org", "2001:db8::1");
    EXPECT_EQ(*name("2001:db8::1"), "mail.example.org");
}

TEST_F(ReverseNameTest, NoneIsNoFailure) {
    EXPECT_EQ(*name("192.0.2.1"), "");
    dns_.add_ptr("192.0.2.1", "nowhere.example");
    EXPECT_EQ(*name("192.0.2.1"), "");
}

TEST_F(ReverseNameTest, OneOfSeveralIsEnough) {
    dns_.add_ptr("192.0.2.1", "a.example");
    dns_.add_ptr("192.0.2.1", "b.example");
    dns_.break_at("a.example", Type::a, Trouble::timed_out);
    EXPECT_EQ(name("192.0.2.1").error().trouble, Trouble::timed_out);
    dns_.add_address("b.example", "192.0.2.1");
    EXPECT_EQ(*name("192.0.2.1"), "b.example");
}

TEST_F(ReverseNameTest, AsksForAFewNamesOnly) {
    for (int i = 0; i < 20; ++i) dns_.add_ptr("192.0.2.1", "n" + std::to_string(i) + ".example");
    EXPECT_EQ(*name("192.0.2.1"), "");
    EXPECT_EQ(dns_.asked().size(), 1 + kMostNames);
}

TEST_F(ReverseNameTest, WhatCannotBeAskedIsAFailure) {
    dns_.break_at("1.2.0.192.in-addr.arpa", Type::ptr, Trouble::server_failed);
    EXPECT_EQ(name("192.0.2.1").error().trouble, Trouble::server_failed);
}

}  // namespace
}  // namespace md::dns
