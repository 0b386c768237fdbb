// daemon/srs_secret.cc - see srs_secret.h

#include "daemon/srs_secret.h"

#include <cerrno>

#include "base/error.h"
#include "base/files.h"
#include "daemon/users.h"
#include "delivery/srs_site.h"

namespace md::daemon {

namespace opt = config::opt;

namespace {

constexpr auto* kReaders = "mdread";

}  // namespace

void prepare_srs_secret(const config::Config& config, bool private_instance) {
    const auto path = delivery::srs_secret_file(config);
    if (!config[opt::queue_srs] || real_files().info(path)) return;
    std::optional<gid_t> readers;
    if (!private_instance) {
        readers = find_group(kReaders);
        if (!readers) throw SystemError("getgrnam", kReaders, ENOENT);
    }
    delivery::make_srs_secret(real_files(), path, readers);
}

}  // namespace md::daemon
