// milter/client.cc - see client.h

#include "milter/client.h"

#include <algorithm>

#include "async/loop.h"
#include "milter/change.h"
#include "milter/reply_text.h"
#include "net/listener.h"

namespace md::milter {

using async::Deadline;
using async::Task;
using Kind = Answer::Kind;

namespace {

/// What a filter is offered. Lists of wanted macros are not: it gets all that we have.
constexpr std::uint32_t kOfferedActions = action::kAddHeaders | action::kChangeBody | action::kAddRcpt |
                                          action::kDeleteRcpt | action::kChangeHeaders | action::kQuarantine |
                                          action::kChangeFrom | action::kAddRcptArgs;
/// Recipients that we refuse ourselves are not shown.
constexpr std::uint32_t kOfferedSteps = step::kAll & ~step::kRejectedRcpt;
constexpr std::uint32_t kOldestVersion = 2;
constexpr std::uint32_t kDataSince = 4;
/// Of a field as it is shown, with room for its two NULs: libmilter ends the session at a packet beyond 64 KiB.
constexpr std::size_t kLongestField = kBodyChunk - 2;
/// Steps that wait for a reply together, beyond which they are sent all the same.
constexpr std::size_t kGathered = 64 * 1024;

/// What sessions without a message have left for the next one to send.
constexpr std::size_t kLeftForNext = 4 * 1024;

constexpr std::uint32_t kOurExtension = action::kOurVerdicts | action::kOurReuse;

}  // namespace

Client::Client(Endpoint endpoint, const Settings& settings, Connections* kept)
    : endpoint_(std::move(endpoint)), settings_(settings), kept_(kept) {}

Client::~Client() = default;

bool Client::wants_body() const noexcept {
    return in_message() && !skip_body_ && !negotiated(step::kNoBody);
}

Answer Client::standing() const {
    if (settled_all_) return *settled_all_;
    if (state_ == State::unavailable) return Answer(Kind::unavailable, why_);
    return settled_.value_or(Answer());
}

Answer Client::lost(std::string why) {
    why_ = endpoint_.text() + ": " + why;
    state_ = State::unavailable;
    packet_size_ = 0;
    stream_.reset();
    return Answer(Kind::unavailable, why_);
}

/// Keeps what decides for the rest of the message.
Answer Client::settle(Answer answer) {
    if (answer.kind != Kind::proceed && answer.kind != Kind::unavailable) settled_ = answer;
    return answer;
}

Task<Answer> Client::guarded(Task<Answer> work) {
    std::string why;
    try {
        auto answer = co_await work;
        co_return answer;
    } catch (const net::Disconnected& over) {
        if (stream_ == nullptr || over.stream != stream_.get()) throw;
        why = net::name(over.reason);
    }
    co_return lost("connection " + why);
}

// ---- the connection

Task<Answer> Client::connect(ConnectInfo info, std::vector<Macro> macros) {
    connect_info_ = std::move(info);
    connect_macros_ = std::move(macros);
    auto work = begin();
    auto answer = co_await guarded(std::move(work));
    co_return answer;
}

/// A connection on which the filter knows what we know.
Task<Answer> Client::begin() {
    const auto opened = co_await open();
    if (opened.kind != Kind::proceed) co_return opened;
    auto answer = co_await introduce();
    co_return answer;
}

Task<Answer> Client::open() {
    state_ = State::closed;
    packet_size_ = 0;
    settled_.reset();
    if (take_kept()) co_return Answer();
    const auto deadline = async::after(settings_.connect_timeout);
    Result<Fd, net::ConnectError> fd = fail(net::ConnectError{0});
    if (endpoint_.path.empty()) {
        fd = co_await net::connect_tcp(endpoint_.address, deadline);
    } else {
        fd = co_await net::connect_unix(endpoint_.path, deadline);
    }
    if (!fd) co_return lost(std::generic_category().message(fd.error().code));
    stream_ = std::make_unique<net::Stream>(std::move(*fd), endpoint_.address, net::SocketAddress());
    opened_ = async::Loop::current().now();

    Negotiation offer;
    offer.actions = kOfferedActions | (endpoint_.ours ? kOurExtension : 0U);
    offer.steps = kOfferedSteps;
    std::string out;
    put_negotiation(out, offer);
    stream_->put(out);
    const auto packet = co_await next_packet(deadline);
    if (!take_negotiation(packet)) co_return lost("negotiates what was not offered");
    state_ = State::connected;
    co_return Answer();
}

/// One that has served another session, to which it says that it is over when the first step leaves.
bool Client::take_kept() {
    auto taken = kept_ != nullptr && endpoint_.ours ? kept_->take(endpoint_.path) : std::nullopt;
    if (!taken) return false;
    stream_ = std::move(taken->stream);
    opened_ = taken->opened;
    actions_ = taken->actions;
    steps_ = taken->steps;
    put_command(command::kQuitNewConnection, {});
    state_ = State::connected;
    return true;
}

/// Between two messages, and nothing that was sent has an answer to come.
bool Client::may_be_kept() const noexcept {
    return kept_ != nullptr && state_ == State::connected && (actions_ & action::kOurReuse) != 0 &&
           stream_->buffered().size() == packet_size_ && stream_->unsent() < kLeftForNext;
}

bool Client::take_negotiation(const Packet& packet) {
    if (packet.command != command::kNegotiate) return false;
    const auto agreed = read_negotiation(packet.data);
    if (!agreed || agreed->version < kOldestVersion || agreed->version > kVersion) return false;
    const auto offered = kOfferedActions | (endpoint_.ours ? kOurExtension : 0U);
    if ((agreed->actions & ~offered) != 0 || (agreed->steps & ~kOfferedSteps) != 0) return false;
    actions_ = agreed->actions;
    steps_ = agreed->steps;
    if (agreed->version < kDataSince) steps_ |= step::kNoData;
    return true;
}

Task<Answer> Client::introduce() {
    if (put_step(step::kNoConnect, command::kConnect, connect_macros_)) {
        std::string out;
        put_connect(out, connect_info_);
        stream_->put(out);
        auto answer = co_await send(step::kNoReplyConnect);
        if (answer.kind == Kind::discard) co_return lost("discards a connection");
        if (answer.kind != Kind::proceed) {
            if (answer.kind != Kind::unavailable) settled_all_ = answer;
            co_return answer;
        }
    }
    if (helo_.empty()) co_return Answer();
    auto answer = co_await send_helo();
    co_return answer;
}

Task<Answer> Client::helo(std::string name, std::vector<Macro> macros) {
    helo_ = std::move(name);
    helo_macros_ = std::move(macros);
    co_await abort();  // EHLO in a transaction is RSET too (RFC 5321 §4.1.4)
    if (settled_all_ || state_ != State::connected) co_return standing();
    auto work = send_helo();
    auto answer = co_await guarded(std::move(work));
    co_return answer;
}

Task<Answer> Client::send_helo() {
    if (!put_step(step::kNoHelo, command::kHelo, helo_macros_)) co_return Answer();
    std::string out;
    put_texts(out, command::kHelo, {helo_});
    stream_->put(out);
    auto answer = co_await send(step::kNoReplyHelo);
    if (answer.kind == Kind::discard) co_return lost("discards a connection");
    if (answer.kind != Kind::proceed && answer.kind != Kind::unavailable) settled_all_ = answer;
    co_return answer;
}

void Client::quit() noexcept {
    if (stream_ == nullptr) return;
    if (may_be_kept()) {
        stream_->consume(packet_size_);
        kept_->keep(endpoint_.path, {std::move(stream_), actions_, steps_, opened_});
    } else {
        put_command(command::kQuit, {});
        stream_->close();
    }
    stream_.reset();
    packet_size_ = 0;
    state_ = State::closed;
}

// ---- one message

Task<Answer> Client::mail(std::vector<std::string> arguments, std::vector<Macro> macros) {
    co_await abort();  // what a message before left
    if (settled_all_) co_return standing();
    auto work = begin_message(std::move(arguments), std::move(macros));
    auto answer = co_await guarded(std::move(work));
    co_return answer;
}

Task<Answer> Client::begin_message(std::vector<std::string> arguments, std::vector<Macro> macros) {
    if (state_ != State::connected || has_left(*stream_)) {
        auto begun = co_await begin();
        if (begun.kind != Kind::proceed) co_return begun;
    }
    state_ = State::in_message;
    settled_.reset();
    skip_body_ = false;
    accepted_recipients_ = 0;
    if (!put_step(step::kNoMail, command::kMail, macros)) co_return Answer();
    put_arguments(command::kMail, arguments);
    auto answer = co_await send(step::kNoReplyMail);
    co_return settle(std::move(answer));
}

Task<Answer> Client::rcpt(std::vector<std::string> arguments, std::vector<Macro> macros) {
    if (!in_message()) co_return standing();
    auto answer = Answer();
    if (put_step(step::kNoRcpt, command::kRcpt, macros)) {
        put_arguments(command::kRcpt, arguments);
        auto work = send(step::kNoReplyRcpt);
        answer = co_await guarded(std::move(work));
    }
    if (answer.kind == Kind::proceed || answer.kind == Kind::accept) ++accepted_recipients_;
    // A refusal is of this recipient alone.
    if (answer.kind == Kind::accept || answer.kind == Kind::discard) settle(answer);
    co_return answer;
}

Task<Answer> Client::data(std::vector<Macro> macros) {
    if (!in_message() || !put_step(step::kNoData, command::kData, macros)) co_return standing();
    put_command(command::kData, {});
    auto work = send(step::kNoReplyData);
    auto answer = co_await guarded(std::move(work));
    co_return settle(std::move(answer));
}

Task<Answer> Client::header(std::string_view name, std::string_view value) {
    if (!in_message() || negotiated(step::kNoHeaders)) co_return standing();
    if (!negotiated(step::kHeaderLeadingSpace) && value.starts_with(' ')) value.remove_prefix(1);
    name = name.substr(0, kLongestField / 2);
    value = value.substr(0, kLongestField - name.size());
    std::string out;
    put_texts(out, command::kHeader, {name, value});
    stream_->put(out);
    auto work = send(step::kNoReplyHeader);
    auto answer = co_await guarded(std::move(work));
    co_return settle(std::move(answer));
}

Task<Answer> Client::end_of_header(std::vector<Macro> macros) {
    if (!in_message() || !put_step(step::kNoEndOfHeader, command::kEndOfHeader, macros)) co_return standing();
    put_command(command::kEndOfHeader, {});
    auto work = send_now(step::kNoReplyEndOfHeader);
    auto answer = co_await guarded(std::move(work));
    co_return settle(std::move(answer));
}

Task<Answer> Client::body(std::string_view octets) {
    if (!wants_body()) co_return standing();
    put_command(command::kBody, octets.substr(0, kBodyChunk));
    auto work = send(step::kNoReplyBody);
    auto answer = co_await guarded(std::move(work));
    co_return settle(std::move(answer));
}

Task<Outcome> Client::end_of_message(std::vector<Macro> macros) {
    Outcome outcome;
    if (!in_message()) {
        outcome.answer = standing();
    } else {
        put_macros_of(command::kEndOfBody, macros);
        put_command(command::kEndOfBody, {});
        auto work = read_outcome(&outcome);
        outcome.answer = co_await guarded(std::move(work));
    }
    const bool kept = outcome.answer.kind == Kind::proceed || outcome.answer.kind == Kind::accept;
    if (!kept) {
        Outcome refused;
        refused.answer = std::move(outcome.answer);
        outcome = std::move(refused);
    }
    if (state_ == State::in_message) state_ = State::connected;
    settled_.reset();
    co_return outcome;
}

Task<void> Client::abort() {
    if (state_ != State::in_message) co_return;
    const bool filter_knows = !settled_;
    state_ = State::connected;
    settled_.reset();
    if (!filter_knows) co_return;  // for it the message ended with its own word
    put_command(command::kAbort, {});
    auto work = flush();
    const auto flushed = co_await guarded(std::move(work));
    static_cast<void>(flushed);  // what went wrong is told by the next MAIL
}

Task<Answer> Client::flush() {
    const auto deadline = async::after(settings_.step_timeout);
    co_await stream_->flush(deadline);
    co_return Answer();
}

// ---- packets

void Client::put_command(char what, std::string_view data) {
    std::string out;
    put_packet(out, what, data);
    stream_->put(out);
}

void Client::put_arguments(char what, const std::vector<std::string>& arguments) {
    std::string out;
    const std::vector<std::string_view> texts(arguments.begin(), arguments.end());
    put_texts(out, what, texts);
    stream_->put(out);
}

void Client::put_macros_of(char what, const std::vector<Macro>& macros) {
    if (macros.empty()) return;
    std::string out;
    put_macros(out, what, macros);
    stream_->put(out);
}

/// False: the filter does not want to see this step.
bool Client::put_step(std::uint32_t unwanted, char what, const std::vector<Macro>& macros) {
    if (negotiated(unwanted)) return false;
    put_macros_of(what, macros);
    return true;
}

/// What stands in the stream's output is a step; `unanswered` is the bit by which the filter said that it gives no
/// reply to it.
Task<Answer> Client::send(std::uint32_t unanswered) {
    if (!negotiated(unanswered)) {
        auto answer = co_await read_reply(unanswered);
        co_return answer;
    }
    if (stream_->unsent() > kGathered) {
        auto flushed = co_await flush();
        co_return flushed;
    }
    co_return Answer();
}

/// The same for a step from which the filter's look-ups may begin: it leaves at once.
Task<Answer> Client::send_now(std::uint32_t unanswered) {
    auto answer = Answer();
    if (negotiated(unanswered)) {
        answer = co_await flush();
    } else {
        answer = co_await read_reply(unanswered);
    }
    co_return answer;
}

Task<Packet> Client::next_packet(Deadline deadline) {
    stream_->consume(packet_size_);
    packet_size_ = 0;
    for (;;) {
        const auto taken = take_packet(stream_->buffered());
        if (taken.packet) {
            packet_size_ = taken.size;
            co_return *taken.packet;
        }
        if (taken.broken) co_return Packet{'\0', {}};  // no reply: whoever reads it says so
        co_await stream_->fill(deadline);
    }
}

/// `unanswered`: the step, by its bit.
Task<Answer> Client::read_reply(std::uint32_t unanswered) {
    const auto last = async::after(settings_.progress_limit);
    for (;;) {
        const auto deadline = std::min(last, async::after(settings_.step_timeout));
        const auto packet = co_await next_packet(deadline);
        if (packet.command == reply::kProgress) continue;
        // It is offered to all, and programs of libmilter use it without having asked for it.
        if (packet.command == reply::kSkip && unanswered == step::kNoReplyBody) {
            skip_body_ = true;
            co_return Answer();
        }
        auto answer = read_answer(packet);
        if (!answer) co_return lost("gives no reply that there is at this step");
        if (answer->kind == Kind::unavailable) co_return lost(answer->reply);
        co_return std::move(*answer);
    }
}

Task<Answer> Client::read_outcome(Outcome* outcome) {
    const auto last = async::after(settings_.progress_limit);
    auto deadline = std::min(last, async::after(settings_.end_timeout));
    std::size_t octets = 0;
    for (;;) {
        const auto packet = co_await next_packet(deadline);
        if (packet.command == reply::kProgress) {
            deadline = std::min(last, async::after(settings_.end_timeout));
            continue;
        }
        if (auto answer = read_answer(packet)) {
            if (answer->kind == Kind::unavailable) co_return lost(answer->reply);
            co_return std::move(*answer);
        }
        octets += packet_size_;
        if (octets > settings_.outcome_limit_bytes) co_return lost("asks for more changes than the limit");
        if (!read_change(packet, actions_, accepted_recipients_, *outcome))
            co_return lost("asks for a change that was not negotiated, or not in its form");
    }
}

}  // namespace md::milter
