// tests/unit/config/edit_test.cc - a key set or taken out, everything else as it was

#include "config/edit.h"

#include <gtest/gtest.h>

#include "config/options.h"

namespace md::config {
namespace {

std::string edited(std::string_view text, std::string key, std::optional<std::string> value) {
    const auto result = edit_text(main_schema(), text, "mdmail.conf", {std::move(key), std::move(value)});
    return result ? *result : "refused: " + describe(result.error().faults);
}

TEST(Edit, ReplacesAValueAndKeepsCommentsAndOrder) {
    EXPECT_EQ(edited("# mine\npaths = { run = \"/é\", log = \"/a\" }  # old\nworkers = 2\n", "paths.log", "/ü"),
              "# mine\npaths = { run = \"/é\", log = \"/ü\" }  # old\nworkers = 2\n");
    EXPECT_EQ(
        edited("[queue]\nexpire = \"5d\" # days\nretry = [\"1m\", # soon\n  \"2m\"]\n", "queue.retry", "[\"3m\"]"),
        "[queue]\nexpire = \"5d\" # days\nretry = [\"3m\"]\n");
}

TEST(Edit, TakesBareTextWhereAStringIsMeant) {
    EXPECT_EQ(edited("", "queue.expire", "2d"), "[queue]\nexpire = \"2d\"\n");
    EXPECT_EQ(edited("", "hostname", "a.example"), "hostname = \"a.example\"\n");
    EXPECT_EQ(edited("", "dns.servers", "[\"127.0.0.1:5353\"]"), "[dns]\nservers = [\"127.0.0.1:5353\"]\n");
    EXPECT_EQ(edited("", "dns.trust_anchors", "\"\""), "[dns]\ntrust_anchors = \"\"\n");
}

TEST(Edit, PutsANewKeyIntoItsTable) {
    EXPECT_EQ(edited("[queue]\nexpire = \"5d\"\n\n# about DNS\n[dns]\n", "queue.retry", "[\"1h\"]"),
              "[queue]\nexpire = \"5d\"\nretry = [\"1h\"]\n\n# about DNS\n[dns]\n");
    EXPECT_EQ(edited("[dns]\n[queue]\n", "dns.timeout", "1s"), "[dns]\ntimeout = \"1s\"\n[queue]\n");
    EXPECT_EQ(edited("[dns]", "queue.expire", "1d"), "[dns]\n\n[queue]\nexpire = \"1d\"\n");
    EXPECT_EQ(edited("# head\n\n# dns\n[dns]\n", "workers", "1"), "# head\n\nworkers = 1\n\n# dns\n[dns]\n");
    EXPECT_EQ(edited("dns.timeout = \"1s\"\n", "dns.servers", "127.0.0.1"),
              "dns.timeout = \"1s\"\ndns.servers = \"127.0.0.1\"\n");
}

TEST(Edit, PutsANewKeyAfterItsLineInComments) {
    EXPECT_EQ(edited("[queue]\n# Waits\n#expire = \"5d\"\n\n#retry = [\"4h\"]\n", "queue.expire", "1d"),
              "[queue]\n# Waits\n#expire = \"5d\"\nexpire = \"1d\"\n\n#retry = [\"4h\"]\n");
}

TEST(Edit, ReachesTheRowsOfAGroup) {
    const std::string text =
        "[[listener]]\nprotocol = \"smtp\"\nport = 1\n\n[[listener]]\nprotocol = \"imap\"\nport = 2\n";
    EXPECT_EQ(edited(text, "listener.1.port", "3"),
              "[[listener]]\nprotocol = \"smtp\"\nport = 1\n\n[[listener]]\nprotocol = \"imap\"\nport = 3\n");
    EXPECT_EQ(edited(text, "listener.0.enabled", "false"),
              "[[listener]]\nprotocol = \"smtp\"\nport = 1\nenabled = false\n\n[[listener]]\nprotocol = \"imap\"\nport "
              "= 2\n");
    EXPECT_EQ(edited(text, "listener.2.port", "3"), "refused: mdmail.conf: there is no [[listener]] number 2\n");
    EXPECT_EQ(edited(text, "listener.0.prot", "3"),
              "refused: mdmail.conf: unknown key \"listener.0.prot\"; did you mean "
              "\"listener.0.port\"?\n");
}

TEST(Edit, TakesAKeyOut) {
    EXPECT_EQ(edited("# a\nworkers = 2 # two\n# b\n", "workers", std::nullopt), "# a\n# b\n");
    EXPECT_EQ(edited("dns.servers = [\n \"127.0.0.1\"\n]\nworkers = 1\n", "dns.servers", std::nullopt),
              "workers = 1\n");
    EXPECT_EQ(edited("workers = 2\n", "hostname", std::nullopt), "workers = 2\n");
    EXPECT_EQ(edited("dns = { timeout = \"1s\" }\n", "dns.timeout", std::nullopt).substr(0, 8), "refused:");
}

TEST(Edit, RefusesWhatTheSchemaRefuses) {
    EXPECT_EQ(edited("", "hostnam", "x"),
              "refused: mdmail.conf: unknown key \"hostnam\"; did you mean \"hostname\"?\n");
    EXPECT_EQ(edited("", "workers", "many"),
              "refused: mdmail.conf: \"workers\" cannot be many; expected an integer, from 0 to 64\n");
    EXPECT_EQ(edited("", "queue.expire", "banana").substr(0, 8), "refused:");
    EXPECT_EQ(edited("", "workers", "2\nhostname = \"sneaked.example\"").substr(0, 8), "refused:");
    EXPECT_EQ(edited("smpt = 1\n", "workers", "2").substr(0, 8), "refused:");
}

}  // namespace
}  // namespace md::config
