// mdctl/account_view.cc - see account_view.h

#include "mdctl/account_view.h"

#include <map>
#include <set>

#include "config/value.h"
#include "mdctl/owner_files.h"
#include "store/account.h"

namespace md::mdctl {

namespace {

using accounts::Name;

store::StoreOptions options_of(const config::Config& config) {
    store::StoreOptions options;
    options.root = config[config::opt::paths_store];
    options.files = &owner_files();
    return options;
}

/// Which aliases and groups name an address.
class Index {
  public:
    explicit Index(const accounts::FileDirectory& directory) {
        const auto domains = directory.domains();
        if (!domains) return;
        for (const auto& name : *domains)
            if (const auto domain = directory.find_domain(name); domain && *domain && !(*domain)->alias_of.empty())
                other_name_of_[name] = (*domain)->alias_of;
        for (const auto& domain : *domains)
            for (const auto& kind : accounts::entry_kinds().subspan(1)) add(directory, kind, domain);
    }

    [[nodiscard]] LeadingHere of(const Name& start) const {
        LeadingHere out;
        for (const auto* entry : reach(start)) {
            const bool group = std::holds_alternative<accounts::Group>(*entry);
            (group ? out.groups : out.aliases).push_back(name_of(*entry).text());
        }
        return out;
    }

  private:
    void add(const accounts::FileDirectory& directory, const accounts::EntryKind& kind, const std::string& domain) {
        const auto names = directory.names_of(kind, domain);
        if (!names) return;
        for (const auto& name : *names) {
            auto entry = directory.find_entry(name);
            if (!entry || !*entry || std::holds_alternative<accounts::Account>(**entry)) continue;
            entries_.push_back(std::move(**entry));
        }
    }

    [[nodiscard]] Name meant(Name name) const {
        if (const auto at = other_name_of_.find(name.domain); at != other_name_of_.end()) name.domain = at->second;
        return name;
    }

    [[nodiscard]] bool names(const accounts::Entry& entry, const std::set<Name>& wanted) const {
        const auto* alias = std::get_if<accounts::Alias>(&entry);
        for (const auto& target : alias != nullptr ? alias->targets : std::get<accounts::Group>(entry).members) {
            auto name = accounts::parse_name(target);
            if (!name) continue;
            *name = meant(std::move(*name));
            if (wanted.contains(*name)) return true;
            if (const auto plus = name->local_part.find('+'); plus != std::string::npos && plus > 0) {
                name->local_part.resize(plus);
                if (wanted.contains(*name)) return true;
            }
        }
        return false;
    }

    /// In the order of their files; each once, however it leads there.
    [[nodiscard]] std::vector<const accounts::Entry*> reach(const Name& start) const {
        std::set<Name> wanted{start};
        for (bool more = true; more;) {
            more = false;
            for (const auto& entry : entries_)
                if (!wanted.contains(name_of(entry)) && names(entry, wanted))
                    more |= wanted.insert(name_of(entry)).second;
        }
        std::vector<const accounts::Entry*> out;
        for (const auto& entry : entries_)
            if (wanted.contains(name_of(entry))) out.push_back(&entry);
        return out;
    }

    std::map<std::string, std::string> other_name_of_;
    std::vector<accounts::Entry> entries_;
};

}  // namespace

Usage::Usage(const config::Config& config) : root_(config[config::opt::paths_store]), store_(options_of(config)) {}

std::uint64_t Usage::of(const Name& name) {
    const store::AccountName account{name.domain, name.local_part};
    // To look at an account makes its mailbox; a listing makes nothing.
    if (!real_files().info(root_ + "/" + store::account_directory(account) + "/Maildir")) return 0;
    return store_.account(account)->quota_use().bytes;
}

ipc::Json json_of(const accounts::Account& account, std::uint64_t used) {
    return ipc::Json()
        .set("address", account.name.text())
        .set("state", accounts::name_of(account.state))
        .set("name", account.full_name)
        .set("quota", account.quota_bytes)
        .set("quota_messages", account.quota_messages)
        .set("used", used)
        .set("source", account.source);
}

std::string quota_text(const accounts::Account& account) {
    return account.quota_bytes == 0 ? "none" : config::format_size(account.quota_bytes);
}

LeadingHere leading_to(const accounts::FileDirectory& directory, const Name& name) {
    return Index(directory).of(name);
}

}  // namespace md::mdctl
