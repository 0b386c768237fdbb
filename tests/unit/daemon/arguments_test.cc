// tests/unit/daemon/arguments_test.cc - daemon/arguments.h

#include "daemon/arguments.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

namespace md::daemon {
namespace {

std::variant<Arguments, Answer> parse(std::vector<std::string> words) {
    words.insert(words.begin(), "mdtest");
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    return parse_arguments("mdtest", static_cast<int>(argv.size()), argv.data());
}

TEST(Arguments, NameTheConfiguration) {
    for (const auto* const option : {"-c", "--config"}) {
        const auto parsed = parse({option, "/x.conf", "--foreground"});
        ASSERT_TRUE(std::holds_alternative<Arguments>(parsed));
        EXPECT_EQ(std::get<Arguments>(parsed).config, "/x.conf");
        EXPECT_TRUE(std::get<Arguments>(parsed).foreground);
    }
}

TEST(Arguments, WithoutAConfigurationTheEnvironmentsIsTakenAndThenTheSystems) {
    ::setenv("MDMAIL_CONF", "/from/environment", 1);
    EXPECT_EQ(std::get<Arguments>(parse({})).config, "/from/environment");
    ::unsetenv("MDMAIL_CONF");
    EXPECT_TRUE(std::get<Arguments>(parse({})).config.ends_with("/mdmail/mdmail.conf"));
    EXPECT_FALSE(std::get<Arguments>(parse({})).foreground);
}

TEST(Arguments, WrongUseIs64AndSaysWhatIsRight) {
    for (const auto& words : {std::vector<std::string>{"-x"}, {"-c"}, {"file"}, {"--foreground=1"}}) {
        const auto parsed = parse(words);
        ASSERT_TRUE(std::holds_alternative<Answer>(parsed));
        EXPECT_EQ(std::get<Answer>(parsed).code, 64);
        EXPECT_NE(std::get<Answer>(parsed).text.find("usage: mdtest"), std::string::npos);
    }
}

TEST(Arguments, HelpAndVersionAreAnswers) {
    EXPECT_EQ(std::get<Answer>(parse({"--help"})).code, 0);
    EXPECT_TRUE(std::get<Answer>(parse({"--version"})).text.starts_with("mdtest (mdmail) "));
}

}  // namespace
}  // namespace md::daemon
