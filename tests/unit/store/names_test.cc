// tests/unit/store/names_test.cc - store/maildir_name.h and store/folder_name.h

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/strings.h"
#include "store/folder_name.h"
#include "store/maildir_name.h"

namespace md::store {

TEST(MaildirName, TheKeyIsWhatStandsBeforeCommaAndColon) {
    const auto name = parse_maildir_name("1790.Q1.host,S=36,W=40:2,FRS");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->key, "1790.Q1.host");
    EXPECT_EQ(name->base, "1790.Q1.host,S=36,W=40");
    EXPECT_EQ(name->letters, "FRS");
    EXPECT_EQ(name->size_lf, 36U);
    EXPECT_EQ(name->size_crlf, 40U);
}

TEST(MaildirName, WhatANameDoesNotSayIsNotThere) {
    const auto name = parse_maildir_name("1790.M1.host:1,x");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->letters, "");
    EXPECT_FALSE(name->size_lf);
    EXPECT_FALSE(parse_maildir_name("a,S=-3")->size_lf);
    EXPECT_FALSE(parse_maildir_name(".hidden"));
    EXPECT_FALSE(parse_maildir_name(":2,S"));
    EXPECT_FALSE(parse_maildir_name(",S=4"));
    EXPECT_FALSE(parse_maildir_name(""));
}

TEST(MaildirName, ADeliveryHasTheSameKeyEachTime) {
    EXPECT_EQ(delivery_key(QueueId(1ULL << 40), "bob@example.org"),
              delivery_key(QueueId(1ULL << 40), "bob@example.org"));
    EXPECT_NE(delivery_key(QueueId(1ULL << 40), "bob@example.org"),
              delivery_key(QueueId(1ULL << 40), "eve@example.org"));
    EXPECT_NE(delivery_key(QueueId(1ULL << 40), "bob@example.org"),
              delivery_key(QueueId(2ULL << 40), "bob@example.org"));
    // Written down once: another answer in a later release would deliver what waits twice.
    EXPECT_EQ(delivery_key(QueueId(7ULL << 22), "bob@example.org"), "1577836800.Q00000000W0000R8ATZCN4A0KAYA.mdmail");
}

TEST(MaildirName, LettersAreSortedAndOthersKept) {
    EXPECT_EQ(letters_of(flag::seen | flag::answered, true, "Tb"), "PRSb");
    EXPECT_EQ(flags_of_letters("DFPRSTab"), flag::all);
    EXPECT_TRUE(forwarded_in_letters("PS"));
}

TEST(MaildirName, ReadsTheNamesOfVersion1) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/maildir/v1.names");
    std::string line;
    std::size_t lines = 0;
    while (std::getline(in, line)) {
        const auto columns = split(line, '\t');
        ASSERT_EQ(columns.size(), 5U) << line;
        ++lines;
        if (columns[0] == "folder") {
            EXPECT_EQ(folder_directory(columns[1]), columns[2]);
            EXPECT_EQ(folder_of_directory(columns[2]), columns[1]);
            continue;
        }
        const auto name = parse_maildir_name(columns[1]);
        ASSERT_TRUE(name) << line;
        EXPECT_EQ(name->key, columns[2]);
        EXPECT_EQ(std::to_string(name->size_lf.value_or(0)), columns[3]);
        EXPECT_EQ(name->letters, columns[4]);
    }
    EXPECT_EQ(lines, 6U);
}

TEST(FolderName, LevelsAreDotsAndDotsAreEscaped) {
    EXPECT_EQ(folder_directory("INBOX"), "");
    EXPECT_EQ(folder_directory("Archive/2026"), ".Archive.2026");
    EXPECT_EQ(folder_directory("v1.2"), ".v1&AC4-2");
    EXPECT_EQ(folder_directory("A&B"), ".A&-B");
    // RFC 3501 §5.1.3's own example
    EXPECT_EQ(folder_directory("~peter/mail/台北/日本語"), ".~peter.mail.&U,BTFw-.&ZeVnLIqe-");
    EXPECT_EQ(folder_directory("\xF0\x9F\x93\xAB"), ".&2D3c6w-") << "beyond U+FFFF: a surrogate pair";
}

TEST(FolderName, EveryNameComesBack) {
    for (const char* name :
         {"Archive/2026", "v1.2", "A&B", "台北/日本語", "\xF0\x9F\x93\xAB x", "INBOX/Sub", "Entwürfe"})
        EXPECT_EQ(folder_of_directory(folder_directory(name)), name);
}

TEST(FolderName, WhatCannotBeAFolderIsNone) {
    for (const char* name : {"", "/", "a//b", "a/", "a\x01", "\xff"}) EXPECT_FALSE(canonical_folder(name)) << name;
    EXPECT_EQ(canonical_folder("inbox/Sub"), "INBOX/Sub");
    EXPECT_EQ(canonical_folder("Inboxes"), "Inboxes");
    EXPECT_FALSE(canonical_folder(std::string(2'000, 'a')));
    for (const char* directory : {"", ".", "..", "cur", ".inbox", "..a"})
        EXPECT_FALSE(folder_of_directory(directory)) << directory;
    EXPECT_EQ(folder_of_directory(".bad&code"), "bad&code") << "no modified UTF-7: as it is";
}

TEST(FolderName, ALocalPartNeverLeadsElsewhere) {
    EXPECT_EQ(escape_local_part("bob"), "bob");
    EXPECT_EQ(escape_local_part(".."), "%2E.");
    EXPECT_EQ(escape_local_part("a/b%c"), "a%2Fb%25c");
}

}  // namespace md::store
