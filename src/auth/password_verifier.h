// auth/password_verifier.h - the auth child's work, without a process around it
//
// CONTRACT
//   Reads the account and its secret on the pool. A wrong password costs auth.failure_delay before the answer; a right
//   one is remembered for auth.cache_time (remembered.h). A directory or secret that cannot be read is unavailable,
//   never a match. An account that is not there takes as long as a wrong password.
// DIAGNOSTICS
//   AuthRefused, AuthFailed.
#pragma once

#include "accounts/directory.h"
#include "accounts/secrets.h"
#include "async/worker_pool.h"
#include "auth/remembered.h"
#include "auth/verifier.h"
#include "log/logger.h"

namespace md::auth {

class PasswordVerifier final : public Verifier {
  public:
    PasswordVerifier(const accounts::Directory& directory, const accounts::Secrets& secrets, async::WorkerPool& pool,
                     std::chrono::milliseconds cache_time, std::chrono::milliseconds failure_delay, log::Logger log);

    async::Task<Verified> verify(Login login) override;

  private:
    struct Known;
    [[nodiscard]] Known look_up(const std::string& account) const;

    const accounts::Directory& directory_;
    const accounts::Secrets& secrets_;
    async::WorkerPool& pool_;
    Remembered remembered_;
    std::chrono::milliseconds failure_delay_;
    log::Logger log_;
};

}  // namespace md::auth
