// tests/unit/delivery/srs_site_test.cc - delivery/srs_site.h

#include "delivery/srs_site.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_directory.h"

namespace md::delivery {
namespace {

std::string first_or_fault(std::string_view text) {
    const auto read = read_srs_secrets(text);
    return read ? read->front() : "! " + read.error();
}

struct SrsSiteTest : testing::Test {
    config::ConfigPointer config(const std::string& more) const {
        auto loaded = config::load_text("[queue]\nsrs_secret_file = \"" + path + "\"\n" + more, "test");
        return loaded ? *loaded : nullptr;
    }
    test::TemporaryDirectory directory;
    const std::string path = directory / "srs.secret";
};

TEST(SrsSecrets, TheFirstLineSignsAndCommentsCountForNothing) {
    const auto read = read_srs_secrets("# made here\n\n  the-new-secret-0123 \r\nthe-old-secret-4567");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, (std::vector<std::string>{"the-new-secret-0123", "the-old-secret-4567"}));
}

TEST(SrsSecrets, WhatIsNoneIsTold) {
    EXPECT_EQ(first_or_fault(""), "! there is no secret in it");
    EXPECT_EQ(first_or_fault("# the-new-secret-0123\n"), "! there is no secret in it");
    EXPECT_EQ(first_or_fault("0123456789abcdef"), "0123456789abcdef");
    EXPECT_EQ(first_or_fault("\n0123456789abcde"), "! line 2: a secret of less than 16 letters can be guessed");
}

TEST_F(SrsSiteTest, TheFileIsBesideTheConfigurationUnlessItIsNamed) {
    EXPECT_EQ(srs_secret_file(*config("")), path);
    const auto plain = config::load_text("", "/etc/mdmail/mdmail.conf");
    ASSERT_TRUE(plain);
    EXPECT_EQ(srs_secret_file(**plain), "/etc/mdmail/srs.secret");
}

TEST_F(SrsSiteTest, OffThereIsNone) {
    std::string fault;
    EXPECT_EQ(load_srs(real_files(), *config(""), fault), nullptr);
    EXPECT_EQ(fault, "");
}

TEST_F(SrsSiteTest, IsMadeOnceAndRead) {
    make_srs_secret(real_files(), path, std::nullopt);
    const auto made = real_files().read(path);
    ASSERT_TRUE(made);
    EXPECT_EQ(real_files().info(path)->mode & 07777U, 0640U);
    EXPECT_EQ(real_files().list(directory.path())->size(), 1U) << "nothing beside it";
    make_srs_secret(real_files(), path, std::nullopt);
    EXPECT_EQ(real_files().read(path), made);
    std::string fault;
    const auto site = load_srs(real_files(), *config("srs = true\nsrs_domain = \"Srs.Example.org\"\n"), fault);
    ASSERT_NE(site, nullptr);
    EXPECT_EQ(fault, "");
    ASSERT_EQ(site->secrets.size(), 1U);
    EXPECT_GE(site->secrets[0].size(), 43U);
    EXPECT_EQ(site->domain, "srs.example.org");
    EXPECT_EQ(site->place, path);
}

TEST_F(SrsSiteTest, AFileThatCannotBeUsedLeavesNoSecret) {
    std::string fault;
    auto site = load_srs(real_files(), *config("srs = true\n"), fault);
    ASSERT_NE(site, nullptr);
    EXPECT_TRUE(site->secrets.empty());
    EXPECT_EQ(fault, "no such file");
    real_files().replace(path, "short\n");
    site = load_srs(real_files(), *config("srs = true\n"), fault);
    EXPECT_TRUE(site->secrets.empty());
    EXPECT_NE(fault.find("line 1"), std::string::npos) << fault;
}

}  // namespace
}  // namespace md::delivery
