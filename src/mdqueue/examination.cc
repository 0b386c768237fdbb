// mdqueue/examination.cc - see examination.h

#include "mdqueue/examination.h"

#include <algorithm>

#include "base/strings.h"
#include "delivery/filter_outcome.h"
#include "delivery/filter_view.h"
#include "mail/header.h"

namespace md::mdqueue {

using async::Task;
using milter::Answer;
using spool::Verdict;

namespace {

constexpr std::uint64_t kHeaderLimit = 16U << 20;
constexpr std::uint64_t kPiece = milter::kBodyChunk / 2;  // each line end may become two octets

bool is_over(const Answer& answer) {
    return answer.kind != Answer::Kind::proceed && answer.kind != Answer::Kind::accept;
}

std::string in_brackets(const std::string& path) {
    return "<" + path + ">";
}

void quarantine(spool::Recipient& recipient, const std::string& reason) {
    recipient.verdict.action = Verdict::Action::quarantine;
    recipient.verdict.reason = reason.empty() ? "refused by the filter" : reason;
}

}  // namespace

Examination::Examination(milter::Chain& chain, async::WorkerPool& pool, std::string hostname, const Message& message)
    : chain_(chain),
      pool_(pool),
      hostname_(std::move(hostname)),
      stored_(*message.stored),
      file_(*message.file),
      refused_(stored_.envelope.recipients.size()) {}

std::vector<milter::Macro> Examination::macros() const {
    const auto& client = stored_.envelope.client;
    std::vector<milter::Macro> macros;
    const auto add = [&macros](const char* name, const std::string& value) {
        if (!value.empty()) macros.push_back({name, value});
    };
    add("j", hostname_);
    add("{client_addr}", client.ip);
    add("{auth_authen}", client.account);
    add("i", stored_.envelope.id.text());
    return macros;
}

Task<Examined> Examination::examine() {
    const auto outcome = co_await show();
    chain_.quit();
    co_return conclude(outcome);
}

/// Up to the first step that decides.
Task<milter::Outcome> Examination::show() {
    milter::Outcome outcome;
    outcome.answer = co_await introduce();
    if (is_over(outcome.answer)) co_return outcome;
    outcome.answer = co_await show_recipients();
    if (is_over(outcome.answer)) co_return outcome;
    outcome.answer = co_await show_header();
    if (is_over(outcome.answer)) co_return outcome;
    outcome.answer = co_await show_body();
    if (is_over(outcome.answer)) co_return outcome;
    auto end_macros = macros();
    outcome = co_await chain_.end_of_message(std::move(end_macros));
    co_return outcome;
}

Task<Answer> Examination::introduce() {
    const auto& envelope = stored_.envelope;
    milter::ConnectInfo info;
    info.address = envelope.client.ip;
    info.host = "[" + info.address + "]";
    info.family = info.address.find(':') != std::string::npos ? '6' : '4';
    if (info.address.empty()) {
        info.host = "localhost";
        info.family = 'L';
        info.address = "local";
    }
    auto first = macros();
    auto answer = co_await chain_.connect(std::move(info), std::move(first));
    if (is_over(answer)) co_return answer;
    auto second = macros();
    auto helo = envelope.client.helo.empty() ? hostname_ : envelope.client.helo;
    answer = co_await chain_.helo(std::move(helo), std::move(second));
    if (is_over(answer)) co_return answer;
    std::vector<std::string> words{in_brackets(envelope.reverse_path)};
    if (envelope.body != spool::BodyType::seven_bit) words.emplace_back("BODY=8BITMIME");
    auto third = macros();
    answer = co_await chain_.mail(std::move(words), std::move(third));
    co_return answer;
}

Task<Answer> Examination::show_recipients() {
    const auto& recipients = stored_.envelope.recipients;
    Answer answer;
    for (std::uint32_t i = 0; i < recipients.size(); ++i) {
        std::vector<std::string> words{in_brackets(recipients[i].address)};
        auto its_macros = macros();
        answer = co_await chain_.rcpt(std::move(words), std::move(its_macros));
        if (answer.kind == Answer::Kind::reject || answer.kind == Answer::Kind::temp_fail)
            refused_[i] = answer.reply;
        else if (is_over(answer))
            co_return answer;
        else
            passed_.push_back(i);
    }
    if (passed_.empty()) co_return answer;
    auto data_macros = macros();
    answer = co_await chain_.data(std::move(data_macros));
    co_return answer;
}

Task<std::string> Examination::read(std::uint64_t from, std::uint64_t size) {
    auto work = [&] {
        std::string octets(size, '\0');
        octets.resize(file_.read_at(from, octets.data(), octets.size()));
        return octets;
    };
    auto octets = co_await async::offload(pool_, work);
    co_return std::move(octets);
}

/// Our own Received field is in front of what came from outside, and is not shown.
Task<Answer> Examination::show_header() {
    const auto& envelope = stored_.envelope;
    const auto from = std::min(envelope.relay_from, stored_.message_size);
    const auto header = co_await read(from, std::min(stored_.message_size - from, kHeaderLimit));
    const bool came_from_outside = envelope.client.origin != spool::Origin::made_here;
    mail::HeaderScanner scanner(header);
    bool first = true;
    Answer answer;
    for (auto field = scanner.next(); field; field = scanner.next()) {
        own_received_ = own_received_ || (first && came_from_outside && equal_nocase(field->name, "Received"));
        const bool skip = std::exchange(first, false) && own_received_;
        if (skip || is_over(answer)) continue;
        const auto value = delivery::shown_value(*field);
        answer = co_await chain_.header(field->name, value);
    }
    body_from_ = from + scanner.body_offset();
    if (is_over(answer)) co_return answer;
    std::vector<milter::Macro> none;
    answer = co_await chain_.end_of_header(std::move(none));
    co_return answer;
}

Task<Answer> Examination::show_body() {
    Answer answer;
    for (auto at = body_from_; at < stored_.message_size && chain_.wants_body() && !is_over(answer);) {
        const auto octets = co_await read(at, std::min(stored_.message_size - at, kPiece));
        if (octets.empty()) break;
        at += octets.size();
        const auto piece = delivery::with_crlf(octets);
        answer = co_await chain_.body(piece);
    }
    co_return answer;
}

Examined Examination::conclude(const milter::Outcome& outcome) const {
    Examined examined;
    examined.reason = outcome.answer.reply;
    if (outcome.answer.kind == Answer::Kind::unavailable) {
        return examined;
    }
    examined.kind = outcome.answer.kind == Answer::Kind::discard ? Examined::Kind::discarded : Examined::Kind::judged;
    auto& envelope = examined.envelope;
    envelope = stored_.envelope;
    envelope.unfiltered = false;
    for (const auto& verdict : outcome.verdicts)
        if (verdict.recipient < passed_.size())
            envelope.recipients[passed_[verdict.recipient]].verdict = delivery::to_verdict(verdict);
    const bool refused = outcome.answer.kind == Answer::Kind::reject || outcome.answer.kind == Answer::Kind::temp_fail;
    for (std::uint32_t i = 0; i < refused_.size(); ++i) {
        if (refused_[i]) quarantine(envelope.recipients[i], *refused_[i]);
        if (refused && !refused_[i]) quarantine(envelope.recipients[i], outcome.answer.reply);
    }
    if (refused) return examined;
    delivery::apply_envelope(envelope, outcome);
    for (const auto& change : outcome.headers) envelope.edits.push_back(delivery::to_edit(change, own_received_));
    if (outcome.body) {
        examined.body.emplace();
        std::ranges::copy_if(*outcome.body, std::back_inserter(*examined.body), [](char c) { return c != '\r'; });
        if (examined.body->empty() || examined.body->back() != '\n') examined.body->push_back('\n');
    }
    return examined;
}

}  // namespace md::mdqueue
