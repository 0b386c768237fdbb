// store/account_renaming.cc - AccountJournal's part in the renaming of a folder and of all below it
//
// CONTRACT
//   See account_journal.h. In this order, so that whoever comes after a death at any step can go on: the renaming is
//   logged, durably; each directory moves, in its mailbox's lock; the mail root is synced; the names and the end of the
//   renaming are one write. A directory moves to its Maildir++ name, or under its MAILBOXID if that name is too long or
//   taken by something that is no folder.
// RFC
//   3501 §6.3.5

#include <array>

#include "base/error.h"
#include "store/account_held.h"
#include "store/folder_name.h"

namespace md::store {

namespace {

constexpr std::size_t kDirectoryLimit = 255;  // octets of one name, on every file system that counts

/// Where the directory of a renamed folder may be, the likelier first; empty: not there.
std::array<std::string, 2> places_of(const FolderStatus& folder, const Renaming& renaming) {
    auto plain = folder_directory(*renaming.renamed(folder.name));
    if (plain.size() > kDirectoryLimit) plain.clear();
    return {std::move(plain), long_folder_directory(folder.mailbox_id)};
}

}  // namespace

std::string AccountJournal::path_of(std::string_view directory) const {
    return directory.empty() ? maildir_ : maildir_ + "/" + std::string(directory);
}

bool AccountJournal::is_there(std::string_view directory) const {
    return !directory.empty() && core_.files().info(path_of(directory)).has_value();
}

bool AccountJournal::is_under_way(const Renaming& renaming) const {
    return state_->renaming() && *state_->renaming() == renaming;
}

/// The directory of a folder that a renaming concerns may have moved already.
std::string AccountJournal::directory_now(const FolderStatus& folder) const {
    const auto& renaming = state_->renaming();
    if (!renaming || !renaming->renamed(folder.name) || is_there(folder.directory)) return folder.directory;
    const auto [plain, by_id] = places_of(folder, *renaming);
    if (is_there(by_id)) return by_id;
    return is_there(plain) ? plain : folder.directory;
}

std::optional<Renaming> AccountJournal::renaming() {
    const Held held(*this);
    return state_->renaming();
}

Result<void, FolderError> AccountJournal::begin_renaming(const Renaming& renaming) {
    const Held held(*this);
    if (state_->renaming()) return fail(FolderError::busy);
    if (state_->by_name(renaming.from) == nullptr && !state_->has_below(renaming.from))
        return fail(FolderError::not_there);
    if (state_->by_name(renaming.to) != nullptr) return fail(FolderError::exists);
    if (renaming.renamed(renaming.to)) return fail(FolderError::into_itself);
    for (const auto& [id, folder] : state_->folders()) {
        const auto name = renaming.renamed(folder.name);
        if (!name) continue;
        if (canonical_folder(*name) != *name) return fail(FolderError::bad_name);
        if (state_->by_name(*name) != nullptr) return fail(FolderError::exists);
    }
    FrameWriter frame;
    AccountState::put_renaming(frame, renaming);
    write(frame);
    file_.sync();
    return {};
}

std::vector<FolderStatus> AccountJournal::to_move(const Renaming& renaming) {
    const Held held(*this);
    std::vector<FolderStatus> out;
    if (!is_under_way(renaming)) return out;
    for (const auto& [id, folder] : state_->folders())
        if (renaming.renamed(folder.name) && is_there(folder.directory) && !is_placed(folder, renaming))
            out.push_back(folder);
    return out;
}

/// A directory under the MAILBOXID can stay where it is.
bool AccountJournal::is_placed(const FolderStatus& folder, const Renaming& renaming) const {
    const auto [plain, by_id] = places_of(folder, renaming);
    return folder.directory == by_id && (plain.empty() || is_there(plain));
}

void AccountJournal::move_directory(std::string_view mailbox_id, const Renaming& renaming) {
    const Held held(*this);
    const auto* folder = state_->by_id(mailbox_id);
    if (!is_under_way(renaming) || folder == nullptr || !renaming.renamed(folder->name)) return;
    if (!is_there(folder->directory) || is_placed(*folder, renaming)) return;
    const auto [plain, by_id] = places_of(*folder, renaming);
    const auto& target = plain.empty() || is_there(plain) ? by_id : plain;
    core_.files().rename(path_of(folder->directory), path_of(target));
}

bool AccountJournal::end_renaming(const Renaming& renaming) {
    const Held held(*this);
    if (!is_under_way(renaming)) return true;
    std::vector<FolderStatus> moved;
    FrameWriter frame;
    std::vector<std::string> gone;
    for (const auto& [id, folder] : state_->folders()) {
        auto name = renaming.renamed(folder.name);
        if (!name) continue;
        if (is_there(folder.directory) && !is_placed(folder, renaming)) return false;
        auto next = folder;
        next.name = std::move(*name);
        next.directory = directory_now(folder);
        if (is_there(next.directory))
            moved.push_back(std::move(next));
        else
            gone.push_back(id);
    }
    core_.files().sync_directory(maildir_);
    for (const auto& id : gone) AccountState::put_removed(frame, id);
    for (const auto& folder : moved) {
        AccountState::put_folder(frame, folder);
        if (frame.size() > kFrameSplit) write(frame);
    }
    AccountState::put_renamed(frame);
    write(frame);
    file_.sync();
    return true;
}

}  // namespace md::store
