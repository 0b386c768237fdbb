// tests/unit/mail/report_words_test.cc - mail/report_words.h

#include "mail/report_words.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

/// "LINE: TEXT" of the fault; empty: it can be read.
std::string fault(std::string_view file, ReportKind kind = ReportKind::failure, std::string_view language = "de") {
    const auto read = read_report_words(kind, language, file);
    return read ? "" : std::to_string(read.error().line) + ": " + read.error().text;
}

TEST(ReportWords, AFileHasFieldsAndAText) {
    const auto read =
        read_report_words(ReportKind::failure, "de",
                          "\xEF\xBB\xBF# Bericht\nSubject:  Ihre Nachricht {id}\r\nsaid: {host}: {reply}\n\n"
                          "Gr\xC3\xBC\xC3\x9F"
                          "e\n\n{failed}\n");
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->language, "de");
    EXPECT_EQ(read->subject, "Ihre Nachricht {id}");
    EXPECT_EQ(read->said, "{host}: {reply}");
    const std::vector<Filling> fillings{{"failed", "ann"}};
    EXPECT_EQ(fill_text(read->text, fillings),
              "Gr\xC3\xBC\xC3\x9F"
              "e\n\nann\n");
    const auto brief = read_report_words(ReportKind::failure, "de", "Subject: x\n\n{failed}");
    ASSERT_TRUE(brief);
    EXPECT_EQ(brief->said, "{host} said: {reply}");
}

TEST(ReportWords, WhatIsWrongIsToldWithItsLine) {
    EXPECT_EQ(fault("Subject: x\n\n{failed}\n"), "");
    EXPECT_EQ(fault(""), "0: it has no Subject");
    EXPECT_EQ(fault("# x\n\n{failed}\n"), "3: expected \"Subject: TEXT\", \"Said: TEXT\" or an empty line");
    EXPECT_EQ(fault("Subject:\n\n{failed}\n"), "1: expected \"Subject: TEXT\", \"Said: TEXT\" or an empty line");
    EXPECT_EQ(fault("Subject: x\nTo: ann\n\n{failed}\n"), "2: there is no field To");
    EXPECT_EQ(fault("Subject: x\n\n{failed}\nof {when}\n"), "4: {when} stands for nothing here");
    EXPECT_EQ(fault("Subject: {failed}\n\n{failed}\n"), "1: {failed} stands for nothing here");
    EXPECT_EQ(fault("Subject: x\nSaid: {id}\n\n{failed}\n"), "2: {id} stands for nothing here");
    EXPECT_EQ(fault("Subject: x\n\nnothing\n"), "0: it has no {failed}");
    EXPECT_EQ(fault("Subject: x\n\n{{failed}\n"), "0: it has no {failed}") << "that is a brace";
    EXPECT_EQ(fault("Subject: x\n\n{failed}\n\xff"), "0: it is not UTF-8");
    EXPECT_EQ(fault("Subject: x\n\n{failed}\n\x1b[2J\n"), "4: it has control characters");
    EXPECT_EQ(fault("Subject: x\ry\n\n{failed}\n"), "1: it has control characters");
    EXPECT_EQ(fault("Subject: " + std::string(512, 'x') + "\n\n{failed}\n"), "");
    EXPECT_EQ(fault("Subject: " + std::string(513, 'x') + "\n\n{failed}\n"), "1: it is too long");
    EXPECT_EQ(fault("Subject: x\n\n{failed}\n" + std::string(901, 'x') + "\n"), "4: it is too long");
}

TEST(ReportWords, EachKindHasAPlaceForWhatItTellsOf) {
    EXPECT_EQ(fault("Subject: x\n\n{delayed}\n", ReportKind::delay), "");
    EXPECT_EQ(fault("Subject: x\n\n{failed}\n", ReportKind::delay), "0: it has no {delayed}");
    EXPECT_EQ(fault("Subject: x\n\n{delivered} {relayed} {expanded}\n", ReportKind::success), "");
    EXPECT_EQ(fault("Subject: x\n\n{delivered} {expanded}\n", ReportKind::success), "0: it has no {relayed}");
}

TEST(ReportWords, ALanguageIsATag) {
    for (const char* tag : {"de", "zh-Hant", "de-AT-1996", "x"}) EXPECT_TRUE(is_language_tag(tag)) << tag;
    for (const char* tag : {"", "-de", "de-", "1", "d/e", "..", "de.old", "d\xC3\xA4"})
        EXPECT_FALSE(is_language_tag(tag)) << tag;
    EXPECT_FALSE(is_language_tag(std::string(36, 'a')));
    EXPECT_EQ(fault("Subject: x\n\n{failed}\n", ReportKind::failure, "de.old").substr(0, 2), "0:");
}

TEST(ReportWords, AParagraphWithWhatIsNotThereIsLeftOut) {
    const std::vector<Filling> fillings{
        {"id", "17"}, {"failed", "", false}, {"delayed", "\n  ann"}, {"header-attached", ""}};
    EXPECT_EQ(fill_text("\n\nmail {id}\n\nfailed:\n{failed}\n{id}\n\n\nwait:\n{delayed}\n \nhead.{header-attached}\n\n",
                        fillings),
              "mail 17\n\nwait:\n\n  ann\n\nhead.\n");
    EXPECT_EQ(fill_text("", fillings), "");
    EXPECT_EQ(fill_text("{failed}", fillings), "");
    EXPECT_EQ(fill_line("a {{id} is {id}, {nothing}{ and {", fillings), "a {id} is 17, { and {");
    EXPECT_EQ(fill_line("{{{id}", fillings), "{17");
}

TEST(ReportTexts, TheNearestLanguageIsTaken) {
    ReportTexts texts;
    texts.add(ReportKind::failure, {"de", "Fehler", "", ""});
    texts.add(ReportKind::failure, {"DE-ch", "Fehler in Bern", "", ""});
    EXPECT_EQ(texts.words(ReportKind::failure, "de").subject, "Fehler");
    EXPECT_EQ(texts.words(ReportKind::failure, "De-CH").subject, "Fehler in Bern");
    EXPECT_EQ(texts.words(ReportKind::failure, "de-AT").subject, "Fehler");
    EXPECT_EQ(texts.words(ReportKind::delay, "de").subject, "Mail is delayed");
    EXPECT_EQ(texts.words(ReportKind::failure, "fr").subject, "Mail could not be delivered");
    EXPECT_EQ(texts.words(ReportKind::success, "").language, "en");
    EXPECT_TRUE(texts.knows("en") && texts.knows("DE") && texts.knows("de-AT"));
    EXPECT_FALSE(texts.knows("fr") || texts.knows("") || texts.knows("d"));
    texts.add(ReportKind::failure, {"en", "Sorry", "", ""});
    EXPECT_EQ(texts.words(ReportKind::failure, "fr").subject, "Mail could not be delivered");
    EXPECT_EQ(texts.words(ReportKind::failure, "en").subject, "Sorry");
}

}  // namespace
}  // namespace md::mail
