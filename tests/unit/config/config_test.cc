// tests/unit/config/config_test.cc - the whole file: faults with place and nearest name, defaults, listeners

#include "config/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "config/value.h"
#include "support/temporary_directory.h"

namespace md::config {
namespace {

using namespace std::chrono_literals;

constexpr char kFile[] = "/etc/mdmail/mdmail.conf";

std::string faults_of(std::string_view text) {
    const auto config = load_text(text, kFile);
    return config ? "" : describe(config.error());
}

ConfigPointer good(std::string_view text) {
    auto config = load_text(text, kFile);
    EXPECT_TRUE(config.has_value()) << describe(config.error());
    return config ? *config : nullptr;
}

TEST(Config, EveryDefaultIsAcceptedByItsOwnRow) {
    for (const auto& row : main_schema().options) EXPECT_NO_FATAL_FAILURE((void)default_value(row)) << row.key;
    const auto config = good("");
    EXPECT_EQ((*config)[opt::intake_gather], 2ms);
    EXPECT_EQ((*config)[opt::intake_large], 256U * 1024);
    EXPECT_EQ((*config)[opt::queue_expire], 5 * 24h);
    EXPECT_EQ((*config)[opt::paths_run], "/run/mdmail");
    EXPECT_EQ((*config)[opt::queue_retry].front(), 1min);
    EXPECT_FALSE((*config)[opt::hostname].empty());
}

TEST(Config, DefaultTextsAreWrittenAsTheyAreFormatted) {
    for (const auto& row : main_schema().options) {
        const auto value = default_value(row);
        const auto again = parse_document("x = " + format_value(row, value), "x");
        ASSERT_TRUE(again.has_value()) << row.key;
        const auto parsed = parse_value(row, again->members.front().value);
        ASSERT_TRUE(parsed.has_value()) << row.key;
        EXPECT_EQ(*parsed, value) << row.key;
    }
}

TEST(Config, TellsEveryFaultOfAFileWithPlaceAndNearestName) {
    EXPECT_EQ(faults_of("hostnam = 3\n"
                        "[intake]\n"
                        "gathr = \"2ms\"\n"
                        "  large = \"banana\"\n"
                        "[smpt]\n"
                        "listen = \"nowhere\"\n"),
              "/etc/mdmail/mdmail.conf:1:1: unknown key \"hostnam\"; did you mean \"hostname\"?\n"
              "/etc/mdmail/mdmail.conf:3:1: unknown key \"intake.gathr\"; did you mean \"intake.gather\"?\n"
              "/etc/mdmail/mdmail.conf:4:11: \"intake.large\" is \"banana\"; expected a size such as \"25M\", from 4K "
              "to 16M\n"
              "/etc/mdmail/mdmail.conf:5:2: unknown table [smpt]; did you mean [smtp]?\n");
}

TEST(Config, TellsTheFirstSyntaxErrorWithItsPlace) {
    const auto faults = faults_of("hostname = \"a.example\"\nworkers = = 2\n");
    EXPECT_TRUE(faults.starts_with("/etc/mdmail/mdmail.conf:2:11: not TOML: ")) << faults;
}

TEST(Config, AHeaderWithoutANameIsASyntaxErrorAndNoMore) {
    for (const auto* text : {"[=]\n", "[[[[1,{b[[", "[", "[]", "[[", "[\"", "[\xff]"})
        EXPECT_NE(faults_of(text).find("mdmail.conf:1:"), std::string::npos) << text;
}

TEST(Config, TellsTheTableInWhichAKeyBelongs) {
    EXPECT_EQ(faults_of("login_timeout = \"5m\"\n"),
              "/etc/mdmail/mdmail.conf:1:1: unknown key \"login_timeout\"; did you mean \"limits.login_timeout\"?\n");
}

TEST(Config, TellsWhatIsKnownWhereNothingIsNear) {
    const auto faults = faults_of("[pop3]\nzzzzzzzzzzzz = 1\n");
    EXPECT_NE(faults.find("; known here: idle_timeout"), std::string::npos) << faults;
}

TEST(Config, RefusesValuesOfAnotherType) {
    EXPECT_EQ(faults_of("workers = \"two\"\n"),
              "/etc/mdmail/mdmail.conf:1:11: \"workers\" is \"two\"; expected an integer, from 0 to 64\n");
    EXPECT_EQ(faults_of("workers = 65\n"),
              "/etc/mdmail/mdmail.conf:1:11: \"workers\" is 65; expected an integer, from 0 to 64\n");
    EXPECT_EQ(faults_of("[log]\ntarget = \"sislog\"\n"),
              "/etc/mdmail/mdmail.conf:2:10: \"log.target\" is \"sislog\"; expected one of \"syslog\", \"stderr\", "
              "\"file\"; did "
              "you mean \"syslog\"?\n");
    EXPECT_EQ(faults_of("[queue]\nretry = [\"1m\", \"soon\"]\n"),
              "/etc/mdmail/mdmail.conf:2:16: \"queue.retry\" is an array; expected a list, each a duration such as "
              "\"10m\", from "
              "1s to 7d\n");
    EXPECT_EQ(faults_of("smtp = 3\n"),
              "/etc/mdmail/mdmail.conf:1:1: \"smtp\" is an integer; expected the table [smtp]\n");
    EXPECT_EQ(faults_of("[paths]\nstore = \"here\"\n"),
              "/etc/mdmail/mdmail.conf:2:9: \"paths.store\" is \"here\"; expected an absolute path\n");
}

TEST(Config, ListenersOfTheFileReplaceTheUsualOnes) {
    EXPECT_EQ(good("")->listeners().size(), 8U);
    const auto config = good(
        "[[listener]]\nprotocol = \"submission\"\naddress = \"127.0.0.1\"\nport = 21465\ntls = \"implicit\"\n"
        "proxy_from = [\"10.0.0.0/8\"]\n"
        "[[listener]]\nprotocol = \"lmtp\"\naddress = \"unix:/run/mdmail/lmtp.sock\"\ntls = \"none\"\n");
    ASSERT_EQ(config->listeners().size(), 2U);
    const auto& first = config->listeners()[0];
    EXPECT_EQ(first.protocol, Protocol::submission);
    EXPECT_EQ(first.port, 21465);
    EXPECT_EQ(first.tls, Tls::implicit);
    EXPECT_EQ(first.auth, Auth::required);
    ASSERT_EQ(first.proxy_from.size(), 1U);
    EXPECT_TRUE(first.proxy_from[0].contains("10.1.2.3"));
    EXPECT_EQ(config->listeners()[1].auth, Auth::off);
    EXPECT_EQ(config->listeners()[1].port, 0);
}

TEST(Config, LocalUsersHaveAListenerOfTheirOwn) {
    const auto usual = good("[paths]\nrun = \"/run/other\"\n");
    ASSERT_NE(usual->local_submission(), nullptr);
    EXPECT_EQ(usual->local_submission()->address, "unix:/run/other/submit");
    const auto one = [](const std::string& rest) {
        return good("[[listener]]\nprotocol = \"submission\"\ntls = \"none\"\nauth = \"off\"\n" + rest);
    };
    EXPECT_NE(one("address = \"unix:/x\"\n")->local_submission(), nullptr);
    EXPECT_EQ(one("address = \"unix:/x\"\nenabled = false\n")->local_submission(), nullptr);
    EXPECT_EQ(one("address = \"127.0.0.1\"\n")->local_submission(), nullptr);
    EXPECT_EQ(good("[[listener]]\nprotocol = \"submission\"\naddress = \"unix:/x\"\n")->local_submission(), nullptr);
    for (const std::string more : {"tls = \"implicit\"\n", "proxy_from = [\"10.0.0.1\"]\n"}) {
        const auto row = "[[listener]]\nprotocol = \"submission\"\nauth = \"off\"\n" + more;
        EXPECT_NE(faults_of("\n" + row + "address = \"unix:/x\"\n").find("for local users"), std::string::npos);
        EXPECT_EQ(faults_of(row + "address = \"127.0.0.1\"\n"), "");
    }
}

TEST(Config, AListenerSaysItsProtocolAndHasAPlaceOfItsOwn) {
    EXPECT_EQ(faults_of("[[listener]]\nport = 25\n"),
              "/etc/mdmail/mdmail.conf:1:1: [[listener]] has no \"protocol\"; expected one of \"smtp\", "
              "\"submission\", \"lmtp\", "
              "\"imap\", \"pop3\"\n");
    EXPECT_EQ(
        faults_of("[[listener]]\nprotocol = \"smpt\"\n"),
        "/etc/mdmail/mdmail.conf:2:12: \"protocol\" is \"smpt\"; expected one of \"smtp\", \"submission\", \"lmtp\", "
        "\"imap\", \"pop3\"; did you mean \"smtp\"?\n");
    EXPECT_NE(faults_of("[[listener]]\nprotocol = \"imap\"\n[[listener]]\nprotocol = \"imap\"\n")
                  .find("line 1 already listens"),
              std::string::npos);
    EXPECT_NE(faults_of("[listener]\nprotocol = \"imap\"\n").find("expected [[listener]]"), std::string::npos);
}

TEST(Config, PlacesOfTheFilterStandBehindTheListeners) {
    const auto config =
        good("[filter]\nlisten = [\"inet:[::1]:8891\", \"inet:127.0.0.1:8892\", \"unix:/run/m.sock\"]\n");
    ASSERT_EQ(config->listeners().size(), 11U);
    EXPECT_EQ(config->listeners()[8].protocol, Protocol::milter);
    EXPECT_EQ(config->listeners()[8].address, "::1");
    EXPECT_EQ(config->listeners()[8].port, 8891);
    EXPECT_EQ(config->listeners()[8].tls, Tls::none);
    EXPECT_EQ(config->listeners()[9].address, "127.0.0.1");
    EXPECT_EQ(config->listeners()[10].address, "unix:/run/m.sock");
    EXPECT_EQ(config->listeners()[10].port, 0);
    EXPECT_NE(faults_of("[filter]\nlisten = [\"inet:localhost:8891\"]\n").find("with a numeric address"),
              std::string::npos);
    EXPECT_NE(faults_of("[filter]\nlisten = [\"unix:/x\", \"unix:/x\"]\n").find("already listens"), std::string::npos);
    EXPECT_NE(faults_of("[[listener]]\nprotocol = \"milter\"\n").find("expected"), std::string::npos);
}

TEST(Config, NoListenerTakesPasswordsWithoutTls) {
    EXPECT_NE(faults_of("[[listener]]\nprotocol = \"imap\"\ntls = \"none\"\n").find("logins without TLS"),
              std::string::npos);
}

TEST(Config, AFileThatIsNotThereIsAFault) {
    const test::TemporaryDirectory directory;
    const auto config = load(directory / "mdmail.conf");
    ASSERT_FALSE(config.has_value());
    EXPECT_NE(config.error()[0].describe().find("mdmail.conf: no such file"), std::string::npos);
}

TEST(Config, TrustedNetworksAndRelaysAreNetworks) {
    const auto config = good(
        "[trusted]\nnetworks = [\"192.0.2.0/24\", \"2001:db8::/32\"]\n"
        "[[relay]]\nnetwork = \"198.51.100.7\"\nsenders = [\"printer.example\"]\n");
    EXPECT_TRUE(config->trusted("192.0.2.200"));
    EXPECT_TRUE(config->trusted("::ffff:192.0.2.1"));
    EXPECT_TRUE(config->trusted("2001:db8:1::1"));
    EXPECT_FALSE(config->trusted("192.0.3.1"));
    EXPECT_FALSE(config->trusted("not an address"));
    EXPECT_TRUE(config->relays().at(0).networks.at(0).contains("198.51.100.7"));
    EXPECT_NE(faults_of("[trusted]\nnetworks = [\"192.0.2.1/24\"]\n").find("without bits beyond its prefix"),
              std::string::npos);
}

TEST(Config, FindsTheInstanceDespiteLinesThatAreNoToml) {
    const test::TemporaryDirectory directory;
    const auto path = directory / "mdmail.conf";
    std::ofstream(path)
        << "this is nothing\nhostname = \"mail.example.org\"\n[paths]\nrun = \"/srv/run\"\nlog = \"/srv\n";
    ASSERT_FALSE(load(path).has_value());
    const auto rest = load_despite_faults(path);
    ASSERT_NE(rest, nullptr);
    EXPECT_EQ((*rest)[opt::hostname], "mail.example.org");
    EXPECT_EQ((*rest)[opt::paths_run], "/srv/run");
}

TEST(Config, OfAFileThatHasLittleOfTomlNothingIsRead) {
    const test::TemporaryDirectory directory;
    std::ofstream file(directory / "mdmail.conf");
    for (int i = 0; i < 40; ++i) file << "line " << i << "\n";
    file.close();
    EXPECT_EQ(load_despite_faults(directory / "mdmail.conf"), nullptr);
}

TEST(Config, ReadsTheFileOfVersionOne) {
    const char* source = std::getenv("srcdir");
    const auto config = load(std::string(source != nullptr ? source : ".") + "/tests/fixtures/config/v1.conf");
    ASSERT_TRUE(config.has_value()) << describe(config.error());
    const auto& c = **config;
    EXPECT_EQ(c[opt::hostname], "mail.example.org");
    EXPECT_EQ(c[opt::workers], 2);
    EXPECT_EQ(c[opt::dns_servers], (std::vector<std::string>{"127.0.0.1:5353", "[::1]:53"}));
    EXPECT_EQ(c[opt::dns_trust_anchors], "");
    EXPECT_EQ(c[opt::intake_gather], 5ms);
    EXPECT_EQ(c[opt::intake_large], 512U << 10);
    EXPECT_EQ(c[opt::queue_retry], (std::vector<std::chrono::milliseconds>{1min, 90min}));
    EXPECT_EQ(c[opt::submission_sender_must_match], "false") << "a switch then, one word of several now";
    EXPECT_EQ(c.listeners().at(0).port, 2465);
    EXPECT_EQ(c.relays().at(0).senders.at(0), "printer.example.org");
}

TEST(Config, ASwitchThatBecameAChoiceTakesBoth) {
    const auto match = [](const std::string& value) {
        return good("[submission]\nsender_must_match = " + value + "\n")->operator[](opt::submission_sender_must_match);
    };
    EXPECT_EQ(match("true"), "true");
    EXPECT_EQ(match("false"), "false");
    EXPECT_EQ(match("\"both\""), "both");
    EXPECT_FALSE(load_text("[submission]\nsender_must_match = 1\n", "f"));
    EXPECT_FALSE(load_text("[[listener]]\nprotocol = true\n", "f"));
}

TEST(Config, RelaysHaveARate) {
    const auto config =
        good("[[relay]]\nnetwork = \"192.0.2.1\"\nrate = \"100/1h\"\n[[relay]]\nnetwork = \"192.0.2.2\"\n");
    EXPECT_EQ(config->relays().at(0).rate_count, 100u);
    EXPECT_EQ(config->relays().at(0).rate_time, 1h);
    EXPECT_EQ(config->relays().at(1).rate_count, 0u);
    for (const auto* rate : {"100", "0/1h", "x/1h", "100/0s", "100/", "-1/1h"})
        EXPECT_FALSE(load_text(std::string("[[relay]]\nnetwork = \"192.0.2.1\"\nrate = \"") + rate + "\"\n", "f"))
            << rate;
}

TEST(Config, TheClosestRouteCounts) {
    const auto config = good(
        "[[route]]\ndomain = \"*\"\nto = \"smtp:[smart.example.net]:587\"\nlogin = \"me\"\n"
        "password_file = \"/etc/mdmail/smart\"\n"
        "[[route]]\ndomain = \"*.example.org\"\nto = \"smtp:hub.example.org\"\n"
        "[[route]]\ndomain = \"Lists.Example.org\"\nto = \"lmtp:unix:/run/lists\"\n");
    const auto host = [&](std::string_view domain) {
        const auto* route = config->route_for(domain);
        return route == nullptr ? "" : route->to.host + route->to.path;
    };
    EXPECT_EQ(host("lists.example.org"), "/run/lists");
    EXPECT_EQ(host("x.lists.example.ORG"), "hub.example.org");
    EXPECT_EQ(host("example.org"), "smart.example.net");
    EXPECT_EQ(host("notexample.org"), "smart.example.net");
    EXPECT_EQ(config->route_for("a.test")->tls, ClientTls::verify);
    EXPECT_FALSE(config->route_for("x.example.org")->tls);
    EXPECT_EQ(good("")->route_for("example.org"), nullptr);
}

TEST(Config, FaultsOfRoutesAreTold) {
    const auto faulty = [](std::string_view fields) {
        return !load_text("[[route]]\n" + std::string(fields) + "\n", "f").has_value();
    };
    EXPECT_FALSE(faulty("domain = \"a.test\"\nto = \"smtp:b.test\""));
    EXPECT_TRUE(faulty("domain = \"a.test\""));
    EXPECT_TRUE(faulty("domain = \"a.*\"\nto = \"smtp:b.test\""));
    EXPECT_TRUE(faulty("domain = \"a.test\"\nto = \"smtp:b.test\"\nlogin = \"me\""));
    EXPECT_TRUE(faulty("domain = \"a.test\"\nto = \"smtp:b.test\"\ntls = \"perhaps\""));
    for (const auto* to : {"smtp:b.test", "smtp:[192.0.2.1]", "lmtp:unix:/run/x"})
        EXPECT_TRUE(faulty("domain = \"a.test\"\ntls = \"verify\"\nto = \"" + std::string(to) + "\"")) << to;
    const std::string login = "domain = \"a.test\"\nto = \"smtp:[b.test]\"\nlogin = \"me\"\npassword_file = \"/x\"\n";
    EXPECT_TRUE(faulty(login + "tls = \"may\""));
    EXPECT_FALSE(faulty(login + "tls = \"must\""));
    EXPECT_TRUE(
        faulty("domain = \"a.test\"\nto = \"smtp:b.test\"\n[[route]]\ndomain = \"A.test\"\nto = \"smtp:c.test\""));
}

TEST(Config, ARestartIsNeededWhereARowSaysSo) {
    const auto before = good("");
    const auto after = good("workers = 2\n[paths]\nspool = \"/elsewhere\"\n");
    EXPECT_EQ(need_restart(*before, *after), std::vector<std::string_view>{"paths.spool"});
}

}  // namespace
}  // namespace md::config
