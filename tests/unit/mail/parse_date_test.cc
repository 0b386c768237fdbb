// tests/unit/mail/parse_date_test.cc - mail/date.h, what is read

#include <gtest/gtest.h>

#include "mail/date.h"

namespace md::mail {
namespace {

constexpr std::int64_t kDay = 86400;

std::string read(std::string_view value) {
    const auto date = parse_date(value);
    if (!date) return "none";
    return format_date(WallTime(std::chrono::seconds(date->seconds)), std::chrono::minutes(date->zone_minutes));
}

TEST(ParseDate, FormsOfTheRfc) {  // RFC 5322 §3.3, appendices A.1.1, A.5 and A.6.2
    EXPECT_EQ(read("Fri, 21 Nov 1997 09:55:06 -0600"), "Fri, 21 Nov 1997 09:55:06 -0600");
    EXPECT_EQ(read("21 Nov 1997 09:55 -0600"), "Fri, 21 Nov 1997 09:55:00 -0600");
    EXPECT_EQ(read("Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n"
                   "               -0330 (Newfoundland Time)"),
              "Thu, 13 Feb 1969 23:32:00 -0330");
    EXPECT_EQ(read("21 Nov 97 09:55:06 GMT"), "Fri, 21 Nov 1997 09:55:06 +0000");
    EXPECT_EQ(read("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600"), "Fri, 21 Nov 1997 09:55:06 -0600");
    EXPECT_EQ(read("31 Dec 2000 16:01:33 -0800"), "Sun, 31 Dec 2000 16:01:33 -0800");
    EXPECT_EQ(parse_date("31 Dec 2000 16:01:33 -0800")->seconds, parse_date("1 Jan 2001 00:01:33 +0000")->seconds)
        << "RFC 5256 §2.2";
}

TEST(ParseDate, ObsoleteYearsAndZones) {  // RFC 5322 §4.3
    EXPECT_EQ(read("1 Jan 49 00:00:00 UT"), "Fri, 1 Jan 2049 00:00:00 +0000");
    EXPECT_EQ(read("1 Jan 50 00:00:00 UT"), "Sun, 1 Jan 1950 00:00:00 +0000");
    EXPECT_EQ(read("1 Jan 100 00:00:00 UT"), "Sat, 1 Jan 2000 00:00:00 +0000");
    EXPECT_EQ(read("1 Jan 2000 10:00 EDT"), "Sat, 1 Jan 2000 10:00:00 -0400");
    EXPECT_EQ(read("1 Jan 2000 10:00 pst"), "Sat, 1 Jan 2000 10:00:00 -0800");
    EXPECT_EQ(read("1 Jan 2000 10:00 A"), "Sat, 1 Jan 2000 10:00:00 +0000");
    EXPECT_EQ(read("1 Jan 2000 10:00 MESZ"), "Sat, 1 Jan 2000 10:00:00 +0000");
}

TEST(ParseDate, WhatIsWrongIsLeftOut) {  // RFC 5256 §2.2
    EXPECT_EQ(read("1 Jan 2000 10:00 +9999"), "Sat, 1 Jan 2000 10:00:00 +0000");
    EXPECT_EQ(read("1 Jan 2000 10:00"), "Sat, 1 Jan 2000 10:00:00 +0000");
    EXPECT_EQ(read("1 Jan 2000 25:00 +0100"), "Sat, 1 Jan 2000 00:00:00 +0100");
    EXPECT_EQ(read("1 Jan 2000"), "Sat, 1 Jan 2000 00:00:00 +0000");
    EXPECT_EQ(read("Sat, 1 Jan 2000 23:59:60 +0000"), "Sat, 1 Jan 2000 23:59:59 +0000");
    EXPECT_EQ(read("Foo, 1 January 2000 10:00 +0000"), "Sat, 1 Jan 2000 10:00:00 +0000");
}

TEST(ParseDate, FormsOfOtherRooms) {
    EXPECT_EQ(read("Fri Nov 21 09:55:06 1997"), "Fri, 21 Nov 1997 09:55:06 +0000");
    EXPECT_EQ(read("Fri Nov 21 09:55:06 EST 1997"), "Fri, 21 Nov 1997 09:55:06 -0500");
    EXPECT_EQ(read("Fri Nov 21 09:55:06 1997 +0100"), "Fri, 21 Nov 1997 09:55:06 +0100");
    EXPECT_EQ(read("Friday, 21-Nov-97 09:55:06 GMT"), "Fri, 21 Nov 1997 09:55:06 +0000");
    EXPECT_EQ(read("November 21, 1997 09:55"), "Fri, 21 Nov 1997 09:55:00 +0000");
    EXPECT_EQ(read("1997-11-21T09:55:06+01:00"), "Fri, 21 Nov 1997 09:55:06 +0100");
    EXPECT_EQ(read("1997-11-21 09:55:06.123Z"), "Fri, 21 Nov 1997 09:55:06 +0000");
}

TEST(ParseDate, NonsenseIsNone) {
    for (const std::string_view text :
         {"", "yesterday", "31 Feb 2000 10:00 +0000", "0 Jan 2000", "1 Foo 2000", "1 Jan", "1 Jan 20000", "Mon, ,",
          "((((", "32 Jan 2000", "1 Jan 2", "99999999999999999999 Jan 2000", "Jan"})
        EXPECT_EQ(read(text), "none") << text;
}

TEST(ParseDate, TheDayIsTheOneWritten) {  // RFC 3501 §6.4.4: "disregarding time and timezone"
    const auto new_year = parse_date("1 Jan 2000 00:30:00 +0100");
    ASSERT_TRUE(new_year);
    EXPECT_EQ(new_year->day(), 10957);
    EXPECT_LT(new_year->seconds, 10957 * kDay);
    EXPECT_EQ(parse_date("31 Dec 1969 23:00:00 -0500")->day(), -1);
    EXPECT_EQ(parse_date("31 Dec 1969 00:00:00 +0000")->day(), -1);
}

}  // namespace
}  // namespace md::mail
