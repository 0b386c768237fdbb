// mdctl/policy_access.cc - see policy_access.h

#include "mdctl/policy_access.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "async/loop.h"
#include "base/strings.h"
#include "config/value.h"
#include "mdctl/ask.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

using policy::Answered;
using policy::Entry;
using policy::Kind;
using policy::List;
using policy::Trouble;

template <class T>
void keep(Asking& asking, const Answered<T>& answer) {
    if (!answer) asking.trouble = answer.error();
}

async::Task<void> add_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    auto entry = asking.entry;
    const auto answer = co_await client.add(std::move(entry));
    keep(asking, answer);
}

async::Task<void> remove_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    auto entry = asking.entry;
    const auto answer = co_await client.remove(std::move(entry));
    keep(asking, answer);
}

async::Task<void> list_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    auto answer = co_await client.list(asking.list);
    keep(asking, answer);
    if (answer) asking.found = std::move(*answer);
}

async::Task<void> check_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    auto question = asking.question;
    const auto answer = co_await client.check(std::move(question));
    keep(asking, answer);
    if (answer && *answer) asking.found.push_back(**answer);
}

async::Task<void> import_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    const auto answer = co_await client.import(std::move(asking.entries));
    keep(asking, answer);
}

async::Task<void> drop_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    const auto answer = co_await client.remove_all(std::move(asking.entries));
    keep(asking, answer);
}

Complaint complaint_of(const Trouble& trouble, List list) {
    const auto said = [&](std::string_view word) {
        return trouble.text + " is " + std::string(word) + (list == List::ban ? "banned" : "on the ") +
               (list == List::ban ? std::string() : std::string(policy::name(list)));
    };
    switch (trouble.kind) {
        case Trouble::Kind::exists: return {Exit::exists, said("already ")};
        case Trouble::Kind::not_there: return {Exit::not_there, said("not ")};
        case Trouble::Kind::full: return {Exit::again, "the list is full; remove entries before more are added"};
        case Trouble::Kind::not_heard:
            return {Exit::again, "the change is made, but not every daemon acts on it yet; `mdctl status` shows them"};
        case Trouble::Kind::unavailable: break;
    }
    return {Exit::again, "mdfilterd: " + trouble.text};
}

Outcome run(Context& context, Asking& asking, async::Task<void> (*question)(async::Scope&, Asking&)) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    asking.socket = (**config)[config::opt::paths_run] + "/" + std::string(policy::request::kSocket);
    if (!somebody_listens(asking.socket))
        return fail(Complaint{Exit::no_daemon, "mdfilterd does not run; `mdctl start` starts it"});
    async::Loop loop;
    const auto body = [&](async::Scope& scope) { return question(scope, asking); };
    loop.run(async::scoped(body));
    if (asking.trouble) return fail(complaint_of(*asking.trouble, asking.list));
    return {};
}

/// Whoever became root by sudo is told by the own name.
std::string caller() {
    const char* const through = std::getenv("SUDO_USER");
    if (getuid() == 0 && through != nullptr) return policy::clean_comment(through, policy::kLongestWho);
    const auto* const row = getpwuid(getuid());
    return row == nullptr ? std::to_string(getuid()) : policy::clean_comment(row->pw_name, policy::kLongestWho);
}

Result<Kind, Complaint> kind_argument(List list, const Request& request) {
    const auto kind = policy::parse_kind(request.one("KIND"));
    if (!kind || !policy::holds(list, *kind))
        return fail(Complaint{Exit::usage, "\"" + printable(request.one("KIND"), 64) + "\" is no kind; expected " +
                                               std::string(policy::kinds_of(list))});
    return *kind;
}

}  // namespace

Outcome add_entry(Context& context, Entry entry) {
    Asking asking;
    asking.list = entry.list;
    asking.entry = std::move(entry);
    return run(context, asking, add_in);
}

Outcome remove_entry(Context& context, Entry entry) {
    Asking asking;
    asking.list = entry.list;
    asking.entry = std::move(entry);
    return run(context, asking, remove_in);
}

Outcome import_entries(Context& context, List list, std::vector<Entry> entries) {
    Asking asking;
    asking.list = list;
    asking.entries = std::move(entries);
    return run(context, asking, import_in);
}

Outcome remove_entries(Context& context, List list, std::vector<Entry> entries) {
    Asking asking;
    asking.list = list;
    asking.entries = std::move(entries);
    return run(context, asking, drop_in);
}

Result<std::vector<Entry>, Complaint> entries_of(Context& context, List list) {
    Asking asking;
    asking.list = list;
    if (auto done = run(context, asking, list_in); !done) return fail(done.error());
    return std::move(asking.found);
}

Result<std::optional<Entry>, Complaint> met_entry(Context& context, policy::request::CheckQuestion question) {
    Asking asking;
    asking.list = question.list;
    asking.question = std::move(question);
    if (auto done = run(context, asking, check_in); !done) return fail(done.error());
    if (asking.found.empty()) return std::optional<Entry>();
    return std::optional<Entry>(std::move(asking.found.front()));
}

Result<Entry, Complaint> entry_argument(List list, const Request& request) {
    const auto kind = kind_argument(list, request);
    if (!kind) return fail(kind.error());
    auto value = policy::canonical(*kind, request.one("VALUE"));
    if (!value)
        return fail(Complaint{Exit::usage, "\"" + printable(request.one("VALUE"), 64) +
                                               "\" cannot be listed; expected " + value.error().expected});
    Entry entry;
    entry.list = list;
    entry.kind = *kind;
    entry.value = std::move(*value);
    entry.comment = policy::clean_comment(request.value("--comment").value_or(""));
    entry.who = caller();
    entry.created = real_clock().now();
    if (const auto time = request.value("--for")) {
        const auto duration = config::parse_duration(*time);
        if (!duration || duration->count() == 0)
            return fail(
                Complaint{Exit::usage, "--for takes a duration such as 3d, not \"" + printable(*time, 64) + "\""});
        entry.expires = entry.created + *duration;
    }
    return entry;
}

Result<policy::request::CheckQuestion, Complaint> question_argument(List list, const Request& request) {
    const auto kind = kind_argument(list, request);
    if (!kind) return fail(kind.error());
    policy::request::CheckQuestion question;
    question.list = list;
    question.kind = *kind;
    question.text = request.one("VALUE");
    if (question.kind == Kind::ip && !IpAddress::parse(question.text))
        return fail(not_a("address", question.text, "192.0.2.1"));
    if (question.text == "<>") question.text.clear();
    question.scopes.emplace_back();
    return question;
}

ipc::Json json_of(const Entry& entry) {
    const bool account = entry.scope.find('@') != std::string::npos;
    ipc::Json json;
    json.set("kind", policy::name(entry.kind)).set("value", entry.value);
    if (entry.list != List::ban)
        json.set("domain", entry.scope.empty() || account ? ipc::Json() : ipc::Json(entry.scope))
            .set("account", account ? ipc::Json(entry.scope) : ipc::Json());
    json.set(entry.list == List::ban ? "reason" : "comment", entry.comment)
        .set("who", entry.who)
        .set("created", rfc3339(entry.created))
        .set("expires", entry.expires ? ipc::Json(rfc3339(*entry.expires)) : ipc::Json());
    return json;
}

}  // namespace md::mdctl
