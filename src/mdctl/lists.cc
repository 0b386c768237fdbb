// mdctl/lists.cc - `mdctl blacklist` and `mdctl whitelist`: addresses and senders, as mdfilterd holds them
//
// CONTRACT
//   A change returns when every daemon acts on it. Text for import and export: policy/text_list.h.

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "async/loop.h"
#include "async/scope.h"
#include "base/strings.h"
#include "config/value.h"
#include "mdctl/ask.h"
#include "mdctl/refusals.h"
#include "policy/client.h"
#include "policy/text_list.h"

namespace md::mdctl {

namespace {

using policy::Answered;
using policy::Entry;
using policy::Kind;
using policy::List;
using policy::Trouble;

/// One question to the state child and its answer.
struct Asking {
    std::string socket;
    List list = List::black;
    Kind kind = Kind::ip;
    std::string value;
    std::vector<Entry> entries;

    std::optional<Trouble> trouble;
    std::vector<Entry> found;
};

template <class T>
void keep(Asking& asking, const Answered<T>& answer) {
    if (!answer) asking.trouble = answer.error();
}

async::Task<void> add_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    auto entry = asking.entries.front();
    const auto answer = co_await client.add(std::move(entry));
    keep(asking, answer);
}

async::Task<void> remove_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    auto value = asking.value;
    const auto answer = co_await client.remove(asking.list, asking.kind, std::move(value));
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
    auto text = asking.value;
    const auto answer = co_await client.check(asking.list, asking.kind, std::move(text));
    keep(asking, answer);
    if (answer && *answer) asking.found.push_back(**answer);
}

async::Task<void> import_in(async::Scope& scope, Asking& asking) {
    policy::Client client(scope, asking.socket);
    auto entries = asking.entries;
    const auto answer = co_await client.import(std::move(entries));
    keep(asking, answer);
}

Complaint complaint_of(const Trouble& trouble, const Asking& asking) {
    const auto what = asking.entries.size() == 1 ? asking.entries.front().value : asking.value;
    const auto on = what + " is {} on the " + std::string(policy::name(asking.list));
    const auto said = [&](std::string_view word) { return std::string(on).replace(on.find("{} "), 3, word); };
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
    if (asking.trouble) return fail(complaint_of(*asking.trouble, asking));
    return {};
}

/// The list, kind and value that were typed; `as_entry`: in the one form that entries have.
Result<Asking, Complaint> typed(List list, const Request& request, bool as_entry) {
    Asking asking;
    asking.list = list;
    const auto kind = policy::parse_kind(request.one("KIND"));
    if (!kind)
        return fail(
            Complaint{Exit::usage, "\"" + printable(request.one("KIND"), 64) + "\" is no kind; expected ip or sender"});
    asking.kind = *kind;
    asking.value = request.one("VALUE");
    if (!as_entry) return asking;
    auto value = policy::canonical(*kind, asking.value);
    if (!value)
        return fail(Complaint{Exit::usage, "\"" + printable(asking.value, 64) + "\" cannot be listed; expected " +
                                               value.error().expected});
    asking.value = std::move(*value);
    return asking;
}

ipc::Json json_of(const Entry& entry) {
    return ipc::Json()
        .set("kind", policy::name(entry.kind))
        .set("value", entry.value)
        .set("comment", entry.comment)
        .set("created", rfc3339(entry.created))
        .set("expires", entry.expires ? ipc::Json(rfc3339(*entry.expires)) : ipc::Json());
}

std::vector<std::string> row_of(const Entry& entry) {
    return {std::string(policy::name(entry.kind)), entry.value, entry.expires ? rfc3339(*entry.expires) : "never",
            entry.comment};
}

template <List L>
Outcome add(Context& context, const Request& request) {
    auto asking = typed(L, request, true);
    if (!asking) return fail(asking.error());
    Entry entry;
    entry.list = L;
    entry.kind = asking->kind;
    entry.value = asking->value;
    entry.comment = policy::clean_comment(request.value("--comment").value_or(""));
    entry.created = real_clock().now();
    if (const auto time = request.value("--for")) {
        const auto duration = config::parse_duration(*time);
        if (!duration || duration->count() == 0)
            return fail(
                Complaint{Exit::usage, "--for takes a duration such as 3d, not \"" + printable(*time, 64) + "\""});
        entry.expires = entry.created + *duration;
    }
    asking->entries.push_back(std::move(entry));
    if (auto done = run(context, *asking, add_in); !done) return done;
    context.say("added " + asking->value);
    return {};
}

template <List L>
Outcome remove(Context& context, const Request& request) {
    auto asking = typed(L, request, true);
    if (!asking) return fail(asking.error());
    if (auto done = run(context, *asking, remove_in); !done) return done;
    context.say("removed " + asking->value);
    return {};
}

template <List L>
Outcome list(Context& context, const Request&) {
    Asking asking;
    asking.list = L;
    if (auto done = run(context, asking, list_in); !done) return done;
    auto all = ipc::Json::array();
    Table table{{"KIND", "VALUE", "UNTIL", "COMMENT"}};
    for (const auto& entry : asking.found) {
        all.add(json_of(entry));
        table.push_back(row_of(entry));
    }
    context.print_list(all, table);
    return {};
}

template <List L>
Outcome check(Context& context, const Request& request) {
    auto asking = typed(L, request, false);
    if (!asking) return fail(asking.error());
    if (asking->kind == Kind::ip && !IpAddress::parse(asking->value))
        return fail(not_a("address", asking->value, "192.0.2.1"));
    if (auto done = run(context, *asking, check_in); !done) return done;
    if (asking->found.empty())
        return fail(
            Complaint{Exit::no, printable(asking->value, 64) + " is not on the " + std::string(policy::name(L))});
    const auto& entry = asking->found.front();
    context.print(json_of(entry), "listed by " + std::string(policy::name(entry.kind)) + " " + entry.value +
                                      (entry.comment.empty() ? "" : " # " + entry.comment) + "\n");
    return {};
}

Result<std::string, Complaint> text_of(const std::string& file) {
    if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    std::error_code none;
    std::ifstream in(file, std::ios::binary);
    const int why = errno;
    if (!in && why == EACCES) return fail(Complaint{Exit::not_allowed, file + ": you may not read it"});
    if (!in || std::filesystem::is_directory(file, none))
        return fail(Complaint{Exit::not_there, file + " cannot be read; expected a file, or - for standard input"});
    return std::string(std::istreambuf_iterator<char>(in), {});
}

template <List L>
Outcome import(Context& context, const Request& request) {
    const auto text = text_of(request.one("FILE"));
    if (!text) return fail(text.error());
    Asking asking;
    asking.list = L;
    auto entries = policy::parse_text(L, *text, real_clock().now());
    if (!entries) {
        std::string faults;
        for (const auto& fault : entries.error())
            faults += (faults.empty() ? "" : "\n") + request.one("FILE") + ":" + std::to_string(fault.line) + ": " +
                      fault.text;
        return fail(Complaint{Exit::data, faults});
    }
    asking.entries = std::move(*entries);
    if (auto done = run(context, asking, import_in); !done) return done;
    context.say("imported " + std::to_string(asking.entries.size()) + " entries");
    return {};
}

template <List L>
Outcome export_list(Context& context, const Request&) {
    Asking asking;
    asking.list = L;
    if (auto done = run(context, asking, list_in); !done) return done;
    if (!context.json()) {
        context.print_raw(policy::format_text(asking.found));
        return {};
    }
    auto all = ipc::Json::array();
    for (const auto& entry : asking.found) all.add(json_of(entry));
    context.print_list(all, {});
    return {};
}

constexpr std::array kKindAndValue{
    Argument{"KIND", "ip (an address or a network) or sender"},
    Argument{"VALUE", "such as 192.0.2.0/24, user@example.org, example.org; * in names stands for any text"},
};
constexpr std::array kFile{
    Argument{"FILE", "a line an entry: KIND VALUE [until TIME] [# COMMENT]; - for standard input"}};
constexpr std::array kAddFlags{
    Flag{"--for", "TIME", "only for this time, such as 3d"},
    Flag{"--comment", "TEXT", "why, for whoever looks at the list later"},
};

template <List L>
constexpr std::array<Verb, 6> verbs_of(std::string_view noun, std::string_view add_prose) {
    return {
        {{noun, "add", kKindAndValue, kAddFlags, add_prose, add<L>},
         {noun, "remove", kKindAndValue, {}, "Removes an entry.", remove<L>},
         {noun, "list", {}, {}, "Lists the entries.", list<L>},
         {noun, "check", kKindAndValue, {}, "Tells which entry an address or a sender meets; exit 1: none.", check<L>},
         {noun, "import", kFile, {}, "Adds the entries of a text, in place of those that are there.", import <L>},
         {noun, "export", {}, {}, "Prints the list as a text that import reads.", export_list<L>}}};
}

constexpr auto kBlacklist =
    verbs_of<List::black>("blacklist",
                          "Adds an entry: mail that meets it is refused (550) at each RCPT. The white list counts "
                          "before it, except for a less "
                          "specific entry of the same kind. Who logged in and trusted.networks are not looked up.");
constexpr auto kWhitelist = verbs_of<List::white>("whitelist",
                                                  "Adds an entry: mail that meets it is taken without further checks. "
                                                  "A sender is only claimed, so whoever uses a white "
                                                  "address gets through.");

}  // namespace

std::span<const Verb> blacklist_verbs() {
    return kBlacklist;
}
std::span<const Verb> whitelist_verbs() {
    return kWhitelist;
}

}  // namespace md::mdctl
