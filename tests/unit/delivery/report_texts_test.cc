// tests/unit/delivery/report_texts_test.cc - delivery/report_texts.h, and the texts that are in the tree

#include "delivery/report_texts.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "mail/report.h"
#include "support/temporary_directory.h"

namespace md::delivery {
namespace {

using mail::ReportKind;

TEST(ReportTexts, WhatIsFaultyIsToldAndTheRestIsThere) {
    test::TemporaryDirectory folder;
    auto& files = real_files();
    files.replace(folder / "de.failure", "Subject: Fehler\n\n{failed}\n");
    files.replace(folder / "de.delay", "Subject: Warten\n\n{what}\n");
    files.replace(folder / "de old.failure", "Subject: Fehler\n\n{failed}\n");
    files.replace(folder / "README", "not one");
    files.replace(folder / "de.failure~", "not one");
    std::vector<ReportTextFault> faults;
    const auto texts = load_report_texts(files, folder.path(), faults);
    EXPECT_EQ(texts.words(ReportKind::failure, "de").subject, "Fehler");
    EXPECT_EQ(texts.words(ReportKind::delay, "de").subject, "Mail is delayed");
    ASSERT_EQ(faults.size(), 2U);
    EXPECT_EQ(faults[0].file, folder / "de old.failure");
    EXPECT_EQ(faults[1].file, folder / "de.delay");
    EXPECT_EQ(faults[1].line, 3U);
}

TEST(ReportTexts, AreBesideTheConfigurationUnlessTheyAreNamed) {
    const auto folder_of = [](const char* text) {
        const auto config = config::load_text(text, "/etc/mdmail/mdmail.conf");
        return config ? report_texts_folder(**config) : "";
    };
    EXPECT_EQ(folder_of(""), "/etc/mdmail/reports");
    EXPECT_EQ(folder_of("dsn.templates = \"/srv/texts\""), "/srv/texts");
}

TEST(ReportTexts, AFolderThatIsNotThereHasNone) {
    std::vector<ReportTextFault> faults;
    const auto texts = load_report_texts(real_files(), "/nowhere/at/all", faults);
    EXPECT_TRUE(faults.empty());
    EXPECT_FALSE(texts.knows("de"));
}

TEST(ReportTexts, ThoseOfTheTreeCanBeReadAndTellOfAll) {
    const char* top = std::getenv("srcdir");
    std::vector<ReportTextFault> faults;
    const auto texts =
        load_report_texts(real_files(), std::string(top == nullptr ? "." : top) + "/etc/reports", faults);
    for (const auto& fault : faults) ADD_FAILURE() << fault.file << ":" << fault.line << ": " << fault.text;
    for (const auto* language : {"de", "zh"}) {
        for (const auto kind : mail::kReportKinds) {
            const auto& words = texts.words(kind, language);
            EXPECT_EQ(words.language, language);
            for (const auto* list : {"failed", "delayed", "delivered", "relayed", "expanded"})
                EXPECT_TRUE(mail::has_place_for(words, list))
                    << language << "." << mail::name(kind) << " {" << list << "}";
        }
    }
}

}  // namespace
}  // namespace md::delivery
