// daemon/identity.cc - see identity.h

#include "daemon/identity.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/files.h"

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

std::string identity_fingerprint(const config::Config& config) {
    return fingerprint(config[opt::tls_certificate]) + fingerprint(config[opt::tls_key]);
}

}  // namespace md::daemon
