// accounts/directory.cc - see directory.h

#include "accounts/directory.h"

#include "base/strings.h"

namespace md::accounts {

namespace {

Resolution found(Account account, std::string detail) {
    return {Outcome::found, std::move(account), std::move(detail)};
}

bool is_role(const std::string& local_part) {
    return local_part == "postmaster" || local_part == "abuse";
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

bool Account::may_send_as(const mail::Address& sender) const {
    auto own = make_name(sender);
    if (!own) return false;
    for (const auto& other : send_as)
        if (parse_name(other) == own) return true;
    if (*own == name) return true;
    const auto plus = own->local_part.find('+');
    if (plus == std::string::npos) return false;
    own->local_part.resize(plus);
    return *own == name;
}

Result<Resolution, Unavailable> Directory::resolve(const mail::Address& address) const {
    const auto domain_name = make_domain(address.domain);
    if (!domain_name) return Resolution{};
    auto domain = find_domain(*domain_name);
    if (!domain) return fail(std::move(domain).error());
    if (!*domain) return Resolution{};

    auto name = make_name(address);
    if (!name) return Resolution{Outcome::unknown_user, {}, {}};
    auto whole = find(*name);
    if (!whole) return fail(std::move(whole).error());
    if (*whole) return found(std::move(**whole), "");

    std::string detail;
    const auto plus = name->local_part.find('+');
    if (plus != std::string::npos && plus > 0) {
        detail = address.local_part.substr(plus + 1);
        name->local_part.resize(plus);
        auto before = find(*name);
        if (!before) return fail(std::move(before).error());
        if (*before) return found(std::move(**before), std::move(detail));
    }
    return role_holder(**domain, name->local_part, std::move(detail));
}

Result<Resolution, Unavailable> Directory::role_holder(const Domain& domain, const std::string& local_part,
                                                       std::string detail) const {
    const Resolution unknown{Outcome::unknown_user, {}, {}};
    const auto holder = parse_name(domain.postmaster);
    if (!is_role(local_part) || !holder) return unknown;
    auto account = find(*holder);
    if (!account) return fail(std::move(account).error());
    if (!*account) return unknown;
    return found(std::move(**account), std::move(detail));
}

}  // namespace md::accounts
