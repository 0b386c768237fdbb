// delivery/envelope_policy.cc - see envelope_policy.h

#include "delivery/envelope_policy.h"

#include "accounts/name.h"

namespace md::delivery {

using accounts::Outcome;
using async::Task;
using mail::Status;
using smtp::Reply;

namespace {

Reply try_again() {
    return {451, Status{4, 3, 0}, "recipient cannot be verified now, try again later"};
}

Admission judge(const accounts::Resolution& found, mail::Address recipient, bool may_relay) {
    switch (found.outcome) {
        case Outcome::unknown_domain:
            if (!may_relay) return Admission(Reply(550, Status{5, 7, 1}, "relaying denied"));
            break;
        case Outcome::unknown_user: return Admission(Reply(550, Status{5, 1, 1}, "no such user here"));
        case Outcome::found:
            if (!found.account.takes_mail()) return Admission(Reply(550, Status{5, 2, 1}, "mailbox disabled"));
            break;
    }
    Admission taken;
    taken.local = found.outcome == Outcome::found;
    taken.recipient = std::move(recipient);
    return taken;
}

}  // namespace

/// RFC 5321 §4.5.1: "Postmaster" alone is this host's; the domain that has this host's name, or the first one here.
Result<mail::Address, Reply> EnvelopePolicy::with_domain(mail::Address recipient) const {
    if (!recipient.domain.empty()) return recipient;
    const auto own = directory_.find_domain(hostname_);
    if (!own) return fail(try_again());
    recipient.domain = hostname_;
    if (own->has_value()) return recipient;
    const auto domains = directory_.domains();
    if (!domains) return fail(try_again());
    if (!domains->empty()) recipient.domain = domains->front();
    return recipient;
}

Task<Admission> EnvelopePolicy::admit(mail::Address recipient, bool may_relay) {
    auto ask = [this, &recipient, may_relay]() -> Admission {
        auto whole = with_domain(recipient);
        if (!whole) return Admission(whole.error());
        const auto found = directory_.resolve(*whole);
        if (!found) return Admission(try_again());
        return judge(*found, std::move(*whole), may_relay);
    };
    auto admission = co_await async::offload(pool_, ask);
    co_return std::move(admission);
}

Task<std::optional<Reply>> EnvelopePolicy::refuse_sender(std::string account, mail::Address sender) {
    auto ask = [this, &account, &sender]() -> std::optional<Reply> {
        const auto name = accounts::parse_name(account);
        if (!name) return try_again();
        const auto found = directory_.find(*name);
        if (!found) return Reply(451, Status{4, 3, 0}, "sender cannot be verified now, try again later");
        if (found->has_value() && (*found)->may_send_as(sender)) return std::nullopt;
        return Reply(553, Status{5, 7, 1}, "sender address is not one of the login's");
    };
    auto refusal = co_await async::offload(pool_, ask);
    co_return std::move(refusal);
}

}  // namespace md::delivery
