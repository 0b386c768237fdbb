// tests/unit/auth/sasl_dialogue_test.cc - auth/sasl_dialogue.h

#include "auth/sasl_dialogue.h"

#include <gtest/gtest.h>

#include <deque>

#include "async/loop.h"
#include "base/encoding.h"

namespace md::auth {
namespace {

using async::Task;

/// Answers challenges with the lines that it was given; none left: too long a line.
class Lines final : public SaslClient {
  public:
    explicit Lines(std::deque<std::string> answers) : answers_(std::move(answers)) {}

    Task<std::optional<std::string>> ask(std::string challenge) override {
        challenges.push_back(std::move(challenge));
        if (answers_.empty()) co_return std::nullopt;
        auto line = std::move(answers_.front());
        answers_.pop_front();
        co_return std::optional(std::move(line));
    }
    std::vector<std::string> challenges;

  private:
    std::deque<std::string> answers_;
};

Task<void> talk(const sasl::Mechanism* how, std::optional<std::string> initial, Lines* client, std::string* said) {
    auto credentials = co_await converse(*how, std::move(initial), *client);
    *said = credentials ? credentials->authorization + "|" + credentials->authentication + "|" + credentials->password
                        : std::string(text_of(credentials.error()));
}

/// "authorization|authentication|password", or the fault's text.
std::string converse_with(std::string_view mechanism, std::optional<std::string> initial, Lines& lines) {
    std::string out;
    async::Loop loop;
    loop.run(talk(sasl::find_mechanism(mechanism), std::move(initial), &lines, &out));
    return out;
}

const std::string kPlain = base64_encode(std::string_view("\0bob\0secret", 11));

TEST(SaslDialogue, PlainWithAndWithoutAnInitialResponse) {
    Lines none({});
    EXPECT_EQ(converse_with("PLAIN", kPlain, none), "|bob|secret");
    EXPECT_TRUE(none.challenges.empty());
    Lines one({kPlain});
    EXPECT_EQ(converse_with("PLAIN", std::nullopt, one), "|bob|secret");
    EXPECT_EQ(one.challenges, std::vector<std::string>{""});
}

TEST(SaslDialogue, LoginAsksTwice) {
    Lines two({base64_encode("bob"), base64_encode("secret")});
    EXPECT_EQ(converse_with("LOGIN", std::nullopt, two), "|bob|secret");
    EXPECT_EQ(two.challenges, (std::vector<std::string>{base64_encode("Username:"), base64_encode("Password:")}));
    Lines rest({base64_encode("secret")});
    EXPECT_EQ(converse_with("LOGIN", base64_encode("bob"), rest), "|bob|secret");
}

TEST(SaslDialogue, WhatTheClientDoesWrongIsAFault) {
    Lines cancels({"*"});
    EXPECT_EQ(converse_with("PLAIN", std::nullopt, cancels), "login cancelled");
    Lines garbles({"a b"});
    EXPECT_EQ(converse_with("PLAIN", std::nullopt, garbles), "the response is not base64");
    Lines floods({});
    EXPECT_EQ(converse_with("PLAIN", std::nullopt, floods), "the response is too long");
    Lines unused({});
    EXPECT_EQ(converse_with("PLAIN", base64_encode("bob"), unused), "the response is malformed");
    EXPECT_EQ(converse_with("PLAIN", "=", unused), "the response is malformed");
    EXPECT_EQ(converse_with("PLAIN", "*", unused), "the response is not base64");
}

TEST(SaslDialogue, ActingForAnother) {
    EXPECT_FALSE(acts_for_another(sasl::Credentials("", "bob@example.org", "x")));
    EXPECT_FALSE(acts_for_another(sasl::Credentials("BOB@example.org", "bob@example.org", "x")));
    EXPECT_TRUE(acts_for_another(sasl::Credentials("alice@example.org", "bob@example.org", "x")));
}

}  // namespace
}  // namespace md::auth
