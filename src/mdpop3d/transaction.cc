// mdpop3d/transaction.cc - STAT LIST UIDL RETR TOP DELE RSET NOOP (RFC 1939 §5, §7); see session.h
//
// CONTRACT
//   A message is read piece by piece on the pool and sent as it is read: memory does not grow with its size.

#include <utility>

#include "async/loop.h"
#include "log/counter.h"
#include "mdpop3d/multiline.h"
#include "mdpop3d/session.h"
#include "store/crlf_reader.h"

namespace md::mdpop3d {

using async::Task;
using pop3::Command;
using pop3::Verb;

namespace {

/// A list goes out in pieces of this size, and others have their turn between them.
constexpr std::size_t kListPiece = 32 * 1024;
constexpr std::string_view kRemoved = "-ERR the message was removed by another session";

}  // namespace

Task<void> Session::run(Command command) {
    switch (command.verb) {
        case Verb::capa: reply_capabilities(pop3::State::transaction); break;
        case Verb::dele: remove(*command.message); break;
        case Verb::list:
        case Verb::uidl: co_await list(command); break;
        case Verb::noop: reply("+OK"); break;
        case Verb::retr: co_await retrieve(Retrieval(*command.message, std::nullopt)); break;
        case Verb::rset: reset(); break;
        case Verb::stat: stat(); break;
        case Verb::top: co_await retrieve(Retrieval(*command.message, command.lines)); break;
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
    const bool uidl = command.verb == Verb::uidl;
    if (command.message) {
        if (item(*command.message) == nullptr) {
            refuse("no such message");
            co_return;
        }
        std::string line = "+OK ";
        append_listing(*command.message, uidl, line);
        stream_.put(line);
        co_return;
    }
    std::string out = "+OK\r\n";
    const auto count = maildrop_->items().size();
    for (std::uint32_t number = 1; number <= count; ++number) {
        if (item(number) != nullptr) append_listing(number, uidl, out);
        if (out.size() < kListPiece) continue;
        stream_.put(out);
        out.clear();
        const auto until = deadline();
        co_await stream_.flush(until);
        co_await async::yield();
    }
    stream_.put(out);
    reply(".");
}

void Session::append_listing(std::uint32_t number, bool uidl, std::string& out) const {
    out.append(std::to_string(number)).append(" ");
    if (uidl) {
        maildrop_->append_uidl(number, out);
    } else {
        out.append(std::to_string(maildrop_->items()[number - 1].size_crlf));
    }
    out.append("\r\n");
}

/// RETR and TOP. What is small enough is read together with what the client asks for behind it.
Task<void> Session::retrieve(Retrieval retrieval) {
    if (item(retrieval.number) == nullptr) {
        refuse("no such message");
        co_return;
    }
    auto answer = ahead_.take(retrieval);
    if (!answer) {
        reader_.release();
        auto wanted = ReadAhead::plan(retrieval, stream_.buffered(), *maildrop_);
        if (wanted.empty()) {
            co_await stream_message(retrieval);
            co_return;
        }
        const bool one_by_one = wanted.size() == 1 && !retrieval.body_lines && read_.contains(retrieval.number - 1);
        if (one_by_one) ReadAhead::guess(wanted, *maildrop_);
        auto read = [this, &wanted] { return ReadAhead::read(wanted, *maildrop_); };
        auto answers = co_await async::offload(pool_->jobs, read);
        ahead_.keep(std::move(answers), one_by_one);
        answer = ahead_.take(retrieval);
        if (!answer) {
            co_await stream_message(retrieval);
            co_return;
        }
    }
    if (!answer->response) {
        reply(kRemoved);
        co_return;
    }
    octets_sent_ += answer->response->size();
    stream_.put(*answer->response);
    note_read(retrieval);
}

Task<void> Session::stream_message(Retrieval retrieval) {
    auto open = [this, &retrieval] { return maildrop_->open(retrieval.number); };
    auto message = co_await async::offload(pool_->jobs, open);
    if (!message) {
        reply(kRemoved);
        co_return;
    }
    co_await send_message(std::move(*message), retrieval);
    note_read(retrieval);
}

Task<void> Session::send_message(store::OpenMessage message, Retrieval retrieval) {
    store::CrlfReader reader(*message.file, message.size);
    Multiline data(retrieval.body_lines);
    auto out = first_line(message, retrieval);
    auto read = [&reader] { return reader.read(); };
    while (!data.full()) {
        const auto piece = co_await async::offload(pool_->jobs, read);
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

/// A message was sent; TOP does not count.
void Session::note_read(const Retrieval& retrieval) {
    if (retrieval.body_lines) return;
    read_.insert(retrieval.number);
    log::count(Counter::messages_retrieved);
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
