// mdsmtpd/bdat.cc - BDAT (RFC 3030) in the dialogue; see session.h and chunks.h
//
// CONTRACT
//   The octets of a chunk are taken off the stream whatever is said of it, so that the dialogue keeps its place; a BDAT
//   that does not say how many there are ends the session. A message that is refused before its end awaits RSET.
// DIAGNOSTICS
//   SmtpMessageRefused.

#include <algorithm>

#include "async/loop.h"
#include "mdsmtpd/chunks.h"
#include "mdsmtpd/filter_reply.h"
#include "mdsmtpd/session.h"
#include "proto/smtp/chunk.h"

namespace md::mdsmtpd {

using async::Task;
using mail::Status;
using smtp::Reply;
using smtp::State;

namespace opt = config::opt;

Task<void> Session::bdat(std::string_view argument) {
    const auto chunk = smtp::parse_chunk(argument);
    if (!chunk) {
        refuse(Reply(501, Status{5, 5, 4}, "Syntax: BDAT size [LAST]"));
        reply(Reply(421, Status{4, 7, 0}, config_[opt::hostname] + " closing"));
        co_return;
    }
    reader_.release();
    auto wrong = smtp::out_of_sequence(smtp::Verb::bdat, state_, dialect_);
    if (turned_away_) wrong = Reply(503, Status{5, 5, 1}, "no service for you");
    if (wrong) {
        co_await read_chunk(chunk->octets, false);
        // Chunks that were under way when one was refused are no further errors (RFC 3030 §2).
        if (state_ == State::failed) {
            reply(*wrong);
        } else {
            refuse(*wrong);
            co_await note(policy::Occasion::junk_command);
        }
        co_return;
    }
    if (!transaction_->chunks) wrong = co_await begin_chunks();
    if (!wrong) wrong = announce(chunk->octets);
    co_await read_chunk(chunk->octets, !wrong);
    if (!wrong) wrong = transaction_->chunks->fault();
    if (chunk->last) {
        co_await end_chunks(std::move(wrong));
    } else if (wrong) {
        connection_.log.event(Event::SmtpMessageRefused, transaction_->envelope.id, wrong->text);
        refuse(*wrong);
        co_await reset();
        state_ = State::failed;
    } else {
        state_ = State::chunks;
        reply(Reply(250, Status{2, 0, 0}, std::to_string(chunk->octets) + " octets received"));
    }
}

/// At the first chunk; the refusal of a filter that wants no message.
Task<std::optional<Reply>> Session::begin_chunks() {
    auto refusal = co_await begin_message();
    if (refusal) co_return std::move(refusal);
    auto& transaction = *transaction_;
    Chunks::Rules rules;
    rules.binary = transaction.envelope.body == spool::BodyType::binary_mime;
    rules.normalise = is_ours();
    rules.line_limit = config_[opt::smtp_text_line_length];
    rules.header_limit = config_[opt::smtp_header_size];
    transaction.chunks = std::make_unique<Chunks>(rules, services_.intake, transaction.envelope.id, shown_filter(),
                                                  mender(), trace_prefix());
    co_return std::nullopt;
}

/// So many octets more: a refusal if that is too much.
std::optional<Reply> Session::announce(std::uint64_t octets) {
    const std::uint64_t limit = config_[opt::smtp_max_message_size];
    auto& sum = transaction_->chunks->announced;
    if (octets > limit - sum) return message_too_large();
    sum += octets;
    return std::nullopt;
}

/// `wanted`: into the message; else into nothing, and in no more time than a command has.
Task<void> Session::read_chunk(std::uint64_t octets, bool wanted) {
    while (octets > 0) {
        const auto deadline = wanted ? async::after(config_[opt::smtp_data_timeout]) : command_deadline();
        if (stream_.buffered().empty()) co_await stream_.fill(deadline);
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(octets, stream_.buffered().size()));
        octets -= size;
        if (wanted) {
            const std::string piece(stream_.buffered().substr(0, size));
            co_await transaction_->chunks->take(piece);
        }
        stream_.consume(size);
    }
}

Task<void> Session::end_chunks(std::optional<Reply> wrong) {
    if (!wrong) {
        auto& chunks = *transaction_->chunks;
        co_await chunks.finish();
        wrong = chunks.fault();
        if (!wrong) wrong = co_await refuse_message(chunks.message());
        auto& body = transaction_->envelope.body;
        if (body == spool::BodyType::binary_mime) body = spool::BodyType::seven_bit;
        if (chunks.eight_bit()) body = spool::BodyType::eight_bit_mime;
    }
    if (wrong) {
        connection_.log.event(Event::SmtpMessageRefused, transaction_->envelope.id, wrong->text);
        answer_all(*wrong);
    } else {
        co_await judge_and_store(transaction_->chunks->message());
    }
    co_await reset();
}

}  // namespace md::mdsmtpd
