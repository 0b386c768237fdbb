// daemon/listening.cc - see listening.h

#include "daemon/listening.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include "base/error.h"
#include "daemon/users.h"
#include "net/listener.h"

namespace md::daemon {

namespace {

constexpr auto kInUsePatience = std::chrono::seconds(2);
constexpr auto kInUseStep = std::chrono::milliseconds(50);
constexpr mode_t kPublicSocket = 0666;  ///< LMTP and local users: the folder's mode says who comes in
constexpr mode_t kInternalSocket = 0660;
constexpr std::string_view kUnix = "unix:";

bool no_such_family(const SystemError& e) {
    return e.code() == EAFNOSUPPORT || e.code() == EADDRNOTAVAIL;
}

Fd open_socket(const std::string& address, std::uint16_t port) {
    if (address.starts_with(kUnix)) return net::listen_unix(address.substr(kUnix.size()), kPublicSocket);
    const auto ip = IpAddress::parse(address);
    if (!ip) throw SystemError("bind", address, EINVAL);
    return net::listen_tcp(net::SocketAddress(*ip, port));
}

/// The parent has nothing else to do before it serves: it may sleep.
Fd open_patiently(const std::string& address, std::uint16_t port) {
    const auto until = std::chrono::steady_clock::now() + kInUsePatience;
    for (;;) {
        try {
            return open_socket(address, port);
        } catch (const SystemError& e) {
            if (e.code() != EADDRINUSE || std::chrono::steady_clock::now() > until) throw;
        }
        std::this_thread::sleep_for(kInUseStep);
    }
}

}  // namespace

std::string place_of(const config::Listener& listener) {
    const auto& address = listener.address;
    if (address.starts_with(kUnix)) return address;
    const auto host = address.find(':') == std::string::npos ? address : "[" + address + "]";
    return host + ":" + std::to_string(listener.port);
}

ListenerError::ListenerError(const config::Listener& listener, const SystemError& cause)
    : SystemError(cause), protocol_(listener.protocol), place_(place_of(listener)) {}

std::shared_ptr<const Listening> Listening::open(const config::Config& config,
                                                 std::span<const config::Protocol> protocols,
                                                 const Listening* previous) {
    auto listening = std::make_shared<Listening>();
    for (const auto& listener : config.listeners()) {
        const bool ours = std::find(protocols.begin(), protocols.end(), listener.protocol) != protocols.end();
        if (!ours || !listener.enabled) continue;
        try {
            listening->add_row(listener, previous);
        } catch (const SystemError& e) {
            throw ListenerError(listener, e);
        }
    }
    return listening;
}

void Listening::add_row(const config::Listener& listener, const Listening* previous) {
    if (listener.address != "*") {
        add(listener, listener.address, previous);
        return;
    }
    add(listener, "0.0.0.0", previous);
    try {
        add(listener, "::", previous);
    } catch (const SystemError& e) {
        if (!no_such_family(e)) throw;
    }
}

void Listening::add(const config::Listener& listener, const std::string& address, const Listening* previous) {
    const auto key = address + " " + std::to_string(listener.port);
    auto& shared = by_address_[key];
    if (!shared && previous != nullptr) {
        const auto before = previous->by_address_.find(key);
        if (before != previous->by_address_.end()) shared = before->second;
    }
    if (!shared) shared = std::make_shared<const Fd>(open_patiently(address, listener.port));
    sockets_.push_back({shared->get(), listener});
}

std::string socket_name(std::string_view declared, unsigned slot) {
    std::string name(declared);
    const auto place = name.find('#');
    if (place != std::string::npos) name.replace(place, 1, std::to_string(slot));
    return name;
}

InternalSockets::InternalSockets(std::string folder, bool private_instance)
    : folder_(std::move(folder)), private_(private_instance) {}

InternalSockets::~InternalSockets() {
    for (const auto& [name, fd] : open_) ::unlink((folder_ + "/" + name).c_str());
}

std::vector<std::pair<std::string, int>> InternalSockets::of(const Role& role, unsigned slot) {
    std::vector<std::pair<std::string, int>> sockets;
    for (const auto& socket : role.sockets) {
        const auto name = socket_name(socket.name, slot);
        const auto found = open_.find(name);
        const int fd = found != open_.end() ? found->second.get() : open(socket, name);
        sockets.emplace_back(socket.name, fd);
    }
    return sockets;
}

int InternalSockets::open(const InternalSocket& socket, const std::string& name) {
    const auto path = folder_ + "/" + name;
    auto fd = net::listen_unix(path, kInternalSocket);
    if (!private_ && !socket.group.empty()) {
        const auto group = find_group(std::string(socket.group));
        if (!group) throw SystemError("getgrnam", socket.group, ENOENT);
        if (::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) throw SystemError("chown", path, errno);
    }
    return open_.emplace(name, std::move(fd)).first->second.get();
}

}  // namespace md::daemon
