// tests/unit/auth/sasl_dialogue_test.cc - auth/sasl_dialogue.h

#include "auth/sasl_dialogue.h"

#include <gsasl.h>
#include <gtest/gtest.h>

#include <deque>

#include "accounts/password.h"
#include "async/loop.h"
#include "auth/scram.h"
#include "base/encoding.h"
#include "support/scram_client.h"

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

/// Notes what it is asked; "secret" is everybody's password.
class Asked final : public Verifier {
  public:
    Task<Verified> verify(Login login) override {
        asked.push_back(login.account + "|" + login.password + "|" + login.protocol + "|" + login.peer_ip);
        co_return Verified(login.password == "secret" ? Verdict::accepted : Verdict::wrong, login.account);
    }
    Task<ScramSalt> scram_salt(ScramQuestion question) override {
        asked.push_back(question.scheme + "|" + question.account);
        co_return question.account == "busy" ? ScramSalt() : ScramSalt("salt", 4096);
    }
    Task<ScramVerified> scram_verify(ScramProof proof) override {
        const auto& scheme = proof.login.scheme;
        const auto verifier = accounts::scram_verifier(scheme, "secret", "salt", 4096);
        const auto keys = read_scram_keys(scheme, verifier).value();
        const bool right = scram_proof_is_right(scheme, keys, proof.auth_message, proof.proof);
        co_return ScramVerified(Verified(right ? Verdict::accepted : Verdict::wrong, proof.login.account),
                                scram_server_signature(scheme, keys, proof.auth_message));
    }
    std::vector<std::string> asked;
};

Task<void> talk(const sasl::Mechanism* how, std::optional<std::string> initial, SaslClient* client, Verifier* verifier,
                std::string* said) {
    Origin origin("imap", "192.0.2.1");
    auto attempt = co_await log_in(*how, std::move(initial), *client, *verifier, std::move(origin));
    if (!attempt) {
        *said = text_of(attempt.error());
    } else {
        const auto verdict = attempt->verified.verdict;
        *said = attempt->name + (verdict == Verdict::accepted      ? " accepted"
                                 : verdict == Verdict::unavailable ? " unavailable"
                                                                   : " wrong");
    }
}

/// "name verdict", or the fault's text.
std::string outcome(std::string_view mechanism, std::optional<std::string> initial, SaslClient& client,
                    Verifier& verifier) {
    std::string out;
    async::Loop loop;
    loop.run(talk(sasl::find_mechanism(mechanism), std::move(initial), &client, &verifier, &out));
    return out;
}

std::string converse_with(std::string_view mechanism, std::optional<std::string> initial, Lines& lines) {
    Asked asked;
    auto out = outcome(mechanism, std::move(initial), lines, asked);
    return asked.asked.empty() ? out : asked.asked.front();
}

const std::string kPlain = base64_encode(std::string_view("\0bob\0secret", 11));

TEST(SaslDialogue, PlainWithAndWithoutAnInitialResponse) {
    Lines none({});
    EXPECT_EQ(converse_with("PLAIN", kPlain, none), "bob|secret|imap|192.0.2.1");
    EXPECT_TRUE(none.challenges.empty());
    Lines one({kPlain});
    EXPECT_EQ(converse_with("PLAIN", std::nullopt, one), "bob|secret|imap|192.0.2.1");
    EXPECT_EQ(one.challenges, std::vector<std::string>{""});
}

TEST(SaslDialogue, LoginAsksTwice) {
    Lines two({base64_encode("bob"), base64_encode("secret")});
    EXPECT_EQ(converse_with("LOGIN", std::nullopt, two), "bob|secret|imap|192.0.2.1");
    EXPECT_EQ(two.challenges, (std::vector<std::string>{base64_encode("Username:"), base64_encode("Password:")}));
    Lines rest({base64_encode("secret")});
    EXPECT_EQ(converse_with("LOGIN", base64_encode("bob"), rest), "bob|secret|imap|192.0.2.1");
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
    Lines none({});
    const auto plain = [](std::string_view octets) { return base64_encode(octets); };
    EXPECT_EQ(converse_with("PLAIN", plain(std::string_view("BOB\0bob\0secret", 14)), none),
              "bob|secret|imap|192.0.2.1");
    EXPECT_EQ(converse_with("PLAIN", plain(std::string_view("alice\0bob\0secret", 16)), none),
              "no right to act for another account");
    EXPECT_EQ(converse_with("SCRAM-SHA-1", base64_encode("n,a=alice,n=bob,r=x"), none),
              "no right to act for another account");
}

/// GNU SASL as the client: another hand than ours on the other side.
class GnuSasl final : public SaslClient {
  public:
    GnuSasl(const char* mechanism, const char* user, const char* password) {
        gsasl_init(&context_);
        gsasl_client_start(context_, mechanism, &session_);
        gsasl_property_set(session_, GSASL_AUTHID, user);
        gsasl_property_set(session_, GSASL_PASSWORD, password);
    }
    ~GnuSasl() override {
        gsasl_finish(session_);
        gsasl_done(context_);
    }
    GnuSasl(const GnuSasl&) = delete;
    GnuSasl& operator=(const GnuSasl&) = delete;

    Task<std::optional<std::string>> ask(std::string challenge) override { co_return step(challenge); }

    std::string step(const std::string& challenge) {
        char* out = nullptr;
        state = gsasl_step64(session_, challenge.c_str(), &out);
        if (state != GSASL_OK && state != GSASL_NEEDS_MORE) return "*";
        std::string response(out);
        gsasl_free(out);
        return response;
    }
    int state = GSASL_NEEDS_MORE;

  private:
    ::Gsasl* context_ = nullptr;
    Gsasl_session* session_ = nullptr;
};

TEST(SaslDialogue, GnuSaslLogsInByScramAndIsSureOfTheServer) {
    for (const auto* mechanism : {"SCRAM-SHA-1", "SCRAM-SHA-256"}) {
        Asked asked;
        GnuSasl client(mechanism, "b,o=b", "secret");
        EXPECT_EQ(outcome(mechanism, std::nullopt, client, asked), "b,o=b accepted") << mechanism;
        EXPECT_EQ(client.state, GSASL_OK) << mechanism;
        GnuSasl early(mechanism, "bob", "secret");
        auto initial = early.step("");
        EXPECT_EQ(outcome(mechanism, std::move(initial), early, asked), "bob accepted") << mechanism;
        EXPECT_EQ(early.state, GSASL_OK) << mechanism;
    }
}

TEST(SaslDialogue, AWrongPasswordByScram) {
    Asked asked;
    GnuSasl client("SCRAM-SHA-256", "bob", "guess");
    EXPECT_EQ(outcome("SCRAM-SHA-256", std::nullopt, client, asked), "bob wrong");
    Lines busy({});
    EXPECT_EQ(outcome("SCRAM-SHA-256", base64_encode("n,,n=busy,r=x"), busy, asked), "busy unavailable");
}

TEST(SaslDialogue, WhatAScramClientDoesWrongIsAFault) {
    Lines none({});
    EXPECT_EQ(converse_with("SCRAM-SHA-256", "=", none), "the response is malformed");
    EXPECT_EQ(converse_with("SCRAM-SHA-256", base64_encode("p=tls-unique,,n=bob,r=x"), none),
              "the response is malformed");
    Asked asked;
    const auto first = base64_encode("n,,n=bob,r=x");
    Lines another({base64_encode("c=biws,r=xy,p=AAAA")});
    EXPECT_EQ(outcome("SCRAM-SHA-256", first, another, asked), "the response is malformed") << "another's nonce";
    Lines cancels({"*"});
    EXPECT_EQ(outcome("SCRAM-SHA-256", first, cancels, asked), "login cancelled");
    EXPECT_EQ(outcome("SCRAM-SHA-256", first, none, asked), "the response is too long");
}

/// Begins with "n,," and says later that it began with "y,,".
class Unfaithful final : public SaslClient {
  public:
    Task<std::optional<std::string>> ask(std::string challenge) override {
        auto last = test::scram_client_final("SCRAM-SHA-256", "secret", "n=bob,r=x", *base64_decode(challenge));
        last.replace(0, 6, "c=eSws");
        co_return base64_encode(last);
    }
};

TEST(SaslDialogue, AScramClientThatChangesItsBindingIsRefused) {
    Asked asked;
    Unfaithful client;
    EXPECT_EQ(outcome("SCRAM-SHA-256", base64_encode("n,,n=bob,r=x"), client, asked), "the response is malformed");
}

}  // namespace
}  // namespace md::auth
