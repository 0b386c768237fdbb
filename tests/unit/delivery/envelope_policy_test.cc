// tests/unit/delivery/envelope_policy_test.cc - who may send to whom

#include "delivery/envelope_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "async/loop.h"
#include "async/scope.h"

namespace md::delivery {
namespace {

using accounts::Account;
using accounts::Domain;
using accounts::Name;
using accounts::Unavailable;

class Some final : public accounts::Directory {
  public:
    Some() {
        add("bob", accounts::State::enabled);
        add("postmaster", accounts::State::enabled);
        add("gone", accounts::State::disabled);
        add("cold", accounts::State::frozen);
    }
    Result<std::optional<Domain>, Unavailable> find_domain(const std::string& domain) const override {
        if (away) return fail(Unavailable{"away"});
        if (std::ranges::find(here, domain) == here.end()) return std::optional<Domain>();
        return std::optional<Domain>(Domain{domain, "postmaster"});
    }
    Result<std::optional<Account>, Unavailable> find(const Name& name) const override {
        if (away) return fail(Unavailable{"away"});
        const auto at = known.find(name.local_part);
        if (std::ranges::find(here, name.domain) == here.end() || at == known.end()) return std::optional<Account>();
        return std::optional<Account>(at->second);
    }
    Result<std::vector<std::string>, Unavailable> domains() const override {
        if (away) return fail(Unavailable{"away"});
        return here;
    }
    Result<std::vector<Name>, Unavailable> accounts_of(const std::string&) const override {
        return std::vector<Name>{};
    }
    void add(const std::string& local_part, accounts::State state) {
        Account account;
        account.name.domain = "example.org";
        account.name.local_part = local_part;
        account.state = state;
        account.send_as = {"sales@example.org"};
        known[local_part] = account;
    }
    std::vector<std::string> here{"example.org"};
    std::map<std::string, Account> known;
    bool away = false;
};

mail::Address address(const std::string& text) {
    if (const auto parsed = mail::parse_mailbox(text)) return *parsed;
    mail::Address alone;
    alone.local_part = text;
    return alone;
}

struct Policy : testing::Test {
    /// "ok", "ok here", or code and status.
    std::string admit(const std::string& recipient, bool may_relay = false, bool null_sender = false) {
        Admission got;
        auto body = [&](async::Scope&) { return ask(address(recipient), may_relay, null_sender, got); };
        loop.run(async::scoped(body));
        if (got.refusal) return std::to_string(got.refusal->code) + " " + got.refusal->status->text();
        return got.local ? "ok here" : "ok";
    }
    /// The address that one without a domain becomes, or code and status.
    std::string complete(const std::string& hostname) {
        EnvelopePolicy here{directory, pool, hostname};
        std::string got;
        auto body = [&](async::Scope&) { return ask_whole(here, address("bob"), got); };
        loop.run(async::scoped(body));
        return got;
    }
    std::string sender(const std::string& account, const std::string& from) {
        std::optional<smtp::Reply> got;
        auto body = [&](async::Scope&) { return ask_sender(account, address(from), got); };
        loop.run(async::scoped(body));
        return got ? std::to_string(got->code) : "ok";
    }
    async::Task<void> ask(mail::Address recipient, bool may_relay, bool null_sender, Admission& got) {
        got = co_await policy.admit(std::move(recipient), may_relay, 0, null_sender);
    }
    static async::Task<void> ask_whole(EnvelopePolicy& here, mail::Address alone, std::string& got) {
        const auto whole = co_await here.complete(std::move(alone));
        got = whole ? whole->text() : std::to_string(whole.error().code) + " " + whole.error().status->text();
    }
    async::Task<void> ask_sender(std::string account, mail::Address from, std::optional<smtp::Reply>& got) {
        got = co_await policy.refuse_sender(std::move(account), std::move(from));
    }
    async::Loop loop;
    async::WorkerPool pool{1};
    Some directory;
    EnvelopePolicy policy{directory, pool, "mail.example.org"};
};

TEST_F(Policy, TakesForAccountsHere) {
    EXPECT_EQ(admit("bob@example.org"), "ok here");
    EXPECT_EQ(admit("bob+lists@example.org"), "ok here");
    EXPECT_EQ(admit("cold@example.org"), "ok here");
    EXPECT_EQ(admit("nobody@example.org"), "550 5.1.1");
    EXPECT_EQ(admit("gone@example.org"), "550 5.2.1");
}

TEST_F(Policy, RelaysForNobodyButThoseWhoMay) {
    EXPECT_EQ(admit("carl@example.com"), "550 5.7.1");
    EXPECT_EQ(admit("carl@example.com", true), "ok");
}

TEST_F(Policy, PostmasterNeedsNoDomain) {
    EXPECT_EQ(admit("Postmaster"), "ok here") << "RFC 5321 §4.5.1";
}

TEST_F(Policy, PostmasterIsFoundInAnyDomain) {
    directory.here = {"a.example", "example.com"};
    EXPECT_EQ(admit("postMaster"), "ok here") << "RFC 5321 §4.5.1";
    EXPECT_EQ(admit("bob", true), "451 4.3.5");
}

TEST_F(Policy, AnAddressWithoutADomainIsThisHosts) {
    directory.here = {"a.example", "example.org", "mail.example.org"};
    EXPECT_EQ(complete("mail.example.org"), "bob@mail.example.org");
    directory.here = {"a.example", "example.org"};
    EXPECT_EQ(complete("mail.example.org"), "bob@example.org") << "the nearest that the host lies in";
    EXPECT_EQ(complete("a.mail.example.org"), "bob@example.org");
    directory.here = {"a.example"};
    EXPECT_EQ(complete("mail.example.org"), "bob@a.example") << "the only one";
}

TEST_F(Policy, WithoutADomainOfThisHostNobodyGuesses) {
    directory.here = {"a.example", "b.example"};
    EXPECT_EQ(complete("mail.example.org"), "451 4.3.5");
    directory.here = {};
    EXPECT_EQ(complete("mail.example.org"), "451 4.3.5");
    directory.away = true;
    EXPECT_EQ(complete("mail.example.org"), "451 4.3.0");
}

TEST_F(Policy, WhoCannotBeAskedForIsNotUnknown) {
    directory.away = true;
    EXPECT_EQ(admit("bob@example.org"), "451 4.3.0");
    EXPECT_EQ(admit("Postmaster"), "451 4.3.0");
    EXPECT_EQ(sender("bob@example.org", "bob@example.org"), "451");
}

TEST_F(Policy, ALoginSendsAsItselfAndAsWhatItWasGiven) {
    EXPECT_EQ(sender("bob@example.org", "bob@example.org"), "ok");
    EXPECT_EQ(sender("bob@example.org", "bob+x@example.org"), "ok");
    EXPECT_EQ(sender("bob@example.org", "sales@example.org"), "ok");
    EXPECT_EQ(sender("bob@example.org", "eve@example.org"), "553");
}

TEST_F(Policy, ReportsAloneGoBackByARewrittenReversePath) {
    auto site = std::make_shared<SrsSite>();
    site->secrets = {"a secret of this site"};
    const auto now = real_clock().now();
    const auto back = srs_rewrite("x@elsewhere.test", "example.org", site->secrets.front(), now).value_or("");
    const auto old = srs_rewrite("x@elsewhere.test", "example.org", site->secrets.front(), now - std::chrono::days(30));
    EXPECT_EQ(admit(back, false, true), "550 5.1.1") << "the option is off";
    policy.take_reports_by(site);
    EXPECT_EQ(admit(back, false, true), "ok here");
    EXPECT_EQ(admit(back), "550 5.7.1") << "no relay for whoever knows one";
    EXPECT_EQ(admit(back, true), "550 5.7.1");
    EXPECT_EQ(admit(old.value_or(""), false, true), "550 5.1.1");
    EXPECT_EQ(admit("SRS0=abcdef=AB=elsewhere.test=x@example.org", false, true), "550 5.1.1");
    EXPECT_EQ(admit("SRS0=abcdef=AB=elsewhere.test=x@other.test", false, true), "550 5.7.1") << "not ours";
    EXPECT_EQ(admit("bob@example.org", false, true), "ok here");
    directory.away = true;
    EXPECT_EQ(admit(back, false, true), "451 4.3.0");
    directory.away = false;
    policy.take_reports_by(std::make_shared<SrsSite>());
    EXPECT_EQ(admit(back, false, true), "451 4.3.0") << "the secret is away";
}

}  // namespace
}  // namespace md::delivery
