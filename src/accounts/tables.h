// accounts/tables.h - the keys of the files of accounts, aliases, groups, domains and secrets
//
// CONTRACT
//   The rows stand in tables/*.def; the machinery, with its faults and edits, is config's.
// FORMAT
//   doc/formats/account.md, doc/formats/secret.md
#pragma once

#include "config/schema.h"

namespace md::accounts {

enum class AccountKey : std::uint8_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "accounts/tables/account.def"
#undef OPTION
};
enum class AliasKey : std::uint8_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "accounts/tables/alias.def"
#undef OPTION
};
enum class GroupKey : std::uint8_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "accounts/tables/group.def"
#undef OPTION
};
enum class DomainKey : std::uint8_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "accounts/tables/domain.def"
#undef OPTION
};
enum class SecretKey : std::uint8_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "accounts/tables/secret.def"
#undef OPTION
};

[[nodiscard]] const config::Schema& account_schema() noexcept;
[[nodiscard]] const config::Schema& alias_schema() noexcept;
[[nodiscard]] const config::Schema& group_schema() noexcept;
[[nodiscard]] const config::Schema& domain_schema() noexcept;
[[nodiscard]] const config::Schema& secret_schema() noexcept;

template <class T, class K>
[[nodiscard]] const T& get(const config::Values& values, K key) noexcept {
    return values.get<T>(static_cast<std::size_t>(key));
}

}  // namespace md::accounts
