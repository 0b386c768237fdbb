// milter/server.cc - see server.h

#include "milter/server.h"

#include <algorithm>
#include <array>
#include <optional>

#include "async/loop.h"
#include "async/scope.h"
#include "milter/change.h"
#include "milter/reply_text.h"

namespace md::milter {

using async::Scope;
using async::Task;
using Kind = Answer::Kind;

namespace {

constexpr std::uint32_t kOldestVersion = 2;

/// What we want of an MTA: no word on what it need not wait for, values exactly as they stand.
constexpr std::uint32_t kWantedSteps = step::kNoUnknown | step::kNoReplyConnect | step::kNoReplyHelo |
                                       step::kNoReplyData | step::kNoReplyHeader | step::kNoReplyEndOfHeader |
                                       step::kNoReplyBody | step::kHeaderLeadingSpace;

/// The same for a filter that answers each step.
constexpr std::uint32_t kAnsweredSteps = step::kNoUnknown | step::kHeaderLeadingSpace;

/// How far the conversation is; a bit each, so that a command can say from where it may come.
enum Stage : std::uint16_t {
    kStart = 0x1,
    kNegotiated = 0x2,
    kConnected = 0x4,
    kGreeted = 0x8,
    kMail = 0x10,
    kRcpt = 0x20,
    kData = 0x40,
    kHeader = 0x80,
    kEndOfHeader = 0x100,
    kBody = 0x200,
};
constexpr unsigned kAnyMessage = kMail | kRcpt | kData | kHeader | kEndOfHeader | kBody;

struct StepRow {
    char command;
    unsigned from;             ///< stages in which it may come
    Stage to;                  ///< the stage after it
    std::uint32_t no_reply;    ///< the bit by which the MTA does not wait
    bool refusal_ends = true;  ///< a reject or temp_fail ends the message
};

constexpr std::array kSteps{
    StepRow{command::kConnect, kNegotiated, kConnected, step::kNoReplyConnect},
    StepRow{command::kHelo, kConnected | kGreeted, kGreeted, step::kNoReplyHelo},
    StepRow{command::kMail, kConnected | kGreeted, kMail, step::kNoReplyMail},
    StepRow{command::kRcpt, kMail | kRcpt, kRcpt, step::kNoReplyRcpt, false},
    StepRow{command::kData, kRcpt, kData, step::kNoReplyData},
    StepRow{command::kHeader, kRcpt | kData | kHeader, kHeader, step::kNoReplyHeader},
    StepRow{command::kEndOfHeader, kRcpt | kData | kHeader, kEndOfHeader, step::kNoReplyEndOfHeader},
    StepRow{command::kBody, kEndOfHeader | kBody, kBody, step::kNoReplyBody},
    StepRow{command::kEndOfBody, kEndOfHeader | kBody, kGreeted, 0},
};

const StepRow* find_step(char command) noexcept {
    const auto* const row =
        std::find_if(kSteps.begin(), kSteps.end(), [&](const StepRow& r) { return r.command == command; });
    return row == kSteps.end() ? nullptr : row;
}

std::optional<std::vector<std::string>> read_arguments(std::string_view data) {
    const auto texts = read_texts(data);
    if (!texts || texts->empty()) return std::nullopt;
    return std::vector<std::string>(texts->begin(), texts->end());
}

/// One connection from an MTA.
class Conversation {
  public:
    Conversation(net::Stream& stream, Filter& filter, const ServerSettings& settings)
        : stream_(stream), filter_(filter), settings_(settings) {}

    Task<ServerEnd> run();

  private:
    Task<std::optional<ServerEnd>> handle(Packet packet);
    std::optional<ServerEnd> negotiate(const Packet& packet);
    std::optional<ServerEnd> take_macros(std::string_view data);
    Task<std::optional<ServerEnd>> take_step(const StepRow* row, Packet packet);
    /// The Filter's answer; none: the packet is not in its form.
    Task<std::optional<Answer>> ask(Packet packet);
    Task<std::optional<Answer>> ask_mail(std::string_view data);
    Task<std::optional<Answer>> ask_rcpt(std::string_view data);
    Task<std::optional<Answer>> ask_header(std::string_view data);
    Task<void> end_of_message(std::string_view last_octets);
    Task<void> judge(Scope& scope, Outcome* outcome);
    Task<void> keep_waiting();
    Task<Packet> next_packet();
    void reply(const StepRow& row, const Answer& answer);
    void put_reply(const Answer& answer);
    void leave_message();
    void leave_client();

    net::Stream& stream_;
    Filter& filter_;
    const ServerSettings settings_;
    MacroTable macros_;
    unsigned stage_ = kStart;
    std::uint32_t actions_ = 0;
    std::uint32_t steps_ = 0;
    std::size_t packet_size_ = 0;
    std::size_t recipients_ = 0;
    bool in_message_ = false;     ///< on_mail was called, message_over was not
    std::optional<Answer> kept_;  ///< what the Filter said where the MTA did not wait, or said for good
};

Task<ServerEnd> Conversation::run() {
    std::optional<ServerEnd> end;
    try {
        while (!end) {
            const auto packet = co_await next_packet();
            end = co_await handle(packet);
        }
    } catch (...) {
        leave_message();
        throw;
    }
    leave_message();
    co_return *end;
}

Task<Packet> Conversation::next_packet() {
    stream_.consume(packet_size_);
    packet_size_ = 0;
    for (;;) {
        const auto taken = take_packet(stream_.buffered());
        if (taken.packet) {
            packet_size_ = taken.size;
            co_return *taken.packet;
        }
        if (taken.broken) co_return Packet{'\0', {}};
        if (stream_.unsent() > 0) {
            const auto soon = async::after(settings_.write_timeout);
            co_await stream_.flush(soon);
        }
        const auto deadline = async::after(settings_.idle_timeout);
        co_await stream_.fill(deadline);
    }
}

Task<std::optional<ServerEnd>> Conversation::handle(Packet packet) {
    if (packet.command == '\0') co_return ServerEnd::malformed;
    if (packet.command == command::kQuit) co_return ServerEnd::quit;
    if (packet.command == command::kNegotiate) co_return negotiate(packet);
    if (stage_ == kStart) co_return ServerEnd::order;
    if (packet.command == command::kMacro) co_return take_macros(packet.data);
    if (packet.command == command::kAbort) {
        leave_message();
        co_return std::nullopt;
    }
    if (packet.command == command::kQuitNewConnection) {
        leave_client();
        co_return std::nullopt;
    }
    const auto* const row = find_step(packet.command);
    if (row == nullptr) co_return ServerEnd::unknown;
    auto end = co_await take_step(row, packet);
    co_return end;
}

std::optional<ServerEnd> Conversation::negotiate(const Packet& packet) {
    if (stage_ != kStart) return ServerEnd::order;
    const auto offer = read_negotiation(packet.data);
    if (!offer || offer->version < kOldestVersion) return ServerEnd::negotiation;
    const auto wanted = settings_.actions | (settings_.offer_verdicts ? action::kOurVerdicts | action::kOurReuse : 0U);
    Negotiation agreed;
    agreed.version = std::min(offer->version, kVersion);
    agreed.actions = actions_ = offer->actions & wanted;
    const auto left_out = settings_.wants_body ? 0U : step::kNoBody;
    const auto quiet = settings_.answer_mail ? 0U : step::kNoReplyMail;
    const auto steps = settings_.answer_each_step ? kAnsweredSteps : kWantedSteps | quiet;
    agreed.steps = steps_ = offer->steps & (steps | left_out);
    std::string out;
    put_negotiation(out, agreed);
    stream_.put(out);
    stage_ = kNegotiated;
    filter_.on_negotiated((actions_ & action::kOurVerdicts) != 0);
    return std::nullopt;
}

std::optional<ServerEnd> Conversation::take_macros(std::string_view data) {
    if (data.size() > settings_.max_macro_bytes) return ServerEnd::limit;
    auto macros = read_macros(data);
    if (!macros) return ServerEnd::malformed;
    // An MTA may begin anew without a word (MAIL after a refusal of its own, HELO after STARTTLS).
    if (macros->for_command == command::kMail || macros->for_command == command::kHelo) leave_message();
    // Each command's macros come before it and replace those before; one that there is not would only take room.
    if (find_step(macros->for_command) != nullptr) macros_.set(macros->for_command, std::move(macros->macros));
    return std::nullopt;
}

Task<std::optional<ServerEnd>> Conversation::take_step(const StepRow* row, Packet packet) {
    if ((stage_ & kAnyMessage) != 0 && (row->command == command::kMail || row->command == command::kHelo))
        leave_message();
    if ((stage_ & row->from) == 0) co_return ServerEnd::order;
    stage_ = row->to;
    if (row->command == command::kEndOfBody) {
        co_await end_of_message(packet.data);
        co_return std::nullopt;
    }
    if (row->command == command::kRcpt && ++recipients_ > settings_.max_recipients) co_return ServerEnd::limit;
    if (kept_) {
        reply(*row, *kept_);
        co_return std::nullopt;
    }
    const auto answer = co_await ask(packet);
    if (!answer) co_return ServerEnd::malformed;
    reply(*row, *answer);
    co_return std::nullopt;
}

Task<std::optional<Answer>> Conversation::ask(Packet packet) {
    std::optional<Answer> answer;
    switch (packet.command) {
        case command::kConnect: {
            auto info = read_connect(packet.data);
            if (!info) co_return std::nullopt;
            answer = co_await filter_.on_connect(std::move(*info), macros_);
            break;
        }
        case command::kHelo: {
            const auto texts = read_texts(packet.data);
            if (!texts || texts->empty()) co_return std::nullopt;
            std::string name(texts->front());
            answer = co_await filter_.on_helo(std::move(name), macros_);
            break;
        }
        case command::kMail: answer = co_await ask_mail(packet.data); break;
        case command::kRcpt: answer = co_await ask_rcpt(packet.data); break;
        case command::kHeader: answer = co_await ask_header(packet.data); break;
        case command::kData: answer = co_await filter_.on_data(macros_); break;
        case command::kEndOfHeader: answer = co_await filter_.on_end_of_header(macros_); break;
        default: answer = co_await filter_.on_body(packet.data); break;
    }
    co_return answer;
}

Task<std::optional<Answer>> Conversation::ask_mail(std::string_view data) {
    auto arguments = read_arguments(data);
    if (!arguments) co_return std::nullopt;
    in_message_ = true;
    recipients_ = 0;
    auto answer = co_await filter_.on_mail(std::move(*arguments), macros_);
    co_return answer;
}

Task<std::optional<Answer>> Conversation::ask_rcpt(std::string_view data) {
    auto arguments = read_arguments(data);
    if (!arguments) co_return std::nullopt;
    auto answer = co_await filter_.on_rcpt(std::move(*arguments), macros_);
    co_return answer;
}

Task<std::optional<Answer>> Conversation::ask_header(std::string_view data) {
    const auto texts = read_texts(data);
    if (!texts || texts->size() != 2) co_return std::nullopt;
    auto answer = co_await filter_.on_header(texts->at(0), texts->at(1));
    co_return answer;
}

/// Says what the Filter said, or keeps it for later. After a word for good the message is over for both sides.
void Conversation::reply(const StepRow& row, const Answer& answer) {
    const bool of_message = (row.to & kAnyMessage) != 0;
    const bool refusal = answer.kind == Kind::reject || answer.kind == Kind::temp_fail;
    const bool for_good = answer.kind != Kind::proceed && (row.refusal_ends || !refusal || kept_);
    if ((steps_ & row.no_reply) != 0) {
        if (for_good) kept_ = answer;
        return;
    }
    put_reply(answer);
    if (!for_good) return;
    if (of_message) {
        leave_message();
    } else {
        kept_ = answer;
    }
}

void Conversation::put_reply(const Answer& answer) {
    std::string out;
    put_answer(out, answer);
    stream_.put(out);
}

Task<void> Conversation::end_of_message(std::string_view last_octets) {
    if (!last_octets.empty() && !kept_) {
        const auto answer = co_await filter_.on_body(last_octets);
        if (answer.kind != Kind::proceed) kept_ = answer;
    }
    Outcome outcome;
    if (kept_) {
        outcome.answer = *kept_;
    } else {
        auto body = [&](Scope& scope) { return judge(scope, &outcome); };
        co_await async::scoped(body);
    }
    std::string out;
    const bool taken = outcome.answer.kind == Kind::proceed || outcome.answer.kind == Kind::accept;
    if (taken) put_changes(out, outcome, actions_);
    put_answer(out, outcome.answer);
    stream_.put(out);
    leave_message();
}

Task<void> Conversation::judge(Scope& scope, Outcome* outcome) {
    scope.spawn(keep_waiting());
    *outcome = co_await filter_.on_end_of_message(macros_);
    scope.cancel();
}

Task<void> Conversation::keep_waiting() {
    for (;;) {
        co_await async::sleep_for(settings_.progress_interval);
        std::string out;
        put_packet(out, reply::kProgress, {});
        stream_.put(out);
        const auto deadline = async::after(settings_.write_timeout);
        co_await stream_.flush(deadline);
    }
}

void Conversation::leave_message() {
    if ((stage_ & kAnyMessage) != 0) stage_ = kGreeted;
    if (!in_message_) return;
    in_message_ = false;
    kept_.reset();
    macros_.forget_message();
    filter_.message_over();
}

void Conversation::leave_client() {
    leave_message();
    kept_.reset();
    macros_ = MacroTable();
    stage_ = kNegotiated;
    filter_.client_over();
}

}  // namespace

// ---- macros

void MacroTable::set(char for_command, std::vector<Macro> macros) {
    auto& table = by_command_[for_command];
    table.clear();
    for (auto& macro : macros) table[std::move(macro.name)] = std::move(macro.value);
}

void MacroTable::forget_message() {
    std::erase_if(by_command_,
                  [](const auto& entry) { return entry.first != command::kConnect && entry.first != command::kHelo; });
}

std::string_view MacroTable::find(std::string_view name) const noexcept {
    // From the message's end to the connection's beginning: what was told last counts.
    constexpr std::array order{command::kEndOfBody, command::kBody, command::kEndOfHeader,
                               command::kHeader,    command::kData, command::kRcpt,
                               command::kMail,      command::kHelo, command::kConnect};
    for (const char which : order) {
        const auto table = by_command_.find(which);
        if (table == by_command_.end()) continue;
        const auto macro = table->second.find(name);
        if (macro != table->second.end()) return macro->second;
    }
    return {};
}

std::string_view name(ServerEnd end) noexcept {
    constexpr std::array<std::string_view, 6> names{"quit", "malformed", "unknown", "order", "negotiation", "limit"};
    return names[static_cast<std::size_t>(end)];
}

Task<ServerEnd> serve(net::Stream& stream, Filter& filter, ServerSettings settings) {
    Conversation conversation(stream, filter, settings);
    const auto end = co_await conversation.run();
    co_return end;
}

}  // namespace md::milter
