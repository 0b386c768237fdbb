// tests/unit/checks/judgement_test.cc - checks/judgement.h

#include "checks/judgement.h"

#include <gtest/gtest.h>

#include "unit/checks/scripted_check.h"

namespace md::checks {
namespace {

using test::decided;
using test::found;

Answered answer(Finding finding, std::optional<std::uint32_t> recipient = std::nullopt) {
    Answered one;
    one.line.recipient = recipient;
    one.finding = std::move(finding);
    return one;
}

Finding for_recipient(std::uint32_t place, Action action, std::string why = {}) {
    Finding finding;
    finding.by_recipient.emplace_back(place, Decision(action, std::move(why)));
    return finding;
}

TEST(Judgement, WithoutAFindingEveryRecipientAccepts) {
    const auto judgement = judge({}, 2, {});
    EXPECT_EQ(judgement.whole.action, Action::none);
    ASSERT_EQ(judgement.recipients.size(), 2u);
    EXPECT_EQ(judgement.recipients[1].decision.action, Action::none);
}

TEST(Judgement, TheStrongestDecisionCountsForEachRecipient) {
    const std::vector answers{answer(decided(Action::tag)), answer(for_recipient(1, Action::quarantine, "virus")),
                              answer(for_recipient(2, Action::none))};
    const auto judgement = judge(answers, 3, {});
    EXPECT_EQ(judgement.recipients[0].decision.action, Action::tag);
    EXPECT_EQ(judgement.recipients[1].decision.action, Action::quarantine);
    EXPECT_EQ(judgement.recipients[1].decision.reason, "virus");
    EXPECT_EQ(judgement.recipients[2].decision.action, Action::tag);
    EXPECT_EQ(judgement.whole.action, Action::none);
}

TEST(Judgement, RefusedForAllIsRefusedAsAWhole) {
    const std::vector some{answer(for_recipient(0, Action::refuse, "no"))};
    EXPECT_EQ(judge(some, 2, {}).whole.action, Action::none);
    const std::vector all{answer(for_recipient(0, Action::refuse, "first")),
                          answer(for_recipient(1, Action::refuse, "second"))};
    EXPECT_EQ(judge(all, 2, {}).whole.action, Action::refuse);
    EXPECT_EQ(judge(all, 2, {}).whole.reason, "first");
    EXPECT_EQ(judge(std::vector{answer(decided(Action::discard))}, 2, {}).whole.action, Action::discard);
}

TEST(Judgement, OneRecipientThatCannotBeJudgedDelaysAll) {
    const std::vector answers{answer(for_recipient(1, Action::temp_fail, "later")),
                              answer(for_recipient(0, Action::refuse))};
    EXPECT_EQ(judge(answers, 2, {}).whole.action, Action::temp_fail);
    EXPECT_EQ(judge(answers, 2, {}).whole.reason, "later");
}

TEST(Judgement, AnExemptionIsStrongerThanAll) {
    const std::vector answers{answer(decided(Action::refuse)), answer(decided(Action::exempt)),
                              answer(decided(Action::temp_fail)), answer(found("spam", 10'000))};
    const auto judgement = judge(answers, 1, {});
    EXPECT_EQ(judgement.whole.action, Action::none);
    EXPECT_EQ(judgement.recipients[0].decision.action, Action::exempt);
}

TEST(Judgement, ScoresAddUpAndDecideByTheThresholds) {
    const auto action_at = [](std::int32_t one, std::int32_t two) {
        const std::vector answers{answer(found("a", one)), answer(found("b", two))};
        return judge(answers, 1, {}).recipients[0].decision.action;
    };
    EXPECT_EQ(action_at(250, 249), Action::none);
    EXPECT_EQ(action_at(250, 250), Action::junk);
    EXPECT_EQ(action_at(1200, -1), Action::junk);
    EXPECT_EQ(action_at(1000, 200), Action::refuse);
    Thresholds never;
    never.junk = never.refuse = 0;
    const std::vector answers{answer(found("a", 9'999))};
    EXPECT_EQ(judge(answers, 1, never).recipients[0].decision.action, Action::none);
}

TEST(Judgement, ScoresBeyondTheirTypeStayOnTheirSide) {
    const std::vector answers{answer(found("a", 2'000'000'000)), answer(found("b", 2'000'000'000))};
    EXPECT_GT(judge(answers, 1, {}).score_hundredths, 0);
}

TEST(Judgement, AScoreForOneRecipientIsNotTheOthers) {
    const std::vector answers{answer(found("a", 100)), answer(found("b", 500), 1)};
    const auto judgement = judge(answers, 2, {});
    EXPECT_EQ(judgement.recipients[0].score_hundredths, 100);
    EXPECT_EQ(judgement.recipients[1].score_hundredths, 600);
    EXPECT_EQ(judgement.recipients[1].decision.action, Action::junk);
}

TEST(Judgement, ScoresAreWrittenWithTwoDigits) {
    EXPECT_EQ(score_text(0), "0.00");
    EXPECT_EQ(score_text(5), "0.05");
    EXPECT_EQ(score_text(-150), "-1.50");
    EXPECT_EQ(score_text(1234), "12.34");
}

TEST(Judgement, LinesAreToldInWordsAndSilentOnesLeftOut) {
    std::vector<Line> lines(3);
    lines[0].check = "lists";
    lines[1].check = "spf";
    lines[1].found = "pass";
    lines[1].score_hundredths = -50;
    lines[1].took = std::chrono::milliseconds(7);
    lines[2].check = "dnsbl";
    lines[2].ended = Ended::timed_out;
    lines[2].took = std::chrono::milliseconds(20);
    lines[2].found = "no answer";
    EXPECT_EQ(describe(lines), "spf -0.50 in 7 ms: pass; dnsbl timed-out after 20 ms: no answer");
}

}  // namespace
}  // namespace md::checks
