// mdqueue/verifying_tls.h - the certificate authorities of this machine, read now and then
//
// CONTRACT
//   On one loop. Reading them takes tens of milliseconds: they are kept for kAge, so that a connection does not cost
//   that, and an authority that was added or withdrawn counts soon.
#pragma once

#include <chrono>
#include <memory>

#include "net/tls.h"

namespace md::mdqueue {

class VerifyingTls {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr auto kAge = std::chrono::minutes(10);

    /// null: they cannot be read.
    [[nodiscard]] std::shared_ptr<const net::TlsClient> client(Time now) {
        if (client_ && now < until_) return client_;
        auto made = net::TlsClient::verifying("");
        client_ = made ? std::move(*made) : nullptr;
        until_ = now + kAge;
        return client_;
    }

  private:
    std::shared_ptr<const net::TlsClient> client_;
    Time until_;
};

}  // namespace md::mdqueue
