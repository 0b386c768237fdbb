// tests/unit/delivery/srs_test.cc - delivery/srs.h

#include "delivery/srs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/strings.h"

namespace md::delivery {
namespace {

using std::chrono::days;
using std::chrono::hours;
using Secrets = std::vector<std::string>;

const std::string kSecret = "a secret of this site";
const Secrets kSecrets{kSecret};
constexpr WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 28) + hours(20);

/// The path, or the fault's name.
std::string shown(const Result<std::string, SrsFault>& result) {
    if (result) return *result;
    switch (result.error()) {
        case SrsFault::not_an_address: return "not an address";
        case SrsFault::too_long: return "too long";
        case SrsFault::not_srs: return "not srs";
        case SrsFault::bad_hash: return "bad hash";
        case SrsFault::expired: return "expired";
    }
    return "?";
}

std::string rewritten(std::string_view path, WallTime now = kNow, std::string_view own = "fwd.example") {
    return shown(srs_rewrite(path, own, kSecret, now));
}

std::string reversed(std::string_view address, WallTime now = kNow, const Secrets& secrets = kSecrets) {
    return shown(srs_reverse(address, secrets, now));
}

TEST(Srs, APathComesBack) {
    for (const char* path : {"ann@example.org", "Ann.B+tag=x@Example.org", "a=b=c@x.example", "\"a b\"@example.org",
                             "\"a@b\"@example.org", "\"a\\\"b\"@x.example", "SRS0@x.example", "srs0=no@x.example",
                             "SRS1=a=b@x.example", "srs0fan@x.example", "ann@[192.0.2.1]", "gr\xc3\xbcn@x.example"}) {
        const auto there = rewritten(path);
        EXPECT_TRUE(starts_with_nocase(there, "SRS0=") || starts_with_nocase(there, "\"SRS0=")) << there;
        EXPECT_TRUE(there.ends_with("@fwd.example")) << there;
        EXPECT_EQ(reversed(there), path) << there;
    }
}

TEST(Srs, TheFormIsThatOfAllForwarders) {
    const auto there = rewritten("ann@example.org");
    const auto local_part = there.substr(0, there.find('@'));
    const auto fields = split(local_part, '=');
    ASSERT_EQ(fields.size(), 5U);
    EXPECT_EQ(fields[0], "SRS0");
    EXPECT_EQ(fields[1].size(), 6U);
    // 2026-11-28 is day 20785 of the epoch: 305 modulo 1024, 9 * 32 + 17.
    EXPECT_EQ(fields[2], "JR");
    EXPECT_EQ(fields[3], "example.org");
    EXPECT_EQ(fields[4], "ann");
}

TEST(Srs, TheEmptyPathStays) {  // RFC 5321 §6.1: a report must never lead to one
    EXPECT_EQ(rewritten(""), "");
    EXPECT_EQ(reversed(""), "not an address");
}

TEST(Srs, NothingMayBeChanged) {
    const auto there = rewritten("ann@example.org");
    const auto at = there.find('@');
    for (std::size_t i = 5; i < at; ++i) {
        auto other = there;
        other[i] = other[i] == 'q' || other[i] == 'Q' ? 'z' : 'q';
        const auto back = reversed(other);
        EXPECT_TRUE(back == "bad hash" || back == "not srs") << other << " gave " << back;
    }
    // Where the fields are cut is covered, too.
    const auto moved = rewritten("x.ann@example.org");
    const auto cut = moved.find("=x.ann");
    EXPECT_EQ(reversed(moved.substr(0, cut) + ".x=ann@fwd.example"), "bad hash");
    EXPECT_EQ(reversed("SRS1" + there.substr(4)), "not srs");
    EXPECT_EQ(reversed(there, kNow, {"another"}), "bad hash");
    EXPECT_EQ(reversed(there, kNow, {}), "bad hash");
    EXPECT_EQ(reversed(there, kNow, {""}), "bad hash");
}

TEST(Srs, AShortHashIsNone) {
    const auto there = rewritten("ann@example.org");
    EXPECT_EQ(reversed(there.substr(0, 10) + there.substr(11)), "bad hash") << "five letters";
    EXPECT_EQ(reversed("SRS0=" + there.substr(11)), "not srs") << "none";
    SrsRules four;
    four.hash_letters = 4;
    const auto brief = srs_rewrite("ann@example.org", "fwd.example", kSecret, kNow, four);
    EXPECT_EQ(shown(srs_reverse(shown(brief), kSecrets, kNow, four)), "ann@example.org");
    EXPECT_EQ(shown(srs_reverse(shown(brief), kSecrets, kNow)), "bad hash");
    EXPECT_EQ(shown(srs_reverse(there, kSecrets, kNow, four)), "ann@example.org") << "a longer one is a better one";
    const auto padded = "SRS0=" + std::string(60, 'A') + there.substr(11);
    EXPECT_EQ(reversed(padded), "bad hash");
}

TEST(Srs, OlderSecretsAreStillTaken) {
    const auto there = rewritten("ann@example.org");
    EXPECT_EQ(reversed(there, kNow, {"the new one", kSecret}), "ann@example.org");
    EXPECT_EQ(reversed(there, kNow, {kSecret, "an older one"}), "ann@example.org");
}

TEST(Srs, AfterThreeWeeksAPathIsOver) {
    const auto there = rewritten("ann@example.org");
    EXPECT_EQ(reversed(there, kNow + days(21)), "ann@example.org");
    EXPECT_EQ(reversed(there, kNow + days(21) + hours(3)), "ann@example.org") << "days are counted, not hours";
    EXPECT_EQ(reversed(there, kNow + days(22)), "expired");
    EXPECT_EQ(reversed(there, kNow + days(512)), "expired");
    EXPECT_EQ(reversed(there, kNow + days(1022)), "expired");
    SrsRules brief;
    brief.valid_days = 0;
    EXPECT_EQ(shown(srs_reverse(there, kSecrets, kNow, brief)), "ann@example.org");
    EXPECT_EQ(shown(srs_reverse(there, kSecrets, kNow + days(1), brief)), "expired");
}

TEST(Srs, AClockBehindIsForgivenOneDay) {
    const auto there = rewritten("ann@example.org");
    EXPECT_EQ(reversed(there, kNow - days(1)), "ann@example.org");
    EXPECT_EQ(reversed(there, kNow - days(2)), "expired");
}

TEST(Srs, TheDaysGoRound) {  // every 1024 days the letters begin again
    for (int day = 0; day < 1030; ++day) {
        const auto now = kNow + days(day);
        const auto there = rewritten("ann@example.org", now);
        EXPECT_EQ(reversed(there, now + days(21)), "ann@example.org") << day;
        EXPECT_EQ(reversed(there, now + days(22)), "expired") << day;
        EXPECT_EQ(reversed(there, now - days(2)), "expired") << day;
    }
}

TEST(Srs, HostsMayFoldCase) {
    const auto there = rewritten("Ann@Example.org");
    EXPECT_EQ(reversed(lower(there)), "ann@example.org");
    EXPECT_EQ(reversed(upper(there)), "ANN@EXAMPLE.ORG");
    const auto further = rewritten(lower(there), kNow, "second.example");
    EXPECT_EQ(reversed(upper(further)), upper("SRS0" + there.substr(4, there.find('@') - 4) + "@fwd.example"));
}

TEST(Srs, ChainsLeadBackToTheFirst) {
    const auto first = rewritten("ann@example.org", kNow, "one.example");
    const auto second = rewritten(first, kNow, "two.example");
    EXPECT_TRUE(second.starts_with("SRS1=")) << second;
    EXPECT_NE(second.find("=one.example==" + first.substr(5, first.find('@') - 5)), std::string::npos) << second;
    const auto third = shown(srs_rewrite(second, "three.example", "the third's secret", kNow));
    EXPECT_TRUE(third.starts_with("SRS1=") && third.ends_with("@three.example")) << third;
    EXPECT_EQ(third.find("two.example"), std::string::npos) << "no chain grows";
    EXPECT_EQ(reversed(third, kNow, {"the third's secret"}), first);
    EXPECT_EQ(reversed(third), "bad hash");
    EXPECT_EQ(reversed(second), first);
    EXPECT_EQ(reversed(reversed(second)), "ann@example.org");
    EXPECT_EQ(reversed(second, kNow + days(100)), first) << "its date is the first one's matter";
}

TEST(Srs, TheFirstOnesSeparatorIsKept) {
    for (const char* first : {"SRS0+abcd=JR=example.org=ann@one.example", "SRS0-abcd=JR=example.org=ann@one.example"}) {
        const auto second = rewritten(first);
        EXPECT_TRUE(second.starts_with("SRS1=")) << second;
        EXPECT_EQ(reversed(second), first);
    }
}

TEST(Srs, AnSrs1MayNotBeChanged) {
    const auto second = rewritten(rewritten("ann@example.org", kNow, "one.example"), kNow, "two.example");
    auto other = second;
    other.replace(other.find("one.example"), 11, "two.example");
    EXPECT_EQ(reversed(other), "bad hash");
    EXPECT_EQ(reversed("SRS0" + second.substr(4)), "not srs");
}

TEST(Srs, WhatIsTooLongStays) {  // RFC 5321 §4.5.3.1.1
    // SRS0= 6 = 2 = domain = local: 5 + 7 + 3 + 12 octets of them.
    EXPECT_NE(rewritten(std::string(37, 'a') + "@example.org"), "too long");
    EXPECT_EQ(rewritten(std::string(38, 'a') + "@example.org"), "too long");
    EXPECT_EQ(rewritten("\"" + std::string(34, 'a') + " b\"@example.org"), "too long") << "quotes count";
    EXPECT_NE(rewritten("\"" + std::string(33, 'a') + " b\"@example.org"), "too long");
    const std::string label(63, 'd');
    EXPECT_EQ(rewritten("ann@example.org", kNow, label + "." + label + "." + label + "." + label.substr(0, 40)),
              "too long");
}

TEST(Srs, HostileAddresses) {
    for (const char* address :
         {"", "ann", "@", "@fwd.example", "SRS0=a=b=c=d", "SRS0=a=b=c=d@", "SRS0=a=b=c=d@x\r\nRCPT TO:<y@z>",
          "\"SRS0=a=b=c=d\x01\"@x.example", "SRS0=a=b=c=\xff@x.example"})
        EXPECT_EQ(reversed(address), "not an address") << address;
    for (const char* address :
         {"ann@x.example", "SRS0@x.example", "SRS0=@x.example", "SRS0====@x.example", "SRS0=a=b=c@x.example",
          "SRS0=a=b=c=@x.example", "SRS0a=b=c=d=e@x.example", "SRS1=a=b@x.example", "SRS1=a=b=@x.example",
          "SRS1=a=b==@x.example", "SRS1=a=b=c=d@x.example", "SRS1===c@x.example", "SRS2=a=b=c=d@x.example"})
        EXPECT_EQ(reversed(address), "not srs") << address;
    EXPECT_EQ(reversed("SRS0=abcdef=JR=example.org=ann@x.example"), "bad hash");
    EXPECT_EQ(reversed("SRS1=abcdef=example.org==a@x.example"), "bad hash");
    EXPECT_EQ(rewritten("ann"), "not an address");
    EXPECT_EQ(rewritten("ann@x.example", kNow, "no domain"), "not an address");
    EXPECT_EQ(rewritten("ann@x.example", kNow, ""), "not an address");
}

TEST(Srs, WhatComesOutIsAnAddressOrNothing) {
    // Another forwarder's text may hide anything; signed by us it is still no address.
    const auto second = rewritten("\"SRS0=a=b=c=d e\"@one.example");
    EXPECT_EQ(reversed(second), "\"SRS0=a=b=c=d e\"@one.example");
    const auto third = rewritten("SRS1=abcdef=-bad-==x@one.example");
    EXPECT_EQ(reversed(third), "not an address");
}

}  // namespace
}  // namespace md::delivery
