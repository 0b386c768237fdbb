// store/account_inbox.cc - RENAME of INBOX: its messages go to a new folder; see account.h
//
// CONTRACT
//   Logged before the folder is made, and finished by whoever next asks for folders. One at a time: its holder locks
//   the mail root meanwhile; another that finds it locked goes on, for all folders have their names. A process that
//   died in the middle of the move left messages in both: where the new folder knows what they were they only leave
//   INBOX, where it has no more than the file they come again.
// RFC
//   3501 §6.3.5: "Inferior names of INBOX are unaffected"; 8474 §4: the new mailbox is another one

#include <cerrno>
#include <set>
#include <utility>

#include "base/error.h"
#include "store/account.h"
#include "store/account_journal.h"
#include "store/core.h"
#include "store/folder_name.h"
#include "store/mailbox_core.h"
#include "store/removal.h"
#include "store/uid_view.h"

namespace md::store {

namespace {

constexpr int kRounds = 8;

/// A message and the file that it is.
struct Held {
    Uid uid = 0;
    std::string email_id;
    std::string path;
    std::pair<std::uint64_t, std::uint64_t> file;  ///< device and inode; zeros: not there
};

std::vector<Held> held_by(MailboxCore& core, Uid end) {
    std::vector<Held> out;
    {
        const MailboxCore::Reading reading(core);
        const auto& state = reading.state();
        for (const auto& known : state.entries())
            if (known.uid < end)
                out.push_back({known.uid, state.entry(known).message.email_id, core.path_of(known), {}});
    }
    for (auto& held : out)
        if (const auto info = core.files().info(held.path)) held.file = {info->device, info->inode};
    return out;
}

void take_out(MailboxCore& core, std::vector<Uid> uids) {
    if (uids.empty()) return;
    const auto removal = remove(core, ranges_of(std::move(uids)), false, Reason::moved);
    core.sync();
    clear_away(core, removal);
}

/// Of what an earlier try left in both, each message in one.
void take_apart(MailboxCore& target, MailboxCore& inbox, Uid end) {
    std::set<std::string> whole;
    std::vector<Uid> leave;
    for (auto& held : held_by(target, UINT32_MAX)) whole.insert(std::move(held.email_id));
    std::set<std::pair<std::uint64_t, std::uint64_t>> files;
    for (const auto& held : held_by(inbox, end)) {
        if (whole.contains(held.email_id))
            leave.push_back(held.uid);
        else if (held.file.second != 0)
            files.insert(held.file);
    }
    std::vector<Uid> again;
    for (const auto& held : held_by(target, UINT32_MAX))
        if (files.contains(held.file)) again.push_back(held.uid);
    take_out(target, std::move(again));
    target.core().sync_filesystem(target.place().path);  // before the other of two goes
    take_out(inbox, std::move(leave));
}

}  // namespace

Result<void, FolderError> Account::rename_inbox(const std::string& to) {
    if (!journal_->has_room()) return fail(FolderError::too_many);
    const auto inbox = open_inbox();
    for (int round = 0;; ++round) {
        inbox->look();
        const Renaming renaming{"INBOX", to, inbox->numbers().uid_next};
        const auto begun = journal_->begin_renaming(renaming);
        if (begun) {
            (void)empty_inbox(renaming, true);
            return {};
        }
        if (begun.error() != FolderError::busy || round == kRounds) return fail(begun.error());
        finish_renaming();
    }
}

/// False: another is at it. `wait`: until that one is done.
bool Account::empty_inbox(const Renaming& renaming, bool wait) {
    const auto root = core_.files().open_directory(maildir_);  // closing it unlocks
    if (wait)
        root->lock();
    else if (!root->try_lock())
        return false;
    if (journal_->renaming() != renaming) return true;
    const auto target = folder_for_inbox(renaming.to);
    const auto inbox = open_inbox();
    target->look_again();
    if (target->numbers().messages > 0) take_apart(target->core(), inbox->core(), renaming.end);
    if (renaming.end > 1) (void)target->move_from(*inbox, {{1, renaming.end - 1}}, Missing::skip);
    (void)journal_->end_renaming(renaming);
    return true;
}

/// Made now, or by whoever died over it.
std::shared_ptr<Mailbox> Account::folder_for_inbox(const std::string& name) {
    for (int round = 0;; ++round) {
        const auto known = journal_->by_name(name);
        if (!known) break;
        try {
            return open_folder(*known);
        } catch (const SystemError& error) {
            if (error.code() != ESTALE || round == kRounds) throw;
            journal_->remove_if_gone(known->mailbox_id);
        }
    }
    auto directory = fit_directory(name);
    core_.files().make_directory(path_of(directory));
    core_.forget(path_of(directory));  // what had this directory once
    return mailbox_at(name, directory, true);
}

}  // namespace md::store
