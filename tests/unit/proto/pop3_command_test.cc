// tests/unit/proto/pop3_command_test.cc - proto/pop3/command.h

#include "proto/pop3/command.h"

#include <gtest/gtest.h>

#include <string>

namespace md::pop3 {
namespace {

TEST(Pop3Command, VerbsAreReadInAnyCase) {  // RFC 1939 §3
    EXPECT_EQ(parse("stat")->verb, Verb::stat);
    EXPECT_EQ(parse("QUIT ")->verb, Verb::quit);
    for (const auto* line : {"", " ", "STATS", " STAT", "APOP a b", "RETR1"}) EXPECT_FALSE(parse(line)) << line;
}

TEST(Pop3Command, MessageNumbers) {  // RFC 1939 §5
    EXPECT_EQ(parse("RETR 1")->message, 1u);
    EXPECT_EQ(parse("DELE 4294967295")->message, 4294967295u);
    EXPECT_EQ(parse("RETR  2 ")->message, 2u);
    for (const auto* line :
         {"RETR", "RETR 0", "RETR -1", "RETR x", "RETR 1 2", "RETR 4294967296", "DELE 1x", "RETR +1"})
        EXPECT_FALSE(parse(line)) << line;
}

TEST(Pop3Command, ListAndUidlWithAndWithoutNumber) {
    EXPECT_FALSE(parse("LIST")->message.has_value());
    EXPECT_FALSE(parse("UIDL ")->message.has_value());
    EXPECT_EQ(parse("LIST 2")->message, 2u);
    EXPECT_FALSE(parse("LIST x"));
}

TEST(Pop3Command, TopTakesTwoNumbers) {  // RFC 1939 §7
    const auto top = parse("TOP 1 10");
    ASSERT_TRUE(top);
    EXPECT_EQ(top->message, 1u);
    EXPECT_EQ(top->lines, 10u);
    EXPECT_EQ(parse("TOP 1 0")->lines, 0u);
    for (const auto* line : {"TOP", "TOP 1", "TOP 1 -1", "TOP 1 2 3", "TOP x 1"}) EXPECT_FALSE(parse(line)) << line;
}

TEST(Pop3Command, APasswordKeepsItsBlanks) {  // RFC 1939 §7, PASS
    EXPECT_EQ(parse("PASS  two  words ")->text, " two  words ");
    EXPECT_EQ(parse("USER bob ")->text, "bob");
    EXPECT_FALSE(parse("PASS"));
    EXPECT_FALSE(parse("USER"));
    EXPECT_FALSE(parse("PASS "));
}

TEST(Pop3Command, AuthMayStandAlone) {  // RFC 5034 §4: lists the mechanisms in old clients' eyes
    EXPECT_EQ(parse("AUTH")->text, "");
    EXPECT_EQ(parse("AUTH PLAIN AGEAYg==")->text, "PLAIN AGEAYg==");
}

TEST(Pop3Command, NeedlessArgumentsAreRefused) {
    for (const auto* line : {"STAT 1", "NOOP x", "RSET 1", "CAPA x", "STLS x", "QUIT now"})
        EXPECT_FALSE(parse(line)) << line;
}

TEST(Pop3Command, StatesOfTheRfc) {  // RFC 1939 §4, §5, §6
    for (const auto verb : {Verb::user, Verb::pass, Verb::auth, Verb::stls}) {
        EXPECT_TRUE(allowed(verb, State::authorization));
        EXPECT_FALSE(allowed(verb, State::transaction));
    }
    for (const auto verb :
         {Verb::stat, Verb::list, Verb::retr, Verb::dele, Verb::noop, Verb::rset, Verb::top, Verb::uidl}) {
        EXPECT_FALSE(allowed(verb, State::authorization));
        EXPECT_TRUE(allowed(verb, State::transaction));
    }
    for (const auto state : {State::authorization, State::transaction})
        EXPECT_TRUE(allowed(Verb::quit, state) && allowed(Verb::capa, state));
    EXPECT_EQ(name(Verb::uidl), "UIDL");
}

}  // namespace
}  // namespace md::pop3
