// daemon/srs_secret.h - the secret of queue.srs, made before anybody needs it
//
// CONTRACT
//   Program::prepare of the daemons that need it. On an installed system the file is root:mdread, as accounts are.
#pragma once

#include "config/config.h"

namespace md::daemon {

void prepare_srs_secret(const config::Config& config, bool private_instance);

}  // namespace md::daemon
