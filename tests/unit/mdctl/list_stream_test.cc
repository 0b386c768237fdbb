// tests/unit/mdctl/list_stream_test.cc - a list that is printed in parts reads like one that is printed whole

#include "mdctl/list_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace md::mdctl {
namespace {

struct ListStreamTest : testing::TestWithParam<std::size_t> {
    static ipc::Json item(std::size_t i) {
        ipc::Json out;
        out.set("id", i).set("text", "a \"line\"\n");
        auto list = ipc::Json::array();
        if (i % 2 == 0) list.add(ipc::Json().set("address", "x"));
        return out.set("recipients", list);
    }
    static std::vector<std::string> row(std::size_t i) {
        return {std::to_string(i), i == 700 ? std::string(40, 'x') : "x", "end"};
    }
    /// What is printed for so many.
    static std::string stream(GlobalOptions options) {
        Context context(std::move(options));
        testing::internal::CaptureStdout();
        ListStream list(context, {"ID", "TEXT", "LAST"});
        for (std::size_t i = 0; i < GetParam(); ++i) list.add(item(i), row(i));
        list.end();
        return testing::internal::GetCapturedStdout();
    }
    static ipc::Json whole() {
        auto all = ipc::Json::array();
        for (std::size_t i = 0; i < GetParam(); ++i) all.add(item(i));
        return all;
    }
};

TEST_P(ListStreamTest, IsTheSameDocument) {
    GlobalOptions options;
    options.json = true;
    EXPECT_EQ(stream(options), whole().dump(true) + "\n");
}

TEST_P(ListStreamTest, IsTheSameLines) {
    GlobalOptions options;
    options.json_lines = true;
    std::string expected;
    const auto all = whole();
    for (const auto& one : all.items()) expected += one.dump() + "\n";
    EXPECT_EQ(stream(options), expected);
}

TEST_P(ListStreamTest, IsOneTable) {
    const auto text = stream({});
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    EXPECT_EQ(lines, GetParam() == 0 ? 0 : GetParam() + 1) << "one heading, and none of nothing";
    if (GetParam() == 0) return;
    EXPECT_TRUE(text.starts_with("ID ")) << text.substr(0, 100);
    EXPECT_EQ(text.find("ID ", 1), std::string::npos);
    if (GetParam() > 700) {
        EXPECT_NE(text.find(std::string(40, 'x') + "  end\n"), std::string::npos);
    }
}

INSTANTIATE_TEST_SUITE_P(Lengths, ListStreamTest, testing::Values(0, 1, 499, 500, 501, 1201));

}  // namespace
}  // namespace md::mdctl
