// mdqueue/host_call.h - a session with a host that has several addresses
//
// PURPOSE
//   open() gives a client that is ready for mail, by whichever address answers; called again, by another of them.
// CONTRACT
//   On a relay child's loop. Where TLS may be and fails, the same address is spoken to without. What is learnt of
//   addresses goes to the HostMemory. At most kMostAddresses are connected to at a time. What failed is told by
//   failures().
// DIAGNOSTICS
//   RelayConnected, RelayTlsFailed
// RFC
//   7435 (opportunistic TLS)
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/ids.h"
#include "mdqueue/courier_services.h"
#include "relay/client.h"

namespace md::mdqueue {

/// Addresses of one name.
using Host = std::vector<relay::Server>;

/// Those of one name in a row together, in their order; those that are known not to answer behind all others.
[[nodiscard]] std::vector<Host> by_host(std::vector<relay::Server> servers, const HostMemory& memory,
                                        HostMemory::Time now);

class HostCall {
  public:
    static constexpr std::size_t kMostAddresses = 4;  ///< so that one host does not hide all others

    /// `id`: of the message, for the log.
    HostCall(CourierServices& services, QueueId id, Host host);

    /// null: none of the addresses that are left can be used.
    async::Task<std::unique_ptr<relay::Client>> open();
    /// Of the last session: "mx.example.org [192.0.2.1]".
    [[nodiscard]] const std::string& shown() const noexcept { return shown_; }

    struct Failure {
        relay::OpenFailure what;
        std::string host;

        Failure(relay::OpenFailure w, std::string h) : what(std::move(w)), host(std::move(h)) {}
    };
    /// Of the last open().
    [[nodiscard]] const std::vector<Failure>& failures() const noexcept { return failures_; }

  private:
    using OpenFailure = std::optional<relay::OpenFailure>;

    async::Task<bool> connect();
    void take_out(relay::Reached& reached);
    async::Task<OpenFailure> greet();
    async::Task<OpenFailure> greet_without_tls();
    void learn(const OpenFailure& failure);
    void make_client();
    [[nodiscard]] bool may_leave_tls() const noexcept { return server_.tls == relay::TlsUse::may; }

    CourierServices& services_;
    QueueId id_;
    Host left_;
    relay::Server server_;
    Fd connection_;  ///< none: of a Unix socket, which the client connects to itself
    std::unique_ptr<relay::Client> client_;
    std::string shown_;
    std::vector<Failure> failures_;
};

}  // namespace md::mdqueue
