// mdctl/domain.cc - `mdctl domain`: the domains that mail is taken for

#include <array>

#include "config/value.h"
#include "mdctl/addresses.h"
#include "mdctl/control.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

/// All domains, and which are other names of which.
struct Known {
    std::vector<accounts::Domain> domains;
    Damage damage;

    [[nodiscard]] std::vector<std::string> other_names_of(const std::string& name) const {
        std::vector<std::string> out;
        for (const auto& one : domains)
            if (one.alias_of == name) out.push_back(one.name);
        return out;
    }
};

Result<Known, Complaint> known_domains(Context& context) {
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto names = (*directory)->domains();
    if (!names) return fail(complaint_of(names.error()));
    Known known;
    for (const auto& name : *names) {
        auto domain = (*directory)->find_domain(name);
        if (!domain) known.damage.add(domain.error());
        if (domain && *domain) known.domains.push_back(std::move(**domain));
    }
    return known;
}

ipc::Json json_of(const accounts::Domain& domain, std::size_t accounts, const Known& known) {
    return ipc::Json()
        .set("domain", domain.name)
        .set("state", domain.enabled ? "enabled" : "disabled")
        .set("accounts", accounts)
        .set("postmaster", domain.postmaster)
        .set("catch_all", domain.catch_all)
        .set("alias_of", domain.alias_of)
        .set("aliases", json_list(known.other_names_of(domain.name)))
        .set("quota", domain.quota_bytes)
        .set("quota_messages", domain.quota_messages)
        .set("report_language", domain.report_language);
}

Outcome add(Context& context, const Request& request) {
    const auto name = domain_argument(request);
    if (!name) return fail(name.error());
    accounts::Domain domain;
    domain.name = *name;
    if (const auto postmaster = request.value("--postmaster")) {
        const auto account = accounts::parse_name(*postmaster);
        if (!account) return fail(not_a("address", *postmaster, "user@example.org"));
        domain.postmaster = account->text();
    }
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto added = (*directory)->add_domain(domain);
    if (!added) return fail(complaint_of(added.error()));
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    context.say("added the domain " + *name);
    return {};
}

Outcome remove(Context& context, const Request& request) {
    const auto name = domain_argument(request);
    if (!name) return fail(name.error());
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto known = known_domain(context, *name);
    if (!known && known.error().code == Exit::not_there) return fail(known.error());
    const auto names = (*directory)->accounts_of(*name);
    if (!names) return fail(complaint_of(names.error()));
    const auto what = "the domain " + *name + " with " + std::to_string(names->size()) + " accounts and their mail";
    if (request.has("--dry-run")) {
        context.say("would remove " + what);
        return {};
    }
    if (auto sure = context.confirm(request.has("--yes"), "Remove " + what + "?"); !sure) return sure;
    const auto removed = (*directory)->remove_domain(*name, true);
    if (!removed) return fail(complaint_of(removed.error()));
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    context.say("removed " + what + "; all of it is kept in .removed");
    return {};
}

Outcome list(Context& context, const Request&) {
    const auto known = known_domains(context);
    if (!known) return fail(known.error());
    auto all = ipc::Json::array();
    Table table{{"DOMAIN", "STATE", "ACCOUNTS", "POSTMASTER", "CATCH-ALL", "ALIAS OF"}};
    for (const auto& domain : known->domains) {
        const auto accounts = (*context.directory())->accounts_of(domain.name);
        if (!accounts) return fail(complaint_of(accounts.error()));
        all.add(json_of(domain, accounts->size(), *known));
        table.push_back({domain.name, domain.enabled ? "enabled" : "disabled", std::to_string(accounts->size()),
                         domain.postmaster, domain.catch_all, domain.alias_of});
    }
    context.print_list(all, table);
    return known->damage.outcome();
}

std::string or_none(const std::string& text) {
    return text.empty() ? "none" : text;
}

Outcome show(Context& context, const Request& request) {
    const auto name = domain_argument(request);
    if (!name) return fail(name.error());
    const auto domain = known_domain(context, *name);
    if (!domain) return fail(domain.error());
    const auto known = known_domains(context);
    if (!known) return fail(known.error());
    const auto accounts = (*context.directory())->accounts_of(*name);
    if (!accounts) return fail(complaint_of(accounts.error()));
    const auto quota = domain->quota_bytes == 0 ? "none" : config::format_size(domain->quota_bytes);
    context.print(json_of(*domain, accounts->size(), *known).set("file", domain->place),
                  "domain      " + *name + "\nstate       " + (domain->enabled ? "enabled" : "disabled") +
                      "\naccounts    " + std::to_string(accounts->size()) + "\npostmaster  " +
                      or_none(domain->postmaster) + "\ncatch-all   " + or_none(domain->catch_all) + "\nalias of    " +
                      or_none(domain->alias_of) + "\naliases     " + or_none(joined(known->other_names_of(*name))) +
                      "\nquota       " + quota + "\nfile        " + domain->place + "\n");
    return {};
}

constexpr std::array kName{Argument{"NAME", "the domain"}};
constexpr std::array kAddFlags{
    Flag{"--postmaster", "ADDRESS", "the account that mail for postmaster@ and abuse@ goes to"},
};
constexpr std::array kRemoveFlags{
    Flag{"--yes", "", "do not ask"},
    Flag{"--dry-run", "", "say what would be removed, and remove nothing"},
};

constexpr std::array kVerbs{
    Verb{"domain", "add", kName, kAddFlags, "Takes mail for the domain from now on; it has no accounts yet.", add},
    Verb{"domain", "remove", kName, kRemoveFlags,
         "Removes the domain with its accounts; their files and mail are kept in .removed.", remove},
    Verb{"domain", "list", {}, {}, "Lists the domains.", list},
    Verb{"domain", "show", kName, {}, "Shows what is known of one domain.", show},
};

}  // namespace

std::span<const Verb> domain_verbs() {
    static const auto all = [] {
        std::vector<Verb> verbs(kVerbs.begin(), kVerbs.end());
        const auto changes = domain_change_verbs();
        verbs.insert(verbs.end(), changes.begin(), changes.end());
        return verbs;
    }();
    return all;
}

}  // namespace md::mdctl
