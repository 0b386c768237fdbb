// tests/unit/mail/subject_test.cc - mail/subject.h

#include "mail/subject.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

std::string base(std::string_view value) {
    const auto subject = base_subject(value);
    return (subject.is_reply ? "reply:" : "") + subject.text;
}

TEST(BaseSubject, Step1FlattensTheText) {
    EXPECT_EQ(base("  a\t b\r\n  c  "), "a b c");
    EXPECT_EQ(base("=?utf-8?Q?Re:_gr=C3=BC=C3=9Fe?="), "reply:grüße");
    EXPECT_EQ(base(""), "");
}

TEST(BaseSubject, Step2DropsTrailers) {
    EXPECT_EQ(base("hello (fwd)"), "reply:hello");
    EXPECT_EQ(base("hello (FWD) (fwd) "), "reply:hello");
    EXPECT_EQ(base("hello(fwd)"), "reply:hello");
    EXPECT_EQ(base("(fwd) hello"), "(fwd) hello");
}

TEST(BaseSubject, Step3DropsLeaders) {
    EXPECT_EQ(base("Re: hello"), "reply:hello");
    EXPECT_EQ(base("re:RE :Fw: fWd:hello"), "reply:hello");
    EXPECT_EQ(base("Re[2]: hello"), "reply:hello");
    EXPECT_EQ(base("Re [list] : hello"), "reply:hello");
    EXPECT_EQ(base("[list] [other] Re: hello"), "reply:hello");
    EXPECT_EQ(base("Result: hello"), "Result: hello");
    EXPECT_EQ(base("Re hello"), "Re hello");
    EXPECT_EQ(base("Re:"), "reply:");
    EXPECT_EQ(base("Re: (fwd)"), "reply:");
    EXPECT_EQ(base("AW: hello"), "AW: hello") << "§7: no other language";
}

TEST(BaseSubject, Step4DropsBlobsUnlessNothingIsLeft) {
    EXPECT_EQ(base("[list] hello"), "hello");
    EXPECT_EQ(base("[list] Re: [list] hello"), "reply:hello");
    EXPECT_EQ(base("[a][b] [c]hello [d]"), "hello [d]");
    EXPECT_EQ(base("[list]"), "[list]");
    EXPECT_EQ(base("[a] [b]"), "[b]");
    EXPECT_EQ(base("[a [b]] hello"), "[a [b]] hello") << "a blob holds no bracket";
    EXPECT_EQ(base("[open hello"), "[open hello");
}

TEST(BaseSubject, Step6UnwrapsWhatWasPassedOn) {
    EXPECT_EQ(base("[Fwd: hello]"), "reply:hello");
    EXPECT_EQ(base("[fwd: [FWD: Re: [list] hello (fwd)]]"), "reply:hello");
    EXPECT_EQ(base("Fwd: [fwd: hello] "), "reply:hello");
    EXPECT_EQ(base("[fwd: hello] world"), "world");
    EXPECT_EQ(base("[fwd:]"), "reply:");
}

TEST(BaseSubject, IsLinear) {
    std::string blobs;
    for (int i = 0; i < 200000; ++i) blobs += "[a]";
    EXPECT_EQ(base(blobs + "x"), "x");
    std::string wrapped;
    for (int i = 0; i < 100000; ++i) wrapped += "[fwd:";
    EXPECT_EQ(base(wrapped + "x" + std::string(100000, ']')), "reply:x");
    std::string replies;
    for (int i = 0; i < 200000; ++i) replies += "re: [";
    EXPECT_FALSE(base(replies).empty());
}

}  // namespace
}  // namespace md::mail
