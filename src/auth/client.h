// auth/client.h - a session worker's way to the auth child
//
// CONTRACT
//   Never throws but Cancelled: no answer in time, or no auth child, is Verdict::unavailable (scram_salt(): 0
//   iterations). Reads no hash.
#pragma once

#include <string>

#include "auth/verifier.h"
#include "ipc/client.h"

namespace md::auth {

class Client final : public Verifier {
  public:
    /// `path`: of the daemon's auth socket (protocol.h).
    Client(async::Scope& scope, std::string path) : ipc_(scope, std::move(path)) {}

    async::Task<Verified> verify(Login login) override;
    async::Task<ScramSalt> scram_salt(ScramQuestion question) override;
    async::Task<ScramVerified> scram_verify(ScramProof proof) override;

  private:
    ipc::Client ipc_;
};

}  // namespace md::auth
