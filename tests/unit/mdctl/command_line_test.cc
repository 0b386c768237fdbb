// tests/unit/mdctl/command_line_test.cc - words held against the table of commands

#include "mdctl/command_line.h"

#include <gtest/gtest.h>

#include <set>

namespace md::mdctl {
namespace {

Parsed parse(std::vector<std::string> words) {
    words.insert(words.begin(), "mdctl");
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

std::string complaint(const std::vector<std::string>& words) {
    const auto parsed = parse(words);
    const auto* found = std::get_if<Complaint>(&parsed);
    if (found == nullptr) return "";
    EXPECT_EQ(found->code, Exit::usage);
    EXPECT_EQ(found->text.find('\n'), std::string::npos) << found->text;
    return found->text;
}

TEST(CommandLine, FindsVerbArgumentsAndFlags) {
    const auto parsed =
        parse({"-c", "/x.conf", "--json", "account", "add", "a@b.example", "--password-stdin", "--name", "A B"});
    const auto* command = std::get_if<Command>(&parsed);
    ASSERT_NE(command, nullptr);
    EXPECT_EQ(command->verb->noun, "account");
    EXPECT_EQ(command->verb->name, "add");
    EXPECT_EQ(command->options.config, "/x.conf");
    EXPECT_TRUE(command->options.json);
    EXPECT_EQ(command->request.one("ADDRESS"), "a@b.example");
    EXPECT_TRUE(command->request.has("--password-stdin"));
    EXPECT_EQ(command->request.value("--name"), "A B");
    EXPECT_FALSE(command->request.has("--quota"));
}

TEST(CommandLine, TakesGlobalOptionsBehindTheVerbToo) {
    const auto parsed = parse({"account", "list", "--json-lines", "-c", "/x.conf"});
    const auto* command = std::get_if<Command>(&parsed);
    ASSERT_NE(command, nullptr);
    EXPECT_TRUE(command->options.json_lines);
    EXPECT_EQ(command->options.config, "/x.conf");
}

TEST(CommandLine, LeavesTomlAsItWasTyped) {
    for (const std::string value : {"[\"127.0.0.1:5353\"]", "\"\"", "", "a,b", "{x}", "'y'", "5d", "%h"}) {
        const auto parsed = parse({"config", "set", "dns.servers", value});
        const auto* command = std::get_if<Command>(&parsed);
        ASSERT_NE(command, nullptr) << value;
        EXPECT_EQ(command->request.one("VALUE"), value);
    }
}

TEST(CommandLine, WrongUseIsOneLineWithTheNearestWord) {
    EXPECT_NE(complaint({"acount", "list"}).find("did you mean \"account\"?"), std::string::npos);
    EXPECT_NE(complaint({"account", "lst"}).find("did you mean \"list\"?"), std::string::npos);
    EXPECT_NE(complaint({"-c", "x", "account", "lst"}).find("did you mean \"list\"?"), std::string::npos);
    for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                   {"account"},
                                                                   {"account", "add"},
                                                                   {"account", "show", "a", "b"},
                                                                   {"account", "list", "--nonsense"},
                                                                   {"init", "--root", "/x"},
                                                                   {"start", "now"},
                                                                   {"\x1b[31m"}})
        EXPECT_NE(complaint(words), "");
    EXPECT_EQ(complaint({"\x1b[31m"}).find('\x1b'), std::string::npos);
}

TEST(CommandLine, HelpAndVersionAreTexts) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--help"}, {"--version"}, {"account", "--help"}, {"account", "add", "--help"}})
        EXPECT_TRUE(std::holds_alternative<std::string>(parse(words)));
}

TEST(CommandTable, EachVerbIsThereOnceWithProse) {
    std::set<std::string> seen;
    for (const auto& noun : all_nouns()) {
        EXPECT_FALSE(noun.prose.empty()) << noun.name;
        EXPECT_FALSE(noun.verbs.empty()) << noun.name;
        for (const auto& verb : noun.verbs) {
            EXPECT_EQ(verb.noun, noun.name);
            EXPECT_TRUE(seen.insert(std::string(verb.noun) + " " + std::string(verb.name)).second) << verb.name;
            EXPECT_TRUE(verb.prose.ends_with('.')) << verb.noun << " " << verb.name;
            EXPECT_NE(verb.run, nullptr);
        }
    }
}

}  // namespace
}  // namespace md::mdctl
