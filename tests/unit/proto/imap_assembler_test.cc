// tests/unit/proto/imap_assembler_test.cc - see src/proto/imap/assembler.h

#include "proto/imap/assembler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace {

using md::imap::Assembler;
using md::imap::AssemblerLimits;
using Event = Assembler::Event;

constexpr auto kUnlimited = std::numeric_limits<std::uint64_t>::max();

struct Outcome {
    std::vector<std::string> commands;  ///< texts, "REFUSED n" and "FLOOD"
    int continuations = 0;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// What a session does that collects every literal, fed `step` octets at a time.
Outcome run(std::string_view input, std::size_t step, AssemblerLimits limits) {
    Assembler assembler(limits);
    Outcome outcome;
    std::string buffer;
    for (;;) {
        const auto taken = assembler.feed(buffer);
        buffer.erase(0, taken.consumed);
        switch (taken.event) {
            case Event::need_more:
                EXPECT_TRUE(buffer.empty());
                if (input.empty()) return outcome;
                buffer += input.substr(0, step);
                input.remove_prefix(std::min(step, input.size()));
                break;
            case Event::literal:
                if (assembler.collect_literal()) ++outcome.continuations;
                break;
            case Event::command:
                outcome.commands.push_back(assembler.head().text);
                assembler.next_command();
                break;
            case Event::refused:
                outcome.commands.push_back("REFUSED " + std::to_string(static_cast<int>(assembler.refusal())));
                assembler.next_command();
                break;
            case Event::flood: outcome.commands.push_back("FLOOD"); return outcome;
        }
    }
}

Outcome run_all_ways(std::string_view input, AssemblerLimits limits = {}) {
    const auto whole = run(input, input.size() + 1, limits);
    for (const std::size_t step : {1u, 2u, 3u, 7u, 64u})
        EXPECT_EQ(run(input, step, limits), whole) << "in steps of " << step;
    return whole;
}

AssemblerLimits with_literal_plus() {
    AssemblerLimits limits;
    limits.non_synchronising = kUnlimited;
    return limits;
}

TEST(ImapAssembler, CutsPipelinedCommandsApart) {
    const auto outcome = run_all_ways("a1 NOOP\r\na2 CAPABILITY\r\n");
    EXPECT_EQ(outcome.commands, (std::vector<std::string>{"a1 NOOP", "a2 CAPABILITY"}));
    EXPECT_EQ(outcome.continuations, 0);
}

TEST(ImapAssembler, JoinsLinesAndLiterals) {
    // RFC 3501 §6.2.3 and §4.3: "C: A001 LOGIN {11}"
    const auto outcome = run_all_ways("A001 LOGIN {11}\r\nFRED FOOBAR {7}\r\nfat man\r\n");
    EXPECT_EQ(outcome.commands, (std::vector<std::string>{"A001 LOGIN {11}FRED FOOBAR {7}fat man"}));
    EXPECT_EQ(outcome.continuations, 2);
}

TEST(ImapAssembler, LiteralMayHoldLineEndsAndWhatLooksLikeLiterals) {
    const auto outcome = run_all_ways("a X {10}\r\n{3}\r\n\"ab\r\n {0}\r\n\r\nb NOOP\r\n");
    EXPECT_EQ(outcome.commands, (std::vector<std::string>{"a X {10}{3}\r\n\"ab\r\n {0}", "b NOOP"}));
}

TEST(ImapAssembler, NonSynchronisingLiteralAsksForNothing) {
    const auto outcome = run_all_ways("a LOGIN {3+}\r\nbob {0+}\r\n\r\n", with_literal_plus());
    EXPECT_EQ(outcome.commands, (std::vector<std::string>{"a LOGIN {3+}bob {0+}"}));
    EXPECT_EQ(outcome.continuations, 0);
}

TEST(ImapAssembler, NonSynchronisingLiteralThatIsNotOfferedIsDroppedWithItsCommand) {
    const auto outcome = run_all_ways("a LOGIN {3+}\r\nb X {2+}\r\nxx y\r\nc NOOP\r\n");
    EXPECT_EQ(outcome.commands, (std::vector<std::string>{"REFUSED 2", "c NOOP"}));
}

TEST(ImapAssembler, LiteralMinusTakesOnlySmallOnes) {
    AssemblerLimits limits;
    limits.non_synchronising = 4096;
    EXPECT_EQ(run_all_ways("a X {2+}\r\nab\r\n", limits).commands, (std::vector<std::string>{"a X {2+}ab"}));
    const auto big = "a X {4097+}\r\n" + std::string(4097, 'x') + "\r\nb NOOP\r\n";
    EXPECT_EQ(run_all_ways(big, limits).commands, (std::vector<std::string>{"REFUSED 2", "b NOOP"}));
}

TEST(ImapAssembler, BracesInsideQuotesAnnounceNothing) {
    const auto outcome = run_all_ways("a SELECT \"b {3}\r\nc SELECT \"\\\" {3}\r\nd SELECT \"\\\\\" {1}\r\nx\r\n");
    EXPECT_EQ(outcome.commands,
              (std::vector<std::string>{"a SELECT \"b {3}", "c SELECT \"\\\" {3}", "d SELECT \"\\\\\" {1}x"}));
}

TEST(ImapAssembler, WhatIsNoNumberIsNoLiteral) {
    const auto outcome = run_all_ways("a X {}\r\na X {-1}\r\na X {1 }\r\na X {+}\r\na X {x}\r\na X 1}\r\n");
    EXPECT_EQ(outcome.commands.size(), 6u);
    EXPECT_EQ(outcome.continuations, 0);
}

TEST(ImapAssembler, LongLineIsDroppedToItsEndAndTheNextCommandFound) {
    AssemblerLimits limits;
    limits.line = 40;
    const auto outcome = run_all_ways("a NOOP " + std::string(100, 'x') + "\r\nb NOOP\r\n", limits);
    EXPECT_EQ(outcome.commands, (std::vector<std::string>{"REFUSED 0", "b NOOP"}));
}

TEST(ImapAssembler, LongLineKeepsItsTag) {
    AssemblerLimits limits;
    limits.line = 40;
    Assembler assembler(limits);
    const auto line = "a017 NOOP " + std::string(100, 'x') + "\r\n";
    EXPECT_EQ(assembler.feed(line).event, Event::refused);
    EXPECT_EQ(md::imap::tag_of(assembler.head()), "a017");
    EXPECT_LE(assembler.head().text.size(), 40u);
}

TEST(ImapAssembler, LongLineWithLiteralAtItsEndIsFollowed) {
    AssemblerLimits limits = with_literal_plus();
    limits.line = 40;
    const auto outcome = run_all_ways("a X " + std::string(100, 'x') + " {8+}\r\nb NOOP\r\n12\r\nc NOOP\r\n", limits);
    EXPECT_EQ(outcome.commands, (std::vector<std::string>{"REFUSED 0", "c NOOP"}));
}

TEST(ImapAssembler, SumOfLiteralsIsBoundedBeforeTheyAreRead) {
    // Threats: memory before login. 8 KiB a command by default.
    EXPECT_EQ(run_all_ways("a LOGIN {9000}\r\nb NOOP\r\n").commands, (std::vector<std::string>{"REFUSED 1", "b NOOP"}));
    std::string many = "a LOGIN";
    for (int i = 0; i < 3; ++i) many += " {3000}\r\n" + (i < 2 ? std::string(3000, 'x') : std::string());
    EXPECT_EQ(run_all_ways(many + "b NOOP\r\n").commands, (std::vector<std::string>{"REFUSED 1", "b NOOP"}));
}

TEST(ImapAssembler, CountOfLiteralsIsBounded) {
    std::string many = "a X";
    for (int i = 0; i < 100; ++i) many += " {0+}\r\n";
    EXPECT_EQ(run_all_ways(many + "\r\nb NOOP\r\n", with_literal_plus()).commands,
              (std::vector<std::string>{"REFUSED 1", "b NOOP"}));
}

TEST(ImapAssembler, HugeNumbersDoNotOverflow) {
    EXPECT_EQ(run_all_ways("a X {99999999999999999999999}\r\nb NOOP\r\n").commands,
              (std::vector<std::string>{"REFUSED 1", "b NOOP"}));
    EXPECT_EQ(run_all_ways("a X {18446744073709551615+}\r\nb NOOP\r\n", with_literal_plus()).commands,
              (std::vector<std::string>{"FLOOD"}));
}

TEST(ImapAssembler, DroppingHasAnEnd) {
    AssemblerLimits limits;
    limits.discard = 10000;
    EXPECT_EQ(run_all_ways(std::string(30000, 'x'), limits).commands, (std::vector<std::string>{"FLOOD"}));
}

TEST(ImapAssembler, ManyEmptyLiteralsInADroppedCommandDoNotNest) {
    std::string input = "a X {1+}\r\nx";
    for (int i = 0; i < 9000; ++i) input += "{0+}\r\n";
    EXPECT_EQ(run(input + "\r\nb NOOP\r\n", 100000, {}).commands, (std::vector<std::string>{"REFUSED 2", "b NOOP"}));
}

TEST(ImapAssembler, StreamedLiteralIsNotCollected) {
    Assembler assembler({});
    std::string input = "a APPEND saved {5}\r\n";
    EXPECT_EQ(assembler.feed(input).event, Event::literal);
    EXPECT_EQ(assembler.literal().size, 5u);
    EXPECT_TRUE(assembler.literal().synchronising);
    assembler.literal_streamed();
    const auto step = assembler.feed("\r\nb NOOP\r\n");
    EXPECT_EQ(step.event, Event::command);
    EXPECT_EQ(step.consumed, 2u);
    EXPECT_EQ(assembler.head().text, "a APPEND saved {5}");
    EXPECT_EQ(assembler.tail().text, "");
}

TEST(ImapAssembler, LiteralRefusedByTheCallerIsDropped) {
    Assembler assembler(with_literal_plus());
    EXPECT_EQ(assembler.feed("a APPEND nowhere {5+}\r\n").event, Event::literal);
    assembler.refuse_literal();
    const std::string rest = "hello\r\nb NOOP\r\n";
    const auto step = assembler.feed(rest);
    EXPECT_EQ(step.event, Event::refused);
    EXPECT_EQ(step.consumed, 7u);
    EXPECT_EQ(assembler.refusal(), Assembler::Refusal::by_caller);
    assembler.next_command();
    EXPECT_EQ(assembler.feed(rest.substr(7)).event, Event::command);
}

TEST(ImapAssembler, PlainLineIsNoCommand) {
    Assembler assembler({});
    assembler.expect_line();
    EXPECT_EQ(assembler.feed("DONE {3}\r\n").event, Event::command);
    EXPECT_EQ(assembler.head().text, "DONE {3}");
    assembler.next_command();
    EXPECT_EQ(assembler.feed("a X {3}\r\n").event, Event::literal);
}

TEST(ImapAssembler, BareLineFeedEndsALine) {
    EXPECT_EQ(run_all_ways("a NOOP\nb X {1}\nx\n").commands, (std::vector<std::string>{"a NOOP", "b X {1}x"}));
}

TEST(ImapAssembler, IdleOnlyBetweenCommands) {
    Assembler assembler({});
    EXPECT_TRUE(assembler.idle());
    EXPECT_EQ(assembler.feed("a").event, Event::need_more);
    EXPECT_FALSE(assembler.idle());
}

}  // namespace
