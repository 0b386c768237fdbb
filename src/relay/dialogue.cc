// relay/dialogue.cc - see dialogue.h

#include "relay/dialogue.h"

#include <utility>

#include "async/sync.h"

namespace md::relay {

using async::Deadline;
using async::Task;
using Answer = Dialogue::Answer;
using mail::Status;
using Progress = smtp::ReplyReader::Progress;

namespace {

constexpr int kServiceClosing = 421;
constexpr Status kBadConnection{4, 4, 2};
constexpr Status kProtocolError{4, 5, 0};

std::string_view describe(net::EndReason reason) {
    switch (reason) {
        case net::EndReason::closed: return "closed the connection";
        case net::EndReason::timed_out: return "did not answer in time";
        case net::EndReason::tls: return "TLS failed";
        case net::EndReason::reset:
        case net::EndReason::stopped:
        case net::EndReason::compression: break;
    }
    return "the connection broke";
}

/// Of flush(): nothing has come.
smtp::ServerReply silence() {
    return {};
}

}  // namespace

Dialogue::Dialogue(std::unique_ptr<net::Stream> stream, std::string name)
    : stream_(std::move(stream)), name_(std::move(name)) {
    due_ = 1;  // the greeting
}

void Dialogue::close() noexcept {
    stream_->close();
    if (!trouble_) trouble_ = host_failed(kBadConnection, name_ + ": the connection is closed");
}

Outcome Dialogue::give_up(Status status, std::string_view why) {
    if (!trouble_) {
        trouble_ = host_failed(status, name_ + ": " + std::string(why));
        stream_->break_off();
    }
    return *trouble_;
}

Task<Answer> Dialogue::guarded(Task<Answer> work) {
    if (trouble_) co_return fail(*trouble_);
    net::EndReason reason;
    try {
        auto answer = co_await work;
        co_return std::move(answer);
    } catch (const net::Disconnected& over) {
        if (over.stream != stream_.get()) throw;
        reason = over.reason;
    }
    std::string why(describe(reason));
    if (reason == net::EndReason::tls) why += ": " + stream_->tls_fault();
    co_return fail(give_up(kBadConnection, why));
}

void Dialogue::put(std::string_view command) {
    if (due_ == 0 && !quiet()) spoke_unasked_ = true;
    stream_->put(command);
    stream_->put("\r\n");
    ++due_;
}

/// False: the rest of the reply is still to come.
bool Dialogue::take(Progress& progress) {
    const auto step = reader_.feed(stream_->buffered());
    stream_->consume(step.consumed);
    progress = step.progress;
    return progress != Progress::more;
}

/// What a whole reply means for the connection.
Answer Dialogue::judge(smtp::ServerReply reply, bool asked) {
    if (reply.code == kServiceClosing) {
        trouble_ = outcome_of(reply);
        trouble_->host_fault = true;
        stream_->close();
        return fail(*trouble_);
    }
    if (!asked) return fail(give_up(kProtocolError, "answers what nobody asked: " + one_line(reply)));
    return reply;
}

Task<Answer> Dialogue::receive(Deadline deadline) {
    Progress progress;
    // What is put must leave even if a reply is here already.
    co_await stream_->flush(deadline);
    while (!take(progress)) co_await stream_->fill(deadline);
    if (progress == Progress::malformed)
        co_return fail(give_up(kProtocolError, "talks nonsense: " + std::string(reader_.fault())));
    if (due_ > 0) --due_;
    co_return judge(reader_.take(), !spoke_unasked_);
}

Task<Answer> Dialogue::read_reply(Limit limit) {
    auto work = receive(async::after(limit));
    auto answer = co_await guarded(std::move(work));
    co_return std::move(answer);
}

Task<Answer> Dialogue::ask(std::string command, Limit limit) {
    if (trouble_) co_return fail(*trouble_);
    put(command);
    auto answer = co_await read_reply(limit);
    co_return std::move(answer);
}

/// Looks without waiting whether something has come.
Task<Answer> Dialogue::send_and_look(Deadline deadline) {
    co_await stream_->flush(deadline);
    async::Signal at_once;
    at_once.set();
    const auto woken = co_await stream_->wait_input(at_once.point(), deadline);
    Progress progress;
    if (woken != async::Woken::first || !take(progress)) co_return silence();
    if (progress == Progress::malformed)
        co_return fail(give_up(kProtocolError, "talks nonsense: " + std::string(reader_.fault())));
    co_return judge(reader_.take(), true);
}

Task<std::optional<Answer>> Dialogue::flush(Limit limit) {
    auto work = send_and_look(async::after(limit));
    auto answer = co_await guarded(std::move(work));
    if (answer && answer->code == 0) co_return std::nullopt;
    co_return std::move(answer);
}

Task<Answer> Dialogue::shake_hands(std::shared_ptr<const net::TlsClient> client, std::string peer_name,
                                   Deadline deadline) {
    co_await stream_->start_tls(std::move(client), std::move(peer_name), deadline);
    co_return silence();
}

Task<std::optional<Outcome>> Dialogue::start_tls(std::shared_ptr<const net::TlsClient> client, std::string peer_name,
                                                 Limit limit) {
    auto work = shake_hands(std::move(client), std::move(peer_name), async::after(limit));
    const auto answer = co_await guarded(std::move(work));
    if (answer) co_return std::nullopt;
    co_return answer.error();
}

}  // namespace md::relay
