// mdimapd/folders.cc - see folders.h

#include "mdimapd/folders.h"

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "store/folder_name.h"

namespace md::mdimapd {

namespace {

constexpr std::array kUses{
    std::pair{store::special_use::archive, imap::use::archive},
    std::pair{store::special_use::drafts, imap::use::drafts},
    std::pair{store::special_use::junk, imap::use::junk},
    std::pair{store::special_use::sent, imap::use::sent},
    std::pair{store::special_use::trash, imap::use::trash},
};

}  // namespace

std::shared_ptr<store::Mailbox> open_folder(store::Account& account, const std::string& name) {
    auto mailbox = account.open(name);
    if (!mailbox) {
        account.look();
        mailbox = account.open(name);
    }
    return mailbox ? *mailbox : nullptr;
}

std::optional<store::FolderStatus> find_folder(store::Account& account, const std::string& name) {
    auto found = account.status(name);
    if (found) return found;
    account.look();
    return account.status(name);
}

Reply no_mailbox(std::string_view name) {
    if (!store::canonical_folder(name)) return refused(store::FolderError::bad_name);  // CREATE would not help
    return Reply::no("TRYCREATE", "no such mailbox");
}

bool is_gone(const std::exception_ptr& fault) noexcept {
    try {
        std::rethrow_exception(fault);
    } catch (const SystemError& error) {
        return error.code() == ESTALE;
    } catch (...) {
        return false;
    }
}

static_assert(store::kFolderNameLimit == 1000 && store::kFolderLevels == 32, "refused() tells them");

/// Codes: RFC 5530 §3; 6154 §3; HASCHILDREN is of RFC 9051 §7.1.
Reply refused(store::FolderError error) {
    using store::FolderError;
    switch (error) {
        case FolderError::not_there: return Reply::no("NONEXISTENT", "no such mailbox");
        case FolderError::exists: return Reply::no("ALREADYEXISTS", "there is a mailbox of that name");
        case FolderError::bad_name:
            return Reply::no("CANNOT", "no name for a mailbox; one has at most 1000 octets and 32 levels");
        case FolderError::has_children: return Reply::no("HASCHILDREN", "only a level above other mailboxes");
        case FolderError::is_inbox: return Reply::no("CANNOT", "not with INBOX");
        case FolderError::into_itself: return Reply::no("CANNOT", "the new name lies below the old one");
        case FolderError::use_taken: return Reply::no("USEATTR", "another mailbox has that special use");
        case FolderError::too_many: return Reply::no("LIMIT", "too many mailboxes");
        case FolderError::busy: break;
    }
    return Reply::no("INUSE", "another renaming is under way");
}

imap::StatusValues status_values(const store::FolderStatus& folder, std::uint64_t append_limit) {
    imap::StatusValues values;
    values.messages = folder.messages;
    values.recent = folder.recent;
    values.uidnext = folder.uid_next;
    values.uidvalidity = folder.uid_validity;
    values.unseen = folder.unseen;
    values.size = folder.bytes_crlf;
    values.highestmodseq = folder.highest_modseq;
    values.mailboxid = folder.mailbox_id;
    values.deleted = folder.deleted;
    values.deleted_storage = folder.deleted_bytes;
    values.appendlimit = append_limit;
    return values;
}

imap::UseBits wire_uses(store::SpecialUses uses) noexcept {
    imap::UseBits bits = 0;
    for (const auto& [ours, wire] : kUses)
        if ((uses & ours) != 0) bits = static_cast<imap::UseBits>(bits | wire);
    return bits;
}

std::optional<store::SpecialUses> stored_uses(imap::UseBits uses) noexcept {
    store::SpecialUses out = 0;
    for (const auto& [ours, wire] : kUses)
        if ((uses & wire) != 0) out = static_cast<store::SpecialUses>(out | ours);
    return wire_uses(out) == uses ? std::optional(out) : std::nullopt;
}

std::vector<store::DefaultFolder> default_folders(const std::vector<std::string>& rows) {
    std::vector<store::DefaultFolder> out;
    for (const std::string_view row : rows) {
        const auto colon = row.rfind(':');
        store::DefaultFolder folder;
        folder.name = std::string(row.substr(0, colon));
        if (colon != std::string_view::npos) folder.uses = store::special_use::named(row.substr(colon + 1));
        out.push_back(std::move(folder));
    }
    return out;
}

void enable_by_status(Session& session, imap::StatusItems items) {
    if ((items & static_cast<imap::StatusItems>(imap::StatusItem::highestmodseq)) != 0)
        session.enable(Feature::condstore);
}

}  // namespace md::mdimapd
