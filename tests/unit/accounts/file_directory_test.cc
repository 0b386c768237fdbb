// tests/unit/accounts/file_directory_test.cc - domains and accounts as files

#include "accounts/file_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "support/temporary_directory.h"

namespace md::accounts {
namespace {

constexpr HashCost kCheap{1, 4096};

/// For which files made just now are not young any more.
class LaterClock final : public Clock {
  public:
    [[nodiscard]] WallTime now() const noexcept override { return real_clock().now() + std::chrono::seconds(5); }
};

class FileDirectoryTest : public testing::Test {
  protected:
    FileDirectoryTest() {
        std::filesystem::create_directory(places_.accounts);
        EXPECT_TRUE(directory_.add_domain({"example.org", ""}).has_value());
    }

    void add(const std::string& address, State state = State::enabled) {
        Account account;
        account.name = *parse_name(address);
        account.state = state;
        const auto secret = make_secret("secret-Pa55", kCheap);
        const auto added = directory_.add(account, *secret);
        ASSERT_TRUE(added.has_value()) << added.error().text;
    }

    Resolution resolve(const std::string& address) {
        auto resolution = directory_.resolve(*mail::parse_mailbox(address));
        EXPECT_TRUE(resolution.has_value()) << resolution.error().text;
        return resolution ? *resolution : Resolution{};
    }

    Account account_of(const std::string& address) {
        const auto resolution = resolve(address);
        EXPECT_NE(resolution.account(), nullptr) << address;
        return resolution.account() != nullptr ? *resolution.account() : Account{};
    }

    void add(const std::string& address, std::vector<std::string> targets) {
        const auto added = directory_.add(Alias{*parse_name(address), std::move(targets), "", ""});
        ASSERT_TRUE(added.has_value()) << added.error().text;
    }

    static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

    test::TemporaryDirectory tmp_;
    Places places_{tmp_ / "accounts", tmp_ / "secrets", tmp_ / "domains", tmp_ / "store"};
    FileDirectory directory_{real_files(), places_};
    Secrets secrets_{real_files(), places_.secrets};
};

TEST_F(FileDirectoryTest, AnAccountIsAtHandThatWasLookedAtAndLeadsToNobodyElse) {
    add("alice@example.org");
    add("bob@example.org");
    add("office@example.org", {"alice@example.org"});
    const auto forwarded = directory_.set(*parse_name("bob@example.org"), "forward", R"(["alice@example.org"])");
    ASSERT_TRUE(forwarded.has_value()) << forwarded.error().text;
    LaterClock later;
    const FileDirectory other(real_files(), places_, later);
    for (const char* address : {"alice@example.org", "bob@example.org", "office@example.org"}) {
        EXPECT_FALSE(other.at_hand(*parse_name(address))) << address << " was not looked at";
        EXPECT_TRUE(other.resolve(*mail::parse_mailbox(address)).has_value());
    }
    EXPECT_TRUE(other.at_hand(*parse_name("alice@example.org")));
    EXPECT_FALSE(other.at_hand(*parse_name("bob@example.org")));
    EXPECT_FALSE(other.at_hand(*parse_name("office@example.org")));
    EXPECT_FALSE(other.at_hand(*parse_name("carol@example.org")));
}

TEST_F(FileDirectoryTest, ResolvesTheAccountAndItsSubaddresses) {
    add("alice@example.org");
    EXPECT_EQ(account_of("Alice@EXAMPLE.org").name.text(), "alice@example.org");
    const auto detailed = resolve("alice+Lists+More@example.org");
    EXPECT_EQ(detailed.outcome, Outcome::found);
    EXPECT_EQ(detailed.account()->name.local_part, "alice");
    ASSERT_EQ(detailed.steps.size(), 1U);
    EXPECT_EQ(detailed.steps[0].kind, Step::Kind::subaddress);
    EXPECT_EQ(detailed.detail, "Lists+More");
    EXPECT_EQ(resolve("bob@example.org").outcome, Outcome::unknown_user);
    EXPECT_EQ(resolve("+x@example.org").outcome, Outcome::unknown_user);
    EXPECT_EQ(resolve("alice@example.net").outcome, Outcome::unknown_domain);
    EXPECT_EQ(resolve("alice@[192.0.2.1]").outcome, Outcome::unknown_domain);
    EXPECT_EQ(resolve(std::string(100, 'a') + "@example.org").outcome, Outcome::unknown_user);
}

TEST_F(FileDirectoryTest, NobodysPasswordIsWrongAndNotUnknown) {
    add("alice@example.org");
    const auto checked = secrets_.verify(Name{}, "secret-Pa55");
    ASSERT_TRUE(checked.has_value()) << checked.error().text;
    EXPECT_FALSE(*checked);
}

TEST_F(FileDirectoryTest, AFileThatIsALinkToAnothersIsNotRead) {
    add("alice@example.org");
    add("bob@example.org");
    for (const auto& file :
         {places_.accounts + "/example.org/bob/account.conf", places_.secrets + "/example.org/bob"}) {
        ASSERT_TRUE(std::filesystem::remove(file));
        std::filesystem::create_symlink(places_.accounts + "/example.org/alice/account.conf", file);
    }
    EXPECT_FALSE(directory_.find(*parse_name("bob@example.org")).has_value());  // could not ask: not "there is none"
    EXPECT_FALSE(secrets_.read(*parse_name("bob@example.org")).has_value());
}

TEST_F(FileDirectoryTest, AnAccountWithAPlusIsItselfBeforeItIsASubaddress) {
    add("alice@example.org");
    add("alice+team@example.org");
    EXPECT_EQ(account_of("alice+team@example.org").name.local_part, "alice+team");
    EXPECT_EQ(resolve("alice+team@example.org").detail, "");
}

TEST_F(FileDirectoryTest, PostmasterGoesToTheAccountThatTheDomainNames) {
    add("alice@example.org");
    EXPECT_EQ(resolve("postmaster@example.org").outcome, Outcome::unknown_user);
    ASSERT_TRUE(directory_.add_domain({"example.net", "alice@example.org"}).has_value());
    EXPECT_EQ(resolve("Postmaster@example.net").to, "alice@example.org");
    EXPECT_EQ(resolve("abuse@example.net").outcome, Outcome::leads_on);
    EXPECT_EQ(resolve("info@example.net").outcome, Outcome::unknown_user);
}

TEST_F(FileDirectoryTest, ADamagedFileIsNotAnUnknownUser) {
    add("alice@example.org");
    write(directory_.account_file(*parse_name("alice@example.org")), "state = \"asleep\"\n");
    const auto resolution = directory_.resolve(*mail::parse_mailbox("alice@example.org"));
    ASSERT_FALSE(resolution.has_value());
    EXPECT_NE(resolution.error().text.find("account.conf:1:9:"), std::string::npos) << resolution.error().text;
    write(directory_.domain_file("example.org"), "= =\n");
    EXPECT_FALSE(directory_.find_domain("example.org").has_value());
}

TEST_F(FileDirectoryTest, AnUnreadableFileIsNotAnUnknownUser) {
    add("alice@example.org");
    const auto file = directory_.account_file(*parse_name("alice@example.org"));
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);  // reading it is EISDIR, for root too
    EXPECT_FALSE(directory_.find(*parse_name("alice@example.org")).has_value());
}

TEST_F(FileDirectoryTest, ADomainWhoseFolderIsGoneIsNotOneWithoutUsers) {
    const auto nobody = *parse_name("nobody@example.org");
    const auto unknown = directory_.find(nobody);
    ASSERT_TRUE(unknown.has_value());
    EXPECT_FALSE(unknown->has_value());
    std::filesystem::remove_all(places_.accounts + "/example.org");
    EXPECT_FALSE(directory_.find(nobody).has_value());
    std::filesystem::remove_all(places_.accounts);
    EXPECT_FALSE(directory_.find(nobody).has_value());
    const auto elsewhere = directory_.find(*parse_name("nobody@elsewhere.test"));
    ASSERT_TRUE(elsewhere.has_value());
    EXPECT_FALSE(elsewhere->has_value());
}

TEST_F(FileDirectoryTest, StatesSayWhatAnAccountMay) {
    add("d@example.org", State::disabled);
    add("f@example.org", State::frozen);
    EXPECT_FALSE(account_of("d@example.org").takes_mail());
    EXPECT_FALSE(account_of("d@example.org").may_log_in());
    EXPECT_TRUE(account_of("f@example.org").takes_mail());
    EXPECT_FALSE(account_of("f@example.org").may_log_in());
    ASSERT_TRUE(directory_.set(*parse_name("d@example.org"), "state", "enabled").has_value());
    EXPECT_TRUE(account_of("d@example.org").may_log_in());
}

TEST_F(FileDirectoryTest, SetKeepsWhatAPersonHasWritten) {
    add("alice@example.org");
    const auto file = directory_.account_file(*parse_name("alice@example.org"));
    write(file, "# the boss\nformat = 1\nquota = \"1G\" # enough\n");
    ASSERT_TRUE(directory_.set(*parse_name("alice@example.org"), "quota", "2G").has_value());
    EXPECT_EQ(real_files().read(file), "# the boss\nformat = 1\nquota = \"2G\" # enough\n");
    const auto refused = directory_.set(*parse_name("alice@example.org"), "quota", "much");
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().why, Refusal::Why::bad_value);
}

TEST_F(FileDirectoryTest, WhatExistsIsNotAddedAgain) {
    add("alice@example.org");
    const auto secret = secrets_.read(*parse_name("alice@example.org"));
    Account account;
    account.name = *parse_name("ALICE@example.org");
    const auto again = directory_.add(account, {"$y$other", "", ""});
    ASSERT_FALSE(again.has_value());
    EXPECT_EQ(again.error().why, Refusal::Why::exists);
    EXPECT_EQ(secrets_.read(account.name)->crypt, secret->crypt);
    EXPECT_EQ(directory_.add_domain({"example.org", ""}).error().why, Refusal::Why::exists);
    account.name.domain = "example.net";
    EXPECT_EQ(directory_.add(account, {"x", "", ""}).error().why, Refusal::Why::not_there);
}

TEST_F(FileDirectoryTest, ARemovedAccountIsKeptAndItsAddressStartsEmpty) {
    add("alice@example.org");
    const auto name = *parse_name("alice@example.org");
    std::filesystem::create_directories(places_.store + "/example.org/alice/Maildir");
    ASSERT_TRUE(directory_.remove(name).has_value());
    EXPECT_EQ(resolve("alice@example.org").outcome, Outcome::unknown_user);
    EXPECT_FALSE(*secrets_.verify(name, "secret-Pa55"));
    EXPECT_FALSE(std::filesystem::exists(places_.store + "/example.org/alice"));
    add("alice@example.org");
    ASSERT_TRUE(directory_.remove(name).has_value());
    std::size_t kept = 0;
    for (const auto& entry : std::filesystem::directory_iterator(places_.accounts + "/.removed/example.org")) {
        EXPECT_TRUE(entry.path().filename().string().starts_with("alice."));
        ++kept;
    }
    EXPECT_EQ(kept, 2U);
    EXPECT_EQ(directory_.remove(name).error().why, Refusal::Why::not_there);
}

TEST_F(FileDirectoryTest, ListsAreSortedAndHoldNoStrangers) {
    add("bob@example.org");
    add("alice@example.org");
    std::filesystem::create_directory(places_.accounts + "/example.org/half-made");
    write(places_.domains + "/README", "");
    EXPECT_EQ(*directory_.domains(), std::vector<std::string>{"example.org"});
    const auto accounts = *directory_.accounts_of("example.org");
    ASSERT_EQ(accounts.size(), 2U);
    EXPECT_EQ(accounts[0].local_part, "alice");
}

TEST_F(FileDirectoryTest, ADomainWithAccountsGoesOnlyWithThem) {
    add("alice@example.org");
    EXPECT_EQ(directory_.remove_domain("example.org", false).error().why, Refusal::Why::not_empty);
    ASSERT_TRUE(directory_.remove_domain("example.org", true).has_value());
    EXPECT_EQ(resolve("alice@example.org").outcome, Outcome::unknown_domain);
    ASSERT_TRUE(directory_.add_domain({"example.org", ""}).has_value());
    EXPECT_EQ(resolve("alice@example.org").outcome, Outcome::unknown_user);
    EXPECT_EQ(directory_.remove_domain("example.net", false).error().why, Refusal::Why::not_there);
}

TEST_F(FileDirectoryTest, ASecretIsItsOwnersAloneAndItsStampTellsEveryChange) {
    add("alice@example.org");
    const auto name = *parse_name("alice@example.org");
    struct stat info {};
    ASSERT_EQ(stat(secrets_.file(name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600U);
    EXPECT_TRUE(*secrets_.verify(name, "secret-Pa55"));
    EXPECT_FALSE(*secrets_.verify(name, "other"));
    const auto before = **secrets_.stamp(name);
    ASSERT_TRUE(directory_.set_secret(name, *make_secret("other", kCheap)).has_value());
    EXPECT_NE(**secrets_.stamp(name), before);
    EXPECT_TRUE(*secrets_.verify(name, "other"));
    EXPECT_FALSE(*secrets_.stamp(*parse_name("nobody@example.org")));
}

TEST_F(FileDirectoryTest, AMalformedSecretFailsClosedAndIsNotQuoted) {
    add("alice@example.org");
    const auto name = *parse_name("alice@example.org");
    for (const auto* text :
         {"", "crypt = 3\n", "crypt = \"\"\n", "crypt = \"plain\"\n", "crypt = \"$y$j9T$\n",
          "format = 2\ncrypt = \"$y$j9T$secrethash\"\n", "crypt = \"$y$j9T$secrethash\"\nsecrethash = 1\n"}) {
        write(secrets_.file(name), text);
        const auto verdict = secrets_.verify(name, "plain");
        EXPECT_FALSE(verdict.has_value() && *verdict) << text;
        if (!verdict) {
            EXPECT_EQ(verdict.error().text.find("secrethash"), std::string::npos) << verdict.error().text;
        }
    }
}

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    return *real_files().read(std::string(source != nullptr ? source : ".") + "/tests/fixtures/" + name);
}

TEST_F(FileDirectoryTest, QuotaIsTheDomainsWhereTheAccountSaysNothing) {
    add("alice@example.org");
    const auto name = *parse_name("alice@example.org");
    write(directory_.domain_file("example.org"), "format = 1\nquota = \"1G\"\nquota_messages = 500\n");
    EXPECT_EQ((**directory_.find(name)).quota_bytes, 1ULL << 30);
    EXPECT_EQ((**directory_.find(name)).quota_messages, 500U);
    write(directory_.account_file(name), "format = 1\nquota = 0\n");
    EXPECT_EQ((**directory_.find(name)).quota_bytes, 0U) << "its own, and none";
    EXPECT_EQ((**directory_.find(name)).quota_messages, 500U);
    write(directory_.account_file(name), "format = 1\nquota = \"2G\"\nquota_messages = 7\n");
    EXPECT_EQ((**directory_.find(name)).quota_bytes, 2ULL << 30);
    EXPECT_EQ((**directory_.find(name)).quota_messages, 7U);
}

TEST_F(FileDirectoryTest, ReadsTheFilesOfVersionOne) {
    add("alice@example.org");
    const auto name = *parse_name("alice@example.org");
    write(directory_.account_file(name), fixture("account/v1.conf"));
    const auto account = **directory_.find(name);
    EXPECT_EQ(account.full_name, "Alice M\xC3\xBCller");
    EXPECT_EQ(account.state, State::frozen);
    EXPECT_EQ(account.quota_bytes, 2ULL << 30);
    EXPECT_EQ(account.send_as, (std::vector<std::string>{"info@example.org", "sales@example.net"}));
    write(directory_.domain_file("example.org"), fixture("account/domain-v1.conf"));
    EXPECT_EQ((*directory_.find_domain("example.org"))->postmaster, "alice@example.org");
    write(secrets_.file(name), fixture("secret/v1.secret"));
    EXPECT_TRUE(*secrets_.verify(name, "secret-Pa55"));
    EXPECT_TRUE(secrets_.read(name)->scram_sha_256.starts_with("SCRAM-SHA-256$10000:"));
}

TEST_F(FileDirectoryTest, ADomainSaysInWhichLanguageItsSendersAreTold) {
    EXPECT_EQ((*directory_.find_domain("example.org"))->report_language, "");
    ASSERT_TRUE(directory_.set_domain("example.org", "report_language", "de"));
    EXPECT_EQ((*directory_.find_domain("example.org"))->report_language, "de");
    Domain domain;
    domain.name = "example.net";
    domain.report_language = "zh-Hant";
    ASSERT_TRUE(directory_.add_domain(domain));
    EXPECT_EQ((*directory_.find_domain("example.net"))->report_language, "zh-Hant");
}

TEST_F(FileDirectoryTest, AnAliasHasItsTargetsAndAGroupItsMembers) {
    add("sales@example.org", {"alice@example.org", "x@elsewhere.test"});
    const auto alias = resolve("SALES@example.org");
    EXPECT_EQ(std::get<Alias>(alias.entry).targets,
              (std::vector<std::string>{"alice@example.org", "x@elsewhere.test"}));
    EXPECT_EQ(alias.account(), nullptr);
    EXPECT_EQ(place_of(alias.entry), places_.accounts + "/example.org/sales/alias.conf");
    ASSERT_TRUE(directory_.add(Group{*parse_name("all@example.org"), "Everyone", {"a@example.org"}, {}, ""}));
    const auto group = std::get<Group>(resolve("all+x@example.org").entry);
    EXPECT_EQ(group.full_name, "Everyone");
    EXPECT_EQ(group.members, std::vector<std::string>{"a@example.org"});
    EXPECT_EQ(directory_.accounts_of("example.org")->size(), 0U);
    EXPECT_EQ(directory_.names_of(entry_kinds()[1], "example.org")->size(), 1U);
}

TEST_F(FileDirectoryTest, OneAddressIsOneThing) {
    add("sales@example.org", std::vector<std::string>{"alice@example.org"});
    Account account;
    account.name = *parse_name("sales@example.org");
    const auto refused = directory_.add(account, *make_secret("secret-Pa55", kCheap));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().why, Refusal::Why::exists);
    EXPECT_EQ(refused.error().text, "the alias sales@example.org exists already");
    EXPECT_FALSE(directory_.add(Alias{*parse_name("bad@example.org"), {"no address"}, "", ""}).has_value());
    EXPECT_FALSE(directory_.add(Alias{*parse_name("x@example.net"), {"a@example.org"}, "", ""}).has_value());
}

TEST_F(FileDirectoryTest, ADomainSaysWhereUnknownAddressesGo) {
    add("alice@example.org");
    ASSERT_TRUE(directory_.set_domain("example.org", "catch_all", "alice@example.org").has_value());
    const auto caught = resolve("who+ever@example.org");
    EXPECT_EQ(caught.outcome, Outcome::leads_on);
    EXPECT_EQ(caught.to, "alice@example.org");
    ASSERT_EQ(caught.steps.size(), 1U);
    EXPECT_EQ(caught.steps[0].from, "who+ever@example.org");
    EXPECT_EQ(caught.steps[0].place, directory_.domain_file("example.org"));
    EXPECT_EQ(account_of("alice@example.org").name.local_part, "alice");
    ASSERT_TRUE(directory_.set_domain("example.org", "catch_all", std::nullopt).has_value());
    EXPECT_EQ(resolve("whoever@example.org").outcome, Outcome::unknown_user);
}

TEST_F(FileDirectoryTest, ADomainMayBeAnotherNameOfOne) {
    add("alice@example.org");
    Domain other;
    other.name = "example.net";
    other.alias_of = "example.org";
    ASSERT_TRUE(directory_.add_domain(other).has_value());
    const auto found = resolve("alice+x@example.net");
    ASSERT_NE(found.account(), nullptr);
    EXPECT_EQ(found.account()->name.text(), "alice@example.org");
    EXPECT_EQ(found.detail, "x");
    ASSERT_EQ(found.steps.size(), 2U);
    EXPECT_EQ(found.steps[0].kind, Step::Kind::domain_alias);
    EXPECT_EQ(resolve("nobody@example.net").outcome, Outcome::unknown_user);
    ASSERT_TRUE(directory_.set_domain("example.org", "alias_of", "example.net").has_value());
    EXPECT_FALSE(directory_.resolve(*mail::parse_mailbox("alice@example.net")).has_value());  // round and round
}

TEST_F(FileDirectoryTest, ADisabledDomainTakesNoMailAndNoLogins) {
    add("alice@example.org");
    ASSERT_TRUE(directory_.set_domain("example.org", "state", "disabled").has_value());
    EXPECT_EQ(resolve("alice@example.org").outcome, Outcome::domain_disabled);
    EXPECT_EQ(resolve("nobody@example.org").outcome, Outcome::domain_disabled);
    EXPECT_FALSE((**directory_.find(*parse_name("alice@example.org"))).may_log_in());
}

TEST_F(FileDirectoryTest, WhatWasRemovedComesBackWithItsSecretAndItsMail) {
    add("alice@example.org");
    const auto name = *parse_name("alice@example.org");
    std::filesystem::create_directories(places_.store + "/example.org/alice/Maildir");
    ASSERT_TRUE(directory_.remove(name).has_value());
    add("alice@example.org");  // another person
    ASSERT_TRUE(directory_.remove(name).has_value());
    const auto removed = *directory_.removed_of("example.org");
    ASSERT_EQ(removed.size(), 2U);
    EXPECT_GT(removed[0].when, removed[1].when);
    ASSERT_TRUE(directory_.restore(name, removed[1].when).has_value());
    EXPECT_TRUE(std::filesystem::exists(places_.store + "/example.org/alice/Maildir"));
    EXPECT_TRUE(*secrets_.verify(name, "secret-Pa55"));
    EXPECT_EQ(directory_.restore(name, std::nullopt).error().why, Refusal::Why::exists);
    EXPECT_EQ(directory_.restore(*parse_name("bob@example.org"), std::nullopt).error().why, Refusal::Why::not_there);
}

TEST_F(FileDirectoryTest, AnAccountGetsAnotherNameWithAllThatItHas) {
    add("alice@example.org");
    const auto from = *parse_name("alice@example.org");
    const auto to = *parse_name("ally@example.org");
    std::filesystem::create_directories(places_.store + "/example.org/alice/Maildir");
    add("bob@example.org");
    EXPECT_EQ(directory_.rename(from, *parse_name("bob@example.org")).error().why, Refusal::Why::exists);
    ASSERT_TRUE(directory_.rename(from, to).has_value());
    EXPECT_EQ(resolve("alice@example.org").outcome, Outcome::unknown_user);
    EXPECT_EQ(account_of("ally@example.org").name, to);
    EXPECT_TRUE(std::filesystem::exists(places_.store + "/example.org/ally/Maildir"));
    EXPECT_TRUE(*secrets_.verify(to, "secret-Pa55"));
    EXPECT_EQ(directory_.rename(from, to).error().why, Refusal::Why::not_there);
}

TEST_F(FileDirectoryTest, ARenamingThatWasInterruptedWaitsToBeFinished) {
    add("alice@example.org");
    const auto from = *parse_name("alice@example.org");
    const auto to = *parse_name("ally@example.org");
    const auto file = directory_.account_file(from);
    std::filesystem::rename(file, file + ".moving");
    EXPECT_FALSE(directory_.find(from).has_value());  // could not ask: its mail waits
    ASSERT_TRUE(directory_.rename(from, to).has_value());
    EXPECT_EQ(account_of("ally@example.org").name, to);
    std::filesystem::rename(directory_.account_file(to), directory_.account_file(to) + ".moving");
    EXPECT_FALSE(directory_.find(to).has_value());
    ASSERT_TRUE(directory_.rename(from, to).has_value());
    EXPECT_TRUE(directory_.find(to)->has_value());
}

TEST_F(FileDirectoryTest, ADomainGetsAnotherName) {
    add("alice@example.org");
    ASSERT_TRUE(directory_.rename_domain("example.org", "example.com").has_value());
    EXPECT_EQ(resolve("alice@example.org").outcome, Outcome::unknown_domain);
    EXPECT_EQ(account_of("alice@example.com").name.text(), "alice@example.com");
    EXPECT_TRUE(*secrets_.verify(*parse_name("alice@example.com"), "secret-Pa55"));
    ASSERT_TRUE(directory_.add_domain({"example.org", ""}).has_value());
    EXPECT_EQ(directory_.rename_domain("example.com", "example.org").error().why, Refusal::Why::exists);
    EXPECT_EQ(directory_.rename_domain("example.net", "example.info").error().why, Refusal::Why::not_there);
}

TEST_F(FileDirectoryTest, AListIsEditedAsOneAct) {
    add("alice@example.org");
    add("sales@example.org", {"alice@example.org"});
    const auto sales = *parse_name("sales@example.org");
    const auto grown = directory_.edit_list(sales, {"targets", {"ALICE@example.org", "x@else.test"}, {}});
    ASSERT_TRUE(grown.has_value()) << grown.error().text;
    EXPECT_EQ(grown->added, 1U);
    EXPECT_EQ(grown->left, 2U);
    const auto missing = directory_.edit_list(sales, {"targets", {}, {"x@else.test", "y@else.test"}});
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().why, Refusal::Why::not_there);
    const auto moved = directory_.edit_list(sales, {"targets", {"z@else.test"}, {"X@else.test", "alice@example.org"}});
    ASSERT_TRUE(moved.has_value()) << moved.error().text;
    EXPECT_EQ(std::get<Alias>(resolve("sales@example.org").entry).targets, std::vector<std::string>{"z@else.test"});
    EXPECT_EQ(directory_.edit_list(sales, {"colours", {"x@else.test"}, {}}).error().why, Refusal::Why::bad_value);
    EXPECT_TRUE(directory_.edit_list(sales, {"targets", {}, {"z@else.test"}})->entry_removed);
    EXPECT_EQ(resolve("sales@example.org").outcome, Outcome::unknown_user);
    const auto alice = *parse_name("alice@example.org");
    EXPECT_TRUE(directory_.edit_list(alice, {"forward", {"z@else.test"}, {}}).has_value());
    EXPECT_FALSE(directory_.edit_list(alice, {"forward", {}, {"z@else.test"}})->entry_removed);
    EXPECT_TRUE(account_of("alice@example.org").forward.empty());
    write(directory_.account_file(alice), "= =");
    EXPECT_EQ(directory_.edit_list(alice, {"forward", {"z@else.test"}, {}}).error().why, Refusal::Why::damaged);
}

TEST_F(FileDirectoryTest, GroupsThatMaySendAsOthersAreLookedUpOnceAMinute) {
    ASSERT_TRUE(directory_.add(Group{*parse_name("all@example.org"), "", {"a@example.org"}, {}, ""}));
    EXPECT_EQ(directory_.sending_groups_of("example.org")->size(), 0U);
    const Group desk{*parse_name("desk@example.org"), "", {"a@example.org"}, {"info@example.org"}, ""};
    ASSERT_TRUE(directory_.add(desk));
    EXPECT_EQ(directory_.sending_groups_of("example.org")->size(), 0U);
    FileDirectory other(real_files(), places_);
    ASSERT_EQ(other.sending_groups_of("example.org")->size(), 1U);
    EXPECT_EQ(other.sending_groups_of("example.org")->front().send_as, desk.send_as);
}

}  // namespace
}  // namespace md::accounts
