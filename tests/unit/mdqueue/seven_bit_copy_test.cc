// tests/unit/mdqueue/seven_bit_copy_test.cc - mdqueue/seven_bit_copy.h

#include "mdqueue/seven_bit_copy.h"

#include <gtest/gtest.h>

#include "support/lossy_files.h"

namespace md::mdqueue {
namespace {

constexpr std::string_view kReturnPath = "Return-Path: <a@example.org>\n";

Result<std::string, NotConvertible> copy_of(const std::string& message) {
    test::LossyFiles files;
    files.put("/m", std::string(kReturnPath) + message);
    const auto file = files.open("/m", OpenMode::read);
    const auto copy = seven_bit_copy(*file, kReturnPath.size(), file->info().size_bytes);
    if (!copy) return fail(copy.error());
    return (*copy)->read_all(1U << 24U);
}

TEST(SevenBitCopy, ConvertsWhatIsRelayed) {
    const auto copy = copy_of(
        "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        "k\xc3\xb6rper\n");
    ASSERT_TRUE(copy);
    EXPECT_TRUE(copy->starts_with("Subject: x\n")) << *copy;
    EXPECT_NE(copy->find("Content-Transfer-Encoding: quoted-printable\n"), std::string::npos) << *copy;
    EXPECT_TRUE(copy->ends_with("\n\nk=C3=B6rper\n")) << *copy;
}

TEST(SevenBitCopy, WhatNeedsNothingIsAsItWas) {
    std::string lines = "Subject: x\n\n";
    for (int i = 0; i < 5000; ++i) lines += "a line that is one\n";
    EXPECT_EQ(copy_of(lines).value_or(""), lines);
}

TEST(SevenBitCopy, SaysWhyItCannot) {
    const auto header = copy_of("Subject: k\xc3\xb6rper\n\nk\xc3\xb6rper\n");
    ASSERT_FALSE(header);
    EXPECT_EQ(header.error().why, "its header has octets that are not ASCII");
    const auto signed_one = copy_of(
        "MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"\n\n"
        "--b\nContent-Type: text/plain\n\nk\xc3\xb6rper\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n");
    ASSERT_FALSE(signed_one);
    EXPECT_FALSE(signed_one.error().why.empty());
}

bool long_line(const std::string& message) {
    test::LossyFiles files;
    files.put("/m", std::string(kReturnPath) + message);
    const auto file = files.open("/m", OpenMode::read);
    return has_long_line(*file, kReturnPath.size(), file->info().size_bytes);
}

TEST(LongLines, AreThoseOfMoreThan998Octets) {  // RFC 5321 §4.5.3.1.6: 1000 with CRLF
    const std::string longest(998, 'x');
    EXPECT_FALSE(long_line(""));
    EXPECT_FALSE(long_line(longest + "\n" + longest + "\n"));
    EXPECT_FALSE(long_line(longest + "\r\n" + longest));
    EXPECT_TRUE(long_line("a\n" + longest + "x\nb\n"));
    EXPECT_TRUE(long_line(longest + "x\r\n"));
    EXPECT_TRUE(long_line(longest + "x"));
    EXPECT_TRUE(long_line(std::string(65'000, '\n') + longest + "x\n")) << "over two pieces";
    EXPECT_FALSE(long_line(std::string(65'000, '\n') + longest + "\n"));
}

}  // namespace
}  // namespace md::mdqueue
