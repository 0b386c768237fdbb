// auth/password_verifier.h - the auth child's work, without a process around it
//
// CONTRACT
//   Reads the account and its secret on the pool. A wrong password costs auth.failure_delay before the answer; a right
//   one is remembered for auth.cache_time (remembered.h). A directory or secret that cannot be read is unavailable,
//   never a match. An account that is not there takes as long as a wrong password. An address or account with too many
//   failures (failures.h) is barred: unavailable, after the same delay, and nothing is looked up or hashed for an
//   address. An account stays open to the addresses from which it logged in lately. SCRAM logins (scram_login.cc) count
//   and are barred alike.
// DIAGNOSTICS
//   AuthRefused, AuthBarred, AuthFailed.
#pragma once

#include "accounts/directory.h"
#include "accounts/secrets.h"
#include "async/worker_pool.h"
#include "auth/failures.h"
#include "auth/known_addresses.h"
#include "auth/remembered.h"
#include "auth/verifier.h"
#include "log/logger.h"

namespace md::auth {

/// auth.* of the configuration.
struct VerifierSettings {
    std::chrono::milliseconds cache_time{0};
    std::chrono::milliseconds failure_delay{0};
    std::uint64_t address_failures = 0;
    std::uint64_t account_failures = 0;
    std::chrono::milliseconds failure_time{0};
    std::uint32_t scram_iterations = 4096;  ///< told of an account without a verifier
};

class PasswordVerifier final : public Verifier {
  public:
    PasswordVerifier(const accounts::Directory& directory, const accounts::Secrets& secrets, async::WorkerPool& pool,
                     const VerifierSettings& settings, log::Logger log);

    async::Task<Verified> verify(Login login) override;
    async::Task<ScramSalt> scram_salt(ScramQuestion question) override;
    async::Task<ScramVerified> scram_verify(ScramProof proof) override;

  private:
    struct Known;
    struct ScramKnown;
    [[nodiscard]] ScramKnown look_up_scram(const ScramQuestion& question) const;
    [[nodiscard]] Known look_up(const std::string& account) const;
    async::Task<Verified> verify_known(Login login, Known known);
    async::Task<Result<bool, accounts::Unavailable>> is_right(const Login& login, const Known& known);
    async::Task<Verified> barred();
    async::Task<Verified> wrong(Login login, std::string account);
    [[nodiscard]] Verified admit(const Login& login, const accounts::Account& account);
    void count(const Login& login, const std::string& account);

    const accounts::Directory& directory_;
    const accounts::Secrets& secrets_;
    async::WorkerPool& pool_;
    Remembered remembered_;
    Failures addresses_;
    Failures accounts_;
    KnownAddresses known_addresses_;
    std::chrono::milliseconds failure_delay_;
    std::uint32_t scram_iterations_;
    log::Logger log_;
};

}  // namespace md::auth
