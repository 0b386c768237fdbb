// tests/unit/proto/imap_response_test.cc - see src/proto/imap/response.h, capability.h and date_time.h

#include "proto/imap/response.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/imap/capability.h"

namespace {

using namespace md::imap;

template <class... Arguments>
std::string made(void (*append)(std::string&, Arguments...), std::type_identity_t<Arguments>... arguments) {
    std::string out;
    append(out, arguments...);
    return out;
}

TEST(ImapResponse, StatusLines) {
    EXPECT_EQ(made(append_status, "A1", Condition::ok, "READ-WRITE", "SELECT completed"),
              "A1 OK [READ-WRITE] SELECT completed\r\n");
    EXPECT_EQ(made(append_status, "", Condition::bye, "", "logging out"), "* BYE logging out\r\n");
    EXPECT_EQ(made(append_status, "a", Condition::no, "", ""), "a NO .\r\n");
    EXPECT_EQ(made(append_continuation, ""), "+ \r\n");
    EXPECT_EQ(made(append_number, 18, "EXISTS"), "* 18 EXISTS\r\n");
}

TEST(ImapResponse, NoTextBreaksALine) {
    EXPECT_EQ(made(append_status, "a", Condition::bad, "", "x\r\n* BYE y\x80"), "a BAD x??* BYE y?\r\n");
    EXPECT_EQ(made(append_status, "a", Condition::bad, "X\r\nY", "z"), "a BAD [X??Y] z\r\n");
}

TEST(ImapResponse, StringsAsAtomQuotedOrLiteral) {
    EXPECT_EQ(made(append_astring, "INBOX"), "INBOX");
    EXPECT_EQ(made(append_astring, "a b"), "\"a b\"");
    EXPECT_EQ(made(append_astring, ""), "\"\"");
    EXPECT_EQ(made(append_astring, "nil"), "\"nil\"");
    EXPECT_EQ(made(append_string, "a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(made(append_string, "a\r\nb"), "{4}\r\na\r\nb");
    EXPECT_EQ(made(append_string, "\xC3\xA4"), "{2}\r\n\xC3\xA4");
    EXPECT_EQ(made(append_nstring, std::nullopt), "NIL");
    EXPECT_EQ(made(append_nstring, "NIL"), "\"NIL\"");
    EXPECT_EQ(made(append_mailbox, "Entw\xC3\xBCrfe"), "Entw&APw-rfe");
    EXPECT_EQ(made(append_mailbox, "50%"), "\"50%\"");
}

TEST(ImapResponse, Flags) {
    EXPECT_EQ(made(append_flags, 0, {}, false), "()");
    EXPECT_EQ(made(append_flags, bit(Flag::seen) | bit(Flag::recent), {"$Junk", "bad one", ""}, true),
              "(\\Seen \\Recent $Junk \\*)");
}

TEST(ImapResponse, ListAndStatus) {
    EXPECT_EQ(made(append_list, "LIST", "\\Noselect", "", ""), "* LIST (\\Noselect) \"/\" \"\"\r\n");
    EXPECT_EQ(made(append_list, "LSUB", "", "foo/bar", ""), "* LSUB () \"/\" foo/bar\r\n");
    EXPECT_EQ(made(append_list, "LIST", "\\Subscribed", "Foo", "(\"CHILDINFO\" (\"SUBSCRIBED\"))"),
              "* LIST (\\Subscribed) \"/\" Foo (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n");
    EXPECT_EQ(made(append_quota_root, "INBOX", true), "* QUOTAROOT INBOX \"\"\r\n");
    EXPECT_EQ(made(append_quota_root, "a b", false), "* QUOTAROOT \"a b\"\r\n");
    const Status all{"x", 32 | 64 | 128 | 256 | 512 | 1024};
    EXPECT_EQ(
        made(append_status_values, all,
             {.size = 5'000'000'000,
              .highestmodseq = 7,
              .mailboxid = "F1",
              .deleted = 2,
              .deleted_storage = 9,
              .appendlimit = 10}),
        "* STATUS x (SIZE 5000000000 HIGHESTMODSEQ 7 MAILBOXID (F1) DELETED 2 DELETED-STORAGE 9 APPENDLIMIT 10)\r\n");
    const Status asked{"blurdybloop", 1 | 4};
    EXPECT_EQ(made(append_status_values, asked, {.messages = 231, .uidnext = 44292, .mailboxid = {}}),
              "* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)\r\n");
}

TEST(ImapResponse, NoSizeIsMoreThanANumber) {
    std::string out;
    FetchResponse fetch(out, 1);
    fetch.size(UINT64_C(5000000000));
    const FetchItem part{FetchItem::Kind::binary_size, "BINARY.SIZE"};
    fetch.binary_size(part, UINT64_C(4294967296));
    fetch.end();
    EXPECT_EQ(out, "* 1 FETCH (RFC822.SIZE 4294967295 BINARY.SIZE 4294967295)\r\n");
}

TEST(ImapResponse, Fetch) {
    std::string out;
    FetchResponse fetch(out, 12);
    fetch.flags(bit(Flag::seen), {});
    fetch.uid(4827313);
    fetch.size(4286);
    fetch.internal_date({837596665, -420});
    FetchItem header{FetchItem::Kind::body, "BODY", true, false, {Section::Text::header_fields, {"DATE", "x y"}, {}},
                     std::nullopt};
    fetch.body(header, "ab\r\n");
    FetchItem part{FetchItem::Kind::body, "BODY", true, false, {}, Partial{0, 2}};
    fetch.body_header(part, 2);
    out += "xy";
    FetchItem old{FetchItem::Kind::body, "RFC822.TEXT", false, true, {Section::Text::text, {}, {}}, std::nullopt};
    fetch.no_body(old);
    fetch.end();
    EXPECT_EQ(out,
              "* 12 FETCH (FLAGS (\\Seen) UID 4827313 RFC822.SIZE 4286 INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" "
              "BODY[HEADER.FIELDS (DATE \"x y\")] {4}\r\nab\r\n BODY[]<0> {2}\r\nxy RFC822.TEXT NIL)\r\n");
}

TEST(ImapResponse, Vanished) {
    // RFC 7162 §3.2.10
    std::string out;
    append_vanished(out, {{405, 405}, {407, 410}}, false);
    append_vanished(out, {{41, 41}}, true);
    append_vanished(out, {}, true);
    FetchResponse fetch(out, 7);
    fetch.uid(9);
    fetch.modseq(9223372036854775807U);
    fetch.end();
    EXPECT_EQ(out,
              "* VANISHED 405,407:410\r\n* VANISHED (EARLIER) 41\r\n"
              "* 7 FETCH (UID 9 MODSEQ (9223372036854775807))\r\n");
}

TEST(ImapResponse, CapabilitiesFollowTheSituation) {
    const auto told = [](Situation situation, std::string_view name) {
        return (" " + capabilities(situation) + " ").find(" " + std::string(name) + " ") != std::string::npos;
    };
    const Situation plain{State::not_authenticated, false, true, false};
    EXPECT_EQ(capabilities(plain).substr(0, 9), "IMAP4rev1");
    EXPECT_TRUE(told(plain, "STARTTLS"));
    EXPECT_TRUE(told(plain, "LOGINDISABLED"));
    EXPECT_FALSE(told(plain, "AUTH=PLAIN"));
    const Situation encrypted{State::not_authenticated, true, true, true};
    EXPECT_FALSE(told(encrypted, "STARTTLS"));
    EXPECT_FALSE(told(encrypted, "LOGINDISABLED"));
    EXPECT_TRUE(told(encrypted, "AUTH=PLAIN"));
    EXPECT_TRUE(told(encrypted, "SASL-IR"));
    const Situation in{State::authenticated, true, true, true, false, 257890};
    EXPECT_TRUE(told(in, "APPENDLIMIT=257890"));
    EXPECT_TRUE(told(in, "UIDPLUS"));
    EXPECT_FALSE(told(encrypted, "UIDPLUS"));
    EXPECT_FALSE(told(in, "AUTH=PLAIN"));
    EXPECT_TRUE(told(in, "IDLE"));
}

TEST(ImapDateTime, BothWays) {
    for (const auto* text : {"17-Jul-1996 02:44:25 -0700", " 1-Jan-1970 00:00:00 +0000", "29-Feb-2024 23:59:59 +1245",
                             "31-Dec-9999 23:59:59 +0000", " 1-Jan-0000 00:00:00 +0000"}) {
        const auto time = parse_date_time(text);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(format_date_time(*time), text);
    }
    EXPECT_EQ(parse_date_time(" 1-jan-1970 00:00:01 +0100")->seconds, -3599);
    EXPECT_EQ(parse_date_time("31-Dec-2016 23:59:60 +0000"), parse_date_time("31-Dec-2016 23:59:59 +0000"));
}

TEST(ImapDateTime, RefusesOtherForms) {
    for (const auto* text :
         {"", "1-Jan-1970 00:00:00 +0000", "30-Feb-2024 00:00:00 +0000", "29-Feb-2023 00:00:00 +0000",
          " 0-Jan-1970 00:00:00 +0000", "01-Foo-1970 00:00:00 +0000", "01-Jan-1970 24:00:00 +0000",
          "01-Jan-1970 00:60:00 +0000", "01-Jan-1970 00:00:00  0000", "01-Jan-1970 00:00:00 +0060",
          "01-Jan-1970T00:00:00 +0000", "+1-Jan-1970 00:00:00 +0000", "01-Jan-+970 00:00:00 +0000"})
        EXPECT_FALSE(parse_date_time(text)) << text;
}

TEST(ImapDateTime, FormatsWhateverComes) {
    EXPECT_EQ(format_date_time({std::numeric_limits<std::int64_t>::max(), 32767}), "31-Dec-9999 23:59:59 +9959");
    EXPECT_EQ(format_date_time({std::numeric_limits<std::int64_t>::min(), -32768}), " 1-Jan-0000 00:00:00 -9959");
}

}  // namespace
