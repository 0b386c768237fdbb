// tests/unit/proto/imap_body_section_test.cc - see src/proto/imap/body_section.h

#include "proto/imap/body_section.h"

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace md::imap;

std::string expand(std::string_view text, Window window, std::size_t step) {
    CrlfExpander expander(window);
    std::string out;
    for (; !text.empty(); text.remove_prefix(std::min(step, text.size()))) expander.feed(text.substr(0, step), out);
    return out;
}

std::uint64_t counted(std::string_view text, std::size_t step) {
    CrlfCounter counter;
    for (; !text.empty(); text.remove_prefix(std::min(step, text.size()))) counter.feed(text.substr(0, step));
    return counter.size();
}

TEST(ImapBodySection, EveryWindowInEveryStepIsThatOfTheWholeText) {
    // LF lines, CRLF lines of other writers, a lone CR, empty lines, a last line without its end.
    const std::string stored = "a\nbc\r\n\n\r\n\rx\r\r\ny\n\nlast";
    const std::string wire = "a\r\nbc\r\n\r\n\r\n\rx\r\r\ny\r\n\r\nlast";
    for (std::size_t step = 1; step <= stored.size(); ++step) {
        EXPECT_EQ(counted(stored, step), wire.size());
        for (std::size_t skip = 0; skip <= wire.size(); ++skip)
            for (std::size_t take = 0; take <= wire.size() - skip; ++take)
                ASSERT_EQ(expand(stored, {skip, take}, step), wire.substr(skip, take))
                    << step << ' ' << skip << ' ' << take;
    }
}

TEST(ImapBodySection, WindowsOfPartials) {
    EXPECT_EQ(window_of(100, std::nullopt), (Window{0, 100}));
    // RFC 3501 §6.4.5: beyond the end is cut off, from beyond the end is empty.
    EXPECT_EQ(window_of(1500, Partial{0, 2048}), (Window{0, 1500}));
    EXPECT_EQ(window_of(1500, Partial{1000, 100}), (Window{1000, 100}));
    EXPECT_EQ(window_of(1500, Partial{1500, 1}), (Window{1500, 0}));
    EXPECT_EQ(window_of(1500, Partial{4294967295u, 4294967295u}), (Window{1500, 0}));
}

TEST(ImapBodySection, ExpanderSaysWhatItOwes) {
    CrlfExpander expander({1, 4});
    std::string out;
    expander.feed("ab\n", out);
    EXPECT_EQ(out, "b\r\n");
    EXPECT_EQ(expander.owed(), 1u);
    expander.feed("cd", out);
    EXPECT_TRUE(expander.full());
    EXPECT_EQ(out, "b\r\nc");
}

std::optional<std::uint64_t> header_end(std::string_view text, std::size_t step) {
    HeaderEnd finder;
    for (; !text.empty(); text.remove_prefix(std::min(step, text.size())))
        if (const auto end = finder.feed(text.substr(0, step))) return end;
    return std::nullopt;
}

TEST(ImapBodySection, HeaderEndsBehindItsBlankLine) {
    for (std::size_t step = 1; step < 20; ++step) {
        EXPECT_EQ(header_end("A: b\n\nbody\n\n", step), 6u);
        EXPECT_EQ(header_end("A: b\r\n\r\nbody\r\n\r\n", step), 8u);
        EXPECT_EQ(header_end("\nbody", step), 1u);
        EXPECT_EQ(header_end("\r\nbody", step), 2u);
        EXPECT_EQ(header_end("A: b\n \nC: d\n\n", step), 13u);
        EXPECT_EQ(header_end("A: b\n\r\r\n\n", step), 9u);
        EXPECT_EQ(header_end("A: b\nC: d\n", step), std::nullopt);
        EXPECT_EQ(header_end("", step), std::nullopt);
    }
}

constexpr std::string_view kHeader =
    "Return-Path: <a@b>\nReceived: one\n\tfolded\nFrom : x\nRECEIVED: two\nno colon\nSubject:\n y\n\nbody: not "
    "header\n";

TEST(ImapBodySection, FieldsWantedInTheOrderOfTheHeader) {
    EXPECT_EQ(filter_header(kHeader, {"subject", "RECEIVED"}, true),
              "Received: one\r\n\tfolded\r\nRECEIVED: two\r\nSubject:\r\n y\r\n\r\n");
    EXPECT_EQ(filter_header(kHeader, {"from"}, true), "From : x\r\n\r\n");
    EXPECT_EQ(filter_header(kHeader, {"absent"}, true), "\r\n");
}

TEST(ImapBodySection, FieldsNotWanted) {
    EXPECT_EQ(filter_header(kHeader, {"received", "return-path"}, false),
              "From : x\r\nno colon\r\nSubject:\r\n y\r\n\r\n");
    EXPECT_EQ(filter_header(kHeader, {"x"}, false).find("body"), std::string::npos);
}

TEST(ImapBodySection, HeaderWithoutBlankLineGetsNone) {
    EXPECT_EQ(filter_header("A: b\r\nC: d\r\n", {"C"}, true), "C: d\r\n");
    EXPECT_EQ(filter_header("A: b", {"a"}, true), "A: b");
    EXPECT_EQ(filter_header("", {"a"}, true), "");
}

}  // namespace
