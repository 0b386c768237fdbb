// tests/unit/auth/scram_login_test.cc - SCRAM against accounts as files; auth/password_verifier.h

#include <gtest/gtest.h>

#include "accounts/file_directory.h"
#include "async/loop.h"
#include "auth/password_verifier.h"
#include "auth/scram.h"
#include "proto/sasl/scram.h"
#include "support/lossy_files.h"
#include "support/memory_sink.h"
#include "support/scram_client.h"

namespace md::auth {
namespace {

using async::Task;
using std::chrono::seconds;
using enum Verdict;

constexpr const char* kScheme = "SCRAM-SHA-256";

struct ScramLogins : testing::Test {
    ScramLogins() {
        for (const auto* folder : {"/accounts", "/secrets", "/domains", "/store"})
            files.put(folder + std::string("/.keep"), "");
        accounts::Domain domain;
        domain.name = "example.org";
        EXPECT_TRUE(directory.add_domain(domain));
        auto secret = *accounts::make_secret("right", accounts::HashCost{1, 5000});
        add("bob", accounts::State::enabled, secret);
        add("frozen", accounts::State::frozen, secret);
        secret.scram_sha_256.clear();
        add("old", accounts::State::enabled, secret);
        settings.failure_delay = seconds(0);
        settings.failure_time = seconds(600);
        settings.scram_iterations = 5000;
    }

    void add(const std::string& local_part, accounts::State state, const accounts::Secret& secret) {
        accounts::Account account;
        account.name = *accounts::parse_name(local_part + "@example.org");
        account.state = state;
        EXPECT_TRUE(directory.add(account, secret));
    }

    PasswordVerifier make() { return {directory, secrets, pool, settings, log::Logger(sink)}; }

    ScramSalt salt(PasswordVerifier& verifier, const std::string& account, const char* scheme = kScheme) {
        ScramSalt out;
        loop.run(ask_salt(verifier, ScramQuestion(scheme, account, "imap", ip), out));
        return out;
    }
    Task<void> ask_salt(PasswordVerifier& verifier, ScramQuestion question, ScramSalt& out) {
        out = co_await verifier.scram_salt(std::move(question));
    }

    /// A whole login; server_right says whether the client would believe the server.
    Verdict log_in(PasswordVerifier& verifier, const std::string& account, const std::string& password) {
        Verdict out = unavailable;
        loop.run(prove(verifier, account, password, out));
        return out;
    }
    Task<void> prove(PasswordVerifier& verifier, std::string account, std::string password, Verdict& out) {
        ScramQuestion question(kScheme, account, "imap", ip);
        auto found = co_await verifier.scram_salt(question);
        if (found.iterations == 0) co_return;
        const auto first = sasl::scram::parse_first("n,,n=" + account + ",r=client");
        const auto server_first = sasl::scram::server_first("clientserver", found.salt, found.iterations);
        const auto final =
            sasl::scram::parse_final(test::scram_client_final(kScheme, password, first->bare, server_first));
        ScramProof proof(question, sasl::scram::auth_message(*first, server_first, *final), final->proof);
        const auto answer = co_await verifier.scram_verify(std::move(proof));
        out = answer.verified.verdict;
        name = answer.verified.account;
        signature = answer.server_signature;
    }

    test::LossyFiles files;
    accounts::FileDirectory directory{files, {"/accounts", "/secrets", "/domains", "/store"}};
    accounts::Secrets secrets{files, "/secrets"};
    async::Loop loop;
    async::WorkerPool pool{1};
    test::MemorySink sink;
    VerifierSettings settings;
    std::string ip = "192.0.2.1";
    std::string name;
    std::string signature;
};

TEST_F(ScramLogins, TheRightPasswordAloneIsAccepted) {
    auto verifier = make();
    EXPECT_EQ(log_in(verifier, "Bob@Example.ORG", "right"), accepted);
    EXPECT_EQ(name, "bob@example.org");
    EXPECT_EQ(signature.size(), 32U);
    EXPECT_EQ(log_in(verifier, "bob@example.org", "wrong"), wrong);
    EXPECT_EQ(signature, "") << "who does not know the password learns nothing of the server's key";
    EXPECT_EQ(log_in(verifier, "frozen@example.org", "right"), refused);
    EXPECT_EQ(log_in(verifier, "frozen@example.org", "wrong"), wrong);
}

TEST_F(ScramLogins, WhoIsNotThereOrHasNoVerifierIsAnsweredLikeAWrongPassword) {
    auto verifier = make();
    for (const auto* account : {"eve@example.org", "old@example.org", "bob@elsewhere.example", "bob", "../bob"}) {
        const auto told = salt(verifier, account);
        EXPECT_EQ(told.iterations, 5000U) << account;
        EXPECT_EQ(told.salt.size(), salt(verifier, "bob@example.org").salt.size()) << account;
        EXPECT_EQ(log_in(verifier, account, "right"), wrong) << account;
    }
    EXPECT_EQ(sink.count(Event::AuthRefused), 5U);
}

TEST_F(ScramLogins, AMadeUpSaltStaysTheSame) {
    auto verifier = make();
    auto other = make();  // of another daemon, or after a restart
    const auto told = salt(verifier, "eve@example.org");
    EXPECT_EQ(salt(verifier, "eve@example.org").salt, told.salt);
    EXPECT_EQ(salt(other, "EVE@Example.org").salt, told.salt);
    EXPECT_NE(salt(other, "ann@example.org").salt, told.salt);
    EXPECT_NE(salt(other, "eve@example.org", "SCRAM-SHA-1").salt, told.salt);
}

TEST_F(ScramLogins, AnUnknownSchemeAndADiskThatFailsAreUnavailable) {
    auto verifier = make();
    EXPECT_EQ(salt(verifier, "bob@example.org", "SCRAM-SHA-512").iterations, 0U);
    files.fail_operation(test::Operation::open, EIO, UINT64_MAX);
    EXPECT_EQ(salt(verifier, "bob@example.org").iterations, 0U);
    EXPECT_EQ(salt(verifier, "eve@example.org").iterations, 0U);
    files.mend();
    EXPECT_EQ(log_in(verifier, "bob@example.org", "right"), accepted);
}

TEST_F(ScramLogins, FailuresCountAndBarAsThoseOfPasswordsDo) {
    settings.address_failures = 2;
    auto verifier = make();
    EXPECT_EQ(log_in(verifier, "bob@example.org", "1"), wrong);
    EXPECT_EQ(log_in(verifier, "eve@example.org", "2"), wrong);
    EXPECT_EQ(log_in(verifier, "bob@example.org", "right"), unavailable);
    ip = "198.51.100.7";
    EXPECT_EQ(log_in(verifier, "bob@example.org", "right"), accepted);
    EXPECT_EQ(sink.count(Event::AuthBarred), 1U);
}

TEST_F(ScramLogins, ABarredAccountStaysOpenToWhereItLoggedIn) {
    settings.account_failures = 2;
    auto verifier = make();
    EXPECT_EQ(log_in(verifier, "bob@example.org", "right"), accepted);
    ip = "198.51.100.7";
    EXPECT_EQ(log_in(verifier, "bob@example.org", "1"), wrong);
    EXPECT_EQ(log_in(verifier, "bob@example.org", "2"), wrong);
    EXPECT_EQ(log_in(verifier, "bob@example.org", "right"), unavailable);
    ip = "192.0.2.1";
    EXPECT_EQ(log_in(verifier, "bob@example.org", "right"), accepted);
}

}  // namespace
}  // namespace md::auth
