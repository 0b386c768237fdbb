// net/tls_keys.h - the one place where a private key enters this process
//
// PURPOSE
//   A later signing process takes over behind this function; nothing else in the suite touches key material.
#pragma once

#include "net/tls.h"

namespace md::net {

/// Loads chain and key into `context`, and checks that they belong together.
[[nodiscard]] Result<void, TlsError> load_identity(SSL_CTX* context, const TlsIdentity& identity);

}  // namespace md::net
