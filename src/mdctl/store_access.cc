// mdctl/store_access.cc - see store_access.h

#include "mdctl/store_access.h"

#include <iostream>

#include "daemon/trees.h"
#include "mdctl/owner_files.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

store::StoreOptions options_of(const config::Config& config, store::WakeSender& wakes) {
    auto options = daemon::store_options(
        config, [&wakes](const std::string& mailbox) { wakes.send(mailbox); },
        [](const store::Repair& repair) {
            std::cerr << "mdctl: " << repair.path << ": " << repair.found << "; " << repair.done << "\n";
        });
    options.files = &owner_files();
    return options;
}

Result<std::vector<accounts::Name>, Complaint> accounts_of(const accounts::FileDirectory& directory,
                                                           const std::vector<std::string>& domains) {
    std::vector<accounts::Name> all;
    for (const auto& domain : domains) {
        auto names = directory.accounts_of(domain);
        if (!names) return fail(complaint_of(names.error()));
        all.insert(all.end(), names->begin(), names->end());
    }
    return all;
}

Result<std::vector<accounts::Name>, Complaint> of_domain(const accounts::FileDirectory& directory,
                                                         const std::string& text) {
    const auto domain = accounts::make_domain(text);
    if (!domain) return fail(not_a("domain", text, "example.org"));
    const auto known = directory.find_domain(*domain);
    if (!known) return fail(complaint_of(known.error()));
    if (!*known) return fail(Complaint{Exit::not_there, "there is no domain " + *domain});
    return accounts_of(directory, {*domain});
}

}  // namespace

StoreAccess::StoreAccess(const config::Config& config)
    : files_(&owner_files()),
      root_(config[config::opt::paths_store]),
      wakes_(config[config::opt::paths_run] + "/wake"),
      store_(options_of(config, wakes_)) {}

bool StoreAccess::has_mail(const accounts::Name& name) const {
    return files_->info(root_ + "/" + store::account_directory(store_name(name)) + "/Maildir").has_value();
}

store::AccountName store_name(const accounts::Name& name) {
    return {name.domain, name.local_part};
}

Result<accounts::Account, Complaint> named_account(Context& context, const Request& request) {
    const auto name = accounts::parse_name(request.one("ACCOUNT"));
    if (!name) return fail(not_a("address", request.one("ACCOUNT"), "user@example.org"));
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    auto account = (*directory)->find(*name);
    if (!account) return fail(complaint_of(account.error()));
    if (!*account) return fail(Complaint{Exit::not_there, "there is no account " + name->text()});
    return std::move(**account);
}

Result<std::vector<accounts::Name>, Complaint> chosen_accounts(Context& context, const Request& request) {
    const auto named = request.value("ACCOUNT");
    const auto domain = request.value("--domain");
    const bool all = request.has("--all");
    if ((named ? 1 : 0) + (domain ? 1 : 0) + (all ? 1 : 0) != 1)
        return fail(Complaint{Exit::usage, "name one ACCOUNT, or --domain DOMAIN, or --all"});
    if (named) {
        const auto account = named_account(context, request);
        if (!account) return fail(account.error());
        return std::vector{account->name};
    }
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    if (domain) return of_domain(**directory, *domain);
    const auto domains = (*directory)->domains();
    if (!domains) return fail(complaint_of(domains.error()));
    return accounts_of(**directory, *domains);
}

}  // namespace md::mdctl
