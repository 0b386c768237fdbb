// mdctl/new_secret.h - a password that somebody chooses, as what is kept of it
#pragma once

#include "accounts/password.h"
#include "config/config.h"
#include "mdctl/context.h"

namespace md::mdctl {

[[nodiscard]] accounts::HashCost hash_cost(const config::Config& config);
/// From standard input or a terminal, with the cost that the configuration says. 65: it cannot be set.
[[nodiscard]] Result<accounts::Secret, Complaint> new_secret(Context& context, const Request& request);

}  // namespace md::mdctl
