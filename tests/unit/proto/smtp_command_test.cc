// tests/unit/proto/smtp_command_test.cc - proto/smtp/command.h

#include "proto/smtp/command.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "proto/smtp/chunk.h"

namespace md::smtp {
namespace {

int code(std::string_view line, Dialect dialect = Dialect::smtp) {
    const auto command = parse_command(line, dialect);
    return command ? 0 : command.error().code;
}

TEST(SmtpCommand, VerbsAreReadInAnyCase) {  // RFC 5321 §2.4
    for (const auto* line : {"NOOP", "noop", "NoOp"}) {
        const auto command = parse_command(line, Dialect::smtp);
        ASSERT_TRUE(command) << line;
        EXPECT_EQ(command->verb, Verb::noop);
    }
}

TEST(SmtpCommand, ArgumentLosesTheBlanksAround) {  // RFC 5321 §4.1.1
    const auto command = parse_command("EHLO  client.example.org \t", Dialect::smtp);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->verb, Verb::ehlo);
    EXPECT_EQ(command->argument, "client.example.org");
    EXPECT_EQ(parse_command("MAIL FROM:<a@b> SIZE=1", Dialect::smtp)->argument, "FROM:<a@b> SIZE=1");
    EXPECT_EQ(code("QUIT  "), 0);
}

TEST(SmtpCommand, UnknownWordsAre500) {  // RFC 5321 §4.2.4
    for (const auto* line : {"", " ", "XYZ", "MAILX FROM:<a@b>", " NOOP", "BDATA 10", "TURN", "EHLO\x01", "\xff\xff"})
        EXPECT_EQ(code(line), 500) << line;
}

TEST(SmtpCommand, MissingAndNeedlessArgumentsAre501) {
    for (const auto* line :
         {"EHLO", "HELO ", "MAIL", "RCPT", "AUTH", "VRFY", "DATA x", "RSET x", "QUIT x", "STARTTLS x"})
        EXPECT_EQ(code(line), 501) << line;
    for (const auto* line : {"NOOP x", "HELP", "HELP MAIL"}) EXPECT_EQ(code(line), 0) << line;
}

TEST(SmtpCommand, ControlOctetsInAnArgumentAre501) {
    EXPECT_EQ(code(std::string_view("NOOP a\0b", 8)), 501);
    EXPECT_EQ(code("MAIL FROM:<a@b>\rRCPT TO:<c@d>"), 501);
    EXPECT_EQ(code("NOOP a\x7f"), 501);
}

TEST(SmtpCommand, LmtpKnowsLhloAloneForGreeting) {  // RFC 2033 §4.1
    EXPECT_EQ(code("LHLO x", Dialect::lmtp), 0);
    EXPECT_EQ(code("EHLO x", Dialect::lmtp), 500);
    EXPECT_EQ(code("HELO x", Dialect::lmtp), 500);
    EXPECT_EQ(code("LHLO x", Dialect::smtp), 500);
}

TEST(SmtpCommand, TableHasEachVerbOnceAndItsFormBeginsWithIt) {
    for (const auto& rule : kVerbs) {
        EXPECT_EQ(&rule_of(rule.verb), &rule);
        EXPECT_TRUE(starts_with_nocase(rule.form, rule.name));
        EXPECT_LE(rule.first, rule.last);
    }
}

TEST(SmtpSequence, OrderOfATransaction) {  // RFC 5321 §4.1.4
    const auto refusal = [](Verb verb, State state, Dialect dialect = Dialect::smtp) {
        const auto reply = out_of_sequence(verb, state, dialect);
        return reply ? reply->code : 0;
    };
    EXPECT_EQ(refusal(Verb::mail, State::start), 503);
    EXPECT_EQ(refusal(Verb::mail, State::ready), 0);
    EXPECT_EQ(refusal(Verb::mail, State::mail), 503) << "nested MAIL";
    EXPECT_EQ(refusal(Verb::rcpt, State::ready), 503);
    EXPECT_EQ(refusal(Verb::rcpt, State::mail), 0);
    EXPECT_EQ(refusal(Verb::rcpt, State::rcpt), 0);
    EXPECT_EQ(refusal(Verb::data, State::ready), 503);
    EXPECT_EQ(refusal(Verb::data, State::mail), 554) << "no valid recipients";
    EXPECT_EQ(refusal(Verb::data, State::mail, Dialect::lmtp), 503) << "RFC 2033 §4.2";
    EXPECT_EQ(refusal(Verb::data, State::rcpt), 0);
    EXPECT_EQ(refusal(Verb::auth, State::mail), 503) << "RFC 4954 §4";
    EXPECT_EQ(refusal(Verb::starttls, State::start), 503);
    for (const auto verb : {Verb::noop, Verb::rset, Verb::quit, Verb::help, Verb::vrfy, Verb::expn, Verb::ehlo})
        for (const auto state : {State::start, State::ready, State::mail, State::rcpt})
            EXPECT_EQ(refusal(verb, state), 0);
}

TEST(SmtpSequence, ChunksOfAMessage) {  // RFC 3030 §2
    const auto refusal = [](Verb verb, State state) {
        const auto reply = out_of_sequence(verb, state, Dialect::smtp);
        return reply ? reply->code : 0;
    };
    EXPECT_EQ(refusal(Verb::bdat, State::start), 503);
    EXPECT_EQ(refusal(Verb::bdat, State::ready), 503);
    EXPECT_EQ(refusal(Verb::bdat, State::mail), 554);
    EXPECT_EQ(refusal(Verb::bdat, State::rcpt), 0);
    EXPECT_EQ(refusal(Verb::bdat, State::chunks), 0);
    EXPECT_EQ(refusal(Verb::data, State::chunks), 503);
    EXPECT_EQ(refusal(Verb::rcpt, State::chunks), 503);
    EXPECT_EQ(refusal(Verb::mail, State::chunks), 503);
    for (const auto verb : {Verb::mail, Verb::rcpt, Verb::data, Verb::bdat, Verb::auth, Verb::starttls})
        EXPECT_EQ(refusal(verb, State::failed), 503) << "RSET is awaited";
    for (const auto verb : {Verb::noop, Verb::rset, Verb::quit, Verb::help, Verb::vrfy, Verb::expn, Verb::ehlo})
        for (const auto state : {State::chunks, State::failed}) EXPECT_EQ(refusal(verb, state), 0);
}

TEST(SmtpChunk, SizeAndLast) {
    const auto chunk = parse_chunk("86 last");
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->octets, 86u);
    EXPECT_TRUE(chunk->last);
    EXPECT_FALSE(parse_chunk("0")->last);
    EXPECT_EQ(parse_chunk("18446744073709551615")->octets, UINT64_MAX);
    for (const auto* argument : {"", "x", "-1", "+1", "1x", "1 2", "1 LAST 2", "LAST", "18446744073709551616", "0x10"})
        EXPECT_FALSE(parse_chunk(argument)) << argument;
}

TEST(SmtpSequence, GroupsEndWhereThePipeliningRfcSays) {  // RFC 2920 §3.1
    for (const auto verb :
         {Verb::ehlo, Verb::data, Verb::vrfy, Verb::expn, Verb::quit, Verb::noop, Verb::starttls, Verb::auth})
        EXPECT_TRUE(rule_of(verb).last_in_group);
    for (const auto verb : {Verb::rset, Verb::mail, Verb::rcpt}) EXPECT_FALSE(rule_of(verb).last_in_group);
}

TEST(SmtpHelp, NamesTheVerbsOfTheDialect) {
    EXPECT_NE(help_reply(Dialect::smtp).text.find("\nEHLO domain"), std::string::npos);
    EXPECT_EQ(help_reply(Dialect::smtp).text.find("LHLO"), std::string::npos);
    EXPECT_NE(help_reply(Dialect::lmtp).text.find("\nLHLO domain"), std::string::npos);
}

}  // namespace
}  // namespace md::smtp
