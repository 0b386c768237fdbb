// mdctl/account.cc - `mdctl account`: people's accounts

#include <array>

#include "base/strings.h"
#include "config/value.h"
#include "mdctl/account_view.h"
#include "mdctl/addresses.h"
#include "mdctl/control.h"
#include "mdctl/new_secret.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

using accounts::Account;
using accounts::Name;

Outcome add(Context& context, const Request& request) {
    const auto name = address_argument(request);
    if (!name) return fail(name.error());
    Account account;
    account.name = *name;
    account.full_name = request.value("--name").value_or("");
    if (const auto quota = request.value("--quota")) {
        const auto bytes = config::parse_size(*quota);
        if (!bytes) return fail(not_a("size", *quota, "2G"));
        account.quota_bytes = *bytes;
    }
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto secret = new_secret(context, request);
    if (!secret) return fail(secret.error());
    const auto added = (*directory)->add(account, *secret);
    if (!added) return fail(complaint_of(added.error()));
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    context.say("added the account " + name->text());
    return {};
}

Outcome remove(Context& context, const Request& request) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto what = "the account " + account->name.text() + " and its mail";
    if (request.has("--dry-run")) {
        context.say("would remove " + what);
        return {};
    }
    if (auto sure = context.confirm(request.has("--yes"), "Remove " + what + "?"); !sure) return sure;
    const auto removed = (*context.directory())->remove(account->name);
    if (!removed) return fail(complaint_of(removed.error()));
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    context.say("removed " + what + "; all of it is kept in .removed");
    return {};
}

Outcome list(Context& context, const Request& request) {
    const auto domains = domains_to_list(context, request);
    if (!domains) return fail(domains.error());
    const auto& directory = **context.directory();
    auto all = ipc::Json::array();
    Table table{{"ADDRESS", "STATE", "USED", "QUOTA", "NAME"}};
    Usage usage(**context.config());
    Damage damage;
    for (const auto& domain : *domains) {
        const auto names = directory.accounts_of(domain);
        if (!names) return fail(complaint_of(names.error()));
        for (const auto& name : *names) {
            const auto account = directory.find(name);
            if (!account) damage.add(account.error());
            if (!account || !*account) continue;  // removed in between
            const auto used = usage.of(name);
            all.add(json_of(**account, used));
            table.push_back({name.text(), std::string(name_of((*account)->state)), config::format_size(used),
                             quota_text(**account), (*account)->full_name});
        }
    }
    context.print_list(all, table);
    return damage.outcome();
}

Outcome show(Context& context, const Request& request) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto used = Usage(**context.config()).of(account->name);
    const auto& directory = **context.directory();
    const auto leading = leading_to(directory, account->name);
    auto document = json_of(*account, used);
    document.set("send_as", json_list(account->send_as))
        .set("forward", json_list(account->forward))
        .set("forward_keep", account->forward_keep)
        .set("subaddress_folders", account->subaddress_folders)
        .set("aliases", json_list(leading.aliases))
        .set("groups", json_list(leading.groups))
        .set("file", account->place);
    context.print(document, "address       " + account->name.text() + "\nstate         " +
                                std::string(name_of(account->state)) + "\nname          " + account->full_name +
                                "\nused          " + config::format_size(used) + "\nquota         " +
                                quota_text(*account) + "\nsend as       " + joined(account->send_as) +
                                "\nforward       " + joined(account->forward) +
                                (account->forward.empty() || account->forward_keep ? "" : " (no copy here)") +
                                "\nuser+folder   " + (account->subaddress_folders ? "to the folder" : "to INBOX") +
                                "\naliases       " + joined(leading.aliases) + "\ngroups        " +
                                joined(leading.groups) + "\nfile          " + account->place + "\n");
    return {};
}

/// An account that has none of its own has its domain's.
Outcome quota(Context& context, const Request& request) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto size = request.value("SIZE");
    const auto messages = request.value("--messages");
    const bool inherit = request.has("--default");
    if (!size && !messages && !inherit) {
        const auto used = Usage(**context.config()).of(account->name);
        context.print(json_of(*account, used), config::format_size(used) + " of " + quota_text(*account) + "\n");
        return {};
    }
    if (size && !config::parse_size(*size)) return fail(not_a("size", *size, "2G"));
    if (messages && !parse_number<std::uint32_t>(*messages)) return fail(not_a("number", *messages, "10000"));
    auto& directory = **context.directory();
    const std::array<std::pair<const char*, std::optional<std::string>>, 2> keys{
        {{"quota", size}, {"quota_messages", messages}}};
    for (const auto& [key, value] : keys) {
        if (!value && !inherit) continue;
        const auto set = directory.set(account->name, key, value);
        if (!set) return fail(complaint_of(set.error()));
    }
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    context.say("changed the quota of " + account->name.text());
    return {};
}

constexpr std::array kAddress{Argument{"ADDRESS", "the account's address"}};
constexpr std::array kQuota{
    kAddress[0],
    Argument{"SIZE", "what its mailboxes may hold, such as 2G; 0: no bound", Argument::Count::optional},
};
constexpr std::array kQuotaFlags{
    Flag{"--messages", "NUMBER", "how many messages they may hold; 0: no bound"},
    Flag{"--default", "", "what is not given: as the domain has it"},
};
constexpr std::array kAddFlags{
    Flag{"--password-stdin", "",
         "read the password from the first line of standard input; without it a terminal is asked"},
    Flag{"--name", "TEXT", "the person's name"},
    Flag{"--quota", "SIZE", "what its mailboxes may hold, such as 2G"},
};
constexpr std::array kRemoveFlags{
    Flag{"--yes", "", "do not ask"},
    Flag{"--dry-run", "", "say what would be removed, and remove nothing"},
};
constexpr std::array kListFlags{Flag{"--domain", "DOMAIN", "only the accounts of this domain"}};

constexpr std::array kVerbs{
    Verb{"account", "add", kAddress, kAddFlags, "Adds an account to a domain that is there.", add},
    Verb{"account", "remove", kAddress, kRemoveFlags,
         "Removes an account; its files and mail are kept in .removed, and an account of that address added later "
         "starts empty.",
         remove},
    Verb{"account", "list", {}, kListFlags, "Lists the accounts of all domains, or of one.", list},
    Verb{"account", "show", kAddress, {}, "Shows what is known of one account.", show},
    Verb{"account", "quota", kQuota, kQuotaFlags, "Shows what an account's mailboxes hold and may hold, or changes it.",
         quota},
};

}  // namespace

std::span<const Verb> account_verbs() {
    static const auto all = [] {
        std::vector<Verb> verbs(kVerbs.begin(), kVerbs.end());
        for (const auto more : {account_state_verbs(), account_forward_verbs(), account_lookup_verbs(),
                                account_login_verbs(), account_transfer_verbs()})
            verbs.insert(verbs.end(), more.begin(), more.end());
        return verbs;
    }();
    return all;
}

}  // namespace md::mdctl
