// accounts/file_directory.cc - look-ups; see file_directory.h

#include "accounts/file_directory.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"

namespace md::accounts {

namespace {

constexpr std::string_view kSuffix = ".conf";
constexpr auto kLookAgain = std::chrono::minutes(1);

/// The machine's failure as "could not ask".
template <class Ask>
auto asking(Ask ask) -> decltype(ask()) {
    try {
        return ask();
    } catch (const SystemError& error) {
        return fail(Unavailable{error.what()});
    }
}

}  // namespace

FileDirectory::FileDirectory(Files& files, Places places, const Clock& clock)
    : files_(files),
      places_(std::move(places)),
      clock_(clock),
      secrets_(files, places_.secrets),
      entries_(files, clock),
      domains_(files, clock) {}

std::string FileDirectory::domain_file(const std::string& domain) const {
    return places_.domains + "/" + domain + std::string(kSuffix);
}

std::string FileDirectory::folder(const std::string& domain) const {
    return places_.accounts + "/" + domain;
}

std::string FileDirectory::entry_folder(const Name& name) const {
    return folder(name.domain) + "/" + file_name(name.local_part);
}

std::string FileDirectory::account_file(const Name& name) const {
    return entry_folder(name) + "/account.conf";
}

/// A file system that is not mounted, say: mail for its accounts is not to be refused for good.
bool FileDirectory::lost(const std::string& domain) const {
    return !files_.info(folder(domain)) && files_.info(domain_file(domain));
}

bool FileDirectory::is_moving(const Name& name) const {
    return files_.info(account_file(name) + std::string(kMoving)).has_value();
}

std::optional<FileDirectory::Found> FileDirectory::open_entry(const Name& name) const {
    const auto at = entry_folder(name) + "/";
    for (const auto& kind : entry_kinds()) {
        auto file = at + std::string(kind.file);
        if (auto text = files_.read(file)) return Found{&kind, std::move(file), std::move(*text)};
    }
    return std::nullopt;
}

Result<std::optional<Domain>, Unavailable> FileDirectory::find_domain(const std::string& domain) const {
    return asking([&]() -> Result<std::optional<Domain>, Unavailable> {
        const auto file = domain_file(domain);
        const auto read = domains_.get(file, [&](const std::string& text) { return read_domain(domain, text, file); });
        if (!read) return fail(read.error());
        return *read ? std::optional(**read) : std::optional<Domain>();
    });
}

/// null: nothing has that name.
Result<std::shared_ptr<const EntryFile>, Unavailable> FileDirectory::entry_file(const Name& name) const {
    const auto at = entry_folder(name) + "/";
    for (const auto& kind : entry_kinds()) {
        const auto file = at + std::string(kind.file);
        auto read = entries_.get(file, [&](const std::string& text) { return read_entry(kind, name, text, file); });
        if (!read || *read) return read;
    }
    return std::shared_ptr<const EntryFile>();
}

bool FileDirectory::at_hand(const Name& name) const {
    const auto file = entries_.at_hand(account_file(name));
    const auto* account = file ? std::get_if<Account>(&file->entry) : nullptr;
    return account != nullptr && account->forward.empty() && domains_.at_hand(domain_file(name.domain));
}

Result<std::optional<Entry>, Unavailable> FileDirectory::find_entry(const Name& name) const {
    return asking([&]() -> Result<std::optional<Entry>, Unavailable> {
        const auto found = entry_file(name);
        if (!found) return fail(found.error());
        if (!*found && lost(name.domain))
            return fail(Unavailable{"the folder of the accounts is gone: " + folder(name.domain)});
        if (!*found && is_moving(name))
            return fail(Unavailable{"the account " + name.text() +
                                    " is being renamed; `mdctl account rename` again finishes it"});
        if (!*found) return std::optional<Entry>();
        const auto domain = find_domain(name.domain);
        if (!domain) return fail(domain.error());
        return std::optional(in_domain(**found, domain->value_or(Domain{})));
    });
}

Result<std::optional<Account>, Unavailable> FileDirectory::find(const Name& name) const {
    auto entry = find_entry(name);
    if (!entry) return fail(std::move(entry).error());
    if (!*entry || !std::holds_alternative<Account>(**entry)) return std::optional<Account>();
    return std::optional(std::get<Account>(std::move(**entry)));
}

Result<std::vector<std::string>, Unavailable> FileDirectory::domains() const {
    return asking([&]() -> Result<std::vector<std::string>, Unavailable> {
        std::vector<std::string> domains;
        for (const auto& entry : files_.list(places_.domains).value_or(std::vector<std::string>())) {
            if (!entry.ends_with(kSuffix)) continue;
            auto domain = entry.substr(0, entry.size() - kSuffix.size());
            if (make_domain(domain) == domain) domains.push_back(std::move(domain));
        }
        std::sort(domains.begin(), domains.end());
        return domains;
    });
}

Result<std::vector<Name>, Unavailable> FileDirectory::accounts_of(const std::string& domain) const {
    return names_of(entry_kinds().front(), domain);
}

Result<std::vector<Name>, Unavailable> FileDirectory::names_of(const EntryKind& kind, const std::string& domain) const {
    return asking([&]() -> Result<std::vector<Name>, Unavailable> {
        std::vector<Name> names;
        const auto place = folder(domain);
        for (const auto& entry : files_.list(place).value_or(std::vector<std::string>())) {
            const auto local_part = local_part_of(entry);
            // A folder without its file is an account that is just being made, or the rest of one.
            if (local_part && files_.info(place + "/" + entry + "/" + std::string(kind.file)))
                names.push_back({domain, *local_part});
        }
        std::sort(names.begin(), names.end());
        return names;
    });
}

Result<std::vector<Group>, Unavailable> FileDirectory::sending_groups_of(const std::string& domain) const {
    const std::lock_guard guard(sending_mutex_);
    const auto now = clock_.now();
    auto& known = sending_[domain];
    if (known.looked <= now && now - known.looked < kLookAgain) return known.groups;
    const auto names = names_of(entry_kinds().back(), domain);
    if (!names) return fail(names.error());
    std::vector<Group> groups;
    for (const auto& name : *names) {
        auto entry = find_entry(name);
        if (!entry) continue;  // a file that cannot be read speaks for nobody; mdctl names it
        auto* group = *entry ? std::get_if<Group>(&**entry) : nullptr;
        if (group != nullptr && !group->send_as.empty()) groups.push_back(std::move(*group));
    }
    known = {now, groups};
    return groups;
}

Result<std::vector<Removed>, Unavailable> FileDirectory::removed_of(const std::string& domain) const {
    return asking([&]() -> Result<std::vector<Removed>, Unavailable> {
        std::vector<Removed> removed;
        const auto place = places_.accounts + "/.removed/" + domain;
        for (const auto& entry : files_.list(place).value_or(std::vector<std::string>())) {
            const auto dot = entry.rfind('.');
            if (dot == std::string::npos) continue;
            const auto local_part = local_part_of(entry.substr(0, dot));
            const auto seconds = parse_number<std::uint32_t>(std::string_view(entry).substr(dot + 1));
            if (local_part && seconds && files_.info(place + "/" + entry + "/account.conf"))
                removed.push_back({{domain, *local_part}, WallTime(std::chrono::seconds(*seconds))});
        }
        std::sort(removed.begin(), removed.end(), [](const Removed& a, const Removed& b) {
            return a.name != b.name ? a.name < b.name : a.when > b.when;
        });
        return removed;
    });
}

}  // namespace md::accounts
