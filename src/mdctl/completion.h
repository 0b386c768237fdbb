// mdctl/completion.h - the table of commands as a script that completes them in bash
#pragma once

#include <string>

namespace md::mdctl {

/// Nouns, verbs and flags stand in it; for domains and addresses it asks mdctl.
[[nodiscard]] std::string bash_completion();

}  // namespace md::mdctl
