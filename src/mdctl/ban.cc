// mdctl/ban.cc - `mdctl ban`: addresses, accounts and senders that are turned away by every daemon
//
// CONTRACT
//   A change returns when every daemon acts on it. The machine's own loopback, the addresses of its listeners, and the
//   networks that the configuration trusts or names as ours, are banned only with a yes.

#include <array>

#include "base/strings.h"
#include "mdctl/policy_access.h"

namespace md::mdctl {

namespace {

using policy::Entry;
using policy::Kind;
using policy::List;

bool overlap(const Network& a, const Network& b) {
    return a.contains(b.base()) || b.contains(a.base());
}

/// 0.0.0.0 or ::, which is no address of a host.
bool unspecified(const IpAddress& address) {
    return address.octets().find_first_not_of('\0') == std::string_view::npos;
}

/// What of ours is in it, and why it is ours; empty: nothing.
std::string own_within(const Network& banned, const config::Config& config) {
    std::string found;
    const auto look = [&](const std::vector<Network>& ours, std::string_view why) {
        for (const auto& one : ours)
            if (found.empty() && overlap(banned, one)) found = one.text().append(", ").append(why);
    };
    look({*Network::parse("127.0.0.0/8"), *Network::parse("::1/128")}, "which is this machine");
    for (const auto& listener : config.listeners()) {
        const auto place = Network::parse(listener.address);  // none: "*", or a Unix socket
        if (listener.enabled && place && !unspecified(place->base())) look({*place}, "where this machine listens");
    }
    look(config[config::opt::trusted_networks], "which is trusted");
    for (const auto& relay : config.relays()) look(relay.networks, "which may relay");
    look(config[config::opt::smtp_xclient_hosts], "which may say XCLIENT");
    return found;
}

Outcome add(Context& context, const Request& request) {
    auto entry = entry_argument(List::ban, request);
    if (!entry) return fail(entry.error());
    if (entry->kind == Kind::ip) {
        const auto config = context.config();
        if (!config) return fail(config.error());
        const auto own = own_within(*Network::parse(entry->value), **config);
        if (!own.empty())
            if (auto yes = context.confirm(request.has("--yes"), entry->value + " shuts out " + own + "."); !yes)
                return yes;
    }
    const auto value = entry->value;
    if (auto done = add_entry(context, std::move(*entry)); !done) return done;
    context.say("banned " + value);
    return {};
}

Outcome remove(Context& context, const Request& request) {
    auto entry = entry_argument(List::ban, request);
    if (!entry) return fail(entry.error());
    const auto value = entry->value;
    if (auto done = remove_entry(context, std::move(*entry)); !done) return done;
    context.say(value + " is banned no more");
    return {};
}

std::string until(const Entry& entry) {
    return entry.expires ? rfc3339(*entry.expires) : "removed";
}

Outcome list(Context& context, const Request&) {
    const auto entries = entries_of(context, List::ban);
    if (!entries) return fail(entries.error());
    auto all = ipc::Json::array();
    Table table{{"KIND", "VALUE", "SINCE", "UNTIL", "BY", "REASON"}};
    for (const auto& entry : *entries) {
        all.add(json_of(entry));
        table.push_back({std::string(policy::name(entry.kind)), entry.value, rfc3339(entry.created), until(entry),
                         entry.who, entry.comment});
    }
    context.print_list(all, table);
    return {};
}

/// The ban itself; else the one that an address or a name meets.
Outcome show(Context& context, const Request& request) {
    const auto entry = entry_argument(List::ban, request);
    if (!entry) return fail(entry.error());
    std::optional<Entry> found;
    const auto entries = entries_of(context, List::ban);
    if (!entries) return fail(entries.error());
    for (const auto& one : *entries)
        if (policy::key_of(one) == policy::key_of(*entry)) found = one;
    const bool a_question = entry->kind != Kind::ip || IpAddress::parse(request.one("VALUE"));
    if (!found && a_question) {
        auto question = question_argument(List::ban, request);
        if (!question) return fail(question.error());
        auto met = met_entry(context, std::move(*question));
        if (!met) return fail(met.error());
        found = std::move(*met);
    }
    if (!found) return fail(Complaint{Exit::not_there, entry->value + " is not banned"});
    context.print(json_of(*found), "kind    " + std::string(policy::name(found->kind)) + "\nvalue   " + found->value +
                                       "\nreason  " + found->comment + "\nby      " + found->who + "\nsince   " +
                                       rfc3339(found->created) + "\nuntil   " + until(*found) + "\n");
    return {};
}

Outcome flush(Context& context, const Request& request) {
    auto entries = entries_of(context, List::ban);
    if (!entries) return fail(entries.error());
    const auto count = std::to_string(entries->size());
    if (request.has("--dry-run")) {
        context.say(count + " bans would be removed");
        return {};
    }
    if (auto yes = context.confirm(request.has("--yes"), "Remove all " + count + " bans?"); !yes) return yes;
    if (!entries->empty())
        if (auto done = remove_entries(context, List::ban, std::move(*entries)); !done) return done;
    context.say(count + " bans removed");
    return {};
}

constexpr std::array kKindAndValue{
    Argument{"KIND", "ip (an address or a network), account or sender"},
    Argument{"VALUE", "such as 192.0.2.0/24, user@example.org; * in senders stands for any text"},
};
constexpr std::array kAddFlags{
    Flag{"--for", "TIME", "only for this time, such as 1h; else until it is removed"},
    Flag{"--comment", "TEXT", "the reason, which list and show tell"},
    Flag{"--yes", "", "also what this machine, or a host that the configuration names, speaks from"},
};
constexpr std::array kFlushFlags{
    Flag{"--yes", "", "do not ask"},
    Flag{"--dry-run", "", "only tell how many there are"},
};
constexpr std::array<Verb, 5> kVerbs{
    {{"ban", "list", {}, {}, "Lists the bans.", list},
     {"ban", "show", kKindAndValue, {}, "Shows a ban, or that which an address or a sender meets.", show},
     {"ban", "add", kKindAndValue, kAddFlags,
      "Bans: an ip is turned away at the greeting of every daemon, an account cannot log in, mail of a sender is "
      "refused "
      "(550) at MAIL unless its sender logged in. Sessions that run go on; `mdctl sessions kill` ends them.",
      add},
     {"ban", "remove", kKindAndValue, {}, "Removes a ban.", remove},
     {"ban", "flush", {}, kFlushFlags, "Removes all bans.", flush}}};

}  // namespace

std::span<const Verb> ban_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
