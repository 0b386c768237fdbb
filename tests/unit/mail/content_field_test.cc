// tests/unit/mail/content_field_test.cc - mail/content_field.h

#include "mail/content_field.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

Parameters parameters_of(std::string_view value) {
    const auto type = parse_content_type(value);
    return type ? type->parameters : Parameters{{"no", "type"}};
}

TEST(ContentField, TypeSubtypeParameters) {  // RFC 2045 §5.1
    const auto type = parse_content_type(" text/plain; charset=us-ascii (Plain text)");
    ASSERT_TRUE(type);
    EXPECT_EQ(type->type, "text");
    EXPECT_EQ(type->subtype, "plain");
    EXPECT_EQ(type->parameters, (Parameters{{"charset", "us-ascii"}}));
    EXPECT_EQ(parameters_of("text/plain; charset=\"us-ascii\""), (Parameters{{"charset", "us-ascii"}}));
}

TEST(ContentField, CommentsBetweenTokens) {
    EXPECT_EQ(parameters_of("(a (b) c\\)) text (x) / (y) html ; (z) charset (q) = (r) utf-8 (s)"),
              (Parameters{{"charset", "utf-8"}}));
    EXPECT_FALSE(parse_content_type("(text/plain"));
}

TEST(ContentField, FoldedAndQuotedPairs) {
    EXPECT_EQ(parameters_of("multipart/mixed;\r\n\tboundary=\"a \\\" b\";\n name=\"two\r\n lines\""),
              (Parameters{{"boundary", "a \" b"}, {"name", "two lines"}}));
}

TEST(ContentField, WhatBrokenWritersMeant) {
    EXPECT_EQ(parameters_of("image/png; name=my cat.png"), (Parameters{{"name", "my cat.png"}}));
    EXPECT_EQ(parameters_of("image/png; name=a b=c d"), (Parameters{{"name", "a"}, {"b", "c d"}}));
    EXPECT_EQ(parameters_of("text/plain charset=utf-8"), (Parameters{{"charset", "utf-8"}}));
    EXPECT_EQ(parameters_of("text/plain;;; charset=utf-8;"), (Parameters{{"charset", "utf-8"}}));
    EXPECT_EQ(parameters_of("multipart/mixed; boundary=----=_a/b?c=="), (Parameters{{"boundary", "----=_a/b?c=="}}));
    EXPECT_EQ(parameters_of("text/plain; charset=\"utf-8"), (Parameters{{"charset", "utf-8"}}));
    EXPECT_EQ(parameters_of("text/plain; =x; flag; charset=utf-8"), (Parameters{{"charset", "utf-8"}}));
    EXPECT_EQ(parameters_of("image/gif; name=\"b\xe4r.gif\""), (Parameters{{"name", "b\xe4r.gif"}}));
}

TEST(ContentField, NoTypeIsNone) {  // RFC 2045 §5.2
    EXPECT_FALSE(parse_content_type(""));
    EXPECT_FALSE(parse_content_type("text"));
    EXPECT_FALSE(parse_content_type("text/"));
    EXPECT_FALSE(parse_content_type("/plain; charset=x"));
    EXPECT_FALSE(parse_content_type("; charset=x"));
}

TEST(ContentField, PiecesAreJoined) {  // RFC 2231 §3
    EXPECT_EQ(parameters_of("message/external-body; access-type=URL;\n"
                            " URL*0=\"ftp://\";\n URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\""),
              (Parameters{{"access-type", "URL"}, {"URL", "ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"}}));
}

TEST(ContentField, PiecesWithCharset) {  // RFC 2231 §4.1
    EXPECT_EQ(parameters_of("application/x-stuff\n title*0*=us-ascii'en'This%20is%20even%20more%20\n"
                            " title*1*=%2A%2A%2Afun%2A%2A%2A%20\n title*2=\"isn't it!\""),
              (Parameters{{"title*", "us-ascii'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!"}}));
    EXPECT_EQ(parameters_of("a/b; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A"),
              (Parameters{{"title*", "us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A"}}));
}

TEST(ContentField, PiecesOutOfOrderAndBroken) {
    EXPECT_EQ(parameters_of("a/b; n*1=b; x=y; n*0=a; N*2=c"), (Parameters{{"n", "abc"}, {"x", "y"}}));
    EXPECT_EQ(parameters_of("a/b; n*0=a; n*2=c"), (Parameters{{"n*0", "a"}, {"n*2", "c"}}));
    EXPECT_EQ(parameters_of("a/b; n*0=a; n*0=b"), (Parameters{{"n*0", "a"}, {"n*0", "b"}}));
    EXPECT_EQ(parameters_of("a/b; n*0=a; n*01=b"), (Parameters{{"n", "a"}, {"n*01", "b"}}));
    EXPECT_EQ(parameters_of("a/b; n*0=\"a b\"; n*1*=%20c"), (Parameters{{"n*", "''a%20b%20c"}}));
    EXPECT_EQ(parameters_of("a/b; *0=a; *=b"), (Parameters{{"*0", "a"}, {"*", "b"}}));
}

TEST(ContentField, ParametersAreBounded) {
    std::string value = "a/b";
    for (int i = 0; i < 5000; ++i) value += ";n*" + std::to_string(i) + "=x";
    EXPECT_EQ(parameters_of(value), (Parameters{{"n", std::string(kParameterLimit, 'x')}}));
}

TEST(ContentField, Disposition) {  // RFC 2183 §3
    const auto found = parse_disposition(
        "attachment; filename=genome.jpeg;\n"
        " modification-date=\"Wed, 12 Feb 1997 16:29:51 -0500\"");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->type, "attachment");
    EXPECT_EQ(found->parameters,
              (Parameters{{"filename", "genome.jpeg"}, {"modification-date", "Wed, 12 Feb 1997 16:29:51 -0500"}}));
    EXPECT_FALSE(parse_disposition(" ; filename=x"));
}

TEST(ContentField, EncodingAndLanguages) {
    EXPECT_EQ(parse_content_token(" (really) Base64 (yes)"), "Base64");
    EXPECT_EQ(parse_content_token(" "), "");
    EXPECT_EQ(parse_content_token("8 bit"), "8bit");
    EXPECT_EQ(parse_languages("mi, en (both)"), (std::vector<std::string>{"mi", "en"}));  // RFC 3282 §2
    EXPECT_TRUE(parse_languages(",,").empty());
}

}  // namespace
}  // namespace md::mail
