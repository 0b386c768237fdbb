// mdctl/domain_change.cc - `mdctl domain`: its keys, its state, its name and its other names
//
// CONTRACT
//   Who may not log in any more, or gets another name, has no session left when the verb returns.

#include <array>

#include "mdctl/addresses.h"
#include "mdctl/control.h"
#include "mdctl/refusals.h"
#include "mdctl/sessions.h"

namespace md::mdctl {

namespace {

using Strings = std::vector<std::string>;

Outcome set_key(Context& context, const Request& request, const std::string& key,
                const std::optional<std::string>& value, std::string_view said) {
    const auto name = domain_argument(request);
    if (!name) return fail(name.error());
    const auto domain = known_domain(context, *name);
    if (!domain) return fail(domain.error());
    const auto set = (*context.directory())->set_domain(*name, key, value);
    if (!set) return fail(complaint_of(set.error()));
    return changed(context, said.empty() ? (value ? "set " : "unset ") + key + " of " + *name
                                         : "the domain " + *name + " is " + std::string(said));
}

Outcome set(Context& context, const Request& request) {
    return set_key(context, request, request.one("KEY"), request.one("VALUE"), "");
}
Outcome unset(Context& context, const Request& request) {
    return set_key(context, request, request.one("KEY"), std::nullopt, "");
}
Outcome enable(Context& context, const Request& request) {
    return set_key(context, request, "state", "enabled", "enabled");
}
Outcome disable(Context& context, const Request& request) {
    if (auto done = set_key(context, request, "state", "disabled", "disabled"); !done) return done;
    return end_sessions_in(**context.config(), *domain_argument(request));
}

/// An address of the old domain as one of the new.
std::string moved(const std::string& address, const std::string& from, const std::string& to) {
    const auto at = address.rfind('@');
    if (at == std::string::npos || accounts::make_domain(address.substr(at + 1)) != from) return address;
    return address.substr(0, at + 1) + to;
}

Strings moved(const Strings& addresses, const std::string& from, const std::string& to) {
    Strings out;
    for (const auto& address : addresses) out.push_back(moved(address, from, to));
    return out;
}

/// The addresses of a domain that has another name now, where other files hold them.
class Follow {
  public:
    Follow(accounts::FileDirectory& directory, const std::string& from, const std::string& to)
        : directory_(directory), from_(from), to_(to) {}

    /// How many files were changed; one that is damaged stays as it is.
    Result<std::size_t, accounts::Refusal> run() {
        const auto domains = directory_.domains();
        if (!domains) return fail(accounts::Refusal{accounts::Refusal::Why::damaged, domains.error().text});
        for (const auto& domain : *domains) {
            if (auto done = in_domain(domain); !done) return fail(std::move(done).error());
            for (const auto& kind : accounts::entry_kinds())
                if (auto done = in_entries(kind, domain); !done) return fail(std::move(done).error());
        }
        return changed_;
    }

  private:
    using Done = Result<void, accounts::Refusal>;

    Done in_domain(const std::string& name) {
        const auto domain = directory_.find_domain(name);
        if (!domain || !*domain) return {};
        const std::array<std::pair<const char*, std::string>, 2> keys{
            {{"catch_all", (*domain)->catch_all}, {"postmaster", (*domain)->postmaster}}};
        for (const auto& [key, value] : keys) {
            const auto now = moved(value, from_, to_);
            if (now == value) continue;
            if (auto set = directory_.set_domain(name, key, now); !set) return set;
            ++changed_;
        }
        if ((*domain)->alias_of != from_) return {};
        ++changed_;
        return directory_.set_domain(name, "alias_of", to_);
    }

    Done in_entries(const accounts::EntryKind& kind, const std::string& domain) {
        const auto names = directory_.names_of(kind, domain);
        if (!names) return {};
        for (const auto& name : *names) {
            const auto entry = directory_.find_entry(name);
            if (!entry || !*entry) continue;
            Done done;
            if (const auto* account = std::get_if<accounts::Account>(&**entry)) {
                done = in_list(name, "forward", account->forward);
                if (done) done = in_list(name, "send_as", account->send_as);
            } else if (const auto* alias = std::get_if<accounts::Alias>(&**entry)) {
                done = in_list(name, "targets", alias->targets);
            } else if (const auto* group = std::get_if<accounts::Group>(&**entry)) {
                done = in_list(name, "members", group->members);
                if (done) done = in_list(name, "send_as", group->send_as);
            }
            if (!done) return done;
        }
        return {};
    }

    Done in_list(const accounts::Name& name, const char* key, const Strings& list) {
        auto now = moved(list, from_, to_);
        if (now == list) return {};
        ++changed_;
        return directory_.set(name, key, accounts::toml_list(now));
    }

    accounts::FileDirectory& directory_;
    const std::string& from_;
    const std::string& to_;
    std::size_t changed_ = 0;
};

Outcome add_other_name(Context& context, const std::string& name, const std::string& other) {
    accounts::Domain domain;
    domain.name = other;
    domain.alias_of = name;
    const auto added = (*context.directory())->add_domain(domain);
    if (!added) return fail(complaint_of(added.error()));
    return {};
}

Outcome rename(Context& context, const Request& request) {
    const auto from = domain_argument(request);
    if (!from) return fail(from.error());
    const auto to = domain_argument(request, "NEW");
    if (!to) return fail(to.error());
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    // Before, so that nothing is written where the mail no longer is; behind, for who came in between.
    const auto& config = **context.config();
    if (auto ended = end_sessions_in(config, *from); !ended) return ended;
    const auto renamed = (*directory)->rename_domain(*from, *to);
    if (!renamed) return fail(complaint_of(renamed.error()));
    if (auto ended = end_sessions_in(config, *from); !ended) return ended;
    const bool keep = request.has("--keep-old");
    if (keep)
        if (auto added = add_other_name(context, *to, *from); !added) return added;
    const auto followed = Follow(**directory, *from, *to).run();
    if (!followed) return fail(complaint_of(followed.error()));
    return changed(context, "the domain " + *from + " is " + *to + " now" +
                                (keep ? ", and its old name is another name of it" : "") + "; " +
                                std::to_string(*followed) + " other places that held the old name follow");
}

/// Both names of `domain alias add` and `remove`.
struct TwoNames {
    std::string name;
    std::string other;
};

Result<TwoNames, Complaint> two_names(Context& context, const Request& request) {
    const auto name = domain_argument(request);
    if (!name) return fail(name.error());
    const auto other = domain_argument(request, "OTHER");
    if (!other) return fail(other.error());
    const auto domain = known_domain(context, *name);
    if (!domain) return fail(domain.error());
    return TwoNames{*name, *other};
}

Outcome add_alias(Context& context, const Request& request) {
    const auto names = two_names(context, request);
    if (!names) return fail(names.error());
    if (names->name == names->other) return fail(Complaint{Exit::usage, "a domain is no other name of itself"});
    if (auto added = add_other_name(context, names->name, names->other); !added) return added;
    return changed(context, names->other + " is another name of " + names->name);
}

Outcome remove_alias(Context& context, const Request& request) {
    const auto names = two_names(context, request);
    if (!names) return fail(names.error());
    const auto other = known_domain(context, names->other);
    if (!other) return fail(other.error());
    if (other->alias_of != names->name)
        return fail(Complaint{Exit::not_there, names->other + " is no other name of " + names->name});
    const auto removed = (*context.directory())->remove_domain(names->other, false);
    if (!removed) return fail(complaint_of(removed.error()));
    return changed(context, names->other + " is no other name of " + names->name + " any more");
}

Outcome list_aliases(Context& context, const Request& request) {
    const auto directory = context.directory();
    if (!directory) return fail(directory.error());
    std::optional<std::string> only;
    if (request.has("NAME")) {
        const auto name = domain_argument(request);
        if (!name) return fail(name.error());
        if (const auto known = known_domain(context, *name); !known) return fail(known.error());
        only = *name;
    }
    const auto names = (*directory)->domains();
    if (!names) return fail(complaint_of(names.error()));
    auto all = ipc::Json::array();
    Table table{{"DOMAIN", "ALIAS OF"}};
    Damage damage;
    for (const auto& name : *names) {
        const auto domain = (*directory)->find_domain(name);
        if (!domain) damage.add(domain.error());
        if (!domain || !*domain || (*domain)->alias_of.empty() || (only && (*domain)->alias_of != *only)) continue;
        all.add(ipc::Json().set("domain", name).set("alias_of", (*domain)->alias_of));
        table.push_back({name, (*domain)->alias_of});
    }
    context.print_list(all, table);
    return damage.outcome();
}

constexpr std::array kName{Argument{"NAME", "the domain"}};
constexpr Argument kKey{"KEY", "a key of its file, such as catch_all"};
constexpr std::array kKeyAndValue{kName[0], kKey, Argument{"VALUE", "as in TOML; a string may stand bare"}};
constexpr std::array kKeyAlone{kName[0], kKey};
constexpr std::array kRename{kName[0], Argument{"NEW", "its new name, which is none yet"}};
constexpr std::array kTwoNames{kName[0], Argument{"OTHER", "the other name"}};
constexpr std::array kMaybeName{Argument{"NAME", "only those of this domain", Argument::Count::optional}};
constexpr std::array kRenameFlags{Flag{"--keep-old", "", "the old name stays, as another name of the domain"}};

constexpr std::array kVerbs{
    Verb{"domain",
         "set",
         kKeyAndValue,
         {},
         "Sets a key: state, catch_all, postmaster, alias_of, quota, quota_messages, report_language.",
         set},
    Verb{"domain", "unset", kKeyAlone, {}, "Takes a key out, so that its default counts.", unset},
    Verb{"domain", "rename", kRename, kRenameFlags,
         "Gives a domain another name; its accounts and their mail go with it, their sessions end, and what other "
         "files hold of its addresses follows. One that was interrupted is finished when it is asked for again.",
         rename},
    Verb{"domain",
         "disable",
         kName,
         {},
         "Refuses mail for the domain and logins of its accounts, and ends their sessions.",
         disable},
    Verb{"domain", "enable", kName, {}, "Ends what disable did.", enable},
    Verb{"domain",
         "alias add",
         kTwoNames,
         {},
         "Makes a name another one of a domain: addresses there mean those of the same name here.",
         add_alias},
    Verb{"domain", "alias remove", kTwoNames, {}, "Takes mail for that other name no longer.", remove_alias},
    Verb{"domain", "alias list", kMaybeName, {}, "Lists the other names of all domains, or of one.", list_aliases},
};

}  // namespace

std::span<const Verb> domain_change_verbs() {
    return kVerbs;
}

}  // namespace md::mdctl
