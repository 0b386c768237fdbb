// mdctl/mailbox_transfer.h - `mdctl mailbox append|cat|export`: messages in and out
//
// CONTRACT
//   See command.h; mailbox_messages.cc has the rows.
#pragma once

#include "mdctl/command.h"

namespace md::mdctl {

Outcome append_message(Context& context, const Request& request);
Outcome cat_message(Context& context, const Request& request);
Outcome export_messages(Context& context, const Request& request);

}  // namespace md::mdctl
