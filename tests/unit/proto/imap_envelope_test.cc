// tests/unit/proto/imap_envelope_test.cc - see src/proto/imap/envelope.h

#include "proto/imap/envelope.h"

#include <gtest/gtest.h>

namespace {

using namespace md;
using namespace std::string_literals;

std::string envelope_of(std::string_view header, std::uint32_t budget = 1000) {
    std::string out;
    imap::AddressBudget left{budget};
    imap::append_envelope(out, mail::read_envelope(header), left);
    return out;
}

TEST(ImapEnvelope, TheExampleOfTheRfc) {  // RFC 3501 §8
    EXPECT_EQ(envelope_of("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                          "From: Terry Gray <gray@cac.washington.edu>\r\n"
                          "Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
                          "To: imap@cac.washington.edu\r\n"
                          "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                          "Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
                          "MIME-Version: 1.0\r\n"
                          "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"),
              "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes\" "
              "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
              "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
              "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
              "((NIL NIL \"imap\" \"cac.washington.edu\")) "
              "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) "
              "NIL NIL \"<B27397-0100000@cac.washington.edu>\")");
}

TEST(ImapEnvelope, AbsentAndEmpty) {  // RFC 3501 §7.4.2
    EXPECT_EQ(envelope_of(""), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
    EXPECT_EQ(
        envelope_of("Date:\nSubject: \nIn-Reply-To:\nMessage-ID:\nTo:\nSender: \nReply-To: r@x\nFrom: f@x\n"),
        "(\"\" \"\" ((NIL NIL \"f\" \"x\")) ((NIL NIL \"f\" \"x\")) ((NIL NIL \"r\" \"x\")) NIL NIL NIL \"\" \"\")");
}

TEST(ImapEnvelope, GroupsRoutesAndMissingDomains) {
    EXPECT_EQ(envelope_of("To: Group: a@b, <@c:d@e>;\nCc: bob, u:;\n"),
              "(NIL NIL NIL NIL NIL ((NIL NIL \"Group\" NIL)(NIL NIL \"a\" \"b\")(NIL \"@c\" \"d\" \"e\")"
              "(NIL NIL NIL NIL)) ((NIL NIL \"bob\" \"\")(NIL NIL \"u\" NIL)(NIL NIL NIL NIL)) NIL NIL NIL)");
}

TEST(ImapEnvelope, OctetsThatNoQuotedStringHolds) {
    EXPECT_EQ(envelope_of("Subject: gr\xc3\xbc\xc3\x9f\nFrom: \"a\\\"b\" <x@y>\nMessage-ID: a\0b\n"s),
              "(NIL {6}\r\ngr\xc3\xbc\xc3\x9f ((\"a\\\"b\" NIL \"x\" \"y\")) ((\"a\\\"b\" NIL \"x\" \"y\")) "
              "((\"a\\\"b\" NIL \"x\" \"y\")) NIL NIL NIL NIL \"ab\")");
}

TEST(ImapEnvelope, AddressesAreBounded) {
    EXPECT_EQ(envelope_of("To: g: a@b, c@d;\nCc: e@f\n", 2),
              "(NIL NIL NIL NIL NIL ((NIL NIL \"g\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL)) NIL NIL NIL NIL)");
}

}  // namespace
