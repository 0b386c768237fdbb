// tests/unit/policy/entry_test.cc - policy/entry.h

#include "policy/entry.h"

#include <gtest/gtest.h>

namespace md::policy {
namespace {

TEST(PolicyEntry, HoldsOneFormOfEachNetwork) {
    EXPECT_EQ(*canonical(Kind::ip, "192.0.2.0/24"), "192.0.2.0/24");
    EXPECT_EQ(*canonical(Kind::ip, "2001:DB8:0:0::/32"), "2001:db8::/32");
    EXPECT_EQ(*canonical(Kind::ip, "192.0.2.1/32"), *canonical(Kind::ip, "192.0.2.1"));
    for (const char* const text : {"192.0.2.1/24", "192.0.2", "example.org", "", "192.0.2.0/33", "192.0.2.0/"})
        EXPECT_FALSE(canonical(Kind::ip, text)) << text;
}

TEST(PolicyEntry, HoldsOneFormOfEachSender) {
    EXPECT_EQ(*canonical(Kind::sender, "Alice@Example.ORG"), "alice@example.org");
    EXPECT_EQ(*canonical(Kind::sender, "<alice@example.org>"), "alice@example.org");
    EXPECT_EQ(*canonical(Kind::sender, "Example.org"), "*@example.org");
    EXPECT_EQ(*canonical(Kind::sender, "*@example.org"), "*@example.org");
    EXPECT_EQ(*canonical(Kind::sender, "news*@*.example.org"), "news*@*.example.org");
    EXPECT_EQ(*canonical(Kind::sender, "*.example.org"), "*@*.example.org");
    EXPECT_EQ(*canonical(Kind::sender, "<>"), "<>");
    for (const char* const text :
         {"", "@", "alice@", "a b@example.org", "a@b@", "ali\nce@example.org", "*\x01@x", "j\xc3\xbcrgen*@x"})
        EXPECT_FALSE(canonical(Kind::sender, text)) << text;
    EXPECT_FALSE(canonical(Kind::sender, std::string(400, '*')));
}

TEST(PolicyEntry, CanonicalIsAFixedPoint) {
    for (const char* const text :
         {"Alice@Example.ORG", "Example.org", "*.example.org", "<>", "\"A b\"@x.org", "a*@x"}) {
        const auto once = canonical(Kind::sender, text);
        ASSERT_TRUE(once) << text;
        EXPECT_EQ(*canonical(Kind::sender, *once), *once) << text;
    }
}

TEST(PolicyEntry, StarsStandForAnyOctets) {
    EXPECT_TRUE(matches("*@*.example.org", "a@b.example.org"));
    EXPECT_FALSE(matches("*@*.example.org", "a@example.org"));
    EXPECT_TRUE(matches("news*@x", "news@x"));
    EXPECT_TRUE(matches("a*b*c", "aXbYbZc"));
    EXPECT_FALSE(matches("a*b*c", "aXbYbZ"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_FALSE(matches("", "a"));
    EXPECT_TRUE(matches("a**", "a"));
}

TEST(PolicyEntry, ManyStarsCostNoMoreThanTheirProduct) {
    std::string pattern;
    for (int i = 0; i < 150; ++i) pattern += "*a";
    EXPECT_FALSE(matches(pattern + "b", std::string(320, 'a')));
}

Entry sample() {
    Entry entry;
    entry.list = List::white;
    entry.kind = Kind::sender;
    entry.value = "alice@example.org";
    entry.comment = "k\xc3\xb6nnte";
    entry.created = *parse_rfc3339("2026-11-25T10:30:00Z");
    entry.expires = *parse_rfc3339("2027-01-01T00:00:00Z");
    return entry;
}

TEST(PolicyEntry, IsReadAsItWasWritten) {
    const auto read = decode(key_of(sample()), encode_record(sample()));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, sample());
}

TEST(PolicyEntry, WhatIsCutLongerOrOfAnotherVersionIsNone) {
    const auto key = key_of(sample());
    const auto record = encode_record(sample());
    for (std::size_t size = 0; size < record.size(); ++size) EXPECT_FALSE(decode(key, record.substr(0, size))) << size;
    EXPECT_FALSE(decode(key, record + "x"));
    EXPECT_FALSE(decode(key, "\x02" + record.substr(1)));
    EXPECT_FALSE(decode("\x03" + key.substr(1), record)) << "no such list";
    EXPECT_FALSE(decode(key.substr(0, 1) + "\x05" + key.substr(2), record)) << "a kind that is to come";
    EXPECT_FALSE(decode(key.substr(0, 4), record)) << "no value";
}

TEST(PolicyEntry, ACommentIsOneLineOfUtf8) {
    EXPECT_EQ(clean_comment(" a\nb\tc "), "a b c");
    for (const auto& text : {std::string("\x01 sold\x19\x01"), std::string("a\0", 2), std::string("\n")})
        EXPECT_EQ(clean_comment(clean_comment(text)), clean_comment(text));
    EXPECT_EQ(clean_comment("\x01sold\x19"), "sold");
    EXPECT_EQ(clean_comment("k\xc3\xb6nnte"), "k\xc3\xb6nnte");
    EXPECT_EQ(clean_comment("\xff"), "?");
    const auto cut = clean_comment(std::string(kLongestComment - 1, 'x') + "\xc3\xb6");
    EXPECT_EQ(cut.size(), kLongestComment - 1);
}

}  // namespace
}  // namespace md::policy
