// tests/unit/mdctl/completion_test.cc - the script for bash, run by bash with a stand-in for what it asks

#include "mdctl/completion.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "base/files.h"
#include "mdctl/command.h"
#include "support/temporary_directory.h"

namespace md::mdctl {
namespace {

constexpr const char* kStandIn = R"(
mdctl() {
    case "$*" in
        '--json-lines domain list') printf '%s\n' '{"domain":"example.org","state":"enabled"}' '{"domain":"x.test"}' ;;
        '-c /x.conf account export') printf '%s\n' address,name alice@example.org,A bob@example.org, ;;
        'account export') printf '%s\n' address,name carol@example.org,C ;;
    esac
}
complete_line() {
    COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=(mdctl) COMP_WORDBREAKS=$' @'
    _mdctl
    echo "${COMPREPLY[*]}"
}
)";

class CompletionTest : public testing::Test {
  protected:
    /// What bash offers for a line, with blanks between.
    std::string offered(const std::string& line) {
        const auto script = tmp_ / "script";
        real_files().replace(script, bash_completion() + kStandIn + "complete_line '" + line + "'\n");
        auto* const pipe = popen(("bash --norc " + script + " 2>&1").c_str(), "r");
        std::string out;
        char piece[4096];
        for (std::size_t size = 0; (size = fread(piece, 1, sizeof(piece), pipe)) > 0;) out.append(piece, size);
        EXPECT_EQ(pclose(pipe), 0);
        if (out.ends_with('\n')) out.pop_back();
        return out;
    }

    test::TemporaryDirectory tmp_;
};

TEST_F(CompletionTest, OffersNounsVerbsAndFlags) {
    EXPECT_EQ(offered("mdctl acc"), "account");
    EXPECT_EQ(offered("mdctl account und"), "undelete");
    EXPECT_EQ(offered("mdctl -c /x.conf --json account forward "), "add remove list");
    EXPECT_EQ(offered("mdctl account forward add --no"), "--no-keep");
    EXPECT_EQ(offered("mdctl account remove alice@example.org --d"), "--dry-run");
    EXPECT_EQ(offered("mdctl nonsense x"), "");
}

TEST_F(CompletionTest, AsksForDomainsAndAddresses) {
    EXPECT_EQ(offered("mdctl account list --domain "), "example.org x.test");
    EXPECT_EQ(offered("mdctl domain show ex"), "example.org");
    EXPECT_EQ(offered("mdctl -c /x.conf account show "), "alice@example.org bob@example.org");
    EXPECT_EQ(offered("mdctl account show car"), "carol@example.org");
    EXPECT_EQ(offered("mdctl account show carol@ex"), "example.org") << "bash has the rest of the word";
    EXPECT_EQ(offered("mdctl alias add sales@example.org x@else.test ca"), "carol@example.org");
}

TEST_F(CompletionTest, HoldsTheWholeTable) {
    const auto script = bash_completion();
    for (const auto& noun : all_nouns())
        for (const auto& verb : noun.verbs)
            for (const auto& flag : verb.flags)
                EXPECT_NE(script.find(std::string(flag.name)), std::string::npos) << verb.noun << " " << flag.name;
    EXPECT_EQ(offered("mdctl "), [] {
        std::string all;
        for (const auto& noun : all_nouns()) all += (all.empty() ? "" : " ") + std::string(noun.name);
        return all;
    }());
}

}  // namespace
}  // namespace md::mdctl
