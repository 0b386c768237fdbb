// mdpop3d/transaction.cc - STAT LIST UIDL RETR TOP DELE RSET NOOP (RFC 1939 §5, §7); see session.h
//
// CONTRACT
//   A message is read piece by piece on the pool and sent as it is read: memory does not grow with its size.

#include <utility>

#include "async/loop.h"
#include "mdpop3d/multiline.h"
#include "mdpop3d/session.h"
#include "store/crlf_reader.h"

namespace md::mdpop3d {

using async::Task;
using pop3::Command;
using pop3::Verb;

namespace {

/// A list this long is flushed before it goes on.
constexpr std::size_t kUnsentLimit = 32 * 1024;

std::string listing(Verb verb, std::uint32_t number, const store::Maildrop::Item& item) {
    return std::to_string(number) + " " + (verb == Verb::uidl ? item.uidl : std::to_string(item.size_crlf));
}

}  // namespace

Task<void> Session::run(Command command) {
    switch (command.verb) {
        case Verb::capa: reply_capabilities(pop3::State::transaction); break;
        case Verb::dele: remove(*command.message); break;
        case Verb::list:
        case Verb::uidl: co_await list(command); break;
        case Verb::noop: reply("+OK"); break;
        case Verb::retr: co_await retrieve(*command.message, std::nullopt); break;
        case Verb::rset: reset(); break;
        case Verb::stat: stat(); break;
        case Verb::top: co_await retrieve(*command.message, command.lines); break;
        default: break;  // not in this state
    }
}

/// Messages marked deleted are counted in nothing (RFC 1939 §5, STAT).
void Session::stat() {
    const auto& items = maildrop_->items();
    auto octets = maildrop_->octets();
    for (const auto number : deleted_) octets -= items[number - 1].size_crlf;
    reply("+OK " + std::to_string(items.size() - deleted_.size()) + " " + std::to_string(octets));
}

Task<void> Session::list(Command command) {
    if (command.message) {
        const auto* found = item(*command.message);
        if (found == nullptr) {
            refuse("no such message");
        } else {
            reply("+OK " + listing(command.verb, *command.message, *found));
        }
        co_return;
    }
    reply("+OK");
    const auto count = maildrop_->items().size();
    for (std::uint32_t number = 1; number <= count; ++number) {
        const auto* found = item(number);
        if (found != nullptr) reply(listing(command.verb, number, *found));
        if (stream_.unsent() > kUnsentLimit) {
            const auto until = deadline();
            co_await stream_.flush(until);
        }
    }
    reply(".");
}

/// RETR and TOP.
Task<void> Session::retrieve(std::uint32_t number, std::optional<std::uint32_t> body_lines) {
    if (item(number) == nullptr) {
        refuse("no such message");
        co_return;
    }
    auto open = [this, number] { return maildrop_->open(number); };
    auto message = co_await async::offload(services_.pool, open);
    if (!message) {
        reply("-ERR the message was removed by another session");
        co_return;
    }
    co_await send_message(std::move(*message), body_lines);
    if (!body_lines) read_.insert(number);
}

Task<void> Session::send_message(store::OpenMessage message, std::optional<std::uint32_t> body_lines) {
    store::CrlfReader reader(*message.file, message.size);
    Multiline data(body_lines);
    std::string out = "+OK";
    if (!body_lines) out += " " + std::to_string(message.size_crlf) + " octets";
    out += "\r\n";
    auto read = [&reader] { return reader.read(); };
    while (!data.full()) {
        const auto piece = co_await async::offload(services_.pool, read);
        if (piece.empty()) break;
        data.feed(piece, out);
        octets_sent_ += out.size();
        stream_.put(out);
        out.clear();
        mid_message_ = true;
        const auto until = deadline();
        co_await stream_.flush(until);
    }
    mid_message_ = false;
    data.finish(out);
    stream_.put(out);
}

void Session::remove(std::uint32_t number) {
    if (item(number) == nullptr) {
        refuse("no such message");
        return;
    }
    deleted_.insert(number);
    reply("+OK");
}

void Session::reset() {
    deleted_.clear();
    reply("+OK");
}

/// None: no such number, or marked deleted.
const store::Maildrop::Item* Session::item(std::uint32_t number) const {
    const auto& items = maildrop_->items();
    if (number == 0 || number > items.size() || deleted_.contains(number)) return nullptr;
    return &items[number - 1];
}

}  // namespace md::mdpop3d
