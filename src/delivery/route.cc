// delivery/route.cc - see route.h

#include "delivery/route.h"

namespace md::delivery {

namespace {

Route nowhere(mail::Status status, std::string reason) {
    Route route;
    route.kind = Route::Kind::nowhere;
    route.status = status;
    route.reason = std::move(reason);
    return route;
}

}  // namespace

Route route(const accounts::Directory& directory, std::string_view recipient) {
    const auto address = mail::parse_mailbox(recipient);
    if (!address) return nowhere({5, 1, 3}, std::string("bad address: ").append(mail::describe(address.error())));
    auto found = directory.resolve(*address);
    Route route;
    if (!found) {
        route.status = {4, 3, 0};
        route.reason = found.error().text;
        return route;
    }
    switch (found->outcome) {
        case accounts::Outcome::unknown_domain: route.kind = Route::Kind::remote; return route;
        case accounts::Outcome::unknown_user: return nowhere({5, 1, 1}, "no such user here");
        case accounts::Outcome::found: break;
    }
    if (!found->account.takes_mail()) return nowhere({5, 2, 1}, "mailbox disabled");
    route.kind = Route::Kind::mailbox;
    route.account = std::move(found->account);
    return route;
}

}  // namespace md::delivery
