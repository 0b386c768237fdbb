#include "sendmail/draft.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace md::sendmail {

namespace {

Result<Draft, Complaint> read_text(const std::string& text) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
    EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), file.get()), text.size());
    std::fflush(file.get());
    ::lseek(::fileno(file.get()), 0, SEEK_SET);
    return Draft::read(::fileno(file.get()), true);
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

}  // namespace md::sendmail
