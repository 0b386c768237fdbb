// milter/chain.cc - see chain.h

#include "milter/chain.h"

#include <algorithm>
#include <iterator>

namespace md::milter {

using async::Task;
using Kind = Answer::Kind;

namespace {

bool refuses(Kind kind) {
    return kind == Kind::reject || kind == Kind::temp_fail || kind == Kind::discard;
}

template <class T>
void append(std::vector<T>& into, std::vector<T>& from) {
    into.insert(into.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

Chain::Chain(const std::vector<Endpoint>& endpoints, const Settings& settings, Connections* kept) {
    for (const auto& endpoint : endpoints) clients_.emplace_back(endpoint, settings, kept);
}

bool Chain::wants_body() const noexcept {
    return std::any_of(clients_.begin(), clients_.end(), [](const Member& m) { return m.client->wants_body(); });
}

/// Adds one filter's answer to that of those before it; true: the next is not asked.
bool Chain::decided(const Member& member, const Answer& answer, Answer& overall) {
    const bool first = &member == clients_.data();
    if (refuses(answer.kind) || answer.kind == Kind::unavailable) last_speaker_ = member.client->endpoint().text();
    if (refuses(answer.kind)) {
        overall = answer;
        return true;
    }
    if (answer.kind == Kind::unavailable && overall.kind != Kind::unavailable) overall = answer;
    if (answer.kind == Kind::accept && first) overall = answer;
    if (answer.kind == Kind::proceed && overall.kind == Kind::accept) overall = answer;
    return false;
}

Task<Answer> Chain::connect(ConnectInfo info, std::vector<Macro> macros) {
    Answer overall;
    for (auto& member : clients_) {
        const auto answer = co_await member.client->connect(info, macros);
        if (decided(member, answer, overall)) break;
    }
    co_return overall;
}

Task<Answer> Chain::helo(std::string name, std::vector<Macro> macros) {
    Answer overall;
    for (auto& member : clients_) {
        const auto answer = co_await member.client->helo(name, macros);
        if (decided(member, answer, overall)) break;
    }
    co_return overall;
}

Task<Answer> Chain::mail(std::vector<std::string> arguments, std::vector<Macro> macros) {
    Answer overall;
    recipients_ = 0;
    for (auto& member : clients_) member.places.clear();
    for (auto& member : clients_) {
        const auto answer = co_await member.client->mail(arguments, macros);
        if (decided(member, answer, overall)) break;
    }
    co_return overall;
}

Task<Answer> Chain::rcpt(std::vector<std::string> arguments, std::vector<Macro> macros) {
    Answer overall;
    std::size_t passed = 0;
    for (auto& member : clients_) {
        const auto answer = co_await member.client->rcpt(arguments, macros);
        if (answer.kind != Kind::proceed && answer.kind != Kind::accept) {
            if (decided(member, answer, overall)) break;
            continue;
        }
        member.places.emplace_back();
        ++passed;
        decided(member, answer, overall);
    }
    if (passed < clients_.size()) co_return overall;
    for (auto& member : clients_) member.places.back() = recipients_;
    ++recipients_;
    co_return overall;
}

void Chain::refused_after_all() noexcept {
    if (recipients_ == 0) return;
    --recipients_;
    for (auto& member : clients_)
        if (!member.places.empty()) member.places.back().reset();
}

Task<Answer> Chain::data(std::vector<Macro> macros) {
    Answer overall;
    for (auto& member : clients_) {
        const auto answer = co_await member.client->data(macros);
        if (decided(member, answer, overall)) break;
    }
    co_return overall;
}

Task<Answer> Chain::header(std::string_view name, std::string_view value) {
    Answer overall;
    for (auto& member : clients_) {
        const auto answer = co_await member.client->header(name, value);
        if (decided(member, answer, overall)) break;
    }
    co_return overall;
}

Task<Answer> Chain::end_of_header(std::vector<Macro> macros) {
    Answer overall;
    for (auto& member : clients_) {
        const auto answer = co_await member.client->end_of_header(macros);
        if (decided(member, answer, overall)) break;
    }
    co_return overall;
}

Task<Answer> Chain::body(std::string_view octets) {
    Answer overall;
    for (auto& member : clients_) {
        const auto answer = co_await member.client->body(octets);
        if (decided(member, answer, overall)) break;
    }
    co_return overall;
}

Task<Outcome> Chain::end_of_message(std::vector<Macro> macros) {
    Outcome merged;
    for (auto& member : clients_) {
        auto outcome = co_await member.client->end_of_message(macros);
        if (decided(member, outcome.answer, merged.answer)) break;
        merge(member, outcome, merged);
    }
    if (refuses(merged.answer.kind) || merged.answer.kind == Kind::unavailable) {
        co_await abort();  // for filters that were not asked any more
        Outcome refused;
        refused.answer = std::move(merged.answer);
        merged = std::move(refused);
    }
    co_return merged;
}

void Chain::merge(const Member& member, Outcome& from, Outcome& into) {
    append(into.headers, from.headers);
    append(into.added_recipients, from.added_recipients);
    append(into.deleted_recipients, from.deleted_recipients);
    if (from.reverse_path) into.reverse_path = std::move(from.reverse_path);
    if (from.body) into.body = std::move(from.body);
    if (from.quarantine && !into.quarantine) into.quarantine = std::move(from.quarantine);
    for (auto& verdict : from.verdicts) {
        const auto place = verdict.recipient < member.places.size() ? member.places[verdict.recipient] : std::nullopt;
        if (!place) continue;
        verdict.recipient = *place;
        into.verdicts.push_back(std::move(verdict));
    }
}

Task<void> Chain::abort() {
    for (auto& member : clients_) co_await member.client->abort();
}

void Chain::quit() noexcept {
    for (auto& member : clients_) member.client->quit();
}

std::vector<Endpoint> endpoints(const std::vector<std::string>& milters, const std::string& own_socket) {
    std::vector<Endpoint> all;
    for (const auto& text : milters) {
        if (text == "mdfilterd") {
            all.push_back(Endpoint::own(own_socket));
        } else if (auto endpoint = Endpoint::parse(text)) {
            all.push_back(std::move(*endpoint));
        } else {
            // The option table lets none of these pass. One that did is a filter that is always away, never one that is
            // left out.
            endpoint.emplace();
            endpoint->path = text;
            all.push_back(std::move(*endpoint));
        }
    }
    return all;
}

}  // namespace md::milter
