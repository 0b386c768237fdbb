// daemon/identity.h - certificate and key, from their files to the workers, which may not open them
//
// CONTRACT
//   The parent holds the key only between reading and sending it. Fingerprint changes with either file. What is sent
//   can be used: half a renewal (the new certificate beside the old key) is a fault and never reaches a worker.
#pragma once

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "daemon/parent_channel.h"

namespace md::daemon {

struct IdentityFault {
    std::string file;
    std::string cause;
};

/// The message that carries both; wipe its text after use.
[[nodiscard]] Result<Message, IdentityFault> read_identity(const config::Config& config);

/// The same of files that TLS can begin with: a certificate, and the key that fits it.
[[nodiscard]] Result<Message, IdentityFault> read_usable_identity(const config::Config& config);

/// Device, inode, size and time of both files, as a text to compare.
[[nodiscard]] std::string identity_fingerprint(const config::Config& config);

}  // namespace md::daemon
