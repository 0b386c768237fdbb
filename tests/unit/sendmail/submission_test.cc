// tests/unit/sendmail/submission_test.cc - who gets the message, and what the caller is told, wherever the server fails

#include "sendmail/submission.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "script_server.h"

namespace md::sendmail {
namespace {

using Rules = std::vector<ScriptServer::Rule>;
using Copies = std::map<std::string, int>;

struct Sent {
    Exit exit = Exit::done;
    std::string said;
    Copies copies;
    std::vector<std::string> commands;
};

Draft draft_of(const std::string& text) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const Fd out(ends[0]);
    Fd in(ends[1]);
    EXPECT_EQ(::write(in.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    in.reset();
    auto draft = Draft::read(out.get(), false, 1U << 20U);
    return std::move(*draft);
}

/// To a, b, c and d, of whom a transaction holds two.
Sent send(Rules rules, std::chrono::milliseconds patience = std::chrono::milliseconds(1500)) {
    ScriptServer server(std::move(rules));
    const auto draft = draft_of("Subject: a\n\n.text\n");
    Order order;
    order.socket = server.path();
    order.hostname = "here";
    order.recipients = {"a@x", "b@x", "c@x", "d@x"};
    testing::internal::CaptureStderr();
    Sent sent;
    sent.exit = Submission(std::move(order), &draft, patience).run();
    sent.said = testing::internal::GetCapturedStderr();
    sent.copies = server.copies();
    sent.commands = server.commands();
    return sent;
}

std::ptrdiff_t count(const Sent& sent, const std::string& command) {
    return std::ranges::count(sent.commands, command);
}

bool says(const Sent& sent, const std::string& text) {
    return sent.said.find(text) != std::string::npos;
}

const Copies kOneEach{{"<a@x>", 1}, {"<b@x>", 1}, {"<c@x>", 1}, {"<d@x>", 1}};
const Copies kFirstTwo{{"<a@x>", 1}, {"<b@x>", 1}};

}  // namespace

TEST(SendmailSubmission, WhereverTheServerGoesAwayEachGetsItOnce) {
    for (const auto* place : {"CONNECT", "EHLO", "MAIL", "RCPT TO:<a", "RCPT TO:<b", "RCPT TO:<d", "DATA", "QUIT"})
        for (const auto* word : {"", "421 4.3.2 going"}) {
            const auto sent = send({{place, word}});
            EXPECT_EQ(sent.exit, Exit::done) << place << " " << word << " " << sent.said;
            EXPECT_EQ(sent.copies, kOneEach) << place << " " << word;
            EXPECT_EQ(sent.said, "") << place << " " << word;
        }
}

TEST(SendmailSubmission, WhatIsRefusedForNowIsTriedAgain) {
    for (const auto* place : {"MAIL", "RCPT TO:<a", "RCPT TO:<d", "DATA", "."}) {
        const auto sent = send({{place, "452 4.3.1 too much mail waits"}});
        EXPECT_EQ(sent.exit, Exit::done) << place << " " << sent.said;
        EXPECT_EQ(sent.copies, kOneEach) << place;
    }
}

TEST(SendmailSubmission, NobodyHasItSoTheCallerMaySendItAgain) {
    for (const auto* place : {"MAIL", "RCPT", "DATA", "."}) {
        const auto sent = send({{place, "451 4.3.0 not now", true}}, std::chrono::milliseconds(300));
        EXPECT_EQ(sent.exit, Exit::again) << place;
        EXPECT_TRUE(says(sent, "451 4.3.0 not now")) << place << sent.said;
        EXPECT_EQ(sent.copies, Copies()) << place;
    }
}

TEST(SendmailSubmission, WhereSomebodyHasItTheCallerMustNotSendItAgain) {
    const auto late = send({{"RCPT TO:<d", "451 4.3.0 not now", true}}, std::chrono::milliseconds(300));
    EXPECT_EQ(late.exit, Exit::refused);
    EXPECT_EQ(late.said, "sendmail: d@x: 451 4.3.0 not now\n");
    EXPECT_EQ(late.copies, (Copies{{"<a@x>", 1}, {"<b@x>", 1}, {"<c@x>", 1}}));

    Rules rules{{"MAIL", "250 ok"}, {"MAIL", "421 4.3.2 going", true}};
    const auto gone = send(std::move(rules), std::chrono::milliseconds(300));
    EXPECT_EQ(gone.exit, Exit::refused);
    EXPECT_EQ(gone.copies, kFirstTwo);
    EXPECT_TRUE(says(gone, "c@x: the message was not sent\n")) << gone.said;
    EXPECT_TRUE(says(gone, "d@x: the message was not sent\n")) << gone.said;
    EXPECT_FALSE(says(gone, "a@x")) << gone.said;
}

TEST(SendmailSubmission, WithoutAWordOnTheDotTheCallerDecides) {
    const auto sent = send({{".", ""}});
    EXPECT_EQ(sent.exit, Exit::again);
    EXPECT_EQ(sent.copies, Copies());
    EXPECT_TRUE(says(sent, "went away before it said")) << sent.said;

    const auto second = send({{".", "250 ok"}, {".", ""}});
    EXPECT_EQ(second.exit, Exit::refused) << "a and b have it";
    EXPECT_EQ(second.copies, kFirstTwo);
    EXPECT_TRUE(says(second, "d@x: the message may not have been sent")) << second.said;
}

TEST(SendmailSubmission, TheFirstRefusalIsTheStatus) {
    EXPECT_EQ(send({{"RCPT TO:<a", "550 5.1.1 none"}, {"RCPT TO:<c", "550 5.7.1 no"}}).exit, Exit::no_user);
    EXPECT_EQ(send({{"RCPT TO:<a", "550 5.7.1 no"}, {"RCPT TO:<c", "550 5.1.1 none"}}).exit, Exit::not_allowed);
    EXPECT_EQ(send({{"RCPT TO:<a", "550 5.1.2 no host"}}).exit, Exit::no_user);
    EXPECT_EQ(send({{"RCPT TO:<a", "501 5.1.3 bad"}}).exit, Exit::bad_input);
    EXPECT_EQ(send({{"RCPT TO:<a", "550 5.1.10 null MX"}}).exit, Exit::refused);
    EXPECT_EQ(send({{"MAIL", "550 5.1.1 none"}}).exit, Exit::refused) << "a sender is no recipient";
    EXPECT_EQ(send({{"MAIL", "550 5.7.1 no"}}).exit, Exit::not_allowed);
    const auto message = send({{"DATA", "554 5.6.0 no"}});
    EXPECT_EQ(message.exit, Exit::refused);
    EXPECT_EQ(message.copies, (Copies{{"<c@x>", 1}, {"<d@x>", 1}}));
}

TEST(SendmailSubmission, TheEndAtTheSamePlaceAgainIsTheEnd) {
    const auto sent = send({{"RCPT TO:<b", "421 4.7.0 too many errors", true}}, std::chrono::seconds(60));
    EXPECT_EQ(sent.exit, Exit::again);
    EXPECT_EQ(count(sent, "RCPT TO:<a@x>"), 2);
}

TEST(SendmailSubmission, ALimitOfTheSessionIsOverInTheNext) {
    const auto sent = send({{"RCPT TO:<c", "452 4.5.3 too many domains in one session"}});
    EXPECT_EQ(sent.exit, Exit::done) << sent.said;
    EXPECT_EQ(sent.copies, kOneEach);
    EXPECT_EQ(count(sent, "CONNECT"), 2);
}

TEST(SendmailSubmission, TheSizeIsTold) {
    const auto sent = send({});
    EXPECT_EQ(count(sent, "MAIL FROM:<> SIZE=18"), 2);
}

TEST(SendmailSubmission, AFullBacklogIsNotWaitedForWithoutEnd) {
    std::string folder("/tmp/sendmail-test-XXXXXX");
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    const auto path = folder + "/s";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* name = reinterpret_cast<const sockaddr*>(&address);
    const Fd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(listener.get(), name, sizeof address), 0);
    ASSERT_EQ(::listen(listener.get(), 0), 0);
    std::vector<Fd> callers;
    for (int open = 0; open == 0;) {
        callers.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
        open = ::connect(callers.back().get(), name, sizeof address);
    }
    const auto fd = connect_to(path, std::chrono::milliseconds(250));
    ASSERT_FALSE(fd);
    EXPECT_EQ(fd.error().exit, Exit::again);
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
}

}  // namespace md::sendmail
