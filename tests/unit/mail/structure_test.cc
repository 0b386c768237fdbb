// tests/unit/mail/structure_test.cc - mail/structure.h

#include "mail/structure.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

using Kind = Part::Kind;
using Section = std::vector<std::uint32_t>;

Structure parse(std::string_view message, StructureLimits limits = {}) {
    StructureParser parser(limits);
    parser.feed(message);
    return parser.finish();
}

std::string with_crlf(std::string_view message) {
    std::string out;
    for (const char c : message) {
        if (c == '\n') out.push_back('\r');
        out.push_back(c);
    }
    return out;
}

std::string_view body_of(std::string_view message, const Part& part) {
    return message.substr(part.body, part.end - part.body);
}
std::string_view header_of(std::string_view message, const Part& part) {
    return message.substr(part.header, part.body - part.header);
}

/// "multipart/mixed(text/plain text/html)", with what is in a message in brackets.
std::string tree(const Structure& structure, std::uint32_t at = 0) {
    const auto& part = structure.parts[at];
    auto out = part.type + "/" + part.subtype;
    if (part.kind == Kind::leaf) return out;
    out += part.kind == Kind::message ? "[" : "(";
    for (auto child = at + 1; child < part.next; child = structure.parts[child].next)
        out += (child == at + 1 ? "" : " ") + tree(structure, child);
    return out + (part.kind == Kind::message ? "]" : ")");
}

// RFC 2046 §5.1.1
constexpr std::string_view kSimple =
    "From: Nathaniel Borenstein <nsb@bellcore.com>\n"
    "To: Ned Freed <ned@innosoft.com>\n"
    "Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)\n"
    "Subject: Sample message\n"
    "MIME-Version: 1.0\n"
    "Content-type: multipart/mixed; boundary=\"simple boundary\"\n"
    "\n"
    "This is the preamble.  It is to be ignored, though it\n"
    "is a handy place for composition agents to include an\n"
    "explanatory note to non-MIME conformant readers.\n"
    "\n"
    "--simple boundary\n"
    "\n"
    "This is implicitly typed plain US-ASCII text.\n"
    "It does NOT end with a linebreak.\n"
    "--simple boundary\n"
    "Content-type: text/plain; charset=us-ascii\n"
    "\n"
    "This is explicitly typed plain US-ASCII text.\n"
    "It DOES end with a linebreak.\n"
    "\n"
    "--simple boundary--\n"
    "\n"
    "This is the epilogue.  It is also to be ignored.\n";

TEST(Structure, SimpleMultipart) {
    const auto s = parse(kSimple);
    ASSERT_EQ(tree(s), "multipart/mixed(text/plain text/plain)");
    EXPECT_EQ(body_of(kSimple, s.parts[1]),
              "This is implicitly typed plain US-ASCII text.\nIt does NOT end with a linebreak.");
    EXPECT_EQ(header_of(kSimple, s.parts[1]), "\n");
    EXPECT_EQ(s.parts[1].body_lines, 1u);
    EXPECT_EQ(s.parts[1].body_size, s.parts[1].end - s.parts[1].body + 1);
    EXPECT_EQ(body_of(kSimple, s.parts[2]),
              "This is explicitly typed plain US-ASCII text.\nIt DOES end with a linebreak.\n");
    EXPECT_EQ(header_of(kSimple, s.parts[2]), "Content-type: text/plain; charset=us-ascii\n\n");
    EXPECT_EQ(s.parts[2].body_lines, 2u);
    EXPECT_EQ(s.parts[2].parameters, (Parameters{{"charset", "us-ascii"}}));
    EXPECT_TRUE(body_of(kSimple, s.parts[0]).starts_with("This is the preamble."));
    EXPECT_TRUE(body_of(kSimple, s.parts[0]).ends_with("also to be ignored.\n"));
}

/// What a parser must say alike of LF and CRLF files and of every cut.
void expect_alike(const Structure& a, const Structure& b) {
    ASSERT_EQ(tree(a), tree(b));
    for (std::size_t i = 0; i < a.parts.size(); ++i) {
        EXPECT_EQ(a.parts[i].header_size, b.parts[i].header_size) << i;
        EXPECT_EQ(a.parts[i].body_size, b.parts[i].body_size) << i;
        EXPECT_EQ(a.parts[i].body_lines, b.parts[i].body_lines) << i;
        EXPECT_EQ(a.parts[i].next, b.parts[i].next) << i;
        EXPECT_EQ(a.parts[i].parameters, b.parts[i].parameters) << i;
    }
}

TEST(Structure, LineEndsAndCutsMakeNoDifference) {
    const auto crlf = with_crlf(kSimple);
    const auto whole = parse(kSimple);
    expect_alike(whole, parse(crlf));
    EXPECT_EQ(parse(crlf).parts[1].body_size, parse(crlf).parts[1].end - parse(crlf).parts[1].body);
    for (const std::string_view text : {kSimple, std::string_view(crlf)}) {
        for (std::size_t step = 1; step < 50; ++step) {
            StructureParser parser;
            for (std::size_t at = 0; at < text.size(); at += step) parser.feed(text.substr(at, step));
            expect_alike(whole, parser.finish());
        }
    }
}

// RFC 2046 §5.1.7, shortened, and RFC 3501 §6.4.5's example of part numbers.
constexpr std::string_view kNested =
    "Subject: parts\n"
    "Content-Type: multipart/mixed; boundary=outer\n"
    "\n"
    "--outer\n"
    "\n"
    "one\n"
    "--outer\n"
    "Content-Type: application/octet-stream\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    "AAAA\n"
    "--outer\n"
    "Content-Type: message/rfc822\n"
    "\n"
    "Subject: three\n"
    "Content-Type: multipart/mixed; boundary=inner\n"
    "\n"
    "--inner\n"
    "\n"
    "three one\n"
    "--inner\n"
    "Content-Type: application/octet-stream\n"
    "\n"
    "three two\n"
    "--inner--\n"
    "--outer\n"
    "Content-Type: multipart/mixed; boundary=fourth\n"
    "\n"
    "--fourth\n"
    "Content-Type: image/gif\n"
    "\n"
    "gif\n"
    "--fourth\n"
    "Content-Type: message/rfc822\n"
    "\n"
    "Subject: four two\n"
    "Content-Type: multipart/mixed; boundary=fifth\n"
    "\n"
    "--fifth\n"
    "\n"
    "four two one\n"
    "--fifth\n"
    "Content-Type: multipart/alternative; boundary=sixth\n"
    "\n"
    "--sixth\n"
    "\n"
    "four two two one\n"
    "--sixth\n"
    "Content-Type: text/richtext\n"
    "\n"
    "four two two two\n"
    "--sixth--\n"
    "--fifth--\n"
    "--fourth--\n"
    "--outer--\n";

std::string body_at(const Structure& structure, std::string_view message, const Section& section) {
    const auto at = structure.find(section);
    return at ? std::string(body_of(message, structure.parts[*at])) : "none";
}

TEST(Structure, SectionNumbers) {  // RFC 3501 §6.4.5
    const auto s = parse(kNested);
    ASSERT_EQ(tree(s),
              "multipart/mixed(text/plain application/octet-stream "
              "message/rfc822[multipart/mixed(text/plain application/octet-stream)] "
              "multipart/mixed(image/gif message/rfc822[multipart/mixed(text/plain "
              "multipart/alternative(text/plain text/richtext))]))");
    EXPECT_EQ(body_at(s, kNested, {1}), "one");
    EXPECT_EQ(body_at(s, kNested, {2}), "AAAA");
    EXPECT_EQ(body_at(s, kNested, {3, 1}), "three one");
    EXPECT_EQ(body_at(s, kNested, {3, 2}), "three two");
    EXPECT_EQ(body_at(s, kNested, {4, 1}), "gif");
    EXPECT_EQ(body_at(s, kNested, {4, 2, 1}), "four two one");
    EXPECT_EQ(body_at(s, kNested, {4, 2, 2, 1}), "four two two one");
    EXPECT_EQ(body_at(s, kNested, {4, 2, 2, 2}), "four two two two");
    for (const Section& none : {Section{0}, {5}, {1, 1}, {1, 0}, {3, 3}, {4, 1, 1}, {4, 2, 2, 3}, {3, 1, 1}})
        EXPECT_EQ(body_at(s, kNested, none), "none");
    EXPECT_EQ(s.find({}), 0u);
    const auto third = s.find(Section{3});
    ASSERT_TRUE(third);
    EXPECT_EQ(s.parts[*third].kind, Kind::message);
    EXPECT_EQ(header_of(kNested, s.parts[*third + 1]),
              "Subject: three\nContent-Type: multipart/mixed; boundary=inner\n\n");
    EXPECT_EQ(s.parts[2].encoding, "base64");
}

TEST(Structure, MessageWithoutMultipartHasPartOne) {
    const std::string_view plain = "Subject: x\n\nbody\n";
    const auto s = parse(plain);
    EXPECT_EQ(body_at(s, plain, {1}), "body\n");
    EXPECT_EQ(body_at(s, plain, {2}), "none");
    EXPECT_EQ(body_at(s, plain, {1, 1}), "none");
    const std::string_view forwarded = "Content-Type: message/rfc822\n\nSubject: in\n\nbody\n";
    const auto t = parse(forwarded);
    EXPECT_EQ(body_at(t, forwarded, {1}), "Subject: in\n\nbody\n");
    EXPECT_EQ(body_at(t, forwarded, {1, 1}), "body\n");
    EXPECT_EQ(body_at(t, forwarded, {1, 1, 1}), "none");
}

TEST(Structure, DigestPartsAreMessages) {  // RFC 2046 §5.1.5
    const auto s = parse(
        "Content-Type: multipart/digest; boundary=\"-- next --\"\n\n"
        "---- next --\n\nFrom: a\n\nx\n---- next --\nContent-Type: text/plain\n\ny\n---- next ----\n");
    EXPECT_EQ(tree(s), "multipart/digest(message/rfc822[text/plain] text/plain)");
}

TEST(Structure, OuterBoundaryEndsInnerParts) {
    const std::string_view text =
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ninner, never ended\n--a\n\nouter\n--a--\n";
    const auto s = parse(text);
    ASSERT_EQ(tree(s), "multipart/mixed(multipart/mixed(text/plain) text/plain)");
    EXPECT_EQ(body_at(s, text, {1, 1}), "inner, never ended");
    EXPECT_EQ(body_at(s, text, {2}), "outer");
}

TEST(Structure, LongerBoundaryIsMeant) {
    const std::string_view text =
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n"
        "Content-Type: multipart/mixed; boundary=ab\n\n--ab\n\none\n--ab--\n--a--\n";
    EXPECT_EQ(tree(parse(text)), "multipart/mixed(multipart/mixed(text/plain))");
    // "a--" goes on where "--a----" ends it and "--a--" ends "a".
    const std::string_view dashes =
        "Content-Type: multipart/mixed; boundary=\"a--\"\n\n--a--\n"
        "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--\n--a----\n";
    EXPECT_EQ(tree(parse(dashes)), "multipart/mixed(multipart/mixed(text/plain))");
}

TEST(Structure, BoundaryWhereAHeaderShouldBe) {
    const std::string_view text =
        "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n--a\n--a\n\nx\n--a--\n";
    const auto s = parse(text);
    ASSERT_EQ(tree(s), "multipart/mixed(text/html text/plain text/plain)");
    EXPECT_EQ(header_of(text, s.parts[1]), "Content-Type: text/html\n");
    EXPECT_EQ(body_of(text, s.parts[1]), "");
    EXPECT_EQ(header_of(text, s.parts[2]), "");
    EXPECT_EQ(body_of(text, s.parts[3]), "x");
}

TEST(Structure, TextBehindABoundaryDoesNotMatter) {
    EXPECT_EQ(tree(parse("Content-Type: multipart/mixed; boundary=a\n\n--a  \n\nx\n--a and more\n\ny\n--a--z\nend")),
              "multipart/mixed(text/plain text/plain)");
}

TEST(Structure, MultipartWithoutBoundaryOrParts) {
    const auto s = parse("Content-Type: multipart/mixed\n\n--a\n\nx\n");
    EXPECT_EQ(tree(s), "multipart/mixed");
    EXPECT_EQ(s.parts[0].kind, Kind::leaf);
    EXPECT_EQ(tree(parse("Content-Type: multipart/mixed; boundary=a\n\nnothing\n")), "multipart/mixed(text/plain)");
}

TEST(Structure, TheFirstOfSeveralFieldsCounts) {
    const auto s = parse(
        "Content-Type: text/html\nContent-Type: image/png\nContent-ID: <1@x>\nContent-ID: <2@x>\n"
        "Content-Transfer-Encoding: 8bit\nContent-Transfer-Encoding: base64\n\n");
    EXPECT_EQ(tree(s), "text/html");
    EXPECT_EQ(s.parts[0].id, "<1@x>");
    EXPECT_EQ(s.parts[0].encoding, "8bit");
}

TEST(Structure, AllContentFields) {
    const auto s = parse(
        "content-type: IMAGE/Gif; name=x\nContent-Description: a\n folded  one \nContent-MD5: Q2hlY2s=\n"
        "Content-Location: http://example.org/x\nContent-Language: de, en\nContent-Disposition: inline; filename=x\n"
        "Content-Unknown: y\n\n");
    const auto& part = s.parts[0];
    EXPECT_TRUE(part.is("image", "gif"));
    EXPECT_EQ(part.type, "IMAGE");
    EXPECT_EQ(part.description, "a folded  one");
    EXPECT_EQ(part.md5, "Q2hlY2s=");
    EXPECT_EQ(part.location, "http://example.org/x");
    EXPECT_EQ(part.languages, (std::vector<std::string>{"de", "en"}));
    ASSERT_TRUE(part.disposition);
    EXPECT_EQ(part.disposition->type, "inline");
}

TEST(Structure, EmptyAndHeaderOnly) {
    EXPECT_EQ(tree(parse("")), "text/plain");
    const auto s = parse("Subject: x");
    EXPECT_EQ(s.parts[0].body, 10u);
    EXPECT_EQ(s.parts[0].end, 10u);
    EXPECT_EQ(tree(parse("Content-Type: message/rfc822")), "message/rfc822[text/plain]");
}

TEST(Structure, DepthIsBounded) {
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        const auto b = "b" + std::to_string(i) + "x";
        text += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n";
    }
    const auto s = parse(text + "\nend\n");
    ASSERT_EQ(s.parts.size(), 101u);
    EXPECT_EQ(s.parts[99].kind, Kind::multipart);
    EXPECT_EQ(s.parts[100].kind, Kind::leaf);
    EXPECT_EQ(s.parts[100].end, text.size() + 5);
    std::string messages;
    for (int i = 0; i < 1000; ++i) messages += "Content-Type: message/rfc822\n\n";
    EXPECT_EQ(parse(messages).parts.size(), 101u);
}

TEST(Structure, PartsAreBounded) {
    std::string text = "Content-Type: multipart/mixed; boundary=a\n\n";
    for (int i = 0; i < 20'000; ++i) text += "--a\n\nx\n";
    const auto s = parse(text);
    ASSERT_EQ(s.parts.size(), 10'000u);
    EXPECT_EQ(s.parts.back().end, text.size());
    EXPECT_EQ(s.parts[9'998].end, s.parts[9'998].body + 1);
}

TEST(Structure, HeadersAreBounded) {
    StructureLimits limits;
    limits.field_octets = 100;
    limits.header_octets = 300;
    const std::string longer =
        "Subject: x\nContent-Type: multipart/mixed; boundary=a\n " + std::string(100, 'x') + "\n\n--a\n\n";
    const auto s = parse(longer, limits);
    EXPECT_EQ(tree(s), "text/plain");
    EXPECT_EQ(s.parts[0].body, 11u);
    EXPECT_EQ(s.parts[0].end, longer.size());
    std::string many = "Content-Type: multipart/mixed; boundary=a\n\n";
    for (int i = 0; i < 20; ++i) many += "--a\nContent-ID: <1@example.org>\n\nx\n";
    const auto t = parse(many, limits);
    EXPECT_EQ(t.parts.size(), 10u);  // 42 + 1 + 9 * 29
    EXPECT_EQ(t.parts.back().end, many.size());
}

/// Octets looked at for a text of n pieces.
std::uint64_t work_for(std::string_view start, std::string_view piece, std::size_t n) {
    StructureParser parser;
    parser.feed(start);
    for (std::size_t i = 0; i < n; ++i) parser.feed(piece);
    (void)parser.finish();
    return parser.work();
}

TEST(Structure, WorkIsLinear) {
    std::string deep;
    for (int i = 0; i < 99; ++i) {
        const auto b = std::string(60, 'b') + std::to_string(i);
        deep += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n";
    }
    deep += "\n";
    const std::string flat = "Content-Type: multipart/mixed; boundary=a\n\n";
    const std::string near = "--" + std::string(60, 'b') + "\n";
    for (const auto& [start, piece] :
         std::vector<std::pair<std::string, std::string>>{{flat, "--a\n\n"},
                                                          {flat, "--a\nContent-Type: text/html; a*0=b; a*1=c\n\nx\n"},
                                                          {deep, near},
                                                          {flat, "--"},
                                                          {"Subject: ", "x"},
                                                          {"Content-Type: a/b", "; a=b"},
                                                          {"", "Content-ID: x\n"}}) {
        const auto once = work_for(start, piece, 4000);
        const auto twice = work_for(start, piece, 8000);
        EXPECT_LE(twice, 2 * once) << piece;
    }
}

}  // namespace
}  // namespace md::mail
