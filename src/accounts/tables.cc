// accounts/tables.cc - see tables.h

#include "accounts/tables.h"

#include <array>

namespace md::accounts {

namespace {

using config::kRequired;
using config::Row;
using config::Schema;
using config::Type;

constexpr bool yes = true;

#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) \
    Row{key, Type::type, default_text, bounds, reloadable, prose},

constexpr std::array kAccountRows{
#include "accounts/tables/account.def"
};
constexpr std::array kAliasRows{
#include "accounts/tables/alias.def"
};
constexpr std::array kGroupRows{
#include "accounts/tables/group.def"
};
constexpr std::array kDomainRows{
#include "accounts/tables/domain.def"
};
constexpr std::array kSecretRows{
#include "accounts/tables/secret.def"
};

#undef OPTION

}  // namespace

const Schema& account_schema() noexcept {
    static constexpr Schema schema{"account", kAccountRows, {}};
    return schema;
}

const Schema& alias_schema() noexcept {
    static constexpr Schema schema{"alias", kAliasRows, {}};
    return schema;
}

const Schema& group_schema() noexcept {
    static constexpr Schema schema{"group", kGroupRows, {}};
    return schema;
}

const Schema& domain_schema() noexcept {
    static constexpr Schema schema{"domain", kDomainRows, {}};
    return schema;
}

const Schema& secret_schema() noexcept {
    static constexpr Schema schema{"secret", kSecretRows, {}};
    return schema;
}

}  // namespace md::accounts
