// policy/client.cc - see client.h

#include "policy/client.h"

#include <algorithm>

namespace md::policy {

using async::Task;
using namespace request;

namespace {

constexpr auto kPatience = std::chrono::seconds(20);
/// Of one transaction: so many entries, and texts of about so many octets.
constexpr std::size_t kBatch = 20'000;
constexpr std::size_t kBatchBytes = 2U << 20;

Trouble unavailable(std::string why) {
    Trouble trouble;
    trouble.text = std::move(why);
    return trouble;
}

Trouble unreadable() {
    return unavailable("mdfilterd answers in a form that is unknown here");
}

Trouble trouble_of(Done done, const Entry& entry) {
    Trouble trouble;
    trouble.text = std::string(name(entry.kind)) + " " + entry.value;
    switch (done) {
        case Done::exists: trouble.kind = Trouble::Kind::exists; break;
        case Done::not_there: trouble.kind = Trouble::Kind::not_there; break;
        case Done::full: trouble.kind = Trouble::Kind::full; break;
        default: trouble.kind = Trouble::Kind::not_heard; break;
    }
    return trouble;
}

}  // namespace

Client::Client(async::Scope& scope, std::string socket) : client_(scope, std::move(socket)) {}

Task<Answered<void>> Client::change(std::vector<Change> changes) {
    auto payload = write(changes);
    const auto answer = co_await client_.call(kChange, std::move(payload), kPatience);
    if (!answer) co_return fail(unavailable(answer.error().reason));
    const auto reply = read_change_reply(answer->payload);
    if (!reply || reply->index >= changes.size()) co_return fail(unreadable());
    if (reply->done != Done::done) co_return fail(trouble_of(reply->done, changes[reply->index].entry));
    co_return Answered<void>();
}

Task<Answered<void>> Client::add(Entry entry) {
    std::vector<Change> changes(1);
    changes[0].entry = std::move(entry);
    auto done = co_await change(std::move(changes));
    co_return std::move(done);
}

Task<Answered<void>> Client::remove(Entry entry) {
    std::vector<Change> changes(1);
    changes[0].operation = Operation::remove;
    changes[0].entry = std::move(entry);
    auto done = co_await change(std::move(changes));
    co_return std::move(done);
}

Task<Answered<void>> Client::change_in_parts(Operation operation, std::vector<Entry> entries) {
    Answered<void> unheard;
    for (std::size_t at = 0; at < entries.size();) {
        std::vector<Change> changes;
        std::size_t bytes = 0;
        for (; at < entries.size() && changes.size() < kBatch && bytes < kBatchBytes; ++at) {
            auto& entry = entries[at];
            bytes += entry.scope.size() + entry.value.size() + entry.comment.size() + 40;
            changes.emplace_back();
            changes.back().operation = operation;
            changes.back().entry = std::move(entry);
        }
        auto done = co_await change(std::move(changes));
        if (done) continue;
        // It is done, though not all act on it yet: so with the rest.
        if (done.error().kind != Trouble::Kind::not_heard) co_return std::move(done);
        unheard = std::move(done);
    }
    co_return std::move(unheard);
}

Task<Answered<void>> Client::import(std::vector<Entry> entries) {
    auto done = co_await change_in_parts(Operation::put, std::move(entries));
    co_return std::move(done);
}

Task<Answered<void>> Client::remove_all(std::vector<Entry> entries) {
    auto done = co_await change_in_parts(Operation::drop, std::move(entries));
    co_return std::move(done);
}

Task<Answered<std::vector<Entry>>> Client::list(List list) {
    std::vector<std::pair<std::string, Entry>> all;
    ListQuestion question;
    question.list = list;
    for (;;) {
        auto payload = write(question);
        const auto answer = co_await client_.call(kList, std::move(payload), kPatience);
        if (!answer) co_return fail(unavailable(answer.error().reason));
        auto page = read_list_page(answer->payload);
        if (!page) co_return fail(unreadable());
        for (auto& entry : page->entries) {
            auto key = key_of(entry);
            all.emplace_back(std::move(key), std::move(entry));
        }
        if (page->cursor.empty()) break;
        question.cursor = std::move(page->cursor);
    }
    // Of one that came twice, the later stays.
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (i + 1 == all.size() || all[i].first != all[i + 1].first) entries.push_back(std::move(all[i].second));
    co_return std::move(entries);
}

Task<Answered<std::optional<Entry>>> Client::check(CheckQuestion question) {
    auto payload = write(question);
    const auto answer = co_await client_.call(kCheck, std::move(payload), kPatience);
    if (!answer) co_return fail(unavailable(answer.error().reason));
    auto page = read_list_page(answer->payload);
    if (!page) co_return fail(unreadable());
    std::optional<Entry> found;
    if (!page->entries.empty()) found = std::move(page->entries.front());
    co_return std::move(found);
}

}  // namespace md::policy
