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
    EXPECT_EQ(*canonical(Kind::sender,
                         "Gr\xC3\xBC\xC3\x9F"
                         "e@B\xC3\xBC"
                         "cher.example"),
              "gr\xC3\xBC\xC3\x9F"
              "e@xn--bcher-kva.example");
    EXPECT_EQ(*canonical(Kind::sender,
                         "b\xC3\xBC"
                         "cher.example"),
              "*@xn--bcher-kva.example");
    EXPECT_FALSE(canonical(Kind::sender, "half\xC3@example.org"));
    EXPECT_EQ(*canonical(Kind::sender, "Alice@Example.ORG"), "alice@example.org");
    EXPECT_EQ(*canonical(Kind::sender, "<alice@example.org>"), "alice@example.org");
    EXPECT_EQ(*canonical(Kind::sender, "Example.org"), "*@example.org");
    EXPECT_EQ(*canonical(Kind::sender, "*@example.org"), "*@example.org");
    EXPECT_EQ(*canonical(Kind::sender, "news*@*.example.org"), "news*@*.example.org");
    EXPECT_EQ(*canonical(Kind::sender, "*.example.org"), "*@*.example.org");
    EXPECT_EQ(*canonical(Kind::sender, "J\xc3\xbcrgen*@x"), "j\xc3\xbcrgen*@x");
    EXPECT_EQ(*canonical(Kind::sender, "<>"), "<>");
    for (const char* const text : {"", "@", "alice@", "a b@example.org", "a@b@", "ali\nce@example.org", "*\x01@x"})
        EXPECT_FALSE(canonical(Kind::sender, text)) << text;
    EXPECT_FALSE(canonical(Kind::sender, std::string(400, '*')));
}

struct Form {
    Kind kind;
    const char* text;
    const char* value;  ///< empty: refused
};

TEST(PolicyEntry, HoldsOneFormOfEachOtherKind) {
    for (const auto& form : {
             Form{Kind::recipient, "Bob@Example.ORG", "bob@example.org"},
             Form{Kind::recipient, "example.org", "*@example.org"},
             Form{Kind::recipient, "info*@example.org", "info*@example.org"},
             Form{Kind::recipient, "<>", ""},
             Form{Kind::recipient, "\"a b\"@example.org", ""},
             Form{Kind::host, "Mail.Example.org.", "mail.example.org"},
             Form{Kind::host, "*.Example.org", "*.example.org"},
             Form{Kind::host, "dsl-*.example.org", "dsl-*.example.org"},
             Form{Kind::host, "*", ""},
             Form{Kind::host, "**", ""},
             Form{Kind::host, "a b", ""},
             Form{Kind::host, "user@example.org", ""},
             Form{Kind::helo, "ylmf-pc", "ylmf-pc"},
             Form{Kind::helo, "[192.0.2.1]", "[192.0.2.1]"},
             Form{Kind::helo, "h\xc3\xb6st", "xn--hst-sna"},
             Form{Kind::host, "*.h\xc3\xb6st.example", "*.xn--hst-sna.example"},
             Form{Kind::host, "h\xc3\xb6st..example", ""},
             Form{Kind::account, "Ann@Example.org", "ann@example.org"},
             Form{Kind::account, "ann", ""},
             Form{Kind::account, "*@example.org", "*@example.org"},
             Form{Kind::account, "a@[192.0.2.1]", ""},
         }) {
        const auto value = canonical(form.kind, form.text);
        EXPECT_EQ(value ? *value : std::string(), form.value) << name(form.kind) << " " << form.text;
    }
}

TEST(PolicyEntry, AScopeIsADomainOrAnAccount) {
    EXPECT_EQ(canonical_scope("Example.org"), "example.org");
    EXPECT_EQ(canonical_scope("Ann@Example.org"), "ann@example.org");
    for (const char* const text : {"", "a b", "@example.org", "ann@", "\"a b\"@example.org"})
        EXPECT_FALSE(canonical_scope(text)) << text;
}

TEST(PolicyEntry, EachListHoldsItsKinds) {
    for (const auto kind : {Kind::ip, Kind::host, Kind::sender, Kind::recipient, Kind::helo}) {
        EXPECT_TRUE(holds(List::black, kind)) << name(kind);
        EXPECT_TRUE(holds(List::white, kind)) << name(kind);
        EXPECT_EQ(holds(List::ban, kind), kind == Kind::ip || kind == Kind::sender) << name(kind);
        EXPECT_EQ(parse_kind(name(kind)), kind);
    }
    EXPECT_TRUE(holds(List::ban, Kind::account));
    EXPECT_FALSE(holds(List::black, Kind::account));
}

TEST(PolicyEntry, APatternWithOneStarInFrontIsFoundByItsEnd) {
    EXPECT_TRUE(is_suffix(Kind::host, "*.example.org"));
    EXPECT_TRUE(is_suffix(Kind::sender, "*@*.example.org"));
    for (const char* const value : {"*example.org", "*.*.org", "a*.example.org", "example.org", "*."})
        EXPECT_FALSE(is_suffix(Kind::host, value)) << value;
    EXPECT_FALSE(is_suffix(Kind::sender, "*.example.org"));
    EXPECT_FALSE(is_suffix(Kind::sender, "*@example.org"));
}

TEST(PolicyEntry, CanonicalIsAFixedPoint) {
    for (const char* const text : {"Alice@Example.ORG", "Example.org", "*.example.org", "<>", "a*@x"}) {
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
    entry.scope = "ann@example.com";
    entry.comment = "k\xc3\xb6nnte";
    entry.who = "root";
    entry.created = *parse_rfc3339("2026-11-25T10:30:00Z");
    entry.expires = *parse_rfc3339("2027-01-01T00:00:00Z");
    return entry;
}

TEST(PolicyEntry, IsReadAsItWasWritten) {
    const auto read = decode(key_of(sample()), encode_record(sample()));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, sample());
}

/// Version 1 has no `who`.
TEST(PolicyEntry, ARecordOfVersionOneIsRead) {
    auto old = sample();
    old.who.clear();
    auto record = encode_record(old);
    record.resize(record.size() - 4);
    record[0] = 1;
    const auto read = decode(key_of(old), record);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, old);
}

TEST(PolicyEntry, WhatIsCutLongerOrOfAnotherVersionIsNone) {
    const auto key = key_of(sample());
    const auto record = encode_record(sample());
    for (std::size_t size = 0; size < record.size(); ++size) EXPECT_FALSE(decode(key, record.substr(0, size))) << size;
    EXPECT_FALSE(decode(key, record + "x"));
    EXPECT_FALSE(decode(key, "\x03" + record.substr(1)));
    EXPECT_FALSE(decode(key, std::string(1, '\0') + record.substr(1)));
    EXPECT_FALSE(decode("\x04" + key.substr(1), record)) << "no such list";
    EXPECT_FALSE(decode(key.substr(0, 1) + "\x06" + key.substr(2), record)) << "a kind that is not of this list";
    EXPECT_FALSE(decode(key.substr(0, 1) + "\x07" + key.substr(2), record)) << "a kind that is to come";
    EXPECT_FALSE(decode(key.substr(0, 19), record)) << "no value";
    auto other = sample();
    other.scope = "Ann@example.com";
    EXPECT_FALSE(decode(key_of(other), record)) << "a scope that is not in its form";
    other = sample();
    other.comment = std::string(kLongestComment + 1, 'x');
    EXPECT_FALSE(decode(key_of(other), encode_record(other))) << "a comment that is too long";
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
