// auth/password_verifier.cc - see password_verifier.h

#include "auth/password_verifier.h"

#include <optional>
#include <utility>

#include "accounts/name.h"
#include "async/loop.h"
#include "base/encoding.h"

namespace md::auth {

using async::Task;

/// What is known of the account before its password is looked at.
struct PasswordVerifier::Known {
    bool unavailable = false;
    std::string why;
    std::optional<accounts::Account> account;
    std::optional<accounts::Stamp> stamp;
};

PasswordVerifier::PasswordVerifier(const accounts::Directory& directory, const accounts::Secrets& secrets,
                                   async::WorkerPool& pool, std::chrono::milliseconds cache_time,
                                   std::chrono::milliseconds failure_delay, log::Logger log)
    : directory_(directory),
      secrets_(secrets),
      pool_(pool),
      remembered_(cache_time),
      failure_delay_(failure_delay),
      log_(std::move(log)) {}

PasswordVerifier::Known PasswordVerifier::look_up(const std::string& account) const {
    Known known;
    const auto name = accounts::parse_name(account);
    if (!name) return known;
    auto found = directory_.find(*name);
    if (!found) {
        known.unavailable = true;
        known.why = found.error().text;
        return known;
    }
    if (!found->has_value()) return known;
    const auto stamp = secrets_.stamp(*name);
    if (!stamp) {
        known.unavailable = true;
        known.why = stamp.error().text;
        return known;
    }
    known.account = std::move(**found);
    known.stamp = *stamp;
    return known;
}

Task<Verified> PasswordVerifier::verify(Login login) {
    auto look = [&] { return look_up(login.account); };
    const auto known = co_await async::offload(pool_, look);
    if (known.unavailable) {
        log_.event(Event::AuthFailed, login.account, login.protocol, login.peer_ip, known.why);
        co_return Verified(Verdict::unavailable, {});
    }
    const auto now = async::Loop::current().now();
    const auto name = known.account ? known.account->name : accounts::Name{};
    const auto text = known.account ? name.text() : login.account;
    bool right = known.stamp && remembered_.knows(text, login.password, *known.stamp, now);
    if (!right) {
        auto check = [&] { return secrets_.verify(name, login.password); };
        const auto checked = co_await async::offload(pool_, check);
        if (!checked) {
            log_.event(Event::AuthFailed, login.account, login.protocol, login.peer_ip, checked.error().text);
            co_return Verified(Verdict::unavailable, {});
        }
        right = *checked && known.account.has_value();
        if (right && known.stamp) remembered_.add(text, login.password, *known.stamp, now);
    }
    wipe(login.password);
    if (!right) {
        log_.event(Event::AuthRefused, login.account, login.protocol, login.peer_ip,
                   known.account ? "wrong password" : "no such account");
        co_await async::sleep_for(failure_delay_);
        co_return Verified(Verdict::wrong, {});
    }
    if (!known.account->may_log_in()) {
        log_.event(Event::AuthRefused, login.account, login.protocol, login.peer_ip,
                   accounts::name_of(known.account->state));
        co_return Verified(Verdict::refused, text);
    }
    co_return Verified(Verdict::accepted, text);
}

}  // namespace md::auth
