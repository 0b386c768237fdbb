// checks/judgement.cc - see judgement.h

#include "checks/judgement.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace md::checks {

namespace {

void strengthen(Decision& so_far, const Decision& other) {
    if (other.action > so_far.action) so_far = other;
}

/// Sums stay far from the ends of their type, whatever the checks say.
constexpr std::int64_t kMostScore = 100'000'000;

std::int32_t bounded(std::int64_t score) {
    return static_cast<std::int32_t>(std::clamp(score, -kMostScore, kMostScore));
}

std::int32_t sum(std::span<const Answered> answers) {
    std::int64_t total = 0;
    for (const auto& answer : answers) total += answer.finding.score_hundredths;
    return bounded(total);
}

Decision by_score(std::int32_t score, const Thresholds& thresholds) {
    if (thresholds.refuse > 0 && score >= thresholds.refuse)
        return Decision(Action::refuse, "this message looks like spam");
    if (thresholds.junk > 0 && score >= thresholds.junk) return Decision(Action::junk, "score " + score_text(score));
    return {};
}

/// Of a check that is asked for each recipient, each has its own line alone. In one pass, for there may be many.
std::vector<Verdict> verdicts_of(std::span<const Answered> answers, std::uint32_t recipients,
                                 const Thresholds& thresholds) {
    std::vector<Verdict> verdicts(recipients);
    std::vector<std::int64_t> scores(recipients);
    std::int64_t of_all = 0;
    for (const auto& answer : answers) {
        const auto& finding = answer.finding;
        if (const auto place = answer.line.recipient; !place) {
            of_all += finding.score_hundredths;
            for (auto& verdict : verdicts) strengthen(verdict.decision, finding.decision);
        } else if (*place < recipients) {
            scores[*place] += finding.score_hundredths;
            strengthen(verdicts[*place].decision, finding.decision);
        }
        for (const auto& [place, one] : finding.by_recipient)
            if (place < recipients) strengthen(verdicts[place].decision, one);
    }
    for (std::uint32_t place = 0; place < recipients; ++place) {
        auto& verdict = verdicts[place];
        verdict.score_hundredths = bounded(of_all + scores[place]);
        strengthen(verdict.decision, by_score(verdict.score_hundredths, thresholds));
    }
    return verdicts;
}

bool all_are(const std::vector<Verdict>& verdicts, Action action) {
    return !verdicts.empty() && std::all_of(verdicts.begin(), verdicts.end(),
                                            [action](const Verdict& v) { return v.decision.action == action; });
}

Decision whole_of(const std::vector<Verdict>& verdicts) {
    const auto delayed = std::find_if(verdicts.begin(), verdicts.end(),
                                      [](const Verdict& v) { return v.decision.action == Action::temp_fail; });
    if (delayed != verdicts.end()) return delayed->decision;
    for (const auto action : {Action::refuse, Action::discard})
        if (all_are(verdicts, action)) return verdicts.front().decision;
    return {};
}

}  // namespace

std::string_view name(Action action) noexcept {
    constexpr std::array<std::string_view, 9> names{"accept",  "tag",       "junk",   "queue", "quarantine",
                                                    "discard", "temp-fail", "refuse", "exempt"};
    return names[static_cast<std::size_t>(action)];
}

std::string_view name(Ended ended) noexcept {
    constexpr std::array<std::string_view, 4> names{"answered", "failed", "timed-out", "passed-by"};
    return names[static_cast<std::size_t>(ended)];
}

Decision strongest(std::span<const Answered> answers, std::optional<std::uint32_t> recipient) {
    Decision decision;
    for (const auto& answer : answers) {
        // A check that is asked for each recipient speaks of that one when it speaks of the whole message.
        if (!answer.line.recipient || answer.line.recipient == recipient) strengthen(decision, answer.finding.decision);
        if (!recipient) continue;
        for (const auto& [place, one] : answer.finding.by_recipient)
            if (place == *recipient) strengthen(decision, one);
    }
    return decision;
}

Judgement judge(std::span<const Answered> answers, std::uint32_t recipients, const Thresholds& thresholds) {
    Judgement judgement;
    judgement.score_hundredths = sum(answers);
    judgement.recipients = verdicts_of(answers, recipients, thresholds);
    judgement.whole = whole_of(judgement.recipients);
    for (const auto& answer : answers) {
        judgement.lines.push_back(answer.line);
        judgement.changes.insert(judgement.changes.end(), answer.finding.changes.begin(), answer.finding.changes.end());
    }
    return judgement;
}

std::string score_text(std::int32_t hundredths) {
    const auto size = std::abs(static_cast<std::int64_t>(hundredths));
    const auto rest = std::to_string(size % 100);
    return (hundredths < 0 ? "-" : "") + std::to_string(size / 100) + "." + (rest.size() < 2 ? "0" : "") + rest;
}

std::string describe(std::span<const Line> lines) {
    std::string text;
    for (const auto& line : lines) {
        if (line.found.empty() && line.score_hundredths == 0) continue;
        if (!text.empty()) text += "; ";
        text += line.check;
        const auto time = std::to_string(line.took.count() / 1000) + " ms";
        if (line.ended == Ended::answered) {
            text += " " + score_text(line.score_hundredths) + " in " + time;
        } else {
            text.append(" ").append(name(line.ended)).append(" after ").append(time);
        }
        if (!line.found.empty()) text += ": " + line.found;
    }
    return text;
}

}  // namespace md::checks
