// daemon/identity.cc - see identity.h

#include "daemon/identity.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"
#include "net/tls.h"

namespace md::daemon {

namespace opt = config::opt;

namespace {

constexpr std::uint64_t kFileLimit = 60U << 10U;  // both fit into one packet

Result<std::string, IdentityFault> read_file(const std::string& path) {
    try {
        auto text = real_files().read_linked(path, kFileLimit);
        if (!text) return fail(IdentityFault{path, "no such file"});
        return *std::move(text);
    } catch (const SystemError& e) {
        return fail(IdentityFault{path, e.what()});
    }
}

std::string fingerprint(const std::string& path) {
    try {
        const auto info = real_files().info(path);
        if (!info) return "none;";
        return std::to_string(info->device) + "," + std::to_string(info->inode) + "," +
               std::to_string(info->size_bytes) + "," + std::to_string(info->changed_ns) + ";";
    } catch (const SystemError&) {
        return "unreadable;";
    }
}

}  // namespace

Result<Message, IdentityFault> read_identity(const config::Config& config) {
    auto chain = read_file(config[opt::tls_certificate]);
    if (!chain) return fail(std::move(chain.error()));
    auto key = read_file(config[opt::tls_key]);
    if (!key) return fail(std::move(key.error()));
    Message message(Said::identity, chain->size(), *chain + *key);
    wipe(*key);
    return message;
}

Result<Message, IdentityFault> read_usable_identity(const config::Config& config) {
    auto message = read_identity(config);
    if (!message) return message;
    const auto& where = config[opt::tls_certificate];
    const auto split = static_cast<std::size_t>(message->number);
    std::vector<net::TlsIdentity> identities{
        net::TlsIdentity::from_pem(message->text.substr(0, split), message->text.substr(split), where)};
    const auto server = net::TlsServer::make(identities, "smtp");
    wipe(identities.front().key_pem);
    if (server) return message;
    wipe(message->text);
    return fail(IdentityFault{where, server.error().text});
}

std::string identity_fingerprint(const config::Config& config) {
    return fingerprint(config[opt::tls_certificate]) + fingerprint(config[opt::tls_key]);
}

}  // namespace md::daemon
