// tests/unit/config/emit_test.cc - what is made from the tables

#include "config/emit.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "config/config.h"
#include "config/edit.h"
#include "config/manual.h"

namespace md::config {
namespace {

TEST(SampleFile, LoadsAndChangesNothing) {
    const auto sample = sample_file(main_schema());
    const auto config = load_text(sample, "sample");
    ASSERT_TRUE(config.has_value()) << describe(config.error());
    EXPECT_EQ((*config)->values().values, (*load_text("", "empty"))->values().values);
    EXPECT_EQ((*config)->listeners(), (*load_text("", "empty"))->listeners());
}

TEST(SampleFile, LoadsWithEveryKeyOutOfItsComment) {
    std::string text;
    const auto sample = sample_file(main_schema());
    for (const auto line : split(sample, '\n')) {
        if (line.starts_with("#[[")) break;
        text += std::string(line.starts_with('#') && !line.starts_with("# ") ? line.substr(1) : line) + "\n";
    }
    const auto config = load_text(text, "sample");
    ASSERT_TRUE(config.has_value()) << describe(config.error());
    for (std::size_t i = 0; i < main_schema().options.size(); ++i)
        EXPECT_TRUE((*config)->values().given(i)) << main_schema().options[i].key;
}

TEST(SampleFile, IsEditedBesideTheCommentOfAKey) {
    const auto edited = edit_text(main_schema(), sample_file(main_schema()), "sample", {"queue.expire", "2d"});
    ASSERT_TRUE(edited.has_value());
    EXPECT_NE(edited->find("#expire = \"5d\"\nexpire = \"2d\"\n"), std::string::npos);
}

TEST(ConfigurationPage, NamesEveryOption) {
    const auto page = configuration_page(main_schema());
    for (const auto& row : main_schema().options) {
        const auto last = row.key.substr(row.key.rfind('.') + 1);
        EXPECT_NE(page.find(".It \"" + std::string(last) + "\""), std::string::npos) << row.key;
    }
}

TEST(ManualPage, HasASentenceALineAndNoStrayRequests) {
    Manual page("x", 1, "y");
    page.heading("DESCRIPTION");
    page.paragraph("One. .Two is a \\ word, 'three' too.");
    EXPECT_TRUE(page.text().ends_with(".Sh DESCRIPTION\nOne.\n\\&.Two is a \\e word, 'three' too.\n")) << page.text();
}

}  // namespace
}  // namespace md::config
