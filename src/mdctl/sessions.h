// mdctl/sessions.h - ends the sessions of an account whose mail is about to move
#pragma once

#include "mdctl/context.h"

namespace md::mdctl {

/// Of all daemons that run; returns when they have ended. 75: one has not.
[[nodiscard]] Outcome end_sessions_of(const config::Config& config, const std::string& account);
/// Of all accounts in a domain.
[[nodiscard]] Outcome end_sessions_in(const config::Config& config, const std::string& domain);

}  // namespace md::mdctl
