// tests/unit/mdctl/instance_test.h - verbs run in process against an instance without daemons
#pragma once

#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "mdctl/context.h"
#include "support/temporary_directory.h"

namespace md::mdctl {

class InstanceTest : public testing::Test {
  protected:
    InstanceTest() {
        EXPECT_EQ(run({"init", "--root", root_, "--hostname", "mail.test", "--port-base", "21000"}), Exit::done);
    }

    /// The verb's exit code; what it printed and complained of is in out_ and complaint_.
    Exit run(std::vector<std::string> words, const std::string& input = "") {
        if (words.front() != "init") words.insert(words.begin(), {"-c", root_ + "/etc/mdmail.conf"});
        words.insert(words.begin(), "mdctl");
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        const auto parsed = parse_command_line(static_cast<int>(arguments.size()), arguments.data());
        out_.clear();
        complaint_.clear();
        if (const auto* wrong = std::get_if<Complaint>(&parsed)) {
            complaint_ = wrong->text;
            return wrong->code;
        }
        const auto& command = std::get<Command>(parsed);
        Context context(command.options);
        std::istringstream from(input);
        auto* const before = std::cin.rdbuf(from.rdbuf());
        std::cin.clear();
        testing::internal::CaptureStdout();
        const auto outcome = command.verb->run(context, command.request);
        out_ = testing::internal::GetCapturedStdout();
        std::cin.rdbuf(before);
        if (outcome) return Exit::done;
        complaint_ = outcome.error().text;
        return outcome.error().code;
    }
    ipc::Json json(std::vector<std::string> words, Exit expected = Exit::done) {
        words.insert(words.begin(), "--json");
        EXPECT_EQ(run(words), expected) << complaint_;
        return ipc::Json::parse(out_).value_or(ipc::Json());
    }

    test::TemporaryDirectory tmp_;
    std::string root_ = tmp_ / "instance";
    std::string out_;
    std::string complaint_;
};

}  // namespace md::mdctl
