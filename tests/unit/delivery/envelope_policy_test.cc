// tests/unit/delivery/envelope_policy_test.cc - who may send to whom, and what a sender is told

#include "delivery/envelope_policy.h"

#include <gtest/gtest.h>

#include <map>

#include "async/loop.h"
#include "async/scope.h"
#include "delivery/failure_report.h"

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
        if (domain != "example.org") return std::optional<Domain>();
        return std::optional<Domain>(Domain{"example.org", "postmaster"});
    }
    Result<std::optional<Account>, Unavailable> find(const Name& name) const override {
        if (away) return fail(Unavailable{"away"});
        const auto at = known.find(name.local_part);
        if (name.domain != "example.org" || at == known.end()) return std::optional<Account>();
        return std::optional<Account>(at->second);
    }
    Result<std::vector<std::string>, Unavailable> domains() const override {
        if (away) return fail(Unavailable{"away"});
        return std::vector<std::string>{"example.org"};
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
    std::string admit(const std::string& recipient, bool may_relay = false) {
        Admission got;
        auto body = [&](async::Scope&) { return ask(address(recipient), may_relay, got); };
        loop.run(async::scoped(body));
        if (got.refusal) return std::to_string(got.refusal->code) + " " + got.refusal->status->text();
        return got.local ? "ok here" : "ok";
    }
    std::string sender(const std::string& account, const std::string& from) {
        std::optional<smtp::Reply> got;
        auto body = [&](async::Scope&) { return ask_sender(account, address(from), got); };
        loop.run(async::scoped(body));
        return got ? std::to_string(got->code) : "ok";
    }
    async::Task<void> ask(mail::Address recipient, bool may_relay, Admission& got) {
        got = co_await policy.admit(std::move(recipient), may_relay);
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

TEST(FailureReportTest, SaysWhoWasNotReachedAndWhy) {
    spool::StoredEnvelope stored;
    stored.envelope.id = QueueId(9);
    stored.envelope.reverse_path = "alice@example.net";
    stored.envelope.parameters.emplace_back("ENVID", "QQ314159");
    stored.envelope.recipients.emplace_back("bob@example.org");
    auto& carl = stored.envelope.recipients.emplace_back("carl@example.com");
    carl.parameters.emplace_back("ORCPT", "rfc822;c@example.com");
    spool::Progress failed;
    failed.recipient = 1;
    failed.kind = spool::Progress::Kind::failed;
    failed.status = "5.1.1";
    failed.text = "550 no such user";
    stored.progress.push_back(failed);
    const std::vector<std::uint32_t> who{1};
    const auto report = make_failure_report(stored, who, 1, "mail.example.org", WallTime(std::chrono::seconds(1)));
    EXPECT_EQ(report.envelope.reverse_path, "") << "RFC 5321 §4.5.5";
    EXPECT_EQ(report.envelope.id, QueueId(9).child("dsn", 1));
    EXPECT_EQ(report.envelope.recipients.at(0).address, "alice@example.net");
    EXPECT_EQ(report.envelope.client.origin, spool::Origin::made_here);
    for (const auto* part :
         {"Content-Type: multipart/report", "report-type=delivery-status", "Content-Type: message/delivery-status",
          "Reporting-MTA: dns; mail.example.org", "Original-Envelope-Id: QQ314159",
          "Original-Recipient: rfc822;c@example.com", "Final-Recipient: rfc822; carl@example.com", "Action: failed",
          "Status: 5.1.1", "550 no such user"})
        EXPECT_NE(report.head.find(part), std::string::npos) << part << "\n" << report.head;
    EXPECT_EQ(report.head.find("bob@example.org"), std::string::npos);
    EXPECT_EQ(report.head.substr(report.envelope.relay_from, 5), "Date:");
}

}  // namespace
}  // namespace md::delivery
