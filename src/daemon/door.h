// daemon/door.h - who is turned away before a word is said: the banned, and who comes too often
//
// PURPOSE
//   One a worker of mdsmtpd, mdimapd and mdpop3d. Holds a copy of the bans, and asks mdfilterd's state child whether an
//   address comes too often.
// CONTRACT
//   run() is a coroutine of the worker and ends by being cancelled. Bans act here when `mdctl ban` returns. While the
//   state child is away the bans stay as they are, and connections are counted by this worker alone; a worker that has
//   never had the bans lets in. Loopback, trusted networks, [[relay]] hosts and those of
//   smtp.xclient_hosts are not counted, but may be banned.
// DIAGNOSTICS
//   ConnectionRefused, FilterStateAway, FilterStateBack
#pragma once

#include <string>
#include <string_view>

#include "auth/verifier.h"
#include "daemon/child.h"
#include "policy/counter_client.h"
#include "policy/subscriber.h"

namespace md::daemon {

/// By the options limits.*_per_minute and limits.*_per_hour.
[[nodiscard]] policy::Rates rates_of(const config::Config& config);

class Door {
  public:
    explicit Door(Child& child);

    /// Two coroutines in the worker's scope.
    void open(async::Scope& scope);

    enum class Way : std::uint8_t { in, banned, too_often };
    async::Task<Way> knock(IpAddress address);

    [[nodiscard]] bool account_banned(std::string_view address) const;
    /// "" the null sender.
    [[nodiscard]] bool sender_banned(std::string_view sender) const;
    /// Whether the address is one whose events are counted.
    [[nodiscard]] bool counts(const IpAddress& address) const;
    [[nodiscard]] policy::CounterClient& counters() noexcept { return counters_; }

  private:
    Child& child_;
    policy::Subscriber bans_;
    policy::CounterClient counters_;
};

/// A banned account is refused its login like any that may not log in now, whatever its password.
class GuardedVerifier final : public auth::Verifier {
  public:
    GuardedVerifier(auth::Verifier& behind, const Door& door) : behind_(behind), door_(door) {}

    async::Task<auth::Verified> verify(auth::Login login) override;
    async::Task<auth::ScramSalt> scram_salt(auth::ScramQuestion question) override;
    async::Task<auth::ScramVerified> scram_verify(auth::ScramProof proof) override;

  private:
    void guard(auth::Verified& verified) const;

    auth::Verifier& behind_;
    const Door& door_;
};

}  // namespace md::daemon
