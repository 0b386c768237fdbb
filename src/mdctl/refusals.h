// mdctl/refusals.h - what the layers below refuse, as complaints with their exit codes
#pragma once

#include "accounts/file_directory.h"
#include "mdctl/command.h"

namespace md::mdctl {

[[nodiscard]] Complaint complaint_of(const accounts::Refusal& refusal);
[[nodiscard]] Complaint complaint_of(const accounts::Unavailable& unavailable);

/// 64: `"x" is no address; expected one such as user@example.org`
[[nodiscard]] Complaint not_a(std::string_view what, std::string_view given, std::string_view example);

}  // namespace md::mdctl
