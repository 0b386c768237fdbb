// accounts/file_directory.cc - see file_directory.h

#include "accounts/file_directory.h"

#include <algorithm>

#include "accounts/tables.h"
#include "base/error.h"
#include "config/edit.h"
#include "config/value.h"

namespace md::accounts {

namespace {

using config::Faults;
using config::Values;

constexpr std::string_view kSuffix = ".conf";
constexpr mode_t kFileMode = 0640;  // root:mdread on an installed system
constexpr mode_t kFolderMode = 0750;

std::string one_line(const Faults& faults) {
    auto text = config::describe(faults);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

State state_of(const std::string& name) {
    if (name == "disabled") return State::disabled;
    return name == "frozen" ? State::frozen : State::enabled;
}

template <class K>
bool given(const Values& values, K key) {
    return values.given(static_cast<std::size_t>(key));
}

Account account_of(const Name& name, const Values& values) {
    return {name,
            get<std::string>(values, AccountKey::full_name),
            state_of(get<std::string>(values, AccountKey::state)),
            get<std::uint64_t>(values, AccountKey::quota),
            static_cast<std::uint64_t>(get<std::int64_t>(values, AccountKey::quota_messages)),
            get<std::vector<std::string>>(values, AccountKey::send_as),
            "file"};
}

/// What the account's own file leaves open is as its domain has it.
void inherit(Account& account, const Values& values, const Domain& domain) {
    if (!given(values, AccountKey::quota)) account.quota_bytes = domain.quota_bytes;
    if (!given(values, AccountKey::quota_messages)) account.quota_messages = domain.quota_messages;
}

/// Every key that differs from its default, and the version.
std::string text_of(const Account& account) {
    std::string out = "format = 1\n";
    if (!account.full_name.empty()) out += "name = " + config::quoted(account.full_name) + "\n";
    if (account.state != State::enabled) out += "state = " + config::quoted(name_of(account.state)) + "\n";
    if (account.quota_bytes > 0) out += "quota = " + config::quoted(config::format_size(account.quota_bytes)) + "\n";
    if (account.quota_messages > 0) out += "quota_messages = " + std::to_string(account.quota_messages) + "\n";
    for (std::size_t i = 0; i < account.send_as.size(); ++i)
        out += (i == 0 ? "send_as = [" : ", ") + config::quoted(account.send_as[i]);
    return account.send_as.empty() ? out : out + "]\n";
}

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
    : files_(files), places_(std::move(places)), clock_(clock), secrets_(files, places_.secrets) {}

std::string FileDirectory::domain_file(const std::string& domain) const {
    return places_.domains + "/" + domain + std::string(kSuffix);
}

std::string FileDirectory::account_file(const Name& name) const {
    return folder(name.domain) + "/" + file_name(name.local_part) + "/account.conf";
}

std::string FileDirectory::folder(const std::string& domain) const {
    return places_.accounts + "/" + domain;
}

/// A file system that is not mounted, say: mail for its accounts is not to be refused for good.
bool FileDirectory::lost(const std::string& domain) const {
    return !files_.info(folder(domain)) && files_.info(domain_file(domain));
}

Result<std::optional<Domain>, Unavailable> FileDirectory::find_domain(const std::string& domain) const {
    return asking([&]() -> Result<std::optional<Domain>, Unavailable> {
        const auto text = files_.read(domain_file(domain));
        if (!text) return std::optional<Domain>();
        Faults faults;
        const auto values = config::read_text(domain_schema(), *text, domain_file(domain), faults);
        if (!faults.empty()) return fail(Unavailable{one_line(faults)});
        return std::optional(Domain{domain, get<std::string>(values, DomainKey::postmaster),
                                    get<std::uint64_t>(values, DomainKey::quota),
                                    static_cast<std::uint64_t>(get<std::int64_t>(values, DomainKey::quota_messages))});
    });
}

Result<std::optional<Account>, Unavailable> FileDirectory::find(const Name& name) const {
    return asking([&]() -> Result<std::optional<Account>, Unavailable> {
        const auto text = files_.read(account_file(name));
        if (!text && lost(name.domain))
            return fail(Unavailable{"the folder of the accounts is gone: " + folder(name.domain)});
        if (!text) return std::optional<Account>();
        Faults faults;
        const auto values = config::read_text(account_schema(), *text, account_file(name), faults);
        if (!faults.empty()) return fail(Unavailable{one_line(faults)});
        auto account = account_of(name, values);
        if (given(values, AccountKey::quota) && given(values, AccountKey::quota_messages))
            return std::optional(std::move(account));
        const auto domain = find_domain(name.domain);
        if (!domain) return fail(domain.error());
        if (*domain) inherit(account, values, **domain);
        return std::optional(std::move(account));
    });
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
    return asking([&]() -> Result<std::vector<Name>, Unavailable> {
        std::vector<Name> names;
        const auto place = folder(domain);
        for (const auto& entry : files_.list(place).value_or(std::vector<std::string>())) {
            const auto local_part = local_part_of(entry);
            // A folder without its file is an account that is just being made, or the rest of one.
            if (local_part && files_.info(place + "/" + entry + "/account.conf"))
                names.push_back({domain, *local_part});
        }
        std::sort(names.begin(), names.end());
        return names;
    });
}

std::unique_ptr<File> FileDirectory::lock() const {
    auto file = files_.open(places_.accounts + "/.lock", OpenMode::create, kFileMode);
    file->lock();
    return file;
}

Result<void, Refusal> FileDirectory::add_domain(const Domain& domain) {
    const auto guard = lock();
    const auto file = domain_file(domain.name);
    if (files_.info(file)) return fail(Refusal{Refusal::Why::exists, "the domain " + domain.name + " exists already"});
    std::string text = "format = 1\n";
    if (!domain.postmaster.empty()) text += "postmaster = " + config::quoted(domain.postmaster) + "\n";
    Faults faults;
    (void)config::read_text(domain_schema(), text, file, faults);
    if (!faults.empty()) return fail(Refusal{Refusal::Why::bad_value, one_line(faults)});
    files_.make_directories(folder(domain.name), kFolderMode);
    files_.make_directories(places_.domains, kFolderMode);
    files_.replace(file, text, kFileMode);
    return {};
}

Result<void, Refusal> FileDirectory::remove_domain(const std::string& domain, bool with_accounts) {
    const auto guard = lock();
    if (!files_.info(domain_file(domain)))
        return fail(Refusal{Refusal::Why::not_there, "there is no domain " + domain});
    const auto accounts = accounts_of(domain);
    if (!accounts) return fail(Refusal{Refusal::Why::damaged, accounts.error().text});
    if (!accounts->empty() && !with_accounts)
        return fail(Refusal{Refusal::Why::not_empty,
                            "the domain " + domain + " has " + std::to_string(accounts->size()) + " accounts"});
    // First what makes its addresses known: from here on nothing new comes for them.
    move_away(places_.domains, domain + std::string(kSuffix));
    for (const auto* tree : {&places_.accounts, &places_.secrets, &places_.store}) move_away(*tree, domain);
    return {};
}

Result<void, Refusal> FileDirectory::add(const Account& account, const Secret& secret) {
    const auto guard = lock();
    const auto& name = account.name;
    if (!files_.info(domain_file(name.domain)))
        return fail(
            Refusal{Refusal::Why::not_there, "there is no domain " + name.domain + "; `mdctl domain add` makes it"});
    const auto file = account_file(name);
    if (files_.info(file)) return fail(Refusal{Refusal::Why::exists, "the account " + name.text() + " exists already"});
    const auto text = text_of(account);
    Faults faults;
    (void)config::read_text(account_schema(), text, file, faults);
    if (!faults.empty()) return fail(Refusal{Refusal::Why::bad_value, one_line(faults)});
    secrets_.write(name, secret);
    files_.make_directories(parent_directory(file), kFolderMode);
    files_.replace(file, text, kFileMode);
    return {};
}

Result<void, Refusal> FileDirectory::set_secret(const Name& name, const Secret& secret) {
    const auto guard = lock();
    if (!files_.info(account_file(name)))
        return fail(Refusal{Refusal::Why::not_there, "there is no account " + name.text()});
    secrets_.write(name, secret);
    return {};
}

Result<void, Refusal> FileDirectory::remove(const Name& name) {
    const auto guard = lock();
    if (!files_.info(account_file(name)))
        return fail(Refusal{Refusal::Why::not_there, "there is no account " + name.text()});
    const auto inner = name.domain + "/" + file_name(name.local_part);
    for (const auto* tree : {&places_.accounts, &places_.secrets, &places_.store}) move_away(*tree, inner);
    return {};
}

Result<void, Refusal> FileDirectory::set(const Name& name, const std::string& key,
                                         const std::optional<std::string>& value) {
    const auto guard = lock();
    const auto file = account_file(name);
    const auto text = files_.read(file);
    if (!text) return fail(Refusal{Refusal::Why::not_there, "there is no account " + name.text()});
    const auto edited = config::edit_text(account_schema(), *text, file, {key, value});
    if (!edited) {
        const bool damaged = edited.error().why == config::EditRefusal::Why::bad_file;
        return fail(
            Refusal{damaged ? Refusal::Why::damaged : Refusal::Why::bad_value, one_line(edited.error().faults)});
    }
    files_.replace(file, *edited, kFileMode);
    return {};
}

/// <tree>/<inner> becomes <tree>/.removed/<inner>.<now>; nothing if it is not there.
void FileDirectory::move_away(const std::string& tree, const std::string& inner) {
    const auto from = tree + "/" + inner;
    if (!files_.info(from)) return;
    auto seconds = unix_seconds(clock_.now());
    const auto base = tree + "/.removed/" + inner + ".";
    while (files_.info(base + std::to_string(seconds))) ++seconds;
    const auto to = base + std::to_string(seconds);
    files_.make_directories(parent_directory(to), 0700);
    files_.rename(from, to);
    files_.sync_directory(parent_directory(to));
    files_.sync_directory(parent_directory(from));
}

}  // namespace md::accounts
