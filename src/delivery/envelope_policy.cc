// delivery/envelope_policy.cc - see envelope_policy.h

#include "delivery/envelope_policy.h"

#include <algorithm>

#include "accounts/name.h"
#include "base/clock.h"
#include "base/strings.h"
#include "delivery/expansion.h"

namespace md::delivery {

using async::Task;
using mail::Status;
using smtp::Reply;

namespace {

Reply try_again() {
    return {451, Status{4, 3, 0}, "recipient cannot be verified now, try again later"};
}

/// So many are looked at in a request's time; who has more targets leads somewhere.
constexpr std::size_t kLookUps = 100;

/// A rewritten reverse-path is there for reports, which have the null sender (RFC 5321 §6.1). Whoever knows one could
/// else send anything to whose it is through us, for as long as it is valid.
Admission judge(const Expansion& meant, mail::Address recipient, bool may_relay, bool null_sender) {
    if (meant.leads_back() && !null_sender)
        return Admission(Reply(550, Status{5, 7, 1}, "reports alone, from the null sender, are taken here"));
    const bool elsewhere =
        meant.steps.empty() && meant.targets.size() == 1 && meant.targets.front().kind == Target::Kind::remote;
    if (elsewhere && !may_relay) return Admission(Reply(550, Status{5, 7, 1}, "relaying denied"));
    if (!meant.leads_somewhere()) {
        const auto could_not_ask = std::ranges::find(meant.targets, Target::Kind::unknown, &Target::kind);
        if (could_not_ask != meant.targets.end()) return Admission(try_again());
        return Admission(Reply(550, meant.targets.front().status, meant.targets.front().reason));
    }
    Admission taken;
    taken.local = !elsewhere;
    if (meant.trivial() && meant.targets.front().kind == Target::Kind::mailbox)
        taken.mailbox = meant.targets.front().account;
    taken.recipient = std::move(recipient);
    if (const auto* account = meant.only_account()) taken.account = account->name.text();
    return taken;
}

}  // namespace

/// The domain here that has this host's name, else the nearest that it lies in, else the only one.
Result<std::optional<std::string>, accounts::Unavailable> EnvelopePolicy::own_domain() const {
    for (std::string_view name = hostname_; !name.empty();) {
        const auto found = directory_.find_domain(std::string(name));
        if (!found) return fail(found.error());
        if (found->has_value()) return std::optional(std::string(name));
        const auto dot = name.find('.');
        name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
    }
    const auto domains = directory_.domains();
    if (!domains) return fail(domains.error());
    return domains->size() == 1 ? std::optional(domains->front()) : std::nullopt;
}

/// What local users name without a domain is this site's. RFC 5321 §4.5.1: "Postmaster" alone is never refused, so
/// that any domain here does where none is this host's.
Result<mail::Address, Reply> EnvelopePolicy::with_domain(mail::Address address) const {
    if (!address.domain.empty()) return address;
    auto own = own_domain();
    if (!own) return fail(try_again());
    if (own->has_value()) {
        address.domain = std::move(**own);
        return address;
    }
    if (!equal_nocase(address.local_part, "postmaster"))
        return fail(Reply(451, Status{4, 3, 5}, "no domain here is this host's; give the address with its domain"));
    const auto domains = directory_.domains();
    if (!domains) return fail(try_again());
    address.domain = domains->empty() ? hostname_ : domains->front();
    return address;
}

Task<Result<mail::Address, Reply>> EnvelopePolicy::complete(mail::Address address) {
    auto ask = [this, &address] { return with_domain(std::move(address)); };
    auto whole = co_await async::offload(pool_, ask);
    co_return std::move(whole);
}

Task<Admission> EnvelopePolicy::admit(mail::Address recipient, bool may_relay, std::uint64_t size_bytes,
                                      bool null_sender) {
    auto ask = [this, &recipient, may_relay, null_sender]() -> Admission {
        auto whole = with_domain(recipient);
        if (!whole) return Admission(whole.error());
        const auto meant =
            expand_or_reverse(directory_, whole->text(), srs_.get(), real_clock().now(), Forwards::followed, kLookUps);
        return judge(meant, std::move(*whole), may_relay, null_sender);
    };
    Admission admission;
    const auto name = accounts::make_name(recipient);
    if (name && directory_.at_hand(*name)) {
        admission = ask();
    } else {
        auto asked = co_await async::offload(pool_, ask);
        admission = std::move(asked);
    }
    if (room_ != nullptr && admission.mailbox) {
        auto refusal = co_await refuse_full(*admission.mailbox, size_bytes);
        admission.refusal = std::move(refusal);
    }
    co_return std::move(admission);
}

/// None: there is room, or nobody says.
Task<std::optional<Reply>> EnvelopePolicy::refuse_full(accounts::Account account, std::uint64_t size_bytes) {
    if (account.quota_bytes == 0 && account.quota_messages == 0) co_return std::nullopt;
    RoomQuestion question;
    question.account = account.name;
    question.quota_bytes = account.quota_bytes;
    question.quota_messages = account.quota_messages;
    question.size_bytes = size_bytes;
    const auto room = co_await room_->ask(std::move(question));
    if (room != Room::full) co_return std::nullopt;
    if (full_ == FullMailbox::refuse) co_return Reply(552, Status{5, 2, 2}, "mailbox full");
    co_return Reply(452, Status{4, 2, 2}, "mailbox full, try again later");
}

Task<std::optional<Reply>> EnvelopePolicy::refuse_sender(std::string account, mail::Address sender) {
    auto ask = [this, &account, &sender]() -> std::optional<Reply> {
        const auto name = accounts::parse_name(account);
        if (!name) return try_again();
        const auto found = directory_.find(*name);
        if (!found) return Reply(451, Status{4, 3, 0}, "sender cannot be verified now, try again later");
        if (!*found) return Reply(553, Status{5, 7, 1}, "the login's account has gone");
        const auto may = may_send_as(directory_, **found, sender);
        if (!may) return Reply(451, Status{4, 3, 0}, "sender cannot be verified now, try again later");
        if (*may) return std::nullopt;
        return Reply(553, Status{5, 7, 1}, "sender address is not one of the login's");
    };
    auto refusal = co_await async::offload(pool_, ask);
    co_return std::move(refusal);
}

}  // namespace md::delivery
