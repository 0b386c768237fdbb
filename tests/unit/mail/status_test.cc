// tests/unit/mail/status_test.cc - mail/status.h

#include "mail/status.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

TEST(Status, TextComesBackAsTheSameStatus) {
    const Status status{5, 7, 512};
    EXPECT_EQ(status.text(), "5.7.512");
    EXPECT_EQ(Status::parse("5.7.512"), status);
    EXPECT_EQ(Status::parse("2.0.0"), (Status{2, 0, 0}));
}

TEST(Status, WhatTheGrammarForbidsIsRefused) {  // RFC 3463 §2
    for (const auto* text : {"", "5", "5.1", "5.1.", "3.1.1", "1.0.0", "5.01.1", "5.1.1000", "5.1.1 ", " 5.1.1",
                             "5.1.1.1", "5.-1.1", "55.1.1", "5..1"})
        EXPECT_FALSE(Status::parse(text)) << text;
}

}  // namespace
}  // namespace md::mail
