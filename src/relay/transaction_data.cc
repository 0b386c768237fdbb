// relay/transaction_data.cc - the message of a transaction, and the replies to its end; see transaction.h

#include <utility>

#include "base/strings.h"
#include "proto/smtp/data_encoder.h"
#include "relay/transaction.h"

namespace md::relay {

using async::Task;
using mail::Status;
using smtp::Framing;

namespace {

constexpr int kEachFollows = 353;
constexpr int kSyntaxError = 500;
const std::string kEnd = ".";  // as the transcript shows the end of the message

/// RFC 5321 §4.2.4: 500 is "line too long", too; others say it in words, for there is no code of its own.
bool may_speak_of_lines(const smtp::ServerReply& reply) {
    const auto text = lower(one_line(reply));
    return reply.permanent() && (reply.code == kSyntaxError || text.find("line") != std::string::npos);
}

}  // namespace

/// RFC 2920 §3.1: 354 without a recipient "MUST" be answered by a message without content, and its reply ignored.
Task<void> Transaction::send_nothing() {
    if (terms_.lmtp) {
        // RFC 2033 §4.2 has 503 here, and nobody knows how many replies would follow.
        dialogue_.give_up(Status{4, 5, 0}, "wants a message without recipients");
        co_return;
    }
    auto answer = co_await dialogue_.ask(kEnd, timeouts_.end);
    if (answer && answer->code == kEachFollows) answer = co_await dialogue_.read_reply(timeouts_.end);
    if (answer) open_ = false;
}

Task<void> Transaction::send_message() {
    const auto framing = terms_.chunks ? Framing::chunks : Framing::dots;
    reader_.rewind();
    if (terms_.chunks) dialogue_.put("BDAT " + std::to_string(terms_.measure.wire_size) + " LAST");
    const bool sent = co_await send_blocks(framing);
    if (!sent) co_return;
    co_await read_verdicts();
}

Task<bool> Transaction::send_blocks(Framing framing) {
    smtp::DataEncoder encoder(framing);
    std::string block;
    auto piece = co_await reader_.next();
    while (!piece.empty()) {
        encoder.feed(piece, block);
        piece = co_await reader_.next();
        if (piece.empty()) break;
        auto whole = std::exchange(block, {});
        const bool sent = co_await send_block(std::move(whole));
        if (!sent) co_return false;
    }
    // A reply that has begun before the end of the message is none to it.
    if (!dialogue_.quiet()) {
        const auto answer = co_await dialogue_.read_reply(timeouts_.block);
        take_early(answer);
        co_return false;
    }
    encoder.finish(block);
    all_sent_ = true;
    dialogue_.put_octets(block);
    co_return true;
}

/// False: the server has answered already, or is gone.
Task<bool> Transaction::send_block(std::string octets) {
    dialogue_.put_octets(octets);
    const auto answer = co_await dialogue_.flush(timeouts_.block);
    if (!answer) co_return true;
    take_early(*answer);
    co_return false;
}

void Transaction::take_early(const Answer& answer) {
    if (!answer) return lose(kEnd, answer.error());
    if (!answer->transient() && !answer->permanent()) return nonsense(kEnd, *answer);
    auto outcome = outcome_of(*answer);
    outcome.transcript = transcript_of(kEnd, *answer);
    settle_accepted(outcome);
    dialogue_.close();
}

/// What a reply to the end says; none: it is no such reply, or there is none, and all is lost.
std::optional<Outcome> Transaction::verdict(const Answer& answer) {
    if (!answer) {
        lose(kEnd, answer.error());
        return std::nullopt;
    }
    if (answer->intermediate()) {
        nonsense(kEnd, *answer);
        return std::nullopt;
    }
    auto outcome = outcome_of(*answer);
    outcome.speaks_of_lines = may_speak_of_lines(*answer);
    outcome.transcript = transcript_of(kEnd, *answer);
    return outcome;
}

/// A reply for each recipient that was taken. False: not all have come.
Task<bool> Transaction::read_each(std::vector<Outcome>& own) {
    while (own.size() < accepted_.size()) {
        const auto answer = co_await dialogue_.read_reply(timeouts_.end);
        auto said = verdict(answer);
        if (!said) co_return false;
        if (terms_.lmtp) settle(accepted_[own.size()], *said);  // whatever becomes of the others
        own.push_back(std::move(*said));
    }
    co_return true;
}

/// In LMTP a reply for each recipient that was taken, in PRDR these and then one for all, else one for all.
Task<void> Transaction::read_verdicts() {
    std::vector<Outcome> own;
    if (terms_.lmtp) {
        const bool complete = co_await read_each(own);
        open_ = !complete || terms_.chunks;
        co_return;
    }
    auto answer = co_await dialogue_.read_reply(timeouts_.end);
    if (answer && prdr_ && answer->code == kEachFollows) {
        const bool complete = co_await read_each(own);
        if (!complete) co_return;
        answer = co_await dialogue_.read_reply(timeouts_.end);
    }
    const auto for_all = verdict(answer);
    if (for_all) conclude(*for_all, own);
}

/// A recipient has the message only if nothing that was said refuses it.
void Transaction::conclude(const Outcome& for_all, const std::vector<Outcome>& own) {
    for (std::size_t i = 0; i < accepted_.size(); ++i) {
        const bool has_own = i < own.size() && (for_all.delivered() || !own[i].delivered());
        settle(accepted_[i], has_own ? own[i] : for_all);
    }
    // RFC 3030 §2: after a BDAT that failed only RSET goes on.
    open_ = terms_.chunks && !for_all.delivered();
}

}  // namespace md::relay
