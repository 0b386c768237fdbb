// dialogue/certificate.h - one self-signed certificate for all scripts of a run
#pragma once

#include <memory>

#include "net/tls.h"

namespace md::dialogue {

[[nodiscard]] std::shared_ptr<const net::TlsServer> certificate();

}  // namespace md::dialogue
