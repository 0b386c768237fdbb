// accounts/entry_file.cc - see entry_file.h

#include "accounts/entry_file.h"

#include <algorithm>
#include <array>

#include "accounts/tables.h"
#include "config/value.h"

namespace md::accounts {

namespace {

using config::Faults;
using config::Values;
using Strings = std::vector<std::string>;

constexpr std::array kKinds{
    EntryKind{"account.conf", account_schema, "account"},
    EntryKind{"alias.conf", alias_schema, "alias"},
    EntryKind{"group.conf", group_schema, "group"},
};

State state_of(const std::string& name) {
    if (name == "disabled") return State::disabled;
    return name == "frozen" ? State::frozen : State::enabled;
}

template <class K>
std::uint64_t number(const Values& values, K key) {
    return static_cast<std::uint64_t>(get<std::int64_t>(values, key));
}

EntryFile account_of(const Name& name, const Values& values, const std::string& file) {
    const auto given = [&values](AccountKey key) { return values.given(static_cast<std::size_t>(key)); };
    Account account;
    account.name = name;
    account.full_name = get<std::string>(values, AccountKey::full_name);
    account.state = state_of(get<std::string>(values, AccountKey::state));
    account.quota_bytes = get<std::uint64_t>(values, AccountKey::quota);
    account.quota_messages = number(values, AccountKey::quota_messages);
    account.send_as = get<Strings>(values, AccountKey::send_as);
    account.source = "file";
    account.place = file;
    account.forward = get<Strings>(values, AccountKey::forward);
    account.forward_keep = get<bool>(values, AccountKey::forward_keep);
    account.subaddress_folders = get<bool>(values, AccountKey::subaddress_folders);
    return {std::move(account), given(AccountKey::quota), given(AccountKey::quota_messages)};
}

/// Lines of keys that differ from their defaults.
class Text {
  public:
    Text& add(std::string_view key, const std::string& value) {
        if (!value.empty()) line(key, config::toml_string(value));
        return *this;
    }
    Text& add(std::string_view key, const Strings& values) {
        if (!values.empty()) line(key, toml_list(values));
        return *this;
    }
    Text& line(std::string_view key, const std::string& toml) {
        text_.append(key).append(" = ").append(toml).append("\n");
        return *this;
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    std::string text_ = "format = 1\n";
};

void add_quota(Text& text, std::uint64_t bytes, std::uint64_t messages) {
    if (bytes > 0) text.line("quota", config::toml_string(config::format_size(bytes)));
    if (messages > 0) text.line("quota_messages", std::to_string(messages));
}

}  // namespace

std::span<const EntryKind> entry_kinds() noexcept {
    return kKinds;
}

std::string one_line(const Faults& faults) {
    auto text = config::describe(faults);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

Result<EntryFile, Unavailable> read_entry(const EntryKind& kind, const Name& name, std::string_view text,
                                          const std::string& file) {
    Faults faults;
    const auto values = config::read_text(kind.schema(), text, file, faults);
    if (!faults.empty()) return fail(Unavailable{one_line(faults)});
    if (kind.word == "account") return account_of(name, values, file);
    if (kind.word == "alias")
        return EntryFile{
            Alias{name, get<Strings>(values, AliasKey::targets), get<std::string>(values, AliasKey::comment), file}};
    return EntryFile{Group{name, get<std::string>(values, GroupKey::full_name), get<Strings>(values, GroupKey::members),
                           get<Strings>(values, GroupKey::send_as), file}};
}

Entry in_domain(const EntryFile& file, const Domain& domain) {
    auto entry = file.entry;
    auto* account = std::get_if<Account>(&entry);
    if (account == nullptr) return entry;
    if (!domain.enabled) account->state = State::disabled;
    if (!file.own_quota) account->quota_bytes = domain.quota_bytes;
    if (!file.own_quota_messages) account->quota_messages = domain.quota_messages;
    return entry;
}

Result<Domain, Unavailable> read_domain(const std::string& name, std::string_view text, const std::string& file) {
    Faults faults;
    const auto values = config::read_text(domain_schema(), text, file, faults);
    if (!faults.empty()) return fail(Unavailable{one_line(faults)});
    Domain domain;
    domain.name = name;
    domain.postmaster = get<std::string>(values, DomainKey::postmaster);
    domain.quota_bytes = get<std::uint64_t>(values, DomainKey::quota);
    domain.quota_messages = number(values, DomainKey::quota_messages);
    domain.enabled = get<std::string>(values, DomainKey::state) == "enabled";
    domain.catch_all = get<std::string>(values, DomainKey::catch_all);
    domain.alias_of = get<std::string>(values, DomainKey::alias_of);
    domain.report_language = get<std::string>(values, DomainKey::report_language);
    domain.place = file;
    return domain;
}

std::string text_of(const Account& account) {
    Text text;
    text.add("name", account.full_name);
    if (account.state != State::enabled) text.add("state", std::string(name_of(account.state)));
    add_quota(text, account.quota_bytes, account.quota_messages);
    text.add("send_as", account.send_as).add("forward", account.forward);
    if (!account.forward_keep) text.line("forward_keep", "false");
    if (!account.subaddress_folders) text.line("subaddress_folders", "false");
    return text.take();
}

std::string text_of(const Alias& alias) {
    return Text().line("targets", toml_list(alias.targets)).add("comment", alias.comment).take();
}

std::string text_of(const Group& group) {
    return Text().add("name", group.full_name).add("members", group.members).add("send_as", group.send_as).take();
}

std::string text_of(const Domain& domain) {
    Text text;
    if (!domain.enabled) text.add("state", std::string("disabled"));
    text.add("alias_of", domain.alias_of).add("postmaster", domain.postmaster).add("catch_all", domain.catch_all);
    text.add("report_language", domain.report_language);
    add_quota(text, domain.quota_bytes, domain.quota_messages);
    return text.take();
}

std::string toml_list(const Strings& texts) {
    std::string out;
    for (const auto& text : texts) out += (out.empty() ? "[" : ", ") + config::toml_string(text);
    return out.empty() ? "[]" : out + "]";
}

}  // namespace md::accounts
