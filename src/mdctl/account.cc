// mdctl/account.cc - `mdctl account`: people's accounts

#include <array>

#include "base/encoding.h"
#include "base/strings.h"
#include "config/value.h"
#include "mdctl/addresses.h"
#include "mdctl/control.h"
#include "mdctl/owner_files.h"
#include "mdctl/refusals.h"
#include "store/account.h"

namespace md::mdctl {

namespace {

using accounts::Account;
using accounts::Name;
using accounts::State;

Result<accounts::Secret, Complaint> new_secret(Context& context, const Request& request) {
    const auto config = context.config();
    if (!config) return fail(config.error());
    auto password = context.new_password(request.has("--password-stdin"));
    if (!password) return fail(password.error());
    const accounts::HashCost cost{static_cast<unsigned>((**config)[config::opt::auth_hash_cost]),
                                  static_cast<unsigned>((**config)[config::opt::auth_scram_iterations])};
    auto secret = accounts::make_secret(*password, cost);
    wipe(*password);
    if (!secret) return fail(Complaint{Exit::data, secret.error().text});
    return std::move(*secret);
}

/// Bytes in the mailboxes of accounts, from their journals; an account that never had mail has none.
class Usage {
  public:
    explicit Usage(const config::Config& config)
        : root_(config[config::opt::paths_store]), store_(options_of(config)) {}

    std::uint64_t of(const Name& name) {
        const store::AccountName account{name.domain, name.local_part};
        // To look at an account makes its mailbox; a listing makes nothing.
        if (!real_files().info(root_ + "/" + store::account_directory(account) + "/Maildir")) return 0;
        return store_.account(account)->quota_use().bytes;
    }

  private:
    static store::StoreOptions options_of(const config::Config& config) {
        store::StoreOptions options;
        options.root = config[config::opt::paths_store];
        options.files = &owner_files();
        return options;
    }

    std::string root_;
    store::Store store_;
};

ipc::Json json_of(const Account& account, std::uint64_t used) {
    return ipc::Json()
        .set("address", account.name.text())
        .set("state", accounts::name_of(account.state))
        .set("name", account.full_name)
        .set("quota", account.quota_bytes)
        .set("quota_messages", account.quota_messages)
        .set("used", used)
        .set("source", account.source);
}

std::string quota_text(const Account& account) {
    return account.quota_bytes == 0 ? "none" : config::format_size(account.quota_bytes);
}

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
    auto document = json_of(*account, used);
    auto send_as = ipc::Json::array();
    std::string others;
    for (const auto& address : account->send_as) {
        send_as.add(address);
        others += (others.empty() ? "" : ", ") + address;
    }
    document.set("send_as", std::move(send_as));
    context.print(document, "address  " + account->name.text() + "\nstate    " + std::string(name_of(account->state)) +
                                "\nname     " + account->full_name + "\nused     " + config::format_size(used) +
                                "\nquota    " + quota_text(*account) + "\nsend as  " + others + "\nfile     " +
                                (*context.directory())->account_file(account->name) + "\n");
    return {};
}

Outcome passwd(Context& context, const Request& request) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto secret = new_secret(context, request);
    if (!secret) return fail(secret.error());
    const auto set = (*context.directory())->set_secret(account->name, *secret);
    if (!set) return fail(complaint_of(set.error()));
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    context.say("changed the password of " + account->name.text());
    return {};
}

Outcome set_state(Context& context, const Request& request, State state) {
    const auto account = account_argument(context, request);
    if (!account) return fail(account.error());
    const auto set = (*context.directory())->set(account->name, "state", std::string(name_of(state)));
    if (!set) return fail(complaint_of(set.error()));
    if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    context.say(account->name.text() + " is " + std::string(name_of(state)));
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

Outcome disable(Context& context, const Request& request) {
    return set_state(context, request, State::disabled);
}
Outcome enable(Context& context, const Request& request) {
    return set_state(context, request, State::enabled);
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
constexpr std::array kPasswdFlags{kAddFlags[0]};
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
    Verb{"account", "passwd", kAddress, kPasswdFlags,
         "Gives an account a new password; the old one is no longer taken.", passwd},
    Verb{"account", "quota", kQuota, kQuotaFlags, "Shows what an account's mailboxes hold and may hold, or changes it.",
         quota},
    Verb{"account", "disable", kAddress, {}, "Refuses mail for the account, and its logins.", disable},
    Verb{"account", "enable", kAddress, {}, "Ends what disable did.", enable},
};

}  // namespace

std::span<const Verb> account_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
