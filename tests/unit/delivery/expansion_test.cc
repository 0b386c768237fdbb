// tests/unit/delivery/expansion_test.cc - where an address leads, loops included

#include "delivery/expansion.h"

#include <gtest/gtest.h>

#include <map>

namespace md::delivery {
namespace {

using accounts::Account;
using accounts::Alias;
using accounts::Domain;
using accounts::Entry;
using accounts::Group;
using accounts::Name;
using accounts::State;
using accounts::Unavailable;
using Strings = std::vector<std::string>;

class House final : public accounts::Directory {
  public:
    House() {
        for (const auto* who : {"ann", "bob", "carl"}) account(who);
    }
    Result<std::optional<Domain>, Unavailable> find_domain(const std::string& domain) const override {
        const auto at = domains_known.find(domain);
        return at == domains_known.end() ? std::optional<Domain>() : std::optional(at->second);
    }
    Result<std::optional<Account>, Unavailable> find(const Name& name) const override {
        const auto entry = find_entry(name);
        if (!entry) return fail(entry.error());
        if (!*entry || !std::holds_alternative<Account>(**entry)) return std::optional<Account>();
        return std::optional(std::get<Account>(**entry));
    }
    Result<std::optional<Entry>, Unavailable> find_entry(const Name& name) const override {
        ++asked;
        if (name.local_part == "damaged") return fail(Unavailable{"its file is damaged"});
        const auto at = entries.find(name.text());
        return at == entries.end() ? std::optional<Entry>() : std::optional(at->second);
    }
    Result<Strings, Unavailable> domains() const override { return Strings{"example.org"}; }
    Result<std::vector<Name>, Unavailable> accounts_of(const std::string&) const override {
        return std::vector<Name>{};
    }
    Result<std::vector<Group>, Unavailable> sending_groups_of(const std::string&) const override {
        std::vector<Group> out;
        for (const auto& [name, entry] : entries)
            if (const auto* group = std::get_if<Group>(&entry); group != nullptr && !group->send_as.empty())
                out.push_back(*group);
        return out;
    }

    static Name here(const std::string& local_part) { return {"example.org", local_part}; }
    Account& account(const std::string& local_part) {
        Account one;
        one.name = here(local_part);
        return std::get<Account>(entries[one.name.text()] = one);
    }
    void forward(const std::string& local_part, Strings to, bool keep = true) {
        auto& one = account(local_part);
        one.forward = std::move(to);
        one.forward_keep = keep;
    }
    void alias(const std::string& local_part, Strings targets) {
        entries[here(local_part).text()] = Alias{here(local_part), std::move(targets), "", ""};
    }
    void group(const std::string& local_part, Strings members, Strings send_as = {}) {
        entries[here(local_part).text()] = Group{here(local_part), "", std::move(members), std::move(send_as), ""};
    }

    std::map<std::string, Domain> domains_known{{"example.org", Domain{"example.org", ""}}};
    std::map<std::string, Entry> entries;
    mutable std::size_t asked = 0;
};

std::string describe(const Target& target) {
    std::string out = target.address;
    switch (target.kind) {
        case Target::Kind::mailbox: break;
        case Target::Kind::remote: out = "remote:" + out; break;
        case Target::Kind::nowhere: out = target.status.text() + ":" + out; break;
        case Target::Kind::unknown: out = "later:" + out; break;
    }
    return target.forwarded ? out + "(forward)" : out;
}

struct ExpansionTest : testing::Test {
    std::string leads(const std::string& address, Forwards forwards = Forwards::followed) {
        std::string out;
        for (const auto& target : expand(house, address, forwards).targets)
            out += (out.empty() ? "" : " ") + describe(target);
        return out;
    }
    std::string reversed(const std::string& address) {
        std::string out;
        for (const auto& target : expand_or_reverse(house, address, &site, now).targets)
            out += (out.empty() ? "" : " ") + describe(target);
        return out;
    }
    std::string rewritten(const std::string& path, const std::string& own = "example.org") const {
        return srs_rewrite(path, own, site.secrets.front(), now).value_or("no address");
    }
    const WallTime now{std::chrono::seconds(1'790'000'000)};
    SrsSite site{{"a secret of this site"}, "", "/etc/srs.secret", {}};
    House house;
};

TEST_F(ExpansionTest, AnAddressIsAMailboxItsFolderAnotherSiteOrNothing) {
    EXPECT_EQ(leads("ann@example.org"), "ann@example.org");
    EXPECT_EQ(leads("Ann+Lists@EXAMPLE.org"), "ann+Lists@example.org");
    EXPECT_EQ(expand(house, "ann+Lists@example.org").targets.front().folder, "Lists");
    EXPECT_EQ(leads("x@elsewhere.test"), "remote:x@elsewhere.test");
    EXPECT_EQ(leads("nobody@example.org"), "5.1.1:nobody@example.org");
    EXPECT_EQ(leads("no address"), "5.1.3:no address");
    EXPECT_EQ(leads("damaged@example.org"), "later:damaged@example.org");
    house.account("off").state = State::disabled;
    EXPECT_EQ(leads("off@example.org"), "5.2.1:off@example.org");
    EXPECT_TRUE(expand(house, "ann+x@example.org").trivial());
}

TEST_F(ExpansionTest, WithoutSubaddressFoldersTheDetailMeansNothing) {
    house.account("ann").subaddress_folders = false;
    EXPECT_EQ(leads("ann+x@example.org"), "ann@example.org");
}

TEST_F(ExpansionTest, AliasesAndGroupsLeadToEachOnceInTheirOrder) {
    house.alias("sales", {"bob@example.org", "ann@example.org", "x@elsewhere.test"});
    house.group("all", {"carl@example.org", "sales@example.org", "BOB@example.org", "X@elsewhere.test"});
    EXPECT_EQ(leads("sales@example.org"), "bob@example.org ann@example.org remote:x@elsewhere.test");
    EXPECT_EQ(leads("all@example.org"), "carl@example.org bob@example.org ann@example.org remote:x@elsewhere.test");
    EXPECT_FALSE(expand(house, "sales@example.org").trivial());
    EXPECT_EQ(expand(house, "all@example.org").steps.size(), 7U);
}

TEST_F(ExpansionTest, WhatOneMemberLacksHindersNoOther) {
    house.group("all", {"ann@example.org", "gone@example.org", "damaged@example.org", "bob@example.org"});
    EXPECT_EQ(leads("all@example.org"),
              "ann@example.org 5.1.1:gone@example.org later:damaged@example.org bob@example.org");
}

TEST_F(ExpansionTest, ADetailGoesWithAnAliasAndNotWithAGroup) {
    house.alias("sales", {"bob@example.org", "ann+own@example.org"});
    house.group("all", {"bob@example.org"});
    EXPECT_EQ(leads("sales+jan@example.org"), "bob+jan@example.org ann+own@example.org");
    EXPECT_EQ(leads("all+jan@example.org"), "bob@example.org");
}

TEST_F(ExpansionTest, TheCatchAllAndThePostmasterAreAddresses) {
    auto& domain = house.domains_known["example.org"];
    domain.postmaster = "admins@example.org";
    domain.catch_all = "bob+rest@example.org";
    house.alias("admins", {"ann@example.org"});
    EXPECT_EQ(leads("Postmaster@example.org"), "ann@example.org");
    EXPECT_EQ(leads("who.ever@example.org"), "bob+rest@example.org");
    domain.catch_all = "nobody@example.org";
    EXPECT_EQ(leads("who.ever@example.org"), "5.4.6:nobody@example.org");
}

TEST_F(ExpansionTest, AForwardSendsOnWithOrWithoutACopy) {
    house.forward("ann", {"bob@example.org", "x@elsewhere.test"});
    EXPECT_EQ(leads("ann@example.org"), "ann@example.org bob@example.org(forward) remote:x@elsewhere.test(forward)");
    house.forward("ann", {"bob@example.org"}, false);
    EXPECT_EQ(leads("ann+x@example.org"), "bob@example.org(forward)");
    EXPECT_EQ(leads("ann+x@example.org", Forwards::ignored), "ann+x@example.org");
    house.alias("sales", {"ann@example.org", "bob@example.org"});
    EXPECT_EQ(leads("sales@example.org"), "bob@example.org(forward)");
}

TEST_F(ExpansionTest, AMemberWhomAForwardReachesFirstIsAMember) {
    house.forward("ann", {"bob@example.org", "carl@example.org"});
    house.group("all", {"ann@example.org", "bob@example.org"});
    EXPECT_EQ(leads("all@example.org"), "ann@example.org bob@example.org carl@example.org(forward)");
    const auto bob = std::get<Account>(house.entries["bob@example.org"]);
    EXPECT_TRUE(*may_send_as(house, bob, *mail::parse_mailbox("all@example.org")));
}

TEST_F(ExpansionTest, ADetailNeverMakesAGoodTargetBad) {
    house.account("john doe");
    house.alias("sales", {"\"john doe\"@example.org", "bob@example.org"});
    EXPECT_EQ(leads("sales+x@example.org"), "\"john doe+x\"@example.org bob+x@example.org");
    const std::string longest(60, 'x');
    EXPECT_EQ(leads("sales+" + longest.substr(0, 58) + "@example.org"),
              "\"john doe\"@example.org bob+" + longest.substr(0, 58) + "@example.org");
}

TEST_F(ExpansionTest, LoopsOfAliasesEndNowhere) {
    house.alias("a", {"b@example.org"});
    house.alias("b", {"a@example.org"});
    EXPECT_EQ(leads("a@example.org"), "5.4.6:a@example.org");
    house.alias("b", {"a@example.org", "ann@example.org"});
    EXPECT_EQ(leads("a@example.org"), "ann@example.org");
    house.group("all", {"all@example.org"});
    EXPECT_EQ(leads("all@example.org"), "5.4.6:all@example.org");
    house.group("none", {});
    EXPECT_EQ(leads("none@example.org"), "5.4.6:none@example.org");
}

TEST_F(ExpansionTest, LoopsOfForwardsEndInAMailbox) {
    house.forward("ann", {"bob@example.org"}, false);
    house.forward("bob", {"ann@example.org"}, false);
    EXPECT_EQ(leads("ann@example.org"), "bob@example.org(forward)");
    house.forward("ann", {"ann@example.org"}, false);
    EXPECT_EQ(leads("ann@example.org"), "ann@example.org");
    house.alias("round", {"ann@example.org"});
    house.forward("ann", {"round@example.org"}, false);
    EXPECT_EQ(leads("round@example.org"), "ann@example.org");
}

TEST_F(ExpansionTest, WhoWasServedAlreadyIsNoLoop) {
    house.alias("sales", {"ann@example.org"});
    house.forward("bob", {"sales@example.org"}, false);
    house.group("all", {"sales@example.org", "bob@example.org"});
    EXPECT_EQ(leads("all@example.org"), "ann@example.org") << "bob keeps nothing of what he forwards";
}

TEST_F(ExpansionTest, ALongWayEnds) {
    for (int i = 0; i < 100; ++i) house.alias("a" + std::to_string(i), {"a" + std::to_string(i + 1) + "@example.org"});
    EXPECT_EQ(leads("a90@example.org"), "5.1.1:a100@example.org");
    EXPECT_TRUE(leads("a0@example.org").starts_with("5.4.6:a33@")) << leads("a0@example.org");
}

TEST_F(ExpansionTest, AFewLookUpsSayWhetherItLeadsSomewhere) {
    Strings many;
    for (int i = 0; i < 1000; ++i) many.push_back("gone" + std::to_string(i) + "@example.org");
    house.group("all", many);
    EXPECT_FALSE(expand(house, "all@example.org").leads_somewhere());
    house.asked = 0;
    const auto some = expand(house, "all@example.org", Forwards::followed, 10);
    EXPECT_FALSE(some.complete);
    EXPECT_TRUE(some.leads_somewhere());
    EXPECT_LE(house.asked, 10U);
}

TEST_F(ExpansionTest, StepsSayTheWholeWay) {
    house.domains_known["example.net"] = Domain{"example.net", ""};
    house.domains_known["example.net"].alias_of = "example.org";
    house.alias("sales", {"bob+x@example.org"});
    std::string way;
    for (const auto& step : expand(house, "sales@example.net").steps)
        way += std::string(accounts::name_of(step.kind)) + " " + step.from + " " + step.to + "\n";
    EXPECT_EQ(way,
              "domain-alias example.net example.org\nalias sales@example.org bob+x@example.org\n"
              "subaddress bob+x@example.org bob@example.org\n");
}

TEST_F(ExpansionTest, ASenderIsTheLoginsIfItLeadsToItsMailbox) {
    house.account("bob").send_as = {"info@elsewhere.test"};
    house.alias("sales", {"bob@example.org", "ann@example.org"});
    house.group("team", {"sales@example.org"});
    house.group("desk", {"bob@example.org"}, {"help@example.org"});
    house.forward("carl", {"bob@example.org"});
    const auto bob = std::get<Account>(house.entries["bob@example.org"]);
    const auto may = [&](const char* sender) { return *may_send_as(house, bob, *mail::parse_mailbox(sender)); };
    for (const auto* good : {"Bob@example.org", "bob+x@example.org", "info@elsewhere.test", "sales@example.org",
                             "team@example.org", "desk@example.org", "HELP@example.org"})
        EXPECT_TRUE(may(good)) << good;
    for (const auto* bad : {"ann@example.org", "carl@example.org", "nobody@example.org", "bob@elsewhere.test"})
        EXPECT_FALSE(may(bad)) << bad;
    EXPECT_FALSE(may_send_as(house, bob, *mail::parse_mailbox("damaged@example.org")).has_value());
}

TEST_F(ExpansionTest, ARewrittenReversePathLeadsBackToTheSender) {
    const auto address = rewritten("x@elsewhere.test");
    EXPECT_EQ(reversed(address), "remote:x@elsewhere.test");
    const auto meant = expand_or_reverse(house, address, &site, now);
    EXPECT_TRUE(meant.leads_back());
    EXPECT_FALSE(meant.trivial());
    ASSERT_EQ(meant.steps.size(), 1U);
    EXPECT_EQ(meant.steps[0].kind, accounts::Step::Kind::srs);
    EXPECT_EQ(meant.steps[0].from, address);
    EXPECT_EQ(meant.steps[0].to, "x@elsewhere.test");
    EXPECT_EQ(meant.steps[0].place, "/etc/srs.secret");
    const auto second = rewritten(rewritten("x@elsewhere.test", "one.test"));
    EXPECT_TRUE(reversed(second).starts_with("remote:SRS0=")) << "to the first that forwarded it";
    EXPECT_TRUE(reversed(second).ends_with("@one.test"));
    EXPECT_EQ(reversed(rewritten("ann@example.org")), "ann@example.org") << "a domain may have come here since";
}

TEST_F(ExpansionTest, AForgedOrOldOneLeadsNowhereWhateverTheCatchAll) {
    house.domains_known["example.org"].catch_all = "ann@example.org";
    const auto address = rewritten("x@elsewhere.test");
    auto forged = address;
    forged.replace(forged.find("=x@"), 3, "=y@");
    EXPECT_EQ(reversed(forged), "5.1.1:" + forged);
    EXPECT_EQ(describe(expand_or_reverse(house, address, &site, now + std::chrono::days(22)).targets.at(0)),
              "5.1.1:" + address);
    EXPECT_EQ(reversed("srs0=fan@example.org"), "ann@example.org") << "an address like others";
}

TEST_F(ExpansionTest, OfOtherDomainsAndWithoutTheOptionItIsAnAddressLikeOthers) {
    const auto address = rewritten("x@elsewhere.test");
    EXPECT_EQ(leads(address), "5.1.1:" + address);
    EXPECT_EQ(describe(expand_or_reverse(house, address, nullptr, now).targets.at(0)), "5.1.1:" + address);
    const auto others = rewritten("x@elsewhere.test", "srs.test");
    EXPECT_EQ(reversed(others), "remote:" + others);
    site.domain = "srs.test";
    EXPECT_EQ(reversed(others), "remote:x@elsewhere.test");
    EXPECT_EQ(reversed(address), "remote:x@elsewhere.test") << "those made before the option";
    house.domains_known["example.org"].enabled = false;
    EXPECT_EQ(reversed(address), "5.2.1:" + address);
}

TEST_F(ExpansionTest, NoAliasLeadsBack) {  // what a user may write into a forward is not asked for its sender
    const auto address = rewritten("x@elsewhere.test");
    house.alias("sales", {address});
    EXPECT_EQ(reversed("sales@example.org"), "5.1.1:" + address);
}

TEST_F(ExpansionTest, WithoutASecretNobodyCanTell) {
    const auto address = rewritten("x@elsewhere.test");
    site.secrets.clear();
    EXPECT_EQ(reversed(address), "later:" + address);
}

}  // namespace
}  // namespace md::delivery
