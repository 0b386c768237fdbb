// tests/unit/mail/header_edit_test.cc - mail/header_edit.h

#include "mail/header_edit.h"

#include <gtest/gtest.h>

namespace md::mail {
namespace {

using Kind = HeaderEdit::Kind;

constexpr std::string_view kHeader = "A: 1\nB: 2\n more\na: 3\n";

TEST(HeaderEdit, AppendAndInsertTakeTheirPlaces) {
    EXPECT_EQ(apply(kHeader, {{Kind::append, "X", "new", 0}}), "A: 1\nB: 2\n more\na: 3\nX: new\n");
    EXPECT_EQ(apply(kHeader, {{Kind::insert, "X", "new", 0}}), "X: new\nA: 1\nB: 2\n more\na: 3\n");
    EXPECT_EQ(apply(kHeader, {{Kind::insert, "X", "new", 2}}), "A: 1\nB: 2\n more\nX: new\na: 3\n");
    EXPECT_EQ(apply(kHeader, {{Kind::insert, "X", "new", 99}}), "A: 1\nB: 2\n more\na: 3\nX: new\n");
}

TEST(HeaderEdit, ChangeAndRemoveCountFieldsOfThatName) {
    EXPECT_EQ(apply(kHeader, {{Kind::change, "A", "x", 2}}), "A: 1\nB: 2\n more\nA: x\n");
    EXPECT_EQ(apply(kHeader, {{Kind::change, "a", "x", 0}}), "a: x\nB: 2\n more\na: 3\n");
    EXPECT_EQ(apply(kHeader, {{Kind::remove, "b", "", 1}}), "A: 1\na: 3\n");
    EXPECT_EQ(apply(kHeader, {{Kind::remove, "A", "", 3}}), kHeader);
    EXPECT_EQ(apply(kHeader, {{Kind::change, "New", "x", 1}}), "A: 1\nB: 2\n more\na: 3\nNew: x\n");
}

TEST(HeaderEdit, EditsBuildOnEachOther) {
    EXPECT_EQ(apply(kHeader, {{Kind::remove, "A", "", 1},
                              {Kind::remove, "A", "", 1},
                              {Kind::append, "A", "9", 0},
                              {Kind::change, "A", "10", 1}}),
              "B: 2\n more\nA: 10\n");
}

TEST(HeaderEdit, AValueCannotLeaveItsField) {  // threats: header injection
    EXPECT_EQ(format_field("X", "a\r\n\r\nBcc: victim@x"), "X: a\n\t\n\tBcc: victim@x\n");
    EXPECT_EQ(format_field("X", "a\n b\r\n\tc\n"), "X: a\n b\n\tc\n");
    EXPECT_EQ(format_field("X", std::string_view("a\0b", 3)), "X: ab\n");
    EXPECT_EQ(format_field("X", ""), "X: \n");
    EXPECT_EQ(apply(kHeader, {{Kind::append, "X: y\nZ", "v", 0}, {Kind::insert, "", "v", 0}}), kHeader);
}

TEST(HeaderEdit, CrlfBecomesLfAndTheBodyIsNotTouched) {
    EXPECT_EQ(apply("A: 1\r\n 2\r\nB: 3\r\n\r\nC: body\r\n", {}), "A: 1\n 2\nB: 3\n");
}

}  // namespace
}  // namespace md::mail
