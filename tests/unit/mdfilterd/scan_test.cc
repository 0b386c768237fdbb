// tests/unit/mdfilterd/scan_test.cc - mdfilterd/scan.h and checks/scan_request.h

#include "mdfilterd/scan.h"

#include <gtest/gtest.h>

#include "async/loop.h"
#include "base/files.h"
#include "checks/lists_check.h"
#include "support/memory_sink.h"

namespace md::mdfilterd {
namespace {

using async::Scope;
using async::Task;
using checks::Action;
using checks::Decision;
using checks::Finding;
using checks::Stage;

/// Refuses bodies with a word, and gives each message a score.
class WordCheck final : public checks::Check {
  public:
    WordCheck() : Check({.name = "word", .wants_body = true}) {}

    Task<Finding> examine(std::shared_ptr<const checks::Subject> subject, std::optional<std::uint32_t>) const override {
        Finding finding;
        finding.score_hundredths = 650;
        finding.found = std::to_string(subject->body_size) + " octets, " + std::to_string(subject->header.size()) +
                        " fields, subject " + (subject->header.empty() ? "-" : subject->header.back().value);
        if (subject->body.find("refuse") != std::string::npos) finding.decision = Decision(Action::refuse, "a word");
        co_return finding;
    }
};

class Scanning : public testing::Test {
  protected:
    Scanning() {
        pipeline_.add(std::make_unique<checks::ListsCheck>([this] { return &lists_; }, real_clock()));
        pipeline_.add(std::make_unique<WordCheck>());
        request_.ip = "192.0.2.7";
        request_.sender = "a@b.test";
        request_.recipients = {"bob@example.com", "ann@example.com"};
    }

    void put(policy::List list, const std::string& scope) {
        policy::Entry entry;
        entry.list = list;
        entry.kind = policy::Kind::sender;
        entry.scope = scope;
        entry.value = "a@b.test";
        lists_.put(entry);
    }
    ipc::Json scanned(const std::string& message) {
        async::Loop loop;
        ipc::Json report;
        const auto body = [&](Scope& scope) { return ask(&scope, &message, &report); };
        loop.run(async::scoped(body));
        return report;
    }
    /// "bob@example.com reject, ..." of the rows; empty: there are none.
    static std::string rows_of(const ipc::Json& report) {
        std::string text;
        if (const auto* const rows = report.find("recipients"))
            for (const auto& row : rows->items()) text += row.text("recipient") + " " + row.text("verdict") + ", ";
        return text;
    }
    /// What the check of that name found, for one recipient or for all ("").
    static std::string found_by(const ipc::Json& report, std::string_view check, std::string_view recipient = {}) {
        for (const auto& rule : report.find("rules")->items())
            if (rule.text("name") == check && rule.text("recipient") == recipient) return rule.text("found");
        return "not asked";
    }

    policy::Lists lists_;
    checks::Pipeline pipeline_{checks::Limits()};
    checks::ScanRequest request_;

  private:
    Task<void> ask(Scope* scope, const std::string* message, ipc::Json* report) {
        auto request = request_;
        request.accounts.resize(request.recipients.size());
        auto text = *message;
        *report = co_await scan(pipeline_, *scope, *config_, log::Logger(sink_), std::move(request), std::move(text));
    }

    config::ConfigPointer config_ = *config::load_text("", "/mdmail.conf");
    test::MemorySink sink_;
};

TEST_F(Scanning, TellsVerdictScoreAndEachCheckWithItsTime) {
    const auto report = scanned("Return-Path: <x@y>\nFrom: a@b.test\nSubject: hello\n\nbody\n");
    EXPECT_EQ(report.text("verdict"), "junk");
    EXPECT_EQ(report.find("score")->as_real(), 6.5);
    EXPECT_EQ(report.find("threshold")->as_real(), 5);
    EXPECT_EQ(found_by(report, "word"), "6 octets, 2 fields, subject hello");
    EXPECT_EQ(found_by(report, "lists", "bob@example.com"), "");
    for (const auto& rule : report.find("rules")->items()) EXPECT_GE(rule.find("ms")->as_real().value_or(-1), 0);
    EXPECT_EQ(report.find("recipients"), nullptr) << "they do not differ";
}

TEST_F(Scanning, LineEndsAreThoseOfTheWireWhateverTheFileHas) {
    EXPECT_EQ(found_by(scanned("Subject: a\r\n b\r\n\r\nx\r\ny\r\n"), "word"),
              found_by(scanned("Subject: a\n b\n\nx\ny\n"), "word"));
}

TEST_F(Scanning, EachRecipientHasARowWhereTheyDiffer) {
    put(policy::List::black, "bob@example.com");
    put(policy::List::white, "ann@example.com");
    const auto report = scanned("Subject: x\n\nrefuse\n");
    EXPECT_EQ(rows_of(report), "bob@example.com reject, ann@example.com accept, ");
    EXPECT_EQ(report.text("verdict"), "reject");
    EXPECT_EQ(found_by(report, "lists", "bob@example.com"), "a@b.test is on the black list of bob@example.com");
    EXPECT_EQ(found_by(report, "lists", "ann@example.com"), "a@b.test is on the white list of ann@example.com");
}

TEST_F(Scanning, TheListsOfTheAccountBehindAnAddressCount) {
    put(policy::List::black, "carol@example.com");
    request_.recipients = {"sales@example.com"};
    EXPECT_EQ(scanned("Subject: x\n\nbody\n").text("verdict"), "junk");
    request_.accounts = {"carol@example.com"};
    EXPECT_EQ(scanned("Subject: x\n\nbody\n").text("verdict"), "reject");
}

TEST_F(Scanning, TheNameOfTheClientIsThatOfALiveOne) {
    policy::Entry entry;
    entry.list = policy::List::black;
    entry.kind = policy::Kind::host;
    entry.value = "*.dsl.test";
    lists_.put(entry);
    EXPECT_EQ(scanned("Subject: x\n\nbody\n").text("verdict"), "junk");
    request_.host = "7.dsl.test";
    EXPECT_EQ(scanned("Subject: x\n\nbody\n").text("verdict"), "reject");
}

TEST_F(Scanning, WhereNobodyPassesTheMessageIsNotLookedInto) {
    put(policy::List::black, "");
    const auto report = scanned("Subject: x\n\nbody\n");
    EXPECT_EQ(report.text("verdict"), "reject");
    EXPECT_EQ(report.text("reason"), "550 5.7.1 mail from <a@b.test> is refused here: a@b.test is on the black list");
    EXPECT_EQ(found_by(report, "word"), "not asked");
}

TEST_F(Scanning, ARefusalAtTheEndIsForAll) {
    const auto report = scanned("Subject: x\n\nrefuse\n");
    EXPECT_EQ(report.text("verdict"), "reject");
    EXPECT_EQ(rows_of(report), "");
}

TEST_F(Scanning, AHeaderWithoutEndIsRefusedAsALiveOneIs) {
    const auto report = scanned("Subject: " + std::string(2U << 20, 'x') + "\n\nbody\n");
    EXPECT_EQ(report.text("reason"), "552 5.3.4 header too large");
}

TEST_F(Scanning, AnyOctetsAreAMessage) {
    std::string octets;
    for (int i = 0; i < 256; ++i) octets.push_back(static_cast<char>(i));
    for (const auto& text : {std::string(), octets, std::string("\n"), std::string("Subject")})
        EXPECT_EQ(scanned(text).text("verdict"), "junk");
}

TEST(ScanRequest, OfVersionOneIsRead) {
    const char* const root = std::getenv("srcdir");
    const auto text =
        real_files().read(std::string(root == nullptr ? "." : root) + "/tests/fixtures/filter-scan/request-v1.json");
    ASSERT_TRUE(text);
    const auto request = checks::read_scan_request(*text);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->ip, "192.0.2.7");
    EXPECT_EQ(request->host, "mail.x.test");
    EXPECT_EQ(request->helo, "x.test");
    EXPECT_EQ(request->sender, "a@b.test");
    EXPECT_EQ(request->recipients, (std::vector<std::string>{"bob@example.com", "sales@example.com"}));
    EXPECT_EQ(request->accounts, (std::vector<std::string>{"", "ann@example.com"}));
    EXPECT_EQ(checks::write(*request).dump(), *text);
}

TEST(ScanRequest, WhatIsNotInItsFormIsNone) {
    for (const char* const text : {"", "{}", R"({"version":2,"recipients":["a"]})", R"({"version":1,"recipients":[]})",
                                   R"({"version":1,"ip":"x","recipients":["a"]})", R"([1])"})
        EXPECT_FALSE(checks::read_scan_request(text)) << text;
}

}  // namespace
}  // namespace md::mdfilterd
