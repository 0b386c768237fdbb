#include "sendmail/draft.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace md::sendmail {

namespace {

Result<Draft, Complaint> read_text(const std::string& text, std::uint64_t most = 64U << 20U) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), file.get()), text.size());
    std::fflush(file.get());
    ::lseek(::fileno(file.get()), 0, SEEK_SET);
    return Draft::read(::fileno(file.get()), true, most);
}

std::string body_of(const Draft& draft) {
    std::string out;
    for (auto piece = draft.body_at(0); !piece.empty(); piece = draft.body_at(out.size())) out += piece;
    return out;
}

}  // namespace

TEST(SendmailDraft, KeepsASmallOneAndALargeOneAlike) {
    for (const std::size_t lines : {1U, 3000U, 50000U}) {
        std::string body;
        for (std::size_t i = 0; i < lines; ++i) body += "line " + std::to_string(i) + " of the message\n";
        const auto draft = read_text("A: 1\r\n\r\n" + body);
        ASSERT_TRUE(draft);
        EXPECT_EQ(draft->header, "A: 1\n");
        EXPECT_EQ(draft->body_size(), body.size());
        EXPECT_EQ(body_of(*draft), body);
        EXPECT_EQ(body_of(*draft), body) << "again";
    }
}

TEST(SendmailDraft, AHeaderWithoutEndIsRefused) {
    const auto draft = read_text("A: " + std::string(2U << 20U, 'x'));
    ASSERT_FALSE(draft);
    EXPECT_EQ(draft.error().exit, Exit::bad_input);
}

TEST(SendmailDraft, WhatTheServerWouldNotTakeIsNotReadToItsEnd) {
    ASSERT_TRUE(read_text("A: 1\n\n" + std::string(1000, 'x'), 2000));
    for (const auto& text : {"A: 1\n\n" + std::string(1U << 20U, 'x'), "A: " + std::string(70000, 'x')}) {
        const auto draft = read_text(text, 65536);
        ASSERT_FALSE(draft);
        EXPECT_EQ(draft.error().exit, Exit::refused);
        EXPECT_NE(draft.error().text.find("larger than 65536 octets"), std::string::npos) << draft.error().text;
    }
}

TEST(SendmailDraft, ALargeOneWaitsInTmpdir) {
    ::setenv("TMPDIR", "/nowhere/at/all", 1);
    const auto draft = read_text("A: 1\n\n" + std::string(1U << 20U, 'x'));
    ::unsetenv("TMPDIR");
    ASSERT_FALSE(draft);
    EXPECT_EQ(draft.error().exit, Exit::again);
}

TEST(SendmailDraft, InputThatCannotBeReadIsNotThere) {
    const auto draft = Draft::read(-1, true, 1000);
    ASSERT_FALSE(draft);
    EXPECT_EQ(draft.error().exit, Exit::no_input);
}

}  // namespace md::sendmail
