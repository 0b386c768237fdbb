// tests/unit/mdsmtpd/filter_reply_test.cc - mdsmtpd/filter_reply.h

#include "mdsmtpd/filter_reply.h"

#include <gtest/gtest.h>

namespace md::mdsmtpd {
namespace {

using Kind = milter::Answer::Kind;

std::string said(Kind kind, const std::string& reply) {
    const smtp::Reply otherwise(550, mail::Status{5, 7, 1}, "refused");
    return filter_reply(milter::Answer(kind, reply), otherwise).bytes();
}

TEST(FilterReply, IsTheFiltersOwnIfItGaveOne) {
    EXPECT_EQ(said(Kind::reject, "554 5.7.9 no"), "554 5.7.9 no\r\n");
    EXPECT_EQ(said(Kind::temp_fail, "452 4.2.2 full now"), "452 4.2.2 full now\r\n");
    EXPECT_EQ(said(Kind::reject, "554 no code"), "554 5.7.1 no code\r\n");
    EXPECT_EQ(said(Kind::temp_fail, "451 later"), "451 4.7.1 later\r\n");
    EXPECT_EQ(said(Kind::reject, "554 4.7.9 no"), "554 5.7.9 no\r\n");
    EXPECT_EQ(said(Kind::reject, "554 5.7.1"), "554 5.7.1 \r\n");
}

TEST(FilterReply, IsOursForWhatIsNoRefusal) {
    for (const auto* text : {"", "no", "250 2.0.0 ok", "354 go", "55x no", "550", "5500 no", "999 no"})
        EXPECT_EQ(said(Kind::reject, text), "550 5.7.1 refused\r\n") << text;
    EXPECT_EQ(said(Kind::temp_fail, ""), "451 4.7.1 refused\r\n");
}

TEST(FilterReply, CannotLeaveItsLines) {
    const auto bytes = said(Kind::reject, "550 5.7.1 a\r\n250 ok\n550 5.7.1 b");
    EXPECT_EQ(bytes.find("\n250 "), std::string::npos) << bytes;
}

}  // namespace
}  // namespace md::mdsmtpd
