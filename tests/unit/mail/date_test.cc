// tests/unit/mail/date_test.cc - mail/date.h

#include "mail/date.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

using std::chrono::minutes;

WallTime at(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(seconds));
}

TEST(Date, HasTheFormOfTheRfc) {  // RFC 5322 §3.3; appendix A.1.1: Fri, 21 Nov 1997 09:55:06 -0600
    EXPECT_EQ(format_date(at(880127706), minutes(-360)), "Fri, 21 Nov 1997 09:55:06 -0600");
    EXPECT_EQ(format_date(at(880127706)), "Fri, 21 Nov 1997 15:55:06 +0000");
}

TEST(Date, ZoneMovesDayMonthAndYear) {
    EXPECT_EQ(format_date(at(1704067199)), "Sun, 31 Dec 2023 23:59:59 +0000");
    EXPECT_EQ(format_date(at(1704067199), minutes(330)), "Mon, 1 Jan 2024 05:29:59 +0530");
    EXPECT_EQ(format_date(at(1709164800), minutes(-30)), "Wed, 28 Feb 2024 23:30:00 -0030");
}

TEST(Date, FractionsAreDropped) {
    EXPECT_EQ(format_date(at(0) + std::chrono::microseconds(999999)), "Thu, 1 Jan 1970 00:00:00 +0000");
    EXPECT_EQ(format_date(at(0) - std::chrono::microseconds(1)), "Wed, 31 Dec 1969 23:59:59 +0000");
}

}  // namespace
}  // namespace md::mail
