// tests/unit/checks/scripted_check.h - a check that does what a test wants
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checks/check.h"

namespace md::checks::test {

/// Calls a named coroutine.
using Script =
    std::function<async::Task<Finding>(std::shared_ptr<const Subject> subject, std::optional<std::uint32_t> recipient)>;

class ScriptedCheck final : public Check {
  public:
    ScriptedCheck(const Terms& terms, Script script) : Check(terms), script_(std::move(script)) {}

    async::Task<Finding> examine(std::shared_ptr<const Subject> subject,
                                 std::optional<std::uint32_t> recipient) const override {
        return script_(std::move(subject), recipient);
    }

  private:
    Script script_;
};

/// A check that answers at once.
[[nodiscard]] inline async::Task<Finding> say(Finding finding) {
    co_return finding;
}

[[nodiscard]] inline Finding found(std::string words, std::int32_t score_hundredths = 0) {
    Finding finding;
    finding.found = std::move(words);
    finding.score_hundredths = score_hundredths;
    return finding;
}

[[nodiscard]] inline Finding decided(Action action, std::string why = {}) {
    Finding finding;
    finding.decision = Decision(action, std::move(why));
    return finding;
}

[[nodiscard]] inline Script always(Finding finding) {
    return [finding = std::move(finding)](auto, auto) { return say(finding); };
}

[[nodiscard]] inline std::vector<std::string> no_parameters() {
    return {};
}

}  // namespace md::checks::test
