// mdctl/config_file.h - changes one key of mdmail.conf
#pragma once

#include <optional>

#include "mdctl/context.h"

namespace md::mdctl {

/// Sets or takes out a key: comments and order are kept, nothing is written that would not load, and what runs takes it
/// over.
[[nodiscard]] Outcome edit_config(Context& context, const std::string& key, const std::optional<std::string>& value);

}  // namespace md::mdctl
