// mdctl/queue_acts.cc - `mdctl queue`: what is done with messages that wait, and with whole queues

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mdctl/queue_nouns.h"

namespace md::mdctl {

namespace {

using ipc::Json;
using spool::Act;
using spool::Freezes;

std::string count_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " message" : " messages");
}

std::string_view past(Act act) {
    switch (act) {
        case Act::hold: return "held";
        case Act::release:
        case Act::release_unfiltered: return "released";
        case Act::remove: return "removed";
        case Act::bounce: return "returned";
        case Act::requeue: return "requeued";
        case Act::move: return "moved";
        case Act::reroute: return "rerouted";
        case Act::schedule: return "scheduled";
    }
    return "";
}

std::string_view question(Act act) {
    return act == Act::remove ? "Remove for good " : "Return to their senders ";
}

/// Ids that are not in `within` leave the list, as rows that say so.
Result<std::vector<Json>, Complaint> sift(QueueAccess& queue, std::vector<QueueId>& ids, const std::string& within) {
    std::vector<Json> rows;
    std::vector<QueueId> kept;
    for (const auto id : ids) {
        const auto message = queue.show(id);
        if (!message) return fail(message.error());
        if (message->text("queue") == within)
            kept.push_back(id);
        else
            rows.push_back(Json().set("id", id.text()).set("result", "not_there"));
    }
    ids = std::move(kept);
    return rows;
}

/// The worst of what happened, as exit code and word.
Outcome verdict(const std::vector<Json>& rows) {
    const auto is = [](std::string_view result) {
        return [result](const Json& row) { return row.text("result") == result; };
    };
    const auto refused = std::ranges::find_if(rows, is("refused"));
    if (refused != rows.end())
        return fail(Complaint{Exit::no, refused->text("id") + ": " + refused->text("why") +
                                            (std::ranges::count_if(rows, is("refused")) > 1 ? " (and others)" : "")});
    if (std::ranges::any_of(rows, is("no_queue"))) return fail(Complaint{Exit::not_there, "there is no such queue"});
    const auto absent = std::ranges::find_if(rows, is("not_there"));
    if (absent != rows.end())
        return fail(Complaint{Exit::not_there, "no message " + absent->text("id") + " is in the queue"});
    return {};
}

Outcome hold(Context& context, const Request& request) {
    return act_on_messages(context, request, Act::hold, "");
}
Outcome release(Context& context, const Request& request) {
    return act_on_messages(context, request, request.has("--unfiltered") ? Act::release_unfiltered : Act::release, "");
}
Outcome remove(Context& context, const Request& request) {
    return act_on_messages(context, request, Act::remove, "");
}
Outcome bounce(Context& context, const Request& request) {
    return act_on_messages(context, request, Act::bounce, "");
}
Outcome requeue(Context& context, const Request& request) {
    return act_on_messages(context, request, Act::requeue, "");
}
Outcome move(Context& context, const Request& request) {
    const auto& to = request.one("QUEUE");
    if (!spool::is_state_name(to)) return fail(not_a("queue", to, "holding"));
    return act_on_messages(context, request, {Act::move, to}, "");
}

/// What a freeze or a thaw is about; exactly one thing.
Result<Freezes::Rule, Complaint> rule_of(const Request& request) {
    std::vector<Freezes::Rule> rules;
    if (const auto queue = request.value("QUEUE")) rules.emplace_back(Freezes::Kind::queue, lower(*queue));
    if (const auto domain = request.value("--domain"))
        rules.emplace_back(Freezes::Kind::domain, accounts::make_domain(*domain).value_or(lower(*domain)));
    if (const auto sender = request.value("--sender")) rules.emplace_back(Freezes::Kind::sender, lower(*sender));
    if (rules.size() != 1) return fail(Complaint{Exit::usage, "one of a queue's name, --domain or --sender is needed"});
    const auto& [kind, value] = rules.front();
    if (kind == Freezes::Kind::queue && !spool::is_state_name(value)) return fail(not_a("queue", value, "retry"));
    if (kind == Freezes::Kind::domain && !accounts::make_domain(value))
        return fail(not_a("domain", value, "example.org"));
    if (kind == Freezes::Kind::sender && value != "<>" && !accounts::parse_name(value))
        return fail(not_a("address", value, "user@example.org"));
    return rules.front();
}

Outcome set_frozen(Context& context, const Request& request, bool frozen) {
    const auto rule = rule_of(request);
    if (!rule) return fail(rule.error());
    const auto queue = QueueAccess::open(context);
    if (!queue) return fail(queue.error());
    const auto changed = (*queue)->freeze(*rule, frozen);
    if (!changed) return fail(changed.error());
    const auto what = std::string(name(rule->first)) + " " + rule->second;
    if (!*changed && !frozen) return fail(Complaint{Exit::not_there, "the " + what + " is not frozen"});
    context.say((frozen ? "froze the " : "thawed the ") + what);
    return {};
}

Outcome freeze(Context& context, const Request& request) {
    if (request.has("QUEUE") || request.has("--domain") || request.has("--sender"))
        return set_frozen(context, request, true);
    const auto queue = QueueAccess::open(context);
    if (!queue) return fail(queue.error());
    const auto rules = (*queue)->frozen();
    if (!rules) return fail(rules.error());
    Table table{{"KIND", "FROZEN"}};
    for (const auto& rule : rules->items()) table.push_back({rule.text("kind"), rule.text("value")});
    context.print_list(*rules, table);
    return {};
}

Outcome thaw(Context& context, const Request& request) {
    return set_frozen(context, request, false);
}

constexpr std::array kReleaseFlags =
    selection_and(std::array{Flag{"--unfiltered", "", "deliver what the filter has not judged as it is"}});
constexpr std::array kSureFlags = selection_and(
    std::array{Flag{"--yes", "", "do not ask"}, Flag{"--dry-run", "", "say which messages are meant, and do nothing"}});
constexpr std::array kMoveArguments{Argument{"QUEUE", "where they go"}, kMessageIds[0]};
constexpr std::array kFrozen{Argument{"QUEUE", "the queue of which nothing is tried", Argument::Count::optional}};
constexpr std::array kFrozenFlags{
    Flag{"--domain", "DOMAIN", "instead: the domain that gets nothing"},
    Flag{"--sender", "ADDRESS", "instead: the sender whose mail waits; <> for the null path"},
};

constexpr std::array kVerbs{
    Verb{"queue", "hold", kMessageIds, kSelection, "Stops messages; they wait in holding until they are released.",
         hold},
    Verb{"queue", "release", kMessageIds, kReleaseFlags,
         "Lets messages out of holding or quarantine. What was not filtered is filtered first, unless you say "
         "otherwise.",
         release},
    Verb{"queue", "remove", kMessageIds, kSureFlags, "Removes messages; nobody is told.", remove},
    Verb{"queue", "bounce", kMessageIds, kSureFlags,
         "Returns messages to their senders with a report, as if they could not be delivered.", bounce},
    Verb{"queue", "requeue", kMessageIds, kSelection,
         "Tries messages anew, also what failed, with the time of a new message.", requeue},
    Verb{"queue", "move", kMoveArguments, kSelection, "Moves messages to another queue.", move},
    Verb{"queue", "freeze", kFrozen, kFrozenFlags,
         "Stops a queue, mail for a domain or of a sender, also over restarts; mail is still taken. Alone: lists what "
         "is "
         "frozen.",
         freeze},
    Verb{"queue", "thaw", kFrozen, kFrozenFlags, "Ends what freeze did; what has waited is tried at once.", thaw},
};

}  // namespace

Outcome act_on_messages(Context& context, const Request& request, const spool::Order& order,
                        const std::string& within) {
    const auto what = order.act;
    auto queue = QueueAccess::open(context);
    if (!queue) return fail(queue.error());
    auto ids = chosen(**queue, request, within);
    if (!ids) return fail(ids.error());
    std::vector<Json> rows;
    if (!within.empty() && request.has("ID")) {
        auto strangers = sift(**queue, *ids, within);
        if (!strangers) return fail(strangers.error());
        rows = std::move(*strangers);
    }
    const bool destroys = what == Act::remove || what == Act::bounce;
    if (request.has("--dry-run")) {
        auto meant = Json::array();
        Table table{{"ID"}};
        for (const auto id : *ids) {
            meant.add(Json().set("id", id.text()));
            table.push_back({id.text()});
        }
        context.print_list(meant, table);
        return {};
    }
    if (destroys && !ids->empty()) {
        // While somebody thinks about it, mdqueue may start.
        *queue = nullptr;
        const auto asked = std::string(question(what)) + count_text(ids->size()) + "?";
        if (auto sure = context.confirm(request.has("--yes"), asked); !sure) return sure;
        queue = QueueAccess::open(context);
        if (!queue) return fail(queue.error());
    }
    auto acted = (*queue)->act(*ids, order);
    if (!acted) return fail(acted.error());
    rows.insert(rows.end(), acted->begin(), acted->end());
    auto all = Json::array();
    for (const auto& row : rows) all.add(row);
    const auto done = std::ranges::count_if(rows, [](const Json& row) { return row.text("result") == "done"; });
    context.print(Json().set("done", done).set("results", std::move(all)),
                  std::string(past(what)) + " " + count_text(static_cast<std::size_t>(done)) + "\n");
    return verdict(rows);
}

std::span<const Verb> queue_act_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
