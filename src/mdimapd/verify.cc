// mdimapd/verify.cc - see verify.h
//
// DIAGNOSTICS
//   ImapLoggedIn, ImapLoginFailed.

#include "mdimapd/verify.h"

#include "auth/sasl_dialogue.h"
#include "base/strings.h"
#include "mdimapd/folders.h"

namespace md::mdimapd {

using async::Task;

namespace {

store::AccountName account_name(std::string_view account) {
    const auto at = account.rfind('@');
    if (at == std::string_view::npos) return {{}, std::string(account)};
    return {std::string(account.substr(at + 1)), std::string(account.substr(0, at))};
}

/// The account counts this session already; it does no longer if its mailboxes cannot be opened.
Task<Reply> enter(Session& session, std::string name) {
    const auto which = account_name(name);
    auto& store = session.services().store;
    const auto defaults = default_folders(session.config()[config::opt::store_default_folders]);
    auto open = [&store, &which, &defaults] {
        auto account = store.account(which);
        account->tidy();
        account->make_defaults(defaults);
        return account;
    };
    auto pool = session.services().pools.of(name);
    std::shared_ptr<store::Account> account;
    try {
        account = co_await async::offload(pool->jobs, open);
    } catch (const std::exception&) {
        session.entry().leave();
        throw;
    }
    session.log().event(Event::ImapLoggedIn, name);
    session.logged_in(std::move(name), std::move(account), std::move(pool));
    co_return Reply::ok("CAPABILITY " + imap::capabilities(session.situation()), "logged in");
}

Reply failed(Session& session, const std::string& name) {
    session.log().event(Event::ImapLoginFailed, printable(name), session.stream().peer().ip().text());
    if (!session.count_failed_login()) session.bye("", "too many failed logins");
    return Reply::no("AUTHENTICATIONFAILED", "account or password is wrong");
}

}  // namespace

Task<Reply> verify(Session& session, sasl::Credentials credentials) {
    auth::Origin origin("imap", session.stream().peer().ip().text());
    auto attempt = co_await auth::log_in(std::move(credentials), session.services().verifier, std::move(origin));
    auto reply = co_await admit(session, std::move(attempt));
    co_return reply;
}

Task<Reply> admit(Session& session, auth::Attempt attempt) {
    auto& verified = attempt.verified;
    if (verified.verdict == auth::Verdict::unavailable)
        co_return Reply::no("UNAVAILABLE", "logins cannot be verified now, try again later");
    if (verified.verdict != auth::Verdict::accepted) co_return failed(session, attempt.name);
    if (!session.entry().enter(verified.account))
        co_return Reply::no("LIMIT", "this account has too many sessions, end one and try again");
    auto reply = co_await enter(session, std::move(verified.account));
    co_return reply;
}

}  // namespace md::mdimapd
