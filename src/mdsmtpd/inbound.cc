// mdsmtpd/inbound.cc - see inbound.h

#include "mdsmtpd/inbound.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "delivery/filter_view.h"
#include "mail/trace.h"

namespace md::mdsmtpd {

using async::Task;
using milter::Answer;

namespace {

/// More of them no honest program writes; each costs an edit.
constexpr std::size_t kMostReturnPaths = 100;

}  // namespace

Inbound::Inbound(spool::Intake& intake, QueueId id, milter::Chain* filter, Mend mend, std::string prefix,
                 std::size_t header_limit)
    : intake_(intake),
      filter_(filter),
      mend_(std::move(mend)),
      prefix_(std::move(prefix)),
      header_limit_(header_limit),
      message_(intake, id) {
    message_.append(prefix_);
}

bool Inbound::shows() const noexcept {
    return filter_ != nullptr && answer_.kind == Answer::Kind::proceed && !header_too_large_;
}

Task<void> Inbound::take(std::string_view piece) {
    message_.append(piece);
    if (!header_done_) {
        header_.append(piece);
        co_await look_for_header_end(false);
    } else {
        co_await show_body(piece);
    }
    if (message_.wants_spill()) co_await message_.spill();
}

Task<void> Inbound::finish() {
    if (!header_done_) co_await look_for_header_end(true);
}

/// The header ends at the first empty line, at a line that can be no field, and at the latest with the message (RFC
/// 5322 §2.1).
Task<void> Inbound::look_for_header_end(bool last) {
    const bool empty = header_.starts_with('\n');
    const auto blank = empty ? 0 : header_.find("\n\n", searched_ > 0 ? searched_ - 1 : 0);
    searched_ = header_.size();
    header_too_large_ = std::min(blank, header_.size()) > header_limit_;
    if (blank == std::string::npos && !header_too_large_ && !last) co_return;
    header_done_ = true;
    mail::HeaderScanner scanner(header_);
    while (scanner.next()) continue;
    const auto body = header_.substr(scanner.body_offset());
    header_whole_ = scanner.body_offset() > scanner.header_size() || scanner.header_size() == header_.size();
    header_.resize(scanner.header_size());
    hops_ = mail::count_hops(header_, std::numeric_limits<std::size_t>::max());
    return_paths_ = mail::count_fields(header_, "Return-Path", kMostReturnPaths);
    if (mend_ && !header_too_large_) {
        auto edits = co_await mend_(header_);
        mended_ = std::move(edits);
    }
    co_await show_header();
    co_await show_body(body);
}

Task<void> Inbound::show_header() {
    const auto mended = mended_.empty() ? std::string() : mail::apply(header_, mended_);
    mail::HeaderScanner scanner(mended_.empty() ? header_ : mended);
    while (shows()) {
        const auto field = scanner.next();
        if (!field) break;
        const auto value = delivery::shown_value(*field);
        const auto answer = co_await filter_->header(field->name, value);
        keep(answer);
    }
    if (!shows()) co_return;
    std::vector<milter::Macro> none;
    const auto answer = co_await filter_->end_of_header(std::move(none));
    keep(answer);
}

Task<void> Inbound::show_body(std::string_view text) {
    constexpr auto kPiece = milter::kBodyChunk / 2;  // each line end may become two octets
    while (shows() && filter_->wants_body() && !text.empty()) {
        const auto piece = delivery::with_crlf(text.substr(0, kPiece));
        text.remove_prefix(std::min(kPiece, text.size()));
        const auto answer = co_await filter_->body(piece);
        keep(answer);
    }
}

void Inbound::keep(const Answer& answer) {
    if (answer.kind != Answer::Kind::accept) answer_ = answer;
}

spool::IncomingMessage& Inbound::result(spool::Envelope& envelope, std::vector<mail::HeaderEdit> edits,
                                        const std::optional<std::string>& body) {
    // The filter counts the fields as it has seen them: with ours.
    edits.insert(edits.begin(), mended_.begin(), mended_.end());
    mail::HeaderEdit no_return_path;
    no_return_path.kind = mail::HeaderEdit::Kind::remove;
    no_return_path.name = "Return-Path";
    no_return_path.index = 1;
    edits.insert(edits.end(), return_paths_, no_return_path);
    const auto return_path = mail::return_path_field(envelope.reverse_path);
    const bool same_path = prefix_.starts_with(return_path);
    if (edits.empty() && !body && (same_path || message_.spilled())) return message_;
    if (message_.spilled() && !body) {
        envelope.edits = std::move(edits);
        return message_;
    }
    const auto old_header = prefix_.substr(envelope.relay_from) + header_;
    envelope.relay_from = return_path.size();
    changed_ = std::make_unique<spool::IncomingMessage>(intake_, message_.id());
    changed_->append(return_path);
    changed_->append(mail::apply(old_header, edits));
    if (!body) {
        changed_->append(message_.in_memory().substr(prefix_.size() + header_.size()));
        return *changed_;
    }
    std::string text("\n");
    std::copy_if(body->begin(), body->end(), std::back_inserter(text), [](char c) { return c != '\r'; });
    if (text.back() != '\n') text.push_back('\n');
    changed_->append(text);
    return *changed_;
}

}  // namespace md::mdsmtpd
