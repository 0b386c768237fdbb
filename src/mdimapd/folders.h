// mdimapd/folders.h - a client's name to a mailbox
//
// CONTRACT
//   Blocks: part of a job on the pool.
#pragma once

#include <memory>
#include <string>

#include "store/account.h"

namespace md::mdimapd {

/// Null: there is none. A folder that another program made a moment ago is found.
[[nodiscard]] std::shared_ptr<store::Mailbox> open_folder(store::Account& account, const std::string& name);

}  // namespace md::mdimapd
