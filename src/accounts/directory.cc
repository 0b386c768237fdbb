// accounts/directory.cc - see directory.h

#include "accounts/directory.h"

#include "base/strings.h"

namespace md::accounts {

namespace {

constexpr int kMostDomainAliases = 8;

bool is_role(const std::string& local_part) {
    return local_part == "postmaster" || local_part == "abuse";
}

Resolution leads_on(std::string to, Step step, std::vector<Step> steps) {
    Resolution out;
    out.outcome = Outcome::leads_on;
    steps.push_back(std::move(step));
    out.to = std::move(to);
    out.steps = std::move(steps);
    return out;
}

Resolution without(Outcome outcome) {
    Resolution out;
    out.outcome = outcome;
    return out;
}

}  // namespace

std::string_view name_of(State state) noexcept {
    switch (state) {
        case State::enabled: return "enabled";
        case State::disabled: return "disabled";
        case State::frozen: return "frozen";
    }
    return "";
}

std::string_view name_of(Step::Kind kind) noexcept {
    switch (kind) {
        case Step::Kind::domain_alias: return "domain-alias";
        case Step::Kind::subaddress: return "subaddress";
        case Step::Kind::role: return "role";
        case Step::Kind::catch_all: return "catch-all";
        case Step::Kind::alias: return "alias";
        case Step::Kind::group: return "group";
        case Step::Kind::forward: return "forward";
        case Step::Kind::account: return "account";
        case Step::Kind::srs: return "srs";
    }
    return "";
}

const Name& name_of(const Entry& entry) noexcept {
    return std::visit([](const auto& one) -> const Name& { return one.name; }, entry);
}

const std::string& place_of(const Entry& entry) noexcept {
    return std::visit([](const auto& one) -> const std::string& { return one.place; }, entry);
}

std::string_view kind_of(const Entry& entry) noexcept {
    if (std::holds_alternative<Account>(entry)) return "account";
    return std::holds_alternative<Alias>(entry) ? "alias" : "group";
}

const Account* Resolution::account() const noexcept {
    return outcome == Outcome::found ? std::get_if<Account>(&entry) : nullptr;
}

bool Directory::at_hand(const Name&) const {
    return false;
}

Result<std::optional<Entry>, Unavailable> Directory::find_entry(const Name& name) const {
    auto account = find(name);
    if (!account) return fail(std::move(account).error());
    if (!*account) return std::optional<Entry>();
    return std::optional<Entry>(std::move(**account));
}

Result<std::vector<Group>, Unavailable> Directory::sending_groups_of(const std::string&) const {
    return std::vector<Group>();
}

/// The domain itself, or the one that it is another name of.
Result<std::optional<Domain>, Unavailable> Directory::home_of(const std::string& domain,
                                                              std::vector<Step>& steps) const {
    auto name = domain;
    for (int i = 0; i <= kMostDomainAliases; ++i) {
        auto found = find_domain(name);
        if (!found) return fail(std::move(found).error());
        if (!*found || (*found)->alias_of.empty() || !(*found)->enabled) return found;
        const auto next = make_domain((*found)->alias_of);
        if (!next) return fail(Unavailable{(*found)->place + ": alias_of is no domain"});
        steps.push_back({Step::Kind::domain_alias, name, *next, (*found)->place});
        name = *next;
    }
    return fail(Unavailable{"the domain " + domain + " is an alias of an alias that leads nowhere"});
}

Result<Resolution, Unavailable> Directory::resolve(const mail::Address& address) const {
    const auto domain_name = make_domain(address.domain);
    if (!domain_name) return Resolution{};
    std::vector<Step> steps;
    auto domain = home_of(*domain_name, steps);
    if (!domain) return fail(std::move(domain).error());
    // An alias whose domain has gone is ours all the same: its mail goes nowhere else.
    if (!*domain) return without(steps.empty() ? Outcome::unknown_domain : Outcome::unknown_user);
    if (!(*domain)->enabled) return without(Outcome::domain_disabled);
    auto here = address;
    here.domain = (*domain)->name;
    return resolve_in(**domain, here, std::move(steps));
}

Result<Resolution, Unavailable> Directory::resolve_in(const Domain& domain, const mail::Address& address,
                                                      std::vector<Step> steps) const {
    Resolution found;
    found.outcome = Outcome::found;
    auto name = make_name(address);
    if (!name) return without(Outcome::unknown_user);
    auto whole = find_entry(*name);
    if (!whole) return fail(std::move(whole).error());
    if (!*whole) {
        const auto asked = name->text();
        const auto plus = name->local_part.find('+');
        if (plus != std::string::npos && plus > 0) {
            found.detail = address.local_part.substr(plus + 1);
            name->local_part.resize(plus);
            whole = find_entry(*name);
            if (!whole) return fail(std::move(whole).error());
            if (*whole) steps.push_back({Step::Kind::subaddress, asked, name->text(), place_of(**whole)});
        }
    }
    if (*whole) {
        found.entry = std::move(**whole);
        found.steps = std::move(steps);
        return found;
    }
    if (is_role(name->local_part) && !domain.postmaster.empty())
        return leads_on(domain.postmaster, {Step::Kind::role, name->text(), domain.postmaster, domain.place},
                        std::move(steps));
    if (!domain.catch_all.empty())
        return leads_on(domain.catch_all, {Step::Kind::catch_all, address.text(), domain.catch_all, domain.place},
                        std::move(steps));
    return without(Outcome::unknown_user);
}

}  // namespace md::accounts
