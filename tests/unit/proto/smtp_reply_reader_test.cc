// tests/unit/proto/smtp_reply_reader_test.cc - proto/smtp/reply_reader.h

#include "proto/smtp/reply_reader.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace md::smtp {
namespace {

using Progress = ReplyReader::Progress;
using Lines = std::vector<std::string>;

struct Read {
    Progress progress = Progress::more;
    ServerReply reply;
    std::string fault;
    std::string rest;  ///< what was not consumed
};

Read read_by(std::size_t step, std::string_view octets) {
    ReplyReader reader;
    Read read;
    while (!octets.empty() && read.progress == Progress::more) {
        const auto one = reader.feed(octets.substr(0, step));
        EXPECT_LE(one.consumed, std::min(step, octets.size()));
        read.progress = one.progress;
        EXPECT_TRUE(one.progress != Progress::more || one.consumed == std::min(step, octets.size()));
        octets.remove_prefix(one.consumed);
    }
    read.rest = octets;
    read.fault = reader.fault();
    if (read.progress == Progress::complete) read.reply = reader.take();
    return read;
}

/// The whole at once; and the same result in pieces of some sizes.
Read read(std::string_view octets) {
    auto whole = read_by(octets.size(), octets);
    for (const std::size_t step : {1, 2, 3, 7}) {
        const auto pieces = read_by(step, octets);
        EXPECT_EQ(pieces.progress, whole.progress) << step;
        EXPECT_EQ(pieces.reply.lines, whole.reply.lines) << step;
        EXPECT_EQ(pieces.reply.code, whole.reply.code) << step;
        EXPECT_EQ(pieces.fault, whole.fault) << step;
        EXPECT_TRUE(whole.progress != Progress::complete || pieces.rest == whole.rest) << step;
    }
    return whole;
}

ServerReply reply(std::string_view octets) {
    auto result = read(octets);
    EXPECT_EQ(result.progress, Progress::complete) << octets;
    return std::move(result.reply);
}

TEST(SmtpReplyReader, OneLine) {
    const auto r = read("250 ok\r\n354 go on\r\n");
    EXPECT_EQ(r.reply.code, 250);
    EXPECT_EQ(r.reply.lines, Lines{"ok"});
    EXPECT_FALSE(r.reply.status);
    EXPECT_EQ(r.rest, "354 go on\r\n");
    EXPECT_TRUE(r.reply.positive());
    EXPECT_TRUE(reply("354 go on\r\n").intermediate());
    EXPECT_TRUE(reply("451 later\r\n").transient());
    EXPECT_TRUE(reply("550 no\r\n").permanent());
}

TEST(SmtpReplyReader, ManyLines) {  // RFC 5321 §4.2.1
    const auto r =
        reply("250-First line\r\n250-Second line\r\n250-234 Text beginning with numbers\r\n250 The last\r\n");
    EXPECT_EQ(r.lines, (Lines{"First line", "Second line", "234 Text beginning with numbers", "The last"}));
}

TEST(SmtpReplyReader, WhatServersSend) {
    EXPECT_EQ(reply("250\r\n").lines, Lines{""});  // RFC 5321 §4.2: text may be missing
    EXPECT_EQ(reply("250 \r\n").lines, Lines{""});
    EXPECT_EQ(reply("250\n").lines, Lines{""});
    EXPECT_EQ(reply("250\tok\n").lines, Lines{"ok"});
    EXPECT_EQ(reply("250-\n250-a\r\n250\n").lines, (Lines{"", "a", ""}));
}

TEST(SmtpReplyReader, StatusOfTheCodesClass) {  // RFC 2034 §4
    const auto refused = reply("550-5.7.1 not you\r\n550 5.7.1 not today\r\n");
    EXPECT_EQ(*refused.status, (mail::Status{5, 7, 1}));
    EXPECT_EQ(refused.lines, (Lines{"not you", "not today"}));
    EXPECT_EQ(reply("250 2.1.5\r\n").lines, Lines{""});
    EXPECT_EQ(*reply("550-see\r\n550 5.1.1 no\r\n").status, (mail::Status{5, 1, 1}));
    const auto other = reply("550 4.7.1 later\r\n");
    EXPECT_FALSE(other.status);
    EXPECT_EQ(other.lines, Lines{"4.7.1 later"});
    EXPECT_FALSE(reply("550 5.1.1no\r\n").status);
    EXPECT_FALSE(reply("550 5.1\r\n").status);
    EXPECT_FALSE(reply("354 2.0.0 go\r\n").status);
}

TEST(SmtpReplyReader, NoReply) {
    for (const auto* octets : {"\r\n", "25\r\n", "25x ok\r\n", "150 ok\r\n", "199\r\n", "600 no\r\n", "000 \r\n",
                               "2500 ok\r\n", "250_ok\r\n", "HTTP/1.1 400 Bad Request\r\n", " 250 ok\r\n", "\n"})
        EXPECT_EQ(read(octets).progress, Progress::malformed) << octets;
    EXPECT_EQ(read("250-a\r\n251 b\r\n").fault, "the lines of a reply have different codes");
    EXPECT_EQ(read("250-a\r\nb\r\n").fault, "not a reply");
    EXPECT_EQ(read("250 ok").progress, Progress::more);
    EXPECT_EQ(read("250-ok\r\n").progress, Progress::more);
}

TEST(SmtpReplyReader, LimitOfALine) {
    const auto line = [](std::size_t octets) { return "250 " + std::string(octets - 6, 'x') + "\r\n"; };
    EXPECT_EQ(reply(line(kReplyLineLimit)).lines.front().size(), kReplyLineLimit - 6);
    EXPECT_EQ(read(line(kReplyLineLimit + 1)).fault, "a line of the reply is too long");
    EXPECT_EQ(read(std::string(kReplyLineLimit + 1, '2')).progress, Progress::malformed) << "without its end";
}

TEST(SmtpReplyReader, TextBeyondTheLimitIsCountedOnly) {
    std::string octets;
    for (int i = 0; i < 100; ++i) octets += "250-" + std::string(1000, 'x') + "\r\n";
    octets += "250 end\r\n";
    const auto r = reply(octets);
    EXPECT_EQ(r.lines.size(), 8u);
    EXPECT_EQ(r.dropped_lines, 93u) << "the short one behind them, too";
}

TEST(SmtpReplyReader, LimitsOfAReply) {
    const auto lines = [](std::size_t count, const std::string& text) {
        std::string octets;
        for (std::size_t i = 1; i < count; ++i) octets += "250-" + text + "\r\n";
        return octets + "250 " + text + "\r\n";
    };
    EXPECT_EQ(read_by(1 << 20, lines(kReplyLines, "")).progress, Progress::complete);
    EXPECT_EQ(read_by(1 << 20, lines(kReplyLines + 1, "")).fault, "reply too long");
    const std::string big(2042, 'x');  // a line of 2 KiB: 512 of them are the limit
    EXPECT_EQ(read_by(1 << 20, lines(512, big)).progress, Progress::complete);
    EXPECT_EQ(read_by(4096, lines(513, big)).fault, "reply too long");
}

TEST(SmtpReplyReader, BeginsAnew) {
    ReplyReader reader;
    EXPECT_FALSE(reader.begun());
    ASSERT_EQ(reader.feed("550-5.1.1 a\r\n550 b\r\n").progress, Progress::complete);
    EXPECT_TRUE(reader.begun());
    EXPECT_EQ(reader.take().lines, (Lines{"a", "b"}));
    EXPECT_FALSE(reader.begun());
    ASSERT_EQ(reader.feed("250 c\r\n").progress, Progress::complete);
    const auto second = reader.take();
    EXPECT_EQ(second.lines, Lines{"c"});
    EXPECT_FALSE(second.status);
}

TEST(SmtpReplyReader, OneLineForPeople) {
    EXPECT_EQ(one_line(reply("550 5.1.1 no such user\r\n")), "550 5.1.1 no such user");
    EXPECT_EQ(one_line(reply("550-5.1.1 no \r\n550-5.1.1\r\n550 5.1.1 such user\r\n")), "550 5.1.1 no such user");
    EXPECT_EQ(one_line(reply("250\r\n")), "250");
    EXPECT_EQ(one_line(reply("550 a\tb\x1b[31mc\x7f\rd\r\n")), "550 a b?[31mc??d");
    EXPECT_EQ(one_line(reply("550 stra\xc3\x9f"
                             "e\r\n")),
              "550 stra\xc3\x9f"
              "e");
    EXPECT_EQ(one_line(reply("550 stra\xdf"
                             "e\r\n")),
              "550 stra?e");
    EXPECT_EQ(one_line(reply("550 \xc2\x9b"
                             "31m\r\n")),
              "550 ??31m")
        << "a C1 control in UTF-8";
}

TEST(SmtpReplyReader, OneLineIsCutBetweenCharacters) {
    EXPECT_EQ(one_line(reply("550 " + std::string(496, 'x') + "\r\n")).size(), 500u);
    const auto cut = one_line(reply("550 " + std::string(497, 'x') + "\r\n"));
    EXPECT_EQ(cut, "550 " + std::string(493, 'x') + "...");
    std::string umlauts;
    for (int i = 0; i < 400; ++i) umlauts += "\xc3\xa4";
    for (const auto* shift : {"", "x"}) {
        const auto text = one_line(reply("550 " + (shift + umlauts) + "\r\n"));
        EXPECT_TRUE(is_utf8(text));
        EXPECT_GE(text.size(), 499u);
        EXPECT_LE(text.size(), 500u);
    }
}

TEST(SmtpReplyReader, OfferIsWhatEhloSays) {
    const auto offer = read_offer(reply(
        "250-mx.example.org PIPELINING here\r\n250-size 1000\r\n250-8BitMime\r\n250-CHUNKING\r\n"
        "250-ENHANCEDSTATUSCODES\r\n250-AUTH plain LOGIN\r\n250-AUTH=LOGIN CRAM-MD5\r\n250-XEXCH50 a b\r\n250-\r\n"
        "250-LIMITS RCPTMAX=20 MAILMAX=x\r\n250 STARTTLS\r\n"));
    EXPECT_FALSE(offer.has(Extension::pipelining)) << "the first line is the server's name";
    EXPECT_TRUE(offer.has(Extension::size));
    EXPECT_EQ(offer.size_limit, 1000u);
    EXPECT_TRUE(offer.has(Extension::eight_bit_mime));
    EXPECT_TRUE(offer.has(Extension::chunking));
    EXPECT_TRUE(offer.has(Extension::enhanced_status_codes));
    EXPECT_TRUE(offer.has(Extension::starttls));
    EXPECT_TRUE(offer.has(Extension::auth));
    EXPECT_EQ(offer.mechanisms, (Lines{"PLAIN", "LOGIN", "CRAM-MD5"}));
    EXPECT_EQ(told_limit(offer, "RCPTMAX"), 20u);
    EXPECT_FALSE(told_limit(offer, "MAILMAX"));
    EXPECT_FALSE(told_limit(offer, "RCPTDOMAINMAX"));
    for (const auto absent : {Extension::binary_mime, Extension::smtputf8, Extension::dsn, Extension::prdr})
        EXPECT_FALSE(offer.has(absent));
}

TEST(SmtpReplyReader, SizeWithoutANumberIsNoLimit) {  // RFC 1870 §4
    for (const auto* size : {"SIZE", "SIZE 0", "SIZE much", "SIZE -1", "SIZE 99999999999999999999999"}) {
        const auto offer = read_offer(reply(std::string("250-x\r\n250 ") + size + "\r\n"));
        EXPECT_TRUE(offer.has(Extension::size)) << size;
        EXPECT_EQ(offer.size_limit, 0u) << size;
    }
}

TEST(SmtpReplyReader, OurOwnServersOfferComesBack) {
    Offer told;
    for (const auto& rule : kExtensions) told.add(rule.extension);
    told.size_limit = 12345;
    told.mechanisms = {"PLAIN", "SCRAM-SHA-256"};
    told.limits = {"MAILMAX=5", "RCPTMAX=100"};
    const auto read = read_offer(reply(ehlo_reply("mx.example.org", told).bytes()));
    for (const auto& rule : kExtensions) EXPECT_TRUE(read.has(rule.extension)) << rule.keyword;
    EXPECT_EQ(read.size_limit, told.size_limit);
    EXPECT_EQ(read.mechanisms, told.mechanisms);
    EXPECT_EQ(read.limits, told.limits);
}

}  // namespace
}  // namespace md::smtp
