// mdctl/account_state.cc - `mdctl account`: its keys, its state, its name, and what was removed
//
// CONTRACT
//   Who may not log in any more, or gets another name, has no session left when the verb returns.

#include <algorithm>
#include <array>
#include <iterator>

#include "mdctl/account_view.h"
#include "mdctl/addresses.h"
#include "mdctl/refusals.h"
#include "mdctl/sessions.h"

namespace md::mdctl {

namespace {

using accounts::State;

Outcome set_key(Context& context, const Request& request, const std::optional<std::string>& value) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto& key = request.one("KEY");
    const auto set = (*context.directory())->set(account->name, key, value);
    if (!set) return fail(complaint_of(set.error()));
    return changed(context, (value ? "set " : "unset ") + key + " of " + account->name.text());
}

Outcome set(Context& context, const Request& request) {
    return set_key(context, request, request.one("VALUE"));
}
Outcome unset(Context& context, const Request& request) {
    return set_key(context, request, std::nullopt);
}

Outcome set_state(Context& context, const Request& request, State state) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto set = (*context.directory())->set(account->name, "state", std::string(name_of(state)));
    if (!set) return fail(complaint_of(set.error()));
    if (auto done = changed(context, account->name.text() + " is " + std::string(name_of(state))); !done) return done;
    return state == State::enabled ? Outcome() : end_sessions_of(**context.config(), account->name.text());
}

Outcome disable(Context& context, const Request& request) {
    return set_state(context, request, State::disabled);
}
Outcome freeze(Context& context, const Request& request) {
    return set_state(context, request, State::frozen);
}
Outcome enable(Context& context, const Request& request) {
    return set_state(context, request, State::enabled);
}

/// Who still names the address that is no more.
std::string left_behind(const accounts::FileDirectory& directory, const accounts::Name& name) {
    auto leading = leading_to(directory, name);
    std::ranges::move(leading.groups, std::back_inserter(leading.aliases));
    return leading.aliases.empty() ? "" : "; the old address still stands in " + joined(leading.aliases);
}

Outcome rename(Context& context, const Request& request) {
    const auto from = address_argument(request);
    if (!from) return fail(from.error());
    const auto to = address_argument(request, "NEW");
    if (!to) return fail(to.error());
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto entry = (*directory)->find_entry(*from);
    if (entry && *entry && !std::holds_alternative<accounts::Account>(**entry))
        return fail(Complaint{Exit::not_there, from->text() + " is no account but an alias or a group"});
    // Before, so that nothing is written where the mail no longer is; behind, for who came in between.
    const auto& config = **context.config();
    if (auto ended = end_sessions_of(config, from->text()); !ended) return ended;
    const auto renamed = (*directory)->rename(*from, *to);
    if (!renamed) return fail(complaint_of(renamed.error()));
    if (auto ended = end_sessions_of(config, from->text()); !ended) return ended;
    return changed(context, from->text() + " is " + to->text() + " now" + left_behind(**directory, *from));
}

Outcome list_removed(Context& context, const Request& request) {
    const auto domains = domains_to_list(context, request);
    if (!domains) return fail(domains.error());
    const auto only = request.has("ADDRESS") ? accounts::parse_name(request.one("ADDRESS")) : std::nullopt;
    auto all = ipc::Json::array();
    Table table{{"ADDRESS", "REMOVED"}};
    for (const auto& domain : *domains) {
        const auto removed = (*context.directory())->removed_of(domain);
        if (!removed) return fail(complaint_of(removed.error()));
        for (const auto& one : *removed) {
            if (only && one.name != *only) continue;
            all.add(ipc::Json().set("address", one.name.text()).set("removed", rfc3339(one.when)));
            table.push_back({one.name.text(), rfc3339(one.when)});
        }
    }
    context.print_list(all, table);
    return {};
}

Outcome undelete(Context& context, const Request& request) {
    if (request.has("ADDRESS"))
        if (const auto name = address_argument(request); !name) return fail(name.error());
    if (request.has("--list")) return list_removed(context, request);
    if (!request.has("ADDRESS"))
        return fail(Complaint{Exit::usage, "no ADDRESS; `mdctl account undelete --list` tells what can come back"});
    const auto name = *address_argument(request);
    std::optional<WallTime> when;
    if (const auto at = request.value("--at")) {
        when = parse_rfc3339(*at);
        if (!when) return fail(not_a("time", *at, "2026-11-25T10:30:00Z"));
    }
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto restored = (*directory)->restore(name, when);
    if (!restored) return fail(complaint_of(restored.error()));
    return changed(context, name.text() + " is back with its mail");
}

constexpr std::array kAddress{Argument{"ADDRESS", "the account's address"}};
constexpr Argument kKey{"KEY", "a key of its file, such as send_as"};
constexpr std::array kKeyAndValue{kAddress[0], kKey, Argument{"VALUE", "as in TOML; a string may stand bare"}};
constexpr std::array kKeyAlone{kAddress[0], kKey};
constexpr std::array kTwoNames{kAddress[0], Argument{"NEW", "its new address, in any domain that is there"}};
constexpr std::array kMaybeAddress{Argument{"ADDRESS", "the account's address", Argument::Count::optional}};
constexpr std::array kUndeleteFlags{
    Flag{"--at", "TIME", "the one that was removed at that time, as --list shows it; without it the latest"},
    Flag{"--list", "", "show what can come back, and change nothing"},
    Flag{"--domain", "DOMAIN", "of --list: only what was in this domain"},
};

constexpr std::array kVerbs{
    Verb{"account",
         "set",
         kKeyAndValue,
         {},
         "Sets a key: name, state, quota, quota_messages, send_as, forward, forward_keep, subaddress_folders.",
         set},
    Verb{"account", "unset", kKeyAlone, {}, "Takes a key out, so that its default counts.", unset},
    Verb{"account",
         "disable",
         kAddress,
         {},
         "Refuses mail for the account and its logins, and ends its sessions.",
         disable},
    Verb{"account", "freeze", kAddress, {}, "Refuses its logins and ends its sessions, but takes its mail.", freeze},
    Verb{"account", "enable", kAddress, {}, "Ends what disable and freeze did.", enable},
    Verb{"account",
         "rename",
         kTwoNames,
         {},
         "Gives an account another address; its mail, its password and its keys go with it, its sessions end. One that "
         "was interrupted is finished when it is asked for again.",
         rename},
    Verb{"account", "undelete", kMaybeAddress, kUndeleteFlags,
         "Brings back an account that was removed, with its mail and its password.", undelete},
};

}  // namespace

std::span<const Verb> account_state_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
