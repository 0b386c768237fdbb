// mdsmtpd/chunks.cc - see chunks.h

#include "mdsmtpd/chunks.h"

#include <limits>

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using smtp::Reply;

Reply bare_line_end_refused() {
    return {550, Status{5, 6, 0}, "a line ends by CR or LF alone, and not by CRLF"};
}

Reply line_too_long() {
    return {550, Status{5, 6, 0}, "a line is too long"};
}

Reply header_too_large() {
    return {552, Status{5, 3, 4}, "header too large"};
}

Reply message_too_large() {
    return {552, Status{5, 3, 4}, "message too large"};
}

Chunks::Chunks(const Rules& rules, spool::Intake& intake, QueueId id, milter::Chain* filter, Inbound::Mend mend,
               std::string prefix)
    : message_(intake, id, filter, std::move(mend), std::move(prefix), rules.header_limit) {
    if (rules.binary) {
        mail::BinaryEncoder::Rules parts;
        parts.normalise = rules.normalise;
        parts.line_limit = rules.line_limit;
        parts.header_limit = rules.header_limit;
        binary_.emplace(parts);
    } else {
        lines_.emplace(rules.normalise ? smtp::BareLineEnds::normalise : smtp::BareLineEnds::refuse,
                       std::numeric_limits<std::uint64_t>::max(), rules.line_limit, smtp::Framing::chunks);
    }
}

Task<void> Chunks::take(std::string_view octets) {
    std::string text;
    if (lines_) {
        lines_->feed(octets, text);
    } else {
        binary_->feed(octets, text);
    }
    if (!fault()) co_await message_.take(text);
}

Task<void> Chunks::finish() {
    std::string text;
    if (lines_) {
        lines_->finish(text);
    } else {
        binary_->finish(text);
    }
    if (fault()) co_return;
    co_await message_.take(text);
    co_await message_.finish();
}

std::optional<Reply> Chunks::fault() const {
    using Fault = mail::BinaryEncoder::Fault;
    const auto fault = binary_ ? binary_->fault() : Fault::none;
    if (fault == Fault::bare_line_end || (lines_ && lines_->bare_line_end_refused())) return bare_line_end_refused();
    if (fault == Fault::line_too_long || (lines_ && lines_->line_too_long())) return line_too_long();
    if (fault == Fault::header_too_large || message_.header_too_large()) return header_too_large();
    return std::nullopt;
}

}  // namespace md::mdsmtpd
