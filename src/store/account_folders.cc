// store/account_folders.cc - folders made, removed and renamed; see account.h
//
// CONTRACT
//   Two processes may do it at once: a directory is made by one of them, a renaming is finished by both. What is logged
//   or moved stays right if the process dies behind any step: a directory without its record is taken for another
//   program's, a record without its directory goes at the next look, a renaming is finished by whoever comes next.
// RFC
//   3501 §6.3.3-§6.3.7; 6154 §3; 8474 §4

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "store/account.h"
#include "store/account_journal.h"
#include "store/core.h"
#include "store/folder_name.h"
#include "store/mailbox_core.h"
#include "store/undelete.h"

namespace md::store {

namespace {

constexpr std::size_t kDirectoryLimit = 255;  // octets of one name, on every file system that counts
constexpr std::size_t kNotedAtOnce = 1'000;
constexpr int kRounds = 8;

/// What create() could not finish: the parts of a folder that the account does not know, so far as they can be removed.
void take_back(Store::Core& core, AccountJournal& journal, const std::string& directory) noexcept {
    auto& files = core.files();
    const auto path = journal.maildir() + "/" + directory;
    try {
        if (journal.by_directory(directory)) return;
        core.forget(path);
        for (const char* file : {"/mdmail.journal", "/mdmail.lock", "/maildirfolder"}) files.unlink(path + file);
        for (const char* part : {"/tmp", "/new", "/cur", ""}) files.remove_directory(path + part);
    } catch (const SystemError&) {
        // What is left is taken in as another program's folder, or left out.
    }
}

}  // namespace

Result<std::shared_ptr<Mailbox>, FolderError> Account::create(std::string_view folder, SpecialUses uses) {
    const auto name = canonical_folder(folder);
    if (!name) return fail(FolderError::bad_name);
    if (*name == "INBOX" || find(*name)) return fail(FolderError::exists);
    if (!journal_->has_room()) return fail(FolderError::too_many);
    if ((uses & ~journal_->free_uses()) != 0) return fail(FolderError::use_taken);
    const auto directory = new_directory(*name);
    if (!directory) return fail(directory.error());
    core_.forget(path_of(*directory));  // what had this directory once
    std::shared_ptr<Mailbox> mailbox;
    try {
        mailbox = mailbox_at(*name, *directory, true);
    } catch (const SystemError&) {
        take_back(core_, *journal_, *directory);
        throw;
    }
    if (uses == 0 || journal_->assign(mailbox->id(), uses)) return mailbox;
    // Another process was faster; RFC 6154 §3: then there is to be no mailbox.
    if (auto removed = remove(*name); !removed) return fail(removed.error());
    return fail(FolderError::use_taken);
}

/// By its name, or by chance if that is too long or another folder's.
std::string Account::fit_directory(const std::string& name) {
    auto directory = folder_directory(name);
    const bool fits = directory.size() <= kDirectoryLimit && !journal_->by_directory(directory);
    return fits ? directory : long_folder_directory(random_name(20));
}

/// Its directory, made by this call, or left half-made by one that died.
Result<std::string, FolderError> Account::new_directory(const std::string& name) {
    auto directory = fit_directory(name);
    auto& files = core_.files();
    if (files.make_directory(path_of(directory)) || !files.info(path_of(directory) + "/cur")) return directory;
    look();  // another program's, or another process makes it just now
    if (journal_->by_name(name)) return fail(FolderError::exists);
    return directory;
}

Result<void, FolderError> Account::remove(std::string_view folder) {
    const auto name = canonical_folder(folder);
    if (!name) return fail(FolderError::not_there);
    if (*name == "INBOX") return fail(FolderError::is_inbox);
    const auto mailbox = open(*name);
    if (!mailbox) return fail(journal_->has_below(*name) ? FolderError::has_children : mailbox.error());
    try {
        (*mailbox)->look();
        bury((*mailbox)->core(), *name);
    } catch (const SystemError& error) {
        if (error.code() != ESTALE) throw;
        return fail(FolderError::not_there);  // another process was faster
    }
    core_.forget((*mailbox)->core().place().path, &(*mailbox)->core());
    core_.changed((*mailbox)->id());
    return {};
}

/// The index says what the messages were; then the whole directory goes, in one step.
void Account::bury(MailboxCore& core, const std::string& name) {
    MailboxCore::Writing writing(core);
    const auto now = core_.now_seconds();
    const auto directory = core.undelete_directory(now);
    make_undelete(core_.files(), directory);
    std::vector<Buried> messages;
    const auto note = [&] {
        note_buried(core_.files(), directory, messages);
        messages.clear();
    };
    for (const auto& known : writing.state().entries()) {
        messages.push_back({name, now, writing.state().entry(known)});
        if (messages.size() == kNotedAtOnce) note();
    }
    note();
    sync_buried(core_.files(), directory);
    journal_->detach_folder(core.id(), directory + "/" + std::string(kBuriedFolder));
}

Result<void, FolderError> Account::rename(std::string_view from, std::string_view to) {
    const auto source = canonical_folder(from);
    const auto target = canonical_folder(to);
    if (!source) return fail(FolderError::not_there);
    if (!target) return fail(FolderError::bad_name);
    look();
    if (*source == "INBOX") return rename_inbox(*target);
    for (int round = 0;; ++round) {
        const auto begun = journal_->begin_renaming({*source, *target});
        if (begun) break;
        if (begun.error() != FolderError::busy || round == kRounds) return fail(begun.error());
        finish_renaming();
    }
    finish_renaming();
    return {};
}

void Account::finish_renaming() {
    for (int round = 0; round < kRounds; ++round) {
        const auto renaming = journal_->renaming();
        if (!renaming) return;
        if (renaming->empties_inbox()) {
            try {
                if (!empty_inbox(*renaming, false)) return;
            } catch (const SystemError&) {
                return;  // all folders have their names: what is left waits for the next
            }
        } else {
            move_directories(*renaming);
        }
    }
}

void Account::move_directories(const Renaming& renaming) {
    const auto folders = journal_->to_move(renaming);
    for (const auto& folder : folders) {
        MailboxPlace place{folder.name, folder.directory, path_of(folder.directory), undelete_, false};
        MailboxCore mover(core_, journal_, std::move(place));
        try {
            mover.while_locked([&] { journal_->move_directory(folder.mailbox_id, renaming); });
        } catch (const SystemError& error) {
            if (error.code() != ESTALE) throw;  // another process moved it, or took it away
        }
    }
    if (!journal_->end_renaming(renaming)) return;
    for (const auto& folder : folders) {
        const auto now = journal_->find(folder.mailbox_id);
        if (now) core_.moved(path_of(folder.directory), path_of(now->directory));
    }
}

bool Account::subscribe(std::string_view folder, bool on) {
    const auto name = canonical_folder(folder);
    if (!name) return !on;  // nobody can have subscribed it
    return journal_->subscribe(*name, on);
}

void Account::make_defaults(const std::vector<DefaultFolder>& folders) {
    try {
        if (folders.empty() || !journal_->wants_defaults()) return;
        look();
        for (const auto& folder : folders) make_default(folder);
        journal_->made_defaults();
    } catch (const SystemError&) {
        // A store that is full or read-only is no reason to refuse a login; the next one tries again.
    }
}

void Account::make_default(const DefaultFolder& folder) {
    const auto made = create(folder.name);
    if (!made && made.error() != FolderError::exists) return;
    const auto known = find(folder.name);
    if (!known) return;
    const auto uses = static_cast<SpecialUses>(folder.uses & journal_->free_uses());
    if (uses != 0) (void)journal_->assign(known->mailbox_id, uses);
    (void)journal_->subscribe(known->name, true);
}

}  // namespace md::store
