// auth/client.h - a session worker's way to the auth child
//
// CONTRACT
//   verify() never throws but Cancelled: no answer in time, or no auth child, is Verdict::unavailable. Reads no hash.
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

  private:
    ipc::Client ipc_;
};

}  // namespace md::auth
