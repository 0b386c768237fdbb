// mdctl/domain.cc - `mdctl domain`: the domains that mail is taken for

#include <array>

#include "mdctl/addresses.h"
#include "mdctl/control.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

ipc::Json json_of(const accounts::Domain& domain, std::size_t accounts) {
    return ipc::Json().set("domain", domain.name).set("accounts", accounts).set("postmaster", domain.postmaster);
}

Outcome add(Context& context, const Request& request) {
    const auto name = domain_argument(request);
    if (!name) return fail(name.error());
    accounts::Domain domain{*name, ""};
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
    const auto domain = (*directory)->find_domain(*name);
    if (domain && !*domain) return fail(Complaint{Exit::not_there, "there is no domain " + *name});
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
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto names = (*directory)->domains();
    if (!names) return fail(complaint_of(names.error()));
    auto all = ipc::Json::array();
    Table table{{"DOMAIN", "ACCOUNTS", "POSTMASTER"}};
    for (const auto& name : *names) {
        const auto domain = (*directory)->find_domain(name);
        const auto accounts = (*directory)->accounts_of(name);
        if (!domain) return fail(complaint_of(domain.error()));
        if (!accounts) return fail(complaint_of(accounts.error()));
        if (!*domain) continue;  // removed in between
        all.add(json_of(**domain, accounts->size()));
        table.push_back({name, std::to_string(accounts->size()), (*domain)->postmaster});
    }
    context.print_list(all, table);
    return {};
}

Outcome show(Context& context, const Request& request) {
    const auto name = domain_argument(request);
    if (!name) return fail(name.error());
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto domain = (*directory)->find_domain(*name);
    if (!domain) return fail(complaint_of(domain.error()));
    if (!*domain) return fail(Complaint{Exit::not_there, "there is no domain " + *name});
    const auto accounts = (*directory)->accounts_of(*name);
    if (!accounts) return fail(complaint_of(accounts.error()));
    context.print(json_of(**domain, accounts->size()),
                  "domain      " + *name + "\naccounts    " + std::to_string(accounts->size()) + "\npostmaster  " +
                      ((*domain)->postmaster.empty() ? "none" : (*domain)->postmaster) + "\nfile        " +
                      (*directory)->domain_file(*name) + "\n");
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
    return kVerbs;
}

}  // namespace md::mdctl
