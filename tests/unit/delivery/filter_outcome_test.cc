// tests/unit/delivery/filter_outcome_test.cc - what a filter is shown of a message, and what its answer makes of it

#include "delivery/filter_outcome.h"

#include <gtest/gtest.h>

#include "delivery/filter_view.h"

namespace md::delivery {
namespace {

using milter::HeaderChange;
using Kind = mail::HeaderEdit::Kind;
using spool::Verdict;

HeaderChange change(HeaderChange::Kind kind, std::string name, std::string value, std::uint32_t index) {
    HeaderChange out;
    out.kind = kind;
    out.name = std::move(name);
    out.value = std::move(value);
    out.index = index;
    return out;
}

spool::Envelope envelope_for(std::initializer_list<const char*> addresses) {
    spool::Envelope envelope;
    for (const auto* address : addresses) envelope.recipients.emplace_back(address);
    return envelope;
}

TEST(FilterOutcome, CountsOurOwnReceivedFieldThatTheFilterDidNotSee) {
    const auto inserted = change(HeaderChange::Kind::insert, "X-One", "1", 0);
    EXPECT_EQ(to_edit(inserted, true).kind, Kind::insert);
    EXPECT_EQ(to_edit(inserted, true).index, 1U);
    EXPECT_EQ(to_edit(inserted, false).index, 0U);
    const auto received = change(HeaderChange::Kind::change, "received", "by x", 1);
    EXPECT_EQ(to_edit(received, true).index, 2U);
    EXPECT_EQ(to_edit(received, false).index, 1U);
    const auto subject = change(HeaderChange::Kind::change, "Subject", "[junk] x", 1);
    EXPECT_EQ(to_edit(subject, true).index, 1U) << "there is none of that name in front";
}

TEST(FilterOutcome, AChangeToNothingRemoves) {
    EXPECT_EQ(to_edit(change(HeaderChange::Kind::change, "Subject", "", 1), true).kind, Kind::remove);
    EXPECT_EQ(to_edit(change(HeaderChange::Kind::change, "Subject", "x", 1), true).kind, Kind::change);
    EXPECT_EQ(to_edit(change(HeaderChange::Kind::add, "Subject", "", 0), true).kind, Kind::append);
}

TEST(FilterOutcome, RecipientsGoAndComeAndTheSenderChanges) {
    auto envelope = envelope_for({"bob@example.org", "carol@example.org"});
    milter::Outcome outcome;
    outcome.deleted_recipients = {"BOB@example.org", "nobody@example.org"};
    outcome.added_recipients = {"dave@example.org"};
    outcome.reverse_path = "";
    envelope.reverse_path = "someone@elsewhere.test";
    apply_envelope(envelope, outcome);
    ASSERT_EQ(envelope.recipients.size(), 2U);
    EXPECT_EQ(envelope.recipients[0].address, "carol@example.org");
    EXPECT_EQ(envelope.recipients[1].address, "dave@example.org");
    EXPECT_EQ(envelope.reverse_path, "");
}

TEST(FilterOutcome, QuarantineIsForAllThatAreLeft) {
    auto envelope = envelope_for({"bob@example.org", "carol@example.org"});
    milter::Outcome outcome;
    outcome.quarantine = "looks odd";
    apply_envelope(envelope, outcome);
    for (const auto& one : envelope.recipients) {
        EXPECT_EQ(one.verdict.action, Verdict::Action::quarantine);
        EXPECT_EQ(one.verdict.reason, "looks odd");
    }
}

TEST(FilterOutcome, AVerdictKeepsWhatTheFilterGave) {
    milter::RecipientVerdict from;
    from.action = milter::RecipientVerdict::Action::refuse;
    from.score_hundredths = 1234;
    from.queue = "later";
    from.reason = "550 5.7.1 no";
    const auto verdict = to_verdict(from);
    EXPECT_EQ(verdict.action, Verdict::Action::refuse);
    EXPECT_EQ(verdict.score_hundredths, 1234);
    EXPECT_EQ(verdict.queue, "later");
    EXPECT_EQ(verdict.reason, "550 5.7.1 no");
}

TEST(FilterView, EveryLineEndBecomesCrlf) {
    EXPECT_EQ(with_crlf("a\n\nb\n"), "a\r\n\r\nb\r\n");
    EXPECT_EQ(with_crlf("no end"), "no end");
    EXPECT_EQ(with_crlf(""), "");
}

TEST(FilterView, AValueBeginsBehindOneBlank) {
    const std::string header = "Subject:  two\n\tfolded\nX:none\n\n";
    mail::HeaderScanner scanner(header);
    EXPECT_EQ(shown_value(*scanner.next()), " two\n\tfolded");
    EXPECT_EQ(shown_value(*scanner.next()), "none");
}

}  // namespace
}  // namespace md::delivery
