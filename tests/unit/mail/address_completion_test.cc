#include "mail/address_completion.h"

#include <gtest/gtest.h>

namespace md::mail {

namespace {

std::string completed(std::string_view value) {
    return complete_addresses(value, "x.org").value_or("-");
}

}  // namespace

TEST(AddressCompletion, AWordAloneGetsTheDomain) {
    EXPECT_EQ(completed("root"), "root@x.org");
    EXPECT_EQ(completed("root (Cron Daemon)"), "root@x.org (Cron Daemon)");
    EXPECT_EQ(completed("(a @ b) root"), "(a @ b) root@x.org");
    EXPECT_EQ(completed("\"a b\""), "\"a b\"@x.org");
    EXPECT_EQ(completed("first.last"), "first.last@x.org");
    EXPECT_EQ(completed("a, b@y.org,\r\n c"), "a@x.org, b@y.org,\r\n c@x.org");
}

TEST(AddressCompletion, BracketsAreCompletedInside) {
    EXPECT_EQ(completed("Cron Daemon <root>"), "Cron Daemon <root@x.org>");
    EXPECT_EQ(completed("\"a, b\" <root >, c@d"), "\"a, b\" <root@x.org >, c@d");
    EXPECT_EQ(completed("a@b <\"q@q\">"), "a@b <\"q@q\"@x.org>");
}

TEST(AddressCompletion, GroupsKeepTheirNames) {
    EXPECT_EQ(completed("people: a, b@y; c"), "people: a@x.org, b@y; c@x.org");
    EXPECT_EQ(completed("undisclosed-recipients:;"), "-");
}

TEST(AddressCompletion, WhatIsWholeOrNoAddressStays) {
    for (const auto* value : {"", "a@y.org", "a @ y.org", "John Doe", "<>", "A <a@y.org>", "<a", "a@[IPv6:::1]", "(a)",
                              ",,", "<@r,@s:a@t>", "@", "a@y (", "(\\", "\"\\", "[", "<\""})
        EXPECT_EQ(completed(value), *value == '"' ? "\"\\@x.org" : "-") << value;
}

}  // namespace md::mail
