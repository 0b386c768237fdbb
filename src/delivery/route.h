// delivery/route.h - where a recipient's copy goes
//
// CONTRACT
//   Blocks (the directory): pool jobs. What is true at this moment; a message that waits is routed again at each try.
#pragma once

#include <string>

#include "accounts/directory.h"
#include "mail/status.h"

namespace md::delivery {

struct Route {
    enum class Kind : std::uint8_t {
        mailbox,  ///< an account here
        remote,   ///< another site
        nowhere,  ///< nobody, for good: status and reason say why
        unknown,  ///< could not ask: try again
    };
    Kind kind = Kind::unknown;
    accounts::Account account;  ///< mailbox
    mail::Status status;        ///< nowhere, unknown
    std::string reason;
};

[[nodiscard]] Route route(const accounts::Directory& directory, std::string_view recipient);

}  // namespace md::delivery
