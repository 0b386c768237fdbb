#include "sendmail/message_text.h"

#include <gtest/gtest.h>

namespace md::sendmail {

namespace {

/// In pieces of that many octets; all ways must be one.
std::string read_in(std::string_view input, bool dot_ends, std::size_t piece) {
    TextReader reader(dot_ends);
    std::string out;
    for (; !input.empty(); input.remove_prefix(std::min(piece, input.size())))
        if (!reader.feed(input.substr(0, piece), out)) return out;
    reader.finish(out);
    return out;
}

std::string text_of(std::string_view input, bool dot_ends = true) {
    const auto whole = read_in(input, dot_ends, input.size() + 1);
    EXPECT_EQ(read_in(input, dot_ends, 1), whole);
    EXPECT_EQ(read_in(input, dot_ends, 3), whole);
    return whole;
}

struct Parts {
    std::string header;
    std::string body;
    bool ended = false;
};

Parts parts_in(std::string_view input, std::size_t piece) {
    HeaderReader reader;
    std::string body;
    for (; !input.empty(); input.remove_prefix(std::min(piece, input.size()))) {
        const auto next = input.substr(0, piece);
        reader.ended() ? void(body.append(next)) : reader.feed(next, body);
    }
    return {reader.header(), body, reader.ended()};
}

Parts parts_of(std::string_view input) {
    const auto whole = parts_in(input, input.size() + 1);
    const auto octets = parts_in(input, 1);
    EXPECT_EQ(octets.header, whole.header);
    EXPECT_EQ(octets.body, whole.body);
    return whole;
}

std::string sent(std::string_view text) {
    bool at_start = true;
    const auto whole = sending_form(text, at_start);
    bool at_start_too = true;
    std::string octets;
    for (const char c : text) octets += sending_form({&c, 1}, at_start_too);
    EXPECT_EQ(octets, whole);
    return whole;
}

}  // namespace

TEST(SendmailText, EveryLineEndBecomesOne) {
    EXPECT_EQ(text_of("a\r\nb\nc\rd"), "a\nb\nc\nd\n");
    EXPECT_EQ(text_of("a\r\r\nb\n\n"), "a\nb\n\n");
    EXPECT_EQ(text_of("a\r"), "a\n");
    EXPECT_EQ(text_of(""), "");
}

TEST(SendmailText, ALineOfOneDotEndsIt) {
    EXPECT_EQ(text_of("a\n.\nb\n"), "a\n");
    EXPECT_EQ(text_of("a\r\n.\r\nb"), "a\n");
    EXPECT_EQ(text_of("a\n."), "a\n");
    EXPECT_EQ(text_of("a\n..\n.b\nc.\n"), "a\n..\n.b\nc.\n");
    EXPECT_EQ(text_of("a\n.\nb\n", false), "a\n.\nb\n");
    EXPECT_EQ(text_of(".", false), ".\n");
    EXPECT_EQ(text_of("a\n.\rworking\n"), "a\n.\nworking\n") << "a bare CR does not";
    EXPECT_EQ(text_of("a\r.\nb\n"), "a\n.\nb\n");
    EXPECT_EQ(text_of("a\r.\n.\nb\n"), "a\n.\n");
}

TEST(SendmailText, TheHeaderEndsWhereTheFieldsDo) {
    auto parts = parts_of("A: 1\n 2\nB : 3\n\nC: 4\n");
    EXPECT_EQ(parts.header, "A: 1\n 2\nB : 3\n");
    EXPECT_EQ(parts.body, "C: 4\n");
    parts = parts_of("A: 1\nhello there\nB: 2\n");
    EXPECT_EQ(parts.header, "A: 1\n");
    EXPECT_EQ(parts.body, "hello there\nB: 2\n");
    parts = parts_of("hello\n");
    EXPECT_EQ(parts.header, "");
    EXPECT_EQ(parts.body, "hello\n");
    parts = parts_of("\ntext\n");
    EXPECT_EQ(parts.header, "");
    EXPECT_EQ(parts.body, "text\n");
    EXPECT_FALSE(parts_of("A: 1\n").ended);
    EXPECT_EQ(parts_of("A: 1\n").header, "A: 1\n");
}

TEST(SendmailText, AMailboxesLineAtTheFrontIsNoField) {
    EXPECT_EQ(parts_of("From root Mon Jan  1 00:00:00 2024\nA: 1\n\n").header, "A: 1\n");
    EXPECT_EQ(parts_of("From : root\nA: 1\n\n").header, "From : root\nA: 1\n");
    EXPECT_EQ(parts_of("A: 1\nFrom root: x\n\n").header, "A: 1\n");
}

TEST(SendmailText, AHeaderHasABound) {
    HeaderReader reader;
    std::string rest;
    reader.feed("A: " + std::string(HeaderReader::kHeaderLimit, 'x'), rest);
    EXPECT_TRUE(reader.too_large());
}

TEST(SendmailText, DotsAreDoubledOnTheWire) {
    EXPECT_EQ(sent("a\n.\n.b\nc.\n"), "a\r\n..\r\n..b\r\nc.\r\n");
    EXPECT_EQ(sent("."), "..");
}

TEST(SendmailText, OneEnvelopeLineIsDropped) {
    const auto parts = parts_of("From a Mon\nFrom b Tue\nFrom c Wed\n");
    EXPECT_EQ(parts.header, "");
    EXPECT_EQ(parts.body, "From b Tue\nFrom c Wed\n");
}

}  // namespace md::sendmail
