// config/options.h - the option table of all daemons, and a typed key for each of its rows
//
// PURPOSE
//   The rows stand in options/*.def, one file an area. From them come the parser, `config explain`, mdmail.conf(5), the
//   sample file and the keys below: config[opt::intake_gather] is a const std::chrono::milliseconds&.
// CONTRACT
//   Whoever adds a row adds what reads it; an option that nothing reads does not exist.
//   OPTION(symbol, "dotted.key", Type, "default", "bounds", reloadable, "prose") - columns: config/schema.h.
#pragma once

#include "config/schema.h"

namespace md::config {

class Config;

namespace opt {

enum class Index : std::uint16_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "config/options/all.def"
#undef OPTION
};

#define OPTION(symbol, key, type_, default_text, bounds, reloadable, prose) \
    inline constexpr Key<Config, type::type_> symbol{static_cast<std::uint16_t>(Index::symbol)};
#include "config/options/all.def"
#undef OPTION

}  // namespace opt

/// The schema of mdmail.conf.
[[nodiscard]] const Schema& main_schema() noexcept;

/// The groups of main_schema(), in its order.
enum class GroupIndex : std::uint8_t { listener, relay, route };

/// Fields of [[listener]], [[relay]] and [[route]], in their order.
enum class ListenerField : std::uint8_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "config/options/listener.def"
#undef OPTION
};
enum class RelayField : std::uint8_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "config/options/relay.def"
#undef OPTION
};
enum class RouteField : std::uint8_t {
#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) symbol,
#include "config/options/route.def"
#undef OPTION
};

}  // namespace md::config
