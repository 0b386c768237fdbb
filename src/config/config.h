// config/config.h - the configuration as one immutable snapshot
//
// PURPOSE
//   load() reads mdmail.conf into a Config that every part of a daemon shares until the next generation has its own.
// CONTRACT
//   A Config never changes; it is held by shared_ptr<const Config>. config[opt::x] is an index into a vector: use it
//   where the value is needed rather than copying it about. load() never throws for what stands in the file: faults are
//   told all at once, in the order of the text; a file that cannot be opened is a fault too. Rows: config/options.h and
//   options/*.def.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/options.h"
#include "config/route.h"

namespace md::config {

/// milter: places of filter.listen, which are no [[listener]].
enum class Protocol : std::uint8_t { smtp, submission, lmtp, imap, pop3, milter };
enum class Tls : std::uint8_t { none, starttls, implicit };
enum class Auth : std::uint8_t { off, offered, required };

/// One [[listener]].
struct Listener {
    Protocol protocol = Protocol::smtp;
    std::string address;  ///< numeric, "*" for all of IPv4 and IPv6, or "unix:/path"
    std::uint16_t port = 0;
    Tls tls = Tls::none;
    Auth auth = Auth::off;
    bool enabled = true;
    std::vector<Network> proxy_from;  ///< peers whose PROXY header is believed and required

    /// Its clients are users of this machine, each known by the system, and send without a login.
    [[nodiscard]] bool for_local_users() const noexcept {
        return protocol == Protocol::submission && auth == Auth::off && address.starts_with("unix:");
    }

    friend bool operator==(const Listener&, const Listener&) = default;
};

/// One [[relay]].
struct Relay {
    std::vector<Network> networks;
    std::vector<std::string> senders;  ///< "user@example.org", "example.org"; empty: any
    std::uint32_t rate_count = 0;      ///< messages of one host in rate_time; 0: any number
    std::chrono::milliseconds rate_time{0};
};

/// TLS of a connection that we make; verify: with a certificate for the host that is named.
enum class ClientTls : std::uint8_t { none, may, must, verify };

/// One [[route]].
struct Route {
    std::string domain;
    RouteTarget to;
    std::optional<ClientTls> tls;  ///< none: as remote.tls has it
    std::string login;
    std::string password_file;
};

[[nodiscard]] std::string_view name(Protocol protocol) noexcept;
[[nodiscard]] std::string_view name(Tls tls) noexcept;
[[nodiscard]] std::string_view name(Auth auth) noexcept;
[[nodiscard]] std::string_view name(ClientTls tls) noexcept;

class Config {
  public:
    template <class T>
    [[nodiscard]] const T& operator[](Key<Config, T> key) const noexcept {
        return values_.get<T>(key.index);
    }

    /// Absolute path of the file that this was read from.
    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    /// All rows, disabled ones included, and behind them those of filter.listen.
    [[nodiscard]] const std::vector<Listener>& listeners() const noexcept { return listeners_; }
    [[nodiscard]] const std::vector<Relay>& relays() const noexcept { return relays_; }
    [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }
    /// The closest for that domain; null: none, its mail exchangers are asked for.
    [[nodiscard]] const Route* route_for(std::string_view domain) const noexcept;
    /// The one whose `domain` is that text; null: none.
    [[nodiscard]] const Route* route_called(std::string_view domain) const noexcept;
    /// The first that listens for local users; null: none does.
    [[nodiscard]] const Listener* local_submission() const noexcept;
    [[nodiscard]] const Values& values() const noexcept { return values_; }

    /// Is the address in [trusted] networks?
    [[nodiscard]] bool trusted(std::string_view address) const noexcept;
    /// Is the address in [auth] cleartext_networks: may it give a password without TLS?
    [[nodiscard]] bool cleartext_allowed(const IpAddress& address) const noexcept;

  private:
    friend class Builder;
    Config() = default;

    std::string file_;
    Values values_;
    std::vector<Listener> listeners_;
    std::vector<Relay> relays_;
    std::vector<Route> routes_;
};

using ConfigPointer = std::shared_ptr<const Config>;

/// Reads the file at `path`.
[[nodiscard]] Result<ConfigPointer, Faults> load(const std::string& path);
/// The same from a text in memory; `file` is what faults and Config::file() call it.
[[nodiscard]] Result<ConfigPointer, Faults> load_text(std::string_view text, const std::string& file);

/// What stands in a faulty file beside its faults, the defaults for the rest: enough to find and end what runs, nothing
/// to run with. Null: it has little of TOML, or cannot be read.
[[nodiscard]] ConfigPointer load_despite_faults(const std::string& path);

/// Keys that differ and that a reload does not change (reloadable "no").
[[nodiscard]] std::vector<std::string_view> need_restart(const Config& before, const Config& after);

}  // namespace md::config
