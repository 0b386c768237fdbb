// daemon/listening.h - the sockets that a parent opens for its children
//
// PURPOSE
//   Listening opens what [[listener]] rows ask for; a later generation takes over the sockets of addresses that stay,
//   so that no connection that waits in a backlog is lost. InternalSockets opens those in paths.run, once for all
//   generations.
// CONTRACT
//   A failure is SystemError (of a row: ListenerError) with the address; sockets opened so far close. "*" is one socket
//   for IPv4 and one for IPv6 (left out where the system has no IPv6). An address in use is tried again for two
//   seconds: the children of a killed predecessor may still be ending.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/fd.h"
#include "config/config.h"
#include "daemon/child.h"
#include "daemon/program.h"

namespace md::daemon {

/// "127.0.0.1:25", "[::1]:25", "*:25", "unix:/path"
[[nodiscard]] std::string place_of(const config::Listener& listener);

/// A row of [[listener]] cannot be opened.
class ListenerError : public SystemError {
  public:
    ListenerError(const config::Listener& listener, const SystemError& cause);

    [[nodiscard]] config::Protocol protocol() const noexcept { return protocol_; }
    [[nodiscard]] const std::string& place() const noexcept { return place_; }

  private:
    config::Protocol protocol_;
    std::string place_;
};

class Listening {
  public:
    /// Rows of these protocols that are enabled. `previous` may be null. Throws ListenerError.
    [[nodiscard]] static std::shared_ptr<const Listening> open(const config::Config& config,
                                                               std::span<const config::Protocol> protocols,
                                                               const Listening* previous);

    [[nodiscard]] const std::vector<ListeningSocket>& sockets() const noexcept { return sockets_; }

  private:
    using Shared = std::shared_ptr<const Fd>;

    void add_row(const config::Listener& listener, const Listening* previous);
    void add(const config::Listener& listener, const std::string& address, const Listening* previous);

    std::map<std::string, Shared> by_address_;
    std::vector<ListeningSocket> sockets_;
};

class InternalSockets {
  public:
    /// `private_instance`: no change of owner.
    InternalSockets(std::string folder, bool private_instance);
    ~InternalSockets();
    InternalSockets(const InternalSockets&) = delete;
    InternalSockets& operator=(const InternalSockets&) = delete;

    /// The role's sockets for that slot, opened if they are not yet: name as declared, descriptor.
    [[nodiscard]] std::vector<std::pair<std::string, int>> of(const Role& role, unsigned slot);

  private:
    int open(const InternalSocket& socket, const std::string& name);

    std::string folder_;
    bool private_;
    std::map<std::string, Fd> open_;
};

/// "deliver-#.sock" and 2: "deliver-2.sock".
[[nodiscard]] std::string socket_name(std::string_view declared, unsigned slot);

}  // namespace md::daemon
