// mdimapd/quota.cc - GETQUOTA, GETQUOTAROOT, SETQUOTA (RFC 9208)
//
// CONTRACT
//   One quota root, "", holds all mailboxes of the account, and those that are not made yet (RFC 9208 §4.1.2); an
//   account without limits has none. Limits are set by administrators alone, not here.

#include "async/worker_pool.h"
#include "mdimapd/account_quota.h"
#include "mdimapd/handlers.h"

namespace md::mdimapd {

using async::Task;

namespace {

/// RFC 9208 §5.1: STORAGE is told in units of 1024 octets.
std::uint64_t units(std::uint64_t octets) noexcept {
    return octets / 1024 + (octets % 1024 != 0 ? 1 : 0);
}

struct Quota {
    store::QuotaLimits limits;
    store::QuotaUse used;
};

Task<Quota> look(Session& session) {
    auto ask = [&session] {
        return Quota{quota_of(session.services().directory, session.account_name()), session.account().quota_use()};
    };
    const auto quota = co_await async::offload(session.pool(), ask);
    co_return quota;
}

void append(std::string& out, const Quota& quota) {
    std::string resources;
    const auto add = [&resources](std::string_view name, std::uint64_t used, std::uint64_t limit) {
        if (limit == 0) return;
        if (!resources.empty()) resources += ' ';
        resources.append(name).append(" ").append(std::to_string(used)).append(" ").append(std::to_string(limit));
    };
    add("STORAGE", units(quota.used.bytes), units(quota.limits.bytes));
    add("MESSAGE", quota.used.messages, quota.limits.messages);
    imap::append_untagged(out, "QUOTA \"\" (" + resources + ")");
}

}  // namespace

Task<Reply> get_quota(Session& session, imap::Command& command) {
    const auto& root = std::get<imap::QuotaRoot>(command.arguments).name;
    const auto quota = co_await look(session);
    if (!root.empty() || quota.limits.none()) co_return Reply::no("NONEXISTENT", "no such quota root");
    append(session.out(), quota);
    co_return Reply::ok("GETQUOTA done");
}

Task<Reply> get_quota_root(Session& session, imap::Command& command) {
    const auto& name = std::get<imap::Mailbox>(command.arguments).name;
    const auto quota = co_await look(session);
    imap::append_quota_root(session.out(), name, !quota.limits.none());
    if (!quota.limits.none()) append(session.out(), quota);
    co_return Reply::ok("GETQUOTAROOT done");
}

Task<Reply> set_quota(Session&, imap::Command&) {
    co_return Reply::no("NOPERM", "quotas are set by the administrator");
}

}  // namespace md::mdimapd
