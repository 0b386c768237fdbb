// tests/unit/config/route_test.cc - where a route leads

#include "config/route.h"

#include <gtest/gtest.h>

namespace md::config {
namespace {

TEST(Route, LeadsToAHostAnExchangerOrASocket) {
    const auto host = parse_route_target("smtp:[2001:db8::1]:2525").value();
    EXPECT_EQ(host.host, "2001:db8::1");
    EXPECT_EQ(host.port, 2525);
    EXPECT_FALSE(host.mail_exchangers);
    EXPECT_EQ(parse_route_target("smtp:[mail.example.org]")->port, 25);
    const auto domain = parse_route_target("smtp:example.org").value();
    EXPECT_TRUE(domain.mail_exchangers);
    EXPECT_EQ(domain.host, "example.org");
    EXPECT_EQ(parse_route_target("smtp:example.org:26")->port, 26);
    EXPECT_EQ(parse_route_target("lmtp:[127.0.0.1]")->port, 24);
    const auto path = parse_route_target("lmtp:unix:/run/lmtp").value();
    EXPECT_TRUE(path.lmtp);
    EXPECT_EQ(path.path, "/run/lmtp");
    EXPECT_EQ(path.host, "");
}

TEST(Route, WhatIsNoneIsNone) {
    for (const std::string_view text :
         {"", "smtp", "smtp:", "smtp:[]", "smtp:[a", "smtp:[a]b", "smtp:[a]:", "smtp:[a]:0", "smtp:[a]:65536",
          "smtp:192.0.2.1", "smtp:a:b", "lmtp:example.org", "lmtp:unix:", "lmtp:unix:/", "smtp:unix:/x", "http:[a]",
          "SMTP:[a]", "smtp:[a b]"})
        EXPECT_FALSE(parse_route_target(text)) << text;
    EXPECT_FALSE(parse_route_target("lmtp:unix:/" + std::string(200, 'x')));
}

TEST(Route, DomainsAreNamesOrWhatIsBelowThem) {
    for (const std::string_view good : {"*", "example.org", "*.example.org", ".example.org"})
        EXPECT_TRUE(is_route_domain(good)) << good;
    for (const std::string_view bad : {"", ".", "*.", "a.*", "**", "a b", "*..a"})
        EXPECT_FALSE(is_route_domain(bad)) << bad;
    EXPECT_GT(route_match("a.example.org", "a.example.org"), route_match("*.example.org", "a.example.org"));
    EXPECT_GT(route_match("*.example.org", "a.example.org"), route_match("*.org", "a.example.org"));
    EXPECT_GT(route_match(".org", "a.example.org"), route_match("*", "a.example.org"));
    EXPECT_EQ(route_match("*.example.org", "example.org"), 0U);
    EXPECT_EQ(route_match("*.example.org", ".example.org"), 0U);
    EXPECT_EQ(route_match("example.org", "b.example.org"), 0U);
}

}  // namespace
}  // namespace md::config
