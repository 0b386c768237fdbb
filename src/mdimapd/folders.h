// mdimapd/folders.h - a client's names to folders, and folders to what the client is told
//
// CONTRACT
//   open_folder and find_folder block: part of a job on the pool. The rest is pure.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mdimapd/reply.h"
#include "mdimapd/session.h"
#include "proto/imap/command.h"
#include "proto/imap/response.h"
#include "store/account.h"

namespace md::mdimapd {

/// Null: there is none. A folder that another program made a moment ago is found.
[[nodiscard]] std::shared_ptr<store::Mailbox> open_folder(store::Account& account, const std::string& name);
/// Likewise; none: there is none.
[[nodiscard]] std::optional<store::FolderStatus> find_folder(store::Account& account, const std::string& name);

/// To APPEND, COPY and MOVE (RFC 3501 §7.1, TRYCREATE).
[[nodiscard]] Reply no_mailbox(std::string_view name);
/// Whether that is what the store throws of a mailbox that was removed while it was used.
[[nodiscard]] bool is_gone(const std::exception_ptr& fault) noexcept;
[[nodiscard]] Reply refused(store::FolderError error);
/// `append_limit`: of every mailbox (imap::Situation).
[[nodiscard]] imap::StatusValues status_values(const store::FolderStatus& folder, std::uint64_t append_limit);
[[nodiscard]] imap::UseBits wire_uses(store::SpecialUses uses) noexcept;
/// None: a use that no folder can have here.
[[nodiscard]] std::optional<store::SpecialUses> stored_uses(imap::UseBits uses) noexcept;

/// The rows of store.default_folders, "NAME" or "NAME:USE".
[[nodiscard]] std::vector<store::DefaultFolder> default_folders(const std::vector<std::string>& rows);

/// RFC 7162 §3.1: who asks for HIGHESTMODSEQ knows CONDSTORE.
void enable_by_status(Session& session, imap::StatusItems items);

}  // namespace md::mdimapd
