// tests/unit/proto/imap_fetch_test.cc - what FETCH may ask for, and how its answers are written
//
// src/proto/imap/parse_fetch.cc and FetchResponse; cases from RFC 3501 §6.4.5, 3516 §4, 7162 §3.1.4, 8474 §5

#include <gtest/gtest.h>

#include "proto/imap/command.h"
#include "proto/imap/response.h"

namespace {

using namespace md::imap;
using namespace std::string_literals;
using Kind = FetchItem::Kind;
using Text = Section::Text;

/// A command that owns what its views point into.
struct Parsed {
    explicit Parsed(const std::string& line) {
        const auto step = assembler.feed(line + "\r\n");
        EXPECT_EQ(step.event, Assembler::Event::command) << line;
        result = parse(assembler.head());
    }
    const Fetch& fetch() {
        if (!result) ADD_FAILURE() << result.error().text;
        return std::get<Fetch>(result->arguments);
    }

    Assembler assembler{AssemblerLimits()};
    md::Result<Command, SyntaxError> result = md::fail(SyntaxError{});
};

/// The labels of what is asked for, as an answer writes them.
std::string labels(const std::string& items) {
    Parsed parsed("a FETCH 1 " + items);
    if (!parsed.result) return std::string(parsed.result.error().text);
    std::string out;
    FetchResponse response(out, 1);
    for (const auto& item : parsed.fetch().items) response.no_body(item);
    response.end();
    const std::string_view start = "* 1 FETCH (";
    return out.substr(start.size(), out.size() - start.size() - 3);
}

TEST(ImapFetch, PartsOfMessages) {  // RFC 3501 §6.4.5
    EXPECT_EQ(labels("(BODY[1] BODY[3.HEADER] BODY[3.TEXT] BODY.PEEK[4.1.MIME] BODY[4.2.2.1] "
                     "BODY[4.2.HEADER.FIELDS (Date \"x y\")] body[1.header.fields.not (to)]<0.5>)"),
              "BODY[1] NIL BODY[3.HEADER] NIL BODY[3.TEXT] NIL BODY[4.1.MIME] NIL BODY[4.2.2.1] NIL "
              "BODY[4.2.HEADER.FIELDS (Date \"x y\")] NIL BODY[1.HEADER.FIELDS.NOT (to)]<0> NIL");
    Parsed parsed("a FETCH 1 BODY.PEEK[4.2.MIME]<10.20>");
    const auto& item = parsed.fetch().items.at(0);
    EXPECT_EQ(item.section.part, (std::vector<std::uint32_t>{4, 2}));
    EXPECT_EQ(item.section.text, Text::mime);
    EXPECT_EQ(item.partial->first, 10u);
    for (const auto* bad : {"BODY[0]", "BODY[1.]", "BODY[1..2]", "BODY[.1]", "BODY[MIME]", "BODY[1.0]", "BODY[01x]",
                            "BODY[4294967296]", "BODY[1.HEADER.FIELDS]", "BODY[HEADER.1]", "BODY[1TEXT]"})
        EXPECT_FALSE(Parsed("a FETCH 1 " + std::string(bad)).result) << bad;
    std::string deep = "1";
    for (int i = 0; i < 127; ++i) deep += ".1";
    EXPECT_TRUE(Parsed("a FETCH 1 BODY[" + deep + "]").result);
    EXPECT_FALSE(Parsed("a FETCH 1 BODY[" + deep + ".1]").result);
}

TEST(ImapFetch, StructureAndEnvelope) {
    Parsed parsed("a FETCH 1 (BODY BODYSTRUCTURE ENVELOPE BODY[] BODY)");
    const auto& items = parsed.fetch().items;
    ASSERT_EQ(items.size(), 4u);
    EXPECT_EQ(items[0].kind, Kind::structure);
    EXPECT_FALSE(items[0].sets_seen);
    EXPECT_EQ(items[1].kind, Kind::extended_structure);
    EXPECT_EQ(items[2].kind, Kind::envelope);
    EXPECT_EQ(items[3].kind, Kind::body);
    EXPECT_TRUE(items[3].sets_seen);
    EXPECT_FALSE(Parsed("a FETCH 1 BODYSTRUCTURE[]").result);
    EXPECT_FALSE(Parsed("a FETCH 1 BODY<0.1>").result);
}

TEST(ImapFetch, Macros) {
    const auto kinds = [](const std::string& macro) {
        std::vector<Kind> out;
        Parsed parsed("a FETCH 1 " + macro);
        for (const auto& item : parsed.fetch().items) out.push_back(item.kind);
        return out;
    };
    EXPECT_EQ(kinds("FAST"), (std::vector{Kind::flags, Kind::internaldate, Kind::rfc822_size}));
    EXPECT_EQ(kinds("all"), (std::vector{Kind::flags, Kind::internaldate, Kind::rfc822_size, Kind::envelope}));
    EXPECT_EQ(kinds("FULL"),
              (std::vector{Kind::flags, Kind::internaldate, Kind::rfc822_size, Kind::envelope, Kind::structure}));
    EXPECT_FALSE(Parsed("a FETCH 1 (ALL)").result);
}

TEST(ImapFetch, Binary) {  // RFC 3516 §7
    EXPECT_EQ(labels("(BINARY[1] BINARY.PEEK[1.2]<0.10> BINARY.SIZE[2] BINARY[])"),
              "BINARY[1] NIL BINARY[1.2]<0> NIL BINARY.SIZE[2] NIL BINARY[] NIL");
    Parsed parsed("a FETCH 1 (BINARY[1] BINARY.PEEK[1] BINARY.SIZE[1])");
    const auto& items = parsed.fetch().items;
    EXPECT_TRUE(items[0].sets_seen);
    EXPECT_FALSE(items[1].sets_seen);
    EXPECT_FALSE(items[2].sets_seen);
    for (const auto* bad : {"BINARY", "BINARY[TEXT]", "BINARY[1.MIME]", "BINARY.SIZE[1]<0.1>", "BINARY[1.HEADER]"})
        EXPECT_FALSE(Parsed("a FETCH 1 " + std::string(bad)).result) << bad;
}

TEST(ImapFetch, ChangedSinceAndVanished) {  // RFC 7162 §3.1.4.1, §3.2.6
    Parsed since("s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)");
    EXPECT_EQ(since.fetch().changed_since, 12345u);
    EXPECT_FALSE(since.fetch().vanished);
    EXPECT_EQ(since.fetch().items.back().kind, Kind::modseq);
    Parsed vanished("s100 UID FETCH 300:500 (FLAGS MODSEQ) (CHANGEDSINCE 9223372036854775807 VANISHED)");
    EXPECT_TRUE(vanished.fetch().vanished);
    EXPECT_EQ(vanished.fetch().items.size(), 3u);
    for (const auto* bad :
         {"a FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)", "a UID FETCH 1 FLAGS (VANISHED)", "a FETCH 1 FLAGS ()",
          "a FETCH 1 FLAGS (CHANGEDSINCE)", "a FETCH 1 FLAGS (CHANGEDSINCE 9223372036854775808)",
          "a FETCH 1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 1)", "a FETCH 1 FLAGS (CHANGEDSINCE 1) x",
          "a FETCH 1 FLAGS (PARTIAL 1)", "a FETCH 1 FLAGS CHANGEDSINCE 1"})
        EXPECT_FALSE(Parsed(bad).result) << bad;
}

TEST(ImapFetch, Answers) {
    Parsed parsed("a FETCH 1 (ENVELOPE BINARY[1] BINARY.SIZE[1] MODSEQ EMAILID THREADID)");
    const auto& items = parsed.fetch().items;
    std::string out;
    FetchResponse response(out, 3);
    response.made(items[0], "(NIL)");
    response.body_header(items[1], 2, true);
    out += std::string("\0x", 2);
    response.binary_size(items[2], 2);
    response.modseq(20010715194045319);
    response.email_id("M6d99ac3275bb4e");
    response.no_thread_id();
    response.end();
    EXPECT_EQ(out,
              "* 3 FETCH (ENVELOPE (NIL) BINARY[1] ~{2}\r\n\0x BINARY.SIZE[1] 2 "
              "MODSEQ (20010715194045319) EMAILID (M6d99ac3275bb4e) THREADID NIL)\r\n"s);
}

}  // namespace
