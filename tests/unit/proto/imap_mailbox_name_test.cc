// tests/unit/proto/imap_mailbox_name_test.cc - see src/proto/imap/mailbox_name.h

#include "proto/imap/list_pattern.h"
#include "proto/imap/mailbox_name.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace md::imap;

bool matches(std::string_view name, std::string_view pattern) {
    return ListPattern(pattern).matches(name);
}

std::string decoded(std::string_view name) {
    const auto result = decode_utf7(name);
    return result ? *result : "! " + std::string(result.error().text);
}
std::string encoded(std::string_view name) {
    const auto result = encode_utf7(name);
    return result ? *result : "! " + std::string(result.error().text);
}

TEST(ImapMailboxName, BothWays) {
    const std::pair<const char*, const char*> names[] = {
        {"", ""},
        {"Sent Mail/2024", "Sent Mail/2024"},
        {"a&-b", "a&b"},
        {"~peter/mail/&U,BTFw-/&ZeVnLIqe-",
         "~peter/mail/\xE5\x8F\xB0\xE5\x8C\x97/\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"},
        {"&Jjo-!", "\xE2\x98\xBA!"},
        {"&U,BTF2XlZyyKng-", "\xE5\x8F\xB0\xE5\x8C\x97\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"},
        {"Entw&APw-rfe", "Entw\xC3\xBCrfe"},
        {"&2D3eAA-", "\xF0\x9F\x98\x80"},
        {"&AOQ-&-&AOQ-", "\xC3\xA4&\xC3\xA4"},
    };
    for (const auto& [wire, utf8] : names) {
        EXPECT_EQ(decoded(wire), utf8);
        EXPECT_EQ(encoded(utf8), wire);
    }
}

TEST(ImapMailboxName, RefusesSecondSpellings) {
    EXPECT_EQ(decoded("&U,BTFw-&ZeVnLIqe-"), "! superfluous shift in mailbox name");
    EXPECT_EQ(decoded("&AEE-"), "! mailbox name encodes a character that stands for itself");
    EXPECT_EQ(decoded("&ACY-"), "! mailbox name encodes a character that stands for itself");
    EXPECT_EQ(decoded("&APx-"), "! incomplete base64 in mailbox name");
    EXPECT_EQ(decoded("&APwA-"), "! incomplete base64 in mailbox name");
    EXPECT_EQ(decoded("&A-"), "! incomplete base64 in mailbox name");
}

TEST(ImapMailboxName, RefusesMalformed) {
    EXPECT_EQ(decoded("&Jjo!"), "! \"&\" in mailbox name without its \"-\"");
    EXPECT_EQ(decoded("&Jjo!-"), "! \"&\" in mailbox name without its \"-\"");
    EXPECT_EQ(decoded("R&D"), "! \"&\" in mailbox name without its \"-\"");
    EXPECT_EQ(decoded("&Jjo=-"), "! \"&\" in mailbox name without its \"-\"");
    EXPECT_EQ(decoded("&2D0-"), "! unpaired surrogate in mailbox name");
    EXPECT_EQ(decoded("&3gA-"), "! unpaired surrogate in mailbox name");
    EXPECT_EQ(decoded("&2D0AQQ-"), "! unpaired surrogate in mailbox name");
    EXPECT_EQ(decoded("a\xC3\xA4"), "! 8-bit octet in mailbox name");
    EXPECT_EQ(decoded("a\nb"), "! control character in mailbox name");
    EXPECT_EQ(decoded("&AAo-"), "! control character in mailbox name");
    EXPECT_EQ(decoded("&AAA-"), "! control character in mailbox name");
}

TEST(ImapMailboxName, EncodeWantsLawfulUtf8) {
    for (const auto* name :
         {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "a\xE2\x98"})
        EXPECT_EQ(encoded(name), "! mailbox name is not UTF-8");
    EXPECT_EQ(encoded("a\rb"), "! control character in mailbox name");
    EXPECT_EQ(encoded("\x7F"), "! control character in mailbox name");
}

TEST(ImapMailboxName, WireNameNeverFails) {
    EXPECT_EQ(wire_name("a\xC3\xA4"), "a&AOQ-");
    EXPECT_EQ(wire_name("a\xFF\nb"), "a&,,3,,Q-b");
}

TEST(ImapMailboxName, InboxInAnyCaseAndAsFirstLevelOnly) {
    EXPECT_EQ(*decode_mailbox("iNbOx"), "INBOX");
    EXPECT_EQ(*decode_mailbox("inbox/Drafts"), "INBOX/Drafts");
    EXPECT_EQ(*decode_mailbox("inboxes"), "inboxes");
    EXPECT_EQ(*decode_mailbox("a/inbox"), "a/inbox");
}

TEST(ImapMailboxName, PatternsOfList) {
    EXPECT_TRUE(matches("INBOX", "*"));
    EXPECT_TRUE(matches("INBOX", "%"));
    EXPECT_TRUE(matches("INBOX", "inbox"));
    EXPECT_TRUE(matches("a/b", "*"));
    EXPECT_FALSE(matches("a/b", "%"));
    EXPECT_TRUE(matches("a/b", "%/%"));
    EXPECT_FALSE(matches("a/b/c", "%/%"));
    EXPECT_TRUE(matches("a/b/c", "a/*c"));
    EXPECT_TRUE(matches("foo/bar", "foo%*r"));
    EXPECT_FALSE(matches("Foo", "foo"));
    EXPECT_TRUE(matches("", ""));
    EXPECT_TRUE(matches("", "*%"));
    EXPECT_FALSE(matches("a", ""));
    EXPECT_TRUE(matches("aXbXc", "a%X%c"));
    EXPECT_FALSE(matches("a/X", "%X"));
    EXPECT_TRUE(matches("a/X", "*%X"));
}

TEST(ImapMailboxName, ManyWildcardsCostTheProductAtMost) {
    std::string pattern;
    for (int i = 0; i < 500; ++i) pattern += "*%a";
    EXPECT_FALSE(matches(std::string(499, 'a') + "b", pattern));
    EXPECT_TRUE(matches(std::string(500, 'a'), pattern));
    EXPECT_TRUE(matches(std::string(200, 'a') + "/" + std::string(300, 'b'), std::string(200, 'a') + "/%b"));
    EXPECT_FALSE(matches(std::string(1'001, 'a'), std::string(1'001, 'a'))) << "no name is as long";
}

}  // namespace
