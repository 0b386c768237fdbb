// daemon/session_book.cc - see session_book.h

#include "daemon/session_book.h"

#include <algorithm>
#include <utility>

#include "async/loop.h"
#include "base/strings.h"

namespace md::daemon {

using async::Task;
using async::Wait;
using async::Woken;
using ipc::Json;

namespace {

/// A page of a list fits into a packet to the parent.
constexpr std::size_t kPageSize = 96U << 10U;
constexpr std::size_t kTextLimit = 512;

std::string key_of(const std::string& account) {
    return "account " + account;
}

}  // namespace

SessionEntry::SessionEntry(std::string session_id, std::string_view protocol, const net::Stream& stream,
                           async::Signal& ending, AccountLimit limit)
    : id_(std::move(session_id)),
      protocol_(protocol),
      stream_(stream),
      ending_(ending),
      limit_(limit),
      since_(real_clock().now()) {}

SessionEntry::~SessionEntry() {
    leave();
}

bool SessionEntry::enter(const std::string& account) {
    leave();
    const auto now = limit_.table.add(limit_.row, key_of(account));
    account_ = account;
    counted_ = true;
    state = "authenticated";
    if (now <= limit_.most) return true;
    leave();
    return false;
}

void SessionEntry::leave() noexcept {
    if (counted_) limit_.table.remove(limit_.row, key_of(account_));
    counted_ = false;
    account_.clear();
    state = "connected";
}

void SessionEntry::kill() noexcept {
    killed_ = true;
    ending_.set();
}

Json SessionEntry::describe() const {
    Json out;
    out.set("session", id_).set("protocol", protocol_).set("account", account_).set("user", user);
    out.set("ip", stream_.peer().ip().text()).set("tls", stream_.tls()).set("since", rfc3339(since_));
    out.set("state", state).set("mailbox", printable(mailbox, kTextLimit));
    out.set("bytes_in", stream_.received()).set("bytes_out", stream_.sent()).set("commands", commands);
    return out;
}

bool SessionEntry::is_meant(const Json& request) const {
    const auto is = [&](std::string_view key, std::string_view value) {
        const auto wanted = request.text(key);
        return wanted.empty() || equal_nocase(wanted, value);
    };
    return is("account", account_) && is("ip", stream_.peer().ip().text()) && is("protocol", protocol_);
}

SessionBook::SessionBook() = default;
SessionBook::~SessionBook() = default;

SessionBook::Line::Line(SessionBook& book, SessionEntry& entry, net::Stream& stream, async::Scope& scope)
    : book_(book), number_(book.next_++) {
    book_.lines_.emplace(number_, Known{&entry, &stream, &scope});
}

SessionBook::Line::~Line() {
    book_.lines_.erase(number_);
    book_.gone_.wake_all();
}

void SessionBook::end_all() {
    for (const auto& [number, known] : lines_) known.entry->ending().set();
    if (wake_) wake_();
}

Task<Json> SessionBook::answer(Json request) {
    if (request.text("request") == "kill") {
        auto told = co_await kill(std::move(request));
        co_return std::move(told);
    }
    co_return list(request);
}

/// "sessions" from the first behind "after" on, and "next" where there may be more.
Json SessionBook::list(const Json& request) const {
    auto sessions = Json::array();
    Json answer;
    std::size_t size = 0;
    const auto first = lines_.upper_bound(static_cast<std::uint64_t>(request.integer("after")));
    for (auto line = first; line != lines_.end(); ++line) {
        if (!line->second.entry->is_meant(request)) continue;
        auto one = line->second.entry->describe();
        size += one.dump().size() + 1;
        sessions.add(std::move(one));
        if (size < kPageSize) continue;
        answer.set("next", line->first);
        break;
    }
    answer.set("sessions", std::move(sessions));
    return answer;
}

std::size_t SessionBook::count_left(const Numbers& meant) const {
    return static_cast<std::size_t>(
        std::count_if(meant.begin(), meant.end(), [this](auto number) { return lines_.contains(number); }));
}

void SessionBook::cut_off(const Numbers& meant) noexcept {
    for (const auto number : meant) {
        const auto line = lines_.find(number);
        if (line == lines_.end()) continue;
        line->second.entry->note_cut_off();
        line->second.stream->break_off();
        line->second.scope->cancel();
    }
}

/// Returns how many have not gone. `meant` lives longer.
Task<std::size_t> SessionBook::wait_until_gone(const Numbers* meant, async::Deadline until) {
    for (;;) {
        const auto left = count_left(*meant);
        if (left == 0) co_return 0;
        const auto woken = co_await Wait(gone_, until);
        if (woken == Woken::timed_out) co_return left;
    }
}

/// Those that are meant and are here now; who comes meanwhile is another.
Task<Json> SessionBook::kill(Json request) {
    Numbers meant;
    for (const auto& [number, known] : lines_) {
        if (!known.entry->is_meant(request)) continue;
        known.entry->kill();
        meant.push_back(number);
    }
    if (wake_) wake_();
    const auto politely = async::after(kGrace);
    auto left = co_await wait_until_gone(&meant, politely);
    if (left > 0) {
        cut_off(meant);
        const auto at_last = async::after(kGrace);
        left = co_await wait_until_gone(&meant, at_last);
    }
    Json answer;
    answer.set("killed", meant.size() - left).set("left", left);
    co_return std::move(answer);
}

}  // namespace md::daemon
