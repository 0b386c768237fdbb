// policy/client.cc - see client.h

#include "policy/client.h"

#include <algorithm>

namespace md::policy {

using async::Task;
using namespace request;

namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr std::size_t kBatch = 1000;

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

Task<Answered<void>> Client::remove(List list, Kind kind, std::string value) {
    std::vector<Change> changes(1);
    changes[0].operation = Operation::remove;
    changes[0].entry.list = list;
    changes[0].entry.kind = kind;
    changes[0].entry.value = std::move(value);
    auto done = co_await change(std::move(changes));
    co_return std::move(done);
}

Task<Answered<void>> Client::import(std::vector<Entry> entries) {
    for (std::size_t at = 0; at < entries.size(); at += kBatch) {
        std::vector<Change> changes(std::min(kBatch, entries.size() - at));
        for (std::size_t i = 0; i < changes.size(); ++i) {
            changes[i].operation = Operation::put;
            changes[i].entry = std::move(entries[at + i]);
        }
        auto done = co_await change(std::move(changes));
        if (!done) co_return std::move(done);
    }
    co_return Answered<void>();
}

Task<Answered<std::vector<Entry>>> Client::list(List list) {
    std::vector<Entry> all;
    ListQuestion question;
    question.list = list;
    for (;;) {
        auto payload = write(question);
        const auto answer = co_await client_.call(kList, std::move(payload), kPatience);
        if (!answer) co_return fail(unavailable(answer.error().reason));
        auto page = read_list_page(answer->payload);
        if (!page || (page->more && page->entries.empty())) co_return fail(unreadable());
        if (page->more) question.after = key_of(page->entries.back());
        std::move(page->entries.begin(), page->entries.end(), std::back_inserter(all));
        if (!page->more) co_return std::move(all);
    }
}

Task<Answered<std::optional<Entry>>> Client::check(List list, Kind kind, std::string text) {
    CheckQuestion question;
    question.list = list;
    question.kind = kind;
    question.text = std::move(text);
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
