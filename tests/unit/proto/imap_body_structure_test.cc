// tests/unit/proto/imap_body_structure_test.cc - see src/proto/imap/body_structure.h

#include "proto/imap/body_structure.h"

#include <gtest/gtest.h>

namespace {

using namespace md;

std::string structure_of(std::string_view message, bool extended) {
    mail::StructureParser parser;
    parser.feed(message);
    std::string out;
    imap::append_body_structure(out, parser.finish(), extended);
    return out;
}

std::string lines(std::size_t count, std::size_t octets) {
    std::string out;
    for (std::size_t i = 0; i + 1 < count; ++i) out += "x\n";
    const auto left = octets - 3 * (count - 1) - 2;
    return out + std::string(left, 'y') + "\n";
}

TEST(ImapBodyStructure, TheExamplesOfTheRfc) {  // RFC 3501 §7.4.2, §8
    EXPECT_EQ(
        structure_of(
            "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\nContent-Transfer-Encoding: 7BIT\n\n" + lines(92, 3028), false),
        "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 3028 92)");
    EXPECT_EQ(structure_of("Content-Type: MULTIPART/MIXED; boundary=b\n\n--b\n"
                           "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\nContent-Transfer-Encoding: 7BIT\n\n" +
                               lines(23, 1152) +
                               "\n--b\n"
                               "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME=\"cc.diff\"\n"
                               "Content-ID: <960723163407.20117h@cac.washington.edu>\n"
                               "Content-Description: Compiler diff\nContent-Transfer-Encoding: BASE64\n\n" +
                               lines(73, 4554) + "\n--b--\n",
                           false),
              "((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 1152 23)(\"TEXT\" \"PLAIN\" "
              "(\"CHARSET\" \"US-ASCII\" \"NAME\" \"cc.diff\") \"<960723163407.20117h@cac.washington.edu>\" "
              "\"Compiler diff\" \"BASE64\" 4554 73) \"MIXED\")");
}

TEST(ImapBodyStructure, ExtensionData) {
    EXPECT_EQ(structure_of("Content-Type: image/gif; name=x\nContent-MD5: Q2hlY2s=\nContent-Language: de\n"
                           "Content-Disposition: attachment; filename=\"x y\"\nContent-Location: http://x/\n"
                           "Content-Transfer-Encoding: base64\n\nAAAA\n",
                           true),
              "(\"image\" \"gif\" (\"name\" \"x\") NIL NIL \"base64\" 6 \"Q2hlY2s=\" "
              "(\"attachment\" (\"filename\" \"x y\")) (\"de\") \"http://x/\")");
    EXPECT_EQ(structure_of("Content-Type: multipart/related; boundary=b; type=\"text/html\"\nContent-Language: de, en\n"
                           "Content-Disposition: inline\n\n--b\n\n--b--\n",
                           true),
              "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0 NIL NIL NIL NIL) \"related\" "
              "(\"boundary\" \"b\" \"type\" \"text/html\") (\"inline\" NIL) (\"de\" \"en\") NIL)");
}

TEST(ImapBodyStructure, MessageInMessage) {
    EXPECT_EQ(structure_of("Content-Type: message/rfc822\n\nSubject: in\nContent-Type: multipart/mixed; boundary=b\n\n"
                           "--b\nContent-Type: text/html\n\nx\n--b--\n",
                           false),
              "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 100 (NIL \"in\" NIL NIL NIL NIL NIL NIL NIL NIL) "
              "((\"text\" \"html\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0) \"mixed\") 8)");
}

// RFC 3501 §9: a number has 32 bits.
TEST(ImapBodyStructure, NumbersBeyond32BitsAreTheLargest) {
    mail::StructureParser parser;
    parser.feed("x");
    auto structure = parser.finish();
    structure.parts[0].body_size = 5'000'000'000;
    structure.parts[0].body_lines = 4'294'967'296;
    std::string out;
    imap::append_body_structure(out, structure, false);
    EXPECT_EQ(out, "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 4294967295 4294967295)");
}

TEST(ImapBodyStructure, WhatCannotBeTakenApart) {
    EXPECT_EQ(structure_of("Content-Type: multipart/mixed\n\nx\n", false),
              "(\"application\" \"octet-stream\" NIL NIL NIL \"7bit\" 3)");
    EXPECT_EQ(structure_of("Content-Type: multipart/mixed; boundary=b\n\nx\n", false),
              "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0) \"mixed\")");
    EXPECT_EQ(structure_of("Content-Type: message/global\n\nSubject: x\n\nx\n", false),
              "(\"message\" \"global\" NIL NIL NIL \"7bit\" 17)");
    EXPECT_EQ(structure_of("Content-Type: nonsense\n\nx\n", true),
              "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1 NIL NIL NIL NIL)");
}

}  // namespace
