// policy/subscriber.cc - see subscriber.h

#include "policy/subscriber.h"

#include "async/loop.h"
#include "base/bytes.h"
#include "base/ids.h"

namespace md::policy {

using async::Scope;
using async::Task;
using namespace request;

namespace {

constexpr auto kTryAgain = std::chrono::milliseconds(100);
/// Tries. A reload, which replaces the state child, is over before.
constexpr unsigned kToldAfter = 20;
/// A question waits for the next change, which may not come for days.
constexpr auto kPatience = std::chrono::hours(24 * 365);

}  // namespace

Subscriber::Subscriber(std::string socket, log::Logger log, ListSet lists)
    : socket_(std::move(socket)), log_(std::move(log)), wanted_(lists) {}

Task<void> Subscriber::run() {
    for (;;) {
        std::string why;
        // Outlives the scope: a call that is being cancelled there still looks at it.
        std::optional<ipc::Client> client;
        auto body = [&](Scope& scope) { return connection(scope, &client, &why); };
        co_await async::scoped(body);
        if (++failures_ == kToldAfter) log_.event(Event::FilterStateAway, why);
        co_await async::sleep_for(kTryAgain);
    }
}

Task<void> Subscriber::connection(Scope& scope, std::optional<ipc::Client>* client, std::string* why) {
    client->emplace(scope, socket_);
    cursor_.clear();
    arriving_.reset();
    id_ = ByteReader(random_octets(8)).number<std::uint64_t>();
    scope.spawn(attend(&scope, &**client));
    *why = co_await follow(&**client);
    scope.cancel();
}

Task<void> Subscriber::attend(Scope* scope, ipc::Client* client) {
    Attendance attendance;
    attendance.subscriber = id_;
    attendance.lists = wanted_;
    auto payload = write(attendance);
    const auto reply = co_await client->call(kAttend, std::move(payload), kPatience);
    static_cast<void>(reply);  // whatever it is: the state child lets us go
    scope->cancel();
}

/// Until it breaks; why.
Task<std::string> Subscriber::follow(ipc::Client* client) {
    for (;;) {
        NextQuestion question;
        question.subscriber = id_;
        question.epoch = epoch_;
        question.version = version_;
        question.cursor = cursor_;
        auto payload = write(question);
        const auto answer = co_await client->call(kNext, std::move(payload), kPatience);
        if (!answer) co_return answer.error().reason;
        const auto reply = read_next_reply(answer->payload);
        if (!reply || !take(*reply)) co_return std::string("answers in a form that is unknown here");
        if (!cursor_.empty()) continue;
        current_.set();
        if (failures_ >= kToldAfter) log_.event(Event::FilterStateBack, lists_.size());
        failures_ = 0;
    }
}

bool Subscriber::take(const request::NextReply& reply) {
    if (reply.form == NextReply::Form::first_page) arriving_.emplace(Lists::Detail::matching);
    if (reply.form == NextReply::Form::further_page && !arriving_) return false;
    auto& lists = reply.form == NextReply::Form::changes ? lists_ : *arriving_;
    for (const auto& change : reply.records) {
        if (!change.record) {
            lists.remove_key(change.key);
        } else if (!lists.put_record(change.key, *change.record)) {
            return false;
        }
    }
    epoch_ = reply.epoch;
    version_ = reply.version;
    cursor_ = reply.cursor;
    if (arriving_ && cursor_.empty()) {
        lists_ = std::move(*arriving_);
        arriving_.reset();
    }
    return true;
}

}  // namespace md::policy
