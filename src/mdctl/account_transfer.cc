// mdctl/account_transfer.cc - `mdctl account import`, `export`: many accounts at once
//
// CONTRACT
//   import looks through the whole text before it does anything, and tells each faulty line. What it adds is on disk
//   when it returns, and no account is ever half there. Secrets leave by --secrets alone.

#include <unistd.h>

#include <array>
#include <iostream>
#include <map>
#include <set>

#include "accounts/hash_form.h"
#include "accounts/tables.h"
#include "base/encoding.h"
#include "base/ids.h"
#include "base/strings.h"
#include "config/value.h"
#include "daemon/trees.h"
#include "mdctl/account_rows.h"
#include "mdctl/addresses.h"
#include "mdctl/control.h"
#include "mdctl/late_files.h"
#include "mdctl/new_secret.h"
#include "mdctl/owner_files.h"
#include "mdctl/refusals.h"

namespace md::mdctl {

namespace {

using accounts::Account;
using accounts::AccountKey;
using Strings = std::vector<std::string>;

constexpr std::uint64_t kLargestImport = 1U << 30;

/// For a person who waits; nothing where there is none.
class Progress {
  public:
    Progress(std::string_view what, std::size_t total) : what_(what), total_(total) {}
    ~Progress() {
        if (shown_) std::cerr << "\r\x1b[K" << std::flush;
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void step() {
        ++done_;
        const auto now = std::chrono::steady_clock::now();
        if (!terminal_ || now - last_ < std::chrono::milliseconds(shown_ ? 100 : 1000)) return;
        last_ = now;
        shown_ = true;
        std::cerr << "\r" << what_ << " " << done_ << " of " << total_ << std::flush;
    }

  private:
    std::string_view what_;
    std::size_t total_;
    std::size_t done_ = 0;
    bool terminal_ = isatty(STDERR_FILENO) != 0;
    bool shown_ = false;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// What a row asks for.
struct Planned {
    std::size_t line = 0;
    Account account;
    std::optional<accounts::Secret> secret;
    std::map<std::string, std::string> keys;  ///< of the account's file, as TOML
    bool is_there = false;
};

struct Plan {
    std::vector<Planned> accounts;
    std::vector<RowFault> faults;
};

Strings words_of(const std::string& text) {
    Strings out;
    for (const auto word : split(text, ' '))
        if (!word.empty()) out.emplace_back(word);
    return out;
}

class Planner {
  public:
    Planner(const accounts::FileDirectory& directory, accounts::HashCost cost, bool update)
        : directory_(directory), cost_(cost), update_(update) {}

    Plan take(const Rows& rows) {
        plan_.faults = rows.faults;
        Progress progress("looked at", rows.rows.size());
        for (const auto& row : rows.rows) {
            one(row);
            progress.step();
        }
        return std::move(plan_);
    }

  private:
    void fault(std::string text) { plan_.faults.push_back({line_, std::move(text)}); }
    void not_one(std::string_view what, const std::string& given, std::string_view example) {
        fault(not_a(what, given, example).text);
    }

    void one(const Row& row) {
        line_ = row.line;
        const auto before = plan_.faults.size();
        Planned planned;
        planned.line = row.line;
        name(row, planned);
        keys(row, planned);
        secret(row, planned);
        if (plan_.faults.size() == before) plan_.accounts.push_back(std::move(planned));
    }

    void name(const Row& row, Planned& planned) {
        const auto parsed = accounts::parse_name(row[Column::address]);
        if (!parsed) return not_one("address", row[Column::address], "user@example.org");
        planned.account.name = *parsed;
        if (!seen_.insert(parsed->text()).second) return fault(parsed->text() + " is there twice");
        if (const auto& why = domain_fault(parsed->domain); !why.empty()) return fault(why);
        const auto entry = directory_.find_entry(*parsed);
        if (!entry) return fault(entry.error().text);
        if (!*entry) return;
        const std::string kind(kind_of(**entry));
        if (kind != "account") return fault(parsed->text() + " is an " + kind);
        if (!update_) return fault("the account " + parsed->text() + " exists already; --update changes those");
        planned.is_there = true;
    }

    const std::string& domain_fault(const std::string& domain) {
        const auto known = domains_.find(domain);
        if (known != domains_.end()) return known->second;
        const auto found = directory_.find_domain(domain);
        std::string why;
        if (!found) {
            why = found.error().text;
        } else if (!*found) {
            why = "there is no domain " + domain + "; `mdctl domain add` makes it";
        } else if (!(*found)->alias_of.empty()) {
            why = "the domain " + domain + " is another name of " + (*found)->alias_of;
        }
        return domains_[domain] = why;
    }

    void keys(const Row& row, Planned& planned) {
        auto& account = planned.account;
        account.full_name = row[Column::name];
        text(row, Column::name, planned);
        if (const auto& state = row[Column::state]; !state.empty()) {
            const bool known = state == "enabled" || state == "disabled" || state == "frozen";
            if (!known) not_one("state", state, "enabled, disabled or frozen");
            account.state = state == "disabled" ? accounts::State::disabled
                            : state == "frozen" ? accounts::State::frozen
                                                : accounts::State::enabled;
            text(row, Column::state, planned);
        }
        if (const auto& quota = row[Column::quota]; !quota.empty()) {
            const auto bytes = config::parse_size(quota);
            if (!bytes) not_one("size", quota, "2G");
            account.quota_bytes = bytes.value_or(0);
            text(row, Column::quota, planned);
        }
        if (const auto& messages = row[Column::quota_messages]; !messages.empty()) {
            const auto number = parse_number<std::uint32_t>(messages);
            if (!number) not_one("number", messages, "10000");
            account.quota_messages = number.value_or(0);
            planned.keys["quota_messages"] = messages;
        }
        account.send_as = addresses(row, Column::send_as, planned);
        account.forward = addresses(row, Column::forward, planned);
        account.forward_keep = truth(row, Column::forward_keep, planned);
        account.subaddress_folders = truth(row, Column::subaddress_folders, planned);
    }

    static void text(const Row& row, Column column, Planned& planned) {
        if (!row[column].empty()) planned.keys[std::string(name_of(column))] = config::toml_string(row[column]);
    }

    Strings addresses(const Row& row, Column column, Planned& planned) {
        auto words = words_of(row[column]);
        for (const auto& word : words) {
            const bool domain = column == Column::send_as && accounts::make_domain(word).has_value();
            if (!domain && !mail::parse_mailbox(word)) not_one("address", word, "user@example.org");
        }
        if (!words.empty()) planned.keys[std::string(name_of(column))] = accounts::toml_list(words);
        return words;
    }

    bool truth(const Row& row, Column column, Planned& planned) {
        const auto word = lower(row[column]);
        if (word.empty()) return true;
        if (word != "true" && word != "false") not_one(name_of(column), row[column], "true or false");
        planned.keys[std::string(name_of(column))] = word;
        return word == "true";
    }

    void secret(const Row& row, Planned& planned) {
        const auto& hash = row[Column::password_hash];
        const auto& password = row[Column::password];
        const bool verifiers = !row[Column::scram_sha_256].empty() || !row[Column::scram_sha_1].empty();
        if (!hash.empty() && !password.empty()) return fault("a password and a password_hash; expected one of them");
        if (hash.empty() && verifiers) return fault("a SCRAM verifier without its password_hash");
        for (const auto column : {Column::scram_sha_256, Column::scram_sha_1})
            if (!row[column].empty() && !row[column].starts_with("SCRAM-SHA-"))
                fault(std::string(name_of(column)) + ": expected a verifier in the form of RFC 5803");
        if (!hash.empty()) {
            // The hash itself is not told: complaints end up in logs.
            if (!accounts::has_hash_form(hash))
                return fault("password_hash: expected a hash such as crypt(5) has them");
            planned.secret = {hash, row[Column::scram_sha_256], row[Column::scram_sha_1]};
        } else if (!password.empty() && plan_.faults.empty()) {
            // Slow on purpose; of no use where nothing will be done.
            auto made = accounts::make_secret(password, cost_);
            if (!made) return fault("password: " + made.error().text);
            planned.secret = std::move(*made);
        }
    }

    const accounts::FileDirectory& directory_;
    accounts::HashCost cost_;
    bool update_;
    Plan plan_;
    std::size_t line_ = 0;
    std::set<std::string> seen_;
    std::map<std::string, std::string> domains_;
};

struct Imported {
    std::size_t added = 0;
    std::size_t updated = 0;
    std::size_t without_password = 0;
};

Outcome update_one(accounts::FileDirectory& directory, const Planned& planned) {
    for (const auto& [key, value] : planned.keys) {
        const auto set = directory.set(planned.account.name, key, value);
        if (!set) return fail(complaint_of(set.error()));
    }
    if (!planned.secret) return {};
    const auto set = directory.set_secret(planned.account.name, *planned.secret);
    if (!set) return fail(complaint_of(set.error()));
    return {};
}

/// All that are not there yet, with two syncs.
Outcome add_all(const config::Config& config, const Plan& plan, Imported& done) {
    const auto places = daemon::account_places(config);
    LateFiles late(owner_files());
    accounts::FileDirectory directory(late, places);
    // Nobody's password: it is forgotten here.
    const auto locked = accounts::make_secret(hex_encode(random_octets(32)), hash_cost(config));
    if (!locked) return fail(Complaint{Exit::data, locked.error().text});
    Progress progress("added", plan.accounts.size());
    for (const auto& planned : plan.accounts) {
        progress.step();
        if (planned.is_there) continue;
        const auto added = directory.add(planned.account, planned.secret.value_or(*locked));
        if (!added) {
            late.drop();
            return fail(complaint_of(added.error()));
        }
        ++done.added;
        if (!planned.secret) ++done.without_password;
    }
    if (done.added > 0) late.commit({places.accounts, places.secrets});
    return {};
}

Outcome apply(Context& context, const Plan& plan, Imported& done) {
    if (auto added = add_all(**context.config(), plan, done); !added) return added;
    auto& directory = **context.directory();
    for (const auto& planned : plan.accounts) {
        // What text_of() leaves out: a bound of none where the domain has one.
        const bool no_bound = planned.keys.contains("quota") && planned.account.quota_bytes == 0;
        const bool no_count = planned.keys.contains("quota_messages") && planned.account.quota_messages == 0;
        if (!planned.is_there && !no_bound && !no_count) continue;
        if (auto updated = update_one(directory, planned); !updated) return updated;
        done.updated += planned.is_there ? 1 : 0;
    }
    return {};
}

Result<std::string, Complaint> text_of(const std::string& file) {
    if (file == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
    const auto info = real_files().info(file);
    if (!info || info->directory)
        return fail(Complaint{Exit::not_there, file + " is no file; expected one, or - for standard input"});
    return real_files().read_linked(file, kLargestImport).value_or("");
}

/// True: LDIF.
Result<bool, Complaint> is_ldif(const Request& request, bool otherwise) {
    const auto format = request.value("--format");
    if (!format) return otherwise;
    if (*format != "csv" && *format != "ldif") return fail(not_a("format", *format, "csv or ldif"));
    return *format == "ldif";
}

Outcome import(Context& context, const Request& request) {
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    const auto& file = request.one("FILE");
    auto text = text_of(file);
    if (!text) return fail(text.error());
    const auto ldif = is_ldif(request, looks_like_ldif(*text));
    if (!ldif) return fail(ldif.error());
    const auto rows = *ldif ? read_ldif(*text) : read_csv(*text);
    wipe(*text);
    const auto plan = Planner(**directory, hash_cost(**context.config()), request.has("--update")).take(rows);
    if (!plan.faults.empty()) {
        std::string lines;
        for (const auto& fault : plan.faults)
            lines += file + ":" + std::to_string(fault.line) + ": " + fault.text + "\n";
        return fail(Complaint{Exit::data, lines + "nothing was imported"});
    }
    Imported done;
    if (request.has("--dry-run")) {
        for (const auto& planned : plan.accounts) ++(planned.is_there ? done.updated : done.added);
    } else {
        if (auto applied = apply(context, plan, done); !applied) return applied;
        if (auto acted = announce(**context.config(), "accounts"); !acted) return acted;
    }
    const std::string verb = request.has("--dry-run") ? "would add " : "added ";
    std::string said = verb + std::to_string(done.added) + " accounts";
    if (done.updated > 0) said += ", changed " + std::to_string(done.updated);
    if (done.without_password > 0)
        said += "; " + std::to_string(done.without_password) + " have no password until `mdctl account passwd`";
    context.print(ipc::Json()
                      .set("added", done.added)
                      .set("updated", done.updated)
                      .set("without_password", done.without_password)
                      .set("dry_run", request.has("--dry-run")),
                  context.quiet() ? "" : said + "\n");
    return {};
}

/// What its file itself says: neither the domain's quota nor the domain's state.
Row row_of(const accounts::Name& name, const config::Values& values) {
    using accounts::get;
    const auto own = [&](AccountKey key) { return values.given(static_cast<std::size_t>(key)); };
    Row row;
    row[Column::address] = name.text();
    row[Column::name] = get<std::string>(values, AccountKey::full_name);
    row[Column::state] = get<std::string>(values, AccountKey::state);
    if (own(AccountKey::quota)) row[Column::quota] = config::format_size(get<std::uint64_t>(values, AccountKey::quota));
    if (own(AccountKey::quota_messages))
        row[Column::quota_messages] = std::to_string(get<std::int64_t>(values, AccountKey::quota_messages));
    row[Column::send_as] = joined(get<Strings>(values, AccountKey::send_as), " ");
    row[Column::forward] = joined(get<Strings>(values, AccountKey::forward), " ");
    row[Column::forward_keep] = get<bool>(values, AccountKey::forward_keep) ? "true" : "false";
    row[Column::subaddress_folders] = get<bool>(values, AccountKey::subaddress_folders) ? "true" : "false";
    return row;
}

/// none: not there any more
Result<std::optional<Row>, accounts::Unavailable> read_row(const accounts::FileDirectory& directory,
                                                           const accounts::Name& name,
                                                           const accounts::Secrets* secrets) {
    const auto file = directory.account_file(name);
    const auto text = owner_files().read(file);
    if (!text) return std::optional<Row>();
    config::Faults faults;
    const auto values = config::read_text(accounts::account_schema(), *text, file, faults);
    if (!faults.empty()) return fail(accounts::Unavailable{accounts::one_line(faults)});
    auto row = row_of(name, values);
    if (secrets == nullptr) return std::optional(std::move(row));
    auto secret = secrets->find(name);
    if (!secret) return fail(std::move(secret).error());
    if (*secret) {
        row[Column::password_hash] = std::move((*secret)->crypt);
        row[Column::scram_sha_256] = std::move((*secret)->scram_sha_256);
        row[Column::scram_sha_1] = std::move((*secret)->scram_sha_1);
    }
    return std::optional(std::move(row));
}

ipc::Json json_of(const Row& row, std::size_t columns) {
    ipc::Json out;
    for (std::size_t i = 0; i < columns; ++i)
        if (static_cast<Column>(i) != Column::password)
            out.set(std::string(name_of(static_cast<Column>(i))), row.words[i]);
    return out;
}

Outcome export_accounts(Context& context, const Request& request) {
    const auto domains = domains_to_list(context, request);
    if (!domains) return fail(domains.error());
    const auto ldif = is_ldif(request, false);
    if (!ldif) return fail(ldif.error());
    const auto& directory = **context.directory();
    const accounts::Secrets secrets(owner_files(), daemon::account_places(**context.config()).secrets);
    const auto* with = request.has("--secrets") ? &secrets : nullptr;
    const auto columns = with != nullptr ? kColumns : kFirstSecret;
    auto all = ipc::Json::array();
    std::string text = *ldif ? "version: 1\n\n" : csv_head(columns);
    Damage damage;
    for (const auto& domain : *domains) {
        const auto names = directory.accounts_of(domain);
        if (!names) return fail(complaint_of(names.error()));
        for (const auto& name : *names) {
            const auto row = read_row(directory, name, with);
            if (!row) damage.add(row.error());
            if (!row || !*row) continue;
            if (context.json())
                all.add(json_of(**row, columns));
            else
                text += *ldif ? ldif_entry(**row, columns) : csv_row(**row, columns);
        }
    }
    if (context.json())
        context.print_list(all, {});
    else
        context.print_raw(text);
    return damage.outcome();
}

constexpr std::array kFile{Argument{"FILE", "CSV or LDIF; - for standard input"}};
constexpr Flag kFormat{"--format", "FORMAT", "csv or ldif"};
constexpr std::array kImportFlags{
    Flag{"--format", "FORMAT", "csv or ldif; without it as the text begins"},
    Flag{"--update", "", "change accounts that are there, by the columns that are not empty"},
    Flag{"--dry-run", "", "look through the file, and do nothing"},
};
constexpr std::array kExportFlags{
    kFormat,
    Flag{"--domain", "DOMAIN", "only the accounts of this domain"},
    Flag{"--secrets", "", "with what is kept of the passwords: for a move to another machine"},
};

constexpr std::array kVerbs{
    Verb{"account", "import", kFile, kImportFlags,
         "Adds accounts from CSV, whose first row names its columns (address, name, state, quota, quota_messages, "
         "send_as, forward, forward_keep, subaddress_folders, password or password_hash, scram_sha_256, scram_sha_1), "
         "or from LDIF. Every faulty line is told, and then nothing is done.",
         import},
    Verb{"account",
         "export",
         {},
         kExportFlags,
         "Prints accounts as CSV, or as LDIF, as import reads them.",
         export_accounts},
};

}  // namespace

std::span<const Verb> account_transfer_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
