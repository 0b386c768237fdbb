// tests/unit/auth/password_verifier_test.cc - auth/password_verifier.h, on accounts as files

#include "auth/password_verifier.h"

#include <gtest/gtest.h>

#include "accounts/file_directory.h"
#include "async/loop.h"
#include "support/lossy_files.h"
#include "support/memory_sink.h"

namespace md::auth {
namespace {

using async::Task;
using std::chrono::seconds;

constexpr const char* kHere = "192.0.2.1";
constexpr const char* kElsewhere = "198.51.100.7";

struct Verifying : testing::Test {
    Verifying() {
        for (const auto* folder : {"/accounts", "/secrets", "/domains", "/store"})
            files.put(folder + std::string("/.keep"), "");
        accounts::Domain domain;
        domain.name = "example.org";
        EXPECT_TRUE(directory.add_domain(domain));
        add("bob", accounts::State::enabled);
        add("frozen", accounts::State::frozen);
        settings.failure_delay = seconds(1);
        settings.cache_time = seconds(60);
        settings.failure_time = seconds(600);
    }

    void add(const std::string& local_part, accounts::State state) {
        static const auto secret = accounts::make_secret("right", accounts::HashCost{1, 4096});
        accounts::Account account;
        account.name = *accounts::parse_name(local_part + "@example.org");
        account.state = state;
        EXPECT_TRUE(directory.add(account, *secret));
    }

    /// The verdicts on these passwords, one login after the other.
    std::vector<Verdict> verdicts(PasswordVerifier& verifier, const std::string& account,
                                  const std::vector<std::string>& passwords, const std::string& ip = kHere) {
        std::vector<Verdict> out;
        loop.run(ask(verifier, account, passwords, ip, out));
        return out;
    }
    Task<void> ask(PasswordVerifier& verifier, std::string account, std::vector<std::string> passwords, std::string ip,
                   std::vector<Verdict>& out) {
        for (const auto& password : passwords) {
            Login login(account, password, "imap", ip);
            const auto verified = co_await verifier.verify(std::move(login));
            out.push_back(verified.verdict);
            name = verified.account;
        }
    }

    PasswordVerifier make() { return {directory, secrets, pool, settings, log::Logger(sink)}; }

    test::LossyFiles files;
    accounts::FileDirectory directory{files, {"/accounts", "/secrets", "/domains", "/store"}};
    accounts::Secrets secrets{files, "/secrets"};
    async::Loop loop;
    async::WorkerPool pool{1};
    test::MemorySink sink;
    VerifierSettings settings;
    std::string name;
};

using V = std::vector<Verdict>;
using enum Verdict;

TEST_F(Verifying, TheRightPasswordAloneIsAccepted) {
    settings.failure_delay = seconds(0);
    auto verifier = make();
    EXPECT_EQ(verdicts(verifier, "Bob@Example.ORG", {"right"}), V{accepted});
    EXPECT_EQ(name, "bob@example.org");
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"wrong", "Right", "right ", "right"}),
              (V{wrong, wrong, wrong, accepted}));
    EXPECT_EQ(sink.count(Event::AuthRefused), 3U);
}

TEST_F(Verifying, UnknownNamesAreAnsweredLikeWrongPasswords) {
    settings.failure_delay = seconds(0);
    auto verifier = make();
    EXPECT_EQ(verdicts(verifier, "eve@example.org", {"right"}), V{wrong});
    EXPECT_EQ(verdicts(verifier, "bob@elsewhere.example", {"right"}), V{wrong});
    EXPECT_EQ(verdicts(verifier, "bob", {"right"}), V{wrong});
    EXPECT_EQ(verdicts(verifier, "../../bob@example.org", {"right"}), V{wrong});
}

TEST_F(Verifying, AnAccountThatMayNotLogInIsRefusedOnlyWithItsPassword) {
    settings.failure_delay = seconds(0);
    auto verifier = make();
    EXPECT_EQ(verdicts(verifier, "frozen@example.org", {"wrong", "right"}), (V{wrong, refused}));
}

TEST_F(Verifying, AFailureCostsTheDelayAndASuccessDoesNot) {
    settings.failure_delay = std::chrono::milliseconds(200);
    auto verifier = make();
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"wrong"}), V{wrong});
    EXPECT_GE(std::chrono::steady_clock::now() - begin, settings.failure_delay);
}

TEST_F(Verifying, ADiskThatFailsIsUnavailableAndNeverAMatch) {
    settings.failure_delay = seconds(0);
    auto verifier = make();
    files.fail_operation(test::Operation::open, EIO, UINT64_MAX);
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right", "wrong"}), (V{unavailable, unavailable}));
    EXPECT_EQ(sink.count(Event::AuthFailed), 2U);
    files.mend();
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right"}), V{accepted});
}

TEST_F(Verifying, ARememberedPasswordEndsWithItsChange) {
    settings.failure_delay = seconds(0);
    auto verifier = make();
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right", "right"}), (V{accepted, accepted}));
    files.advance(seconds(1));
    const auto secret = accounts::make_secret("new", accounts::HashCost{1, 4096});
    ASSERT_TRUE(directory.set_secret(*accounts::parse_name("bob@example.org"), *secret));
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right", "new"}), (V{wrong, accepted}));
}

TEST_F(Verifying, AnAddressWithTooManyFailuresIsBarred) {
    settings.failure_delay = seconds(0);
    settings.address_failures = 3;
    auto verifier = make();
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"1", "2"}), (V{wrong, wrong}));
    EXPECT_EQ(verdicts(verifier, "eve@example.org", {"3"}), V{wrong});
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right"}), V{unavailable});
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right"}, kElsewhere), V{accepted});
    EXPECT_EQ(sink.count(Event::AuthBarred), 1U);
    loop.advance(seconds(601));
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right"}), V{accepted});
}

TEST_F(Verifying, AnAccountWithTooManyFailuresIsOpenToTheAddressesThatItKnowsAlone) {
    settings.failure_delay = seconds(0);
    settings.account_failures = 2;
    auto verifier = make();
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right"}, kHere), V{accepted});
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"1", "2", "right"}, kElsewhere), (V{wrong, wrong, unavailable}));
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"right"}, "203.0.113.9"), V{unavailable});
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"wrong", "right"}, kHere), (V{wrong, accepted}));
    EXPECT_EQ(verdicts(verifier, "frozen@example.org", {"right"}, kElsewhere), V{refused}) << "others are not barred";
}

TEST_F(Verifying, ThisMachineIsNotBarredAsAnAddress) {
    settings.failure_delay = seconds(0);
    settings.address_failures = 1;
    auto verifier = make();
    EXPECT_EQ(verdicts(verifier, "bob@example.org", {"1", "2", "right"}, "127.0.0.1"), (V{wrong, wrong, accepted}));
}

}  // namespace
}  // namespace md::auth
