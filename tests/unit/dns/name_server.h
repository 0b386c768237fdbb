// tests/unit/dns/name_server.h - a real name server (nsd) on loopback, with zones in a temporary directory
//
// CONTRACT
//   missing() names the programs that the machine lacks: then the test is skipped, saying so. The server and all its
//   files go with the object. Zones: example.test (not signed), signed.test, stale.test (its signatures have run out),
//   other.test (signed by a key that is not the trusted one), broken.test (the server has no zone file of it).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/temporary_directory.h"

namespace md::dns {

class NameServer {
  public:
    NameServer();
    ~NameServer();
    NameServer(const NameServer&) = delete;
    NameServer& operator=(const NameServer&) = delete;

    [[nodiscard]] static std::string missing();

    /// "127.0.0.1:PORT"
    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    /// A file with the anchors of signed.test, stale.test and other.test.
    [[nodiscard]] std::string anchors() const { return path("anchors"); }

  private:
    [[nodiscard]] std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
    void write(const std::string& name, const std::string& content) const;
    /// Signs `zone`; the public key goes into the anchors.
    void sign(const std::string& zone, const std::vector<std::string>& more);
    /// The name of a new key of `zone`.
    std::string make_key(const std::string& zone);
    void start();

    test::TemporaryDirectory directory_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
    std::string anchor_lines_;
};

}  // namespace md::dns
