// mdsmtpd/filter_reply.h - a filter's refusal as a reply
#pragma once

#include "milter/client.h"
#include "proto/smtp/reply.h"

namespace md::mdsmtpd {

/// The filter's own "550 5.7.1 text" if it gave one, else `otherwise` (for a temporary refusal with its 5s made 4s).
[[nodiscard]] smtp::Reply filter_reply(const milter::Answer& answer, smtp::Reply otherwise);

}  // namespace md::mdsmtpd
