// support/mdctl_instance.h - a private instance without daemons, and verbs of mdctl run on it in process
#pragma once

#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "base/files.h"
#include "mdctl/context.h"
#include "support/temporary_directory.h"

namespace md::mdctl {

class InstanceTest : public testing::Test {
  protected:
    InstanceTest() {
        EXPECT_EQ(run({"init", "--root", root_, "--hostname", "mail.test", "--port-base", "21000"}), Exit::done);
        real_files().replace(conf_, *real_files().read(conf_) + "\n[auth]\nhash_cost = 1\nscram_iterations = 4096\n");
        EXPECT_EQ(run({"domain", "add", "example.org"}), Exit::done) << complaint_;
    }

    /// The verb's exit code; what it printed and complained of is in out_ and complaint_.
    Exit run(std::vector<std::string> words, const std::string& input = "") {
        if (words.front() != "init") words.insert(words.begin(), {"-c", conf_});
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

    ipc::Json json(std::vector<std::string> words, Exit expected = Exit::done, const std::string& input = "") {
        words.insert(words.begin(), "--json");
        EXPECT_EQ(run(words, input), expected) << complaint_;
        return ipc::Json::parse(out_).value_or(ipc::Json());
    }

    void add_account(const std::string& address, const std::string& password = "secret-Pa55") {
        EXPECT_EQ(run({"account", "add", address, "--password-stdin"}, password + "\n"), Exit::done) << complaint_;
    }

    /// The file of an entry: "alice/account.conf", of example.org.
    [[nodiscard]] std::string entry(const std::string& inner) const { return root_ + "/accounts/example.org/" + inner; }

    [[nodiscard]] bool complains(std::string_view of) const { return complaint_.find(of) != std::string::npos; }
    [[nodiscard]] bool says(std::string_view what) const { return out_.find(what) != std::string::npos; }

    test::TemporaryDirectory tmp_;
    std::string root_ = tmp_ / "instance";
    std::string conf_ = root_ + "/etc/mdmail.conf";
    std::string out_;
    std::string complaint_;
};

/// A list of texts in a JSON document, with blanks between.
inline std::string texts(const ipc::Json& document, std::string_view key) {
    std::string out;
    const auto* list = document.find(key);
    if (list == nullptr) return "none";
    for (const auto& one : list->items()) out += (out.empty() ? "" : " ") + one.as_text().value_or("?");
    return out;
}

}  // namespace md::mdctl
