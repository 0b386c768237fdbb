// config/options.cc - see options.h

#include "config/options.h"

#include <array>

namespace md::config {

namespace {

constexpr bool yes = true;
constexpr bool no = false;

#define OPTION(symbol, key, type, default_text, bounds, reloadable, prose) \
    Row{key, Type::type, default_text, bounds, reloadable, prose},

constexpr std::array kOptions{
#include "config/options/all.def"
};

constexpr std::array kListenerFields{
#include "config/options/listener.def"
};

constexpr std::array kRelayFields{
#include "config/options/relay.def"
};

constexpr std::array kRouteFields{
#include "config/options/route.def"
};

#undef OPTION

constexpr std::array kGroups{
    Group{"listener",
          "A place at which a daemon listens. With none in the file the usual ones are there: SMTP on 25, submission "
          "on 587 "
          "(STARTTLS) and 465 (TLS), IMAP on 143 (STARTTLS) and 993 (TLS), POP3 on 110 (STARTTLS) and 995 (TLS), on "
          "all addresses. "
          "With one or more rows there are these and no others.",
          kListenerFields},
    Group{"relay",
          "Hosts that may send mail to other sites without AUTH: printers, old scripts, application servers. Nobody "
          "else may, "
          "loopback included.",
          kRelayFields},
    Group{"route",
          "Where mail for a domain goes, instead of the mail exchangers that the DNS names for it: a smart host, a "
          "server behind "
          "this one, a program that speaks LMTP.",
          kRouteFields},
};

}  // namespace

const Schema& main_schema() noexcept {
    static constexpr Schema schema{"configuration", kOptions, kGroups};
    return schema;
}

}  // namespace md::config
