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
                                   async::WorkerPool& pool, const VerifierSettings& settings, log::Logger log)
    : directory_(directory),
      secrets_(secrets),
      pool_(pool),
      remembered_(settings.cache_time),
      addresses_(settings.address_failures, settings.failure_time),
      accounts_(settings.account_failures, settings.failure_time),
      failure_delay_(settings.failure_delay),
      scram_iterations_(settings.scram_iterations),
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
    const auto address = address_key(login.peer_ip);
    if (addresses_.barred(address, async::Loop::current().now())) {
        wipe(login.password);
        co_return co_await barred();
    }
    auto look = [&] { return look_up(login.account); };
    auto known = co_await async::offload(pool_, look);
    if (known.unavailable) {
        wipe(login.password);
        log_.event(Event::AuthFailed, login.account, login.protocol, login.peer_ip, known.why);
        co_return Verified(Verdict::unavailable, {});
    }
    const auto text = known.account ? known.account->name.text() : std::string();
    if (accounts_.barred(text, async::Loop::current().now()) && !known_addresses_.knows(text, address)) {
        wipe(login.password);
        co_return co_await barred();
    }
    co_return co_await verify_known(std::move(login), std::move(known));
}

/// Told to come again, after the time that a wrong password costs.
Task<Verified> PasswordVerifier::barred() {
    co_await async::sleep_for(failure_delay_);
    co_return Verified(Verdict::unavailable, {});
}

Task<Verified> PasswordVerifier::verify_known(Login login, Known known) {
    const auto right = co_await is_right(login, known);
    if (!right) {
        wipe(login.password);
        log_.event(Event::AuthFailed, login.account, login.protocol, login.peer_ip, right.error().text);
        co_return Verified(Verdict::unavailable, {});
    }
    auto text = known.account ? known.account->name.text() : std::string();
    if (!*right) co_return co_await wrong(std::move(login), std::move(text));
    wipe(login.password);
    co_return admit(login, *known.account);
}

/// The right password: whether its account may log in decides.
Verified PasswordVerifier::admit(const Login& login, const accounts::Account& account) {
    auto name = account.name.text();
    if (!account.may_log_in()) {
        log_.event(Event::AuthRefused, login.account, login.protocol, login.peer_ip, accounts::name_of(account.state));
        return {Verdict::refused, std::move(name)};
    }
    known_addresses_.add(name, address_key(login.peer_ip));
    return {Verdict::accepted, std::move(name)};
}

Task<Result<bool, accounts::Unavailable>> PasswordVerifier::is_right(const Login& login, const Known& known) {
    const auto now = async::Loop::current().now();
    const auto name = known.account ? known.account->name : accounts::Name{};
    const auto text = name.text();
    if (known.stamp && remembered_.knows(text, login.password, *known.stamp, now)) co_return true;
    auto check = [&] { return secrets_.verify(name, login.password); };
    auto checked = co_await async::offload(pool_, check);
    if (!checked) co_return fail(std::move(checked).error());
    const bool right = *checked && known.account.has_value();
    if (right && known.stamp) remembered_.add(text, login.password, *known.stamp, now);
    co_return right;
}

/// `account`: its name; empty: there is no such account.
Task<Verified> PasswordVerifier::wrong(Login login, std::string account) {
    log_.event(Event::AuthRefused, login.account, login.protocol, login.peer_ip,
               account.empty() ? "no such account" : "wrong password");
    count(login, account);
    wipe(login.password);
    co_await async::sleep_for(failure_delay_);
    co_return Verified(Verdict::wrong, {});
}

void PasswordVerifier::count(const Login& login, const std::string& account) {
    const auto now = async::Loop::current().now();
    if (addresses_.add(address_key(login.peer_ip), login.account, login.password, now))
        log_.event(Event::AuthBarred, "address", login.account, login.protocol, login.peer_ip);
    if (accounts_.add(account, login.account, login.password, now))
        log_.event(Event::AuthBarred, "account", login.account, login.protocol, login.peer_ip);
}

}  // namespace md::auth
