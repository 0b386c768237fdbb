// store/account.cc - see account.h

#include "store/account.h"

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "base/strings.h"
#include "store/account_journal.h"
#include "store/core.h"
#include "store/folder_name.h"
#include "store/mailbox_core.h"
#include "store/scan.h"

namespace md::store {

namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::size_t kTidyAtOnce = 1'000;  // a login waits for it
constexpr std::int64_t kTickNs = 2'000'000'000;
constexpr int kAttempts = 3;

bool inbox_first(const FolderStatus& a, const FolderStatus& b) {
    return std::pair(a.name != "INBOX", std::string_view(a.name)) <
           std::pair(b.name != "INBOX", std::string_view(b.name));
}

/// One bad directory is no reason to hide all folders. Said once.
void leave_out(Store::Core& core, AccountJournal& journal, const std::string& path, const SystemError& why) {
    if (journal.is_first_report(path)) core.repaired(path, why.what(), "left this folder out until it can be opened");
}

/// In the undelete area: all but what mailboxes have beside their messages.
bool is_message(std::string_view name) {
    return !name.starts_with("mdmail.") && name != "index" && name != "maildirfolder";
}

}  // namespace

Account::Account(Store::Core& core, AccountName name) : core_(core), name_(std::move(name)) {
    const auto directory = core_.options().root + "/" + account_directory(name_);
    maildir_ = directory + "/Maildir";
    undelete_ = directory + "/undelete";
    auto here = core_.files().info(maildir_);
    if (!here) {
        core_.files().make_directories(maildir_);
        here = core_.files().info(maildir_);
    }
    if (!here) throw SystemError("stat", maildir_, ENOENT);
    device_ = here->device;
    inode_ = here->inode;
    journal_ = std::make_shared<AccountJournal>(core_, maildir_);
    (void)open_inbox();
    if (!journal_->needs_count()) return;
    look();
    // Each mailbox that is opened tells its numbers. One that cannot be opened keeps those that it had.
    for (const auto& folder : folders()) {
        try {
            (void)open(folder.name);
        } catch (const SystemError& error) {
            leave_out(core_, *journal_, path_of(folder.directory), error);
        }
    }
    journal_->counted();
}

Account::~Account() = default;

bool Account::is_there() const {
    const auto here = core_.files().info(maildir_);
    return here && here->inode == inode_;
}

std::string Account::path_of(const std::string& directory) const {
    return directory.empty() ? maildir_ : maildir_ + "/" + directory;
}

std::shared_ptr<Mailbox> Account::open_inbox() {
    return mailbox_at("INBOX", "", true);
}

std::shared_ptr<Mailbox> Account::mailbox_at(const std::string& name, const std::string& directory, bool may_be_made) {
    const auto path = path_of(directory);
    auto mailbox = core_.mailbox(path, [&] {
        return std::make_shared<Mailbox>(std::make_unique<MailboxCore>(
            core_, journal_, MailboxPlace{name, directory, path, undelete_, may_be_made}));
    });
    mailbox->core().settle();
    return mailbox;
}

std::shared_ptr<Mailbox> Account::open_folder(const FolderStatus& known) {
    if (known.directory.empty()) return open_inbox();
    auto mailbox = mailbox_at(known.name, known.directory, false);
    if (mailbox->id() == known.mailbox_id) {
        mailbox->core().set_folder_name(known.name);
        return mailbox;
    }
    // The object is of a folder that had this directory once, or the mailbox has another journal now.
    core_.forget(path_of(known.directory), &mailbox->core());
    return mailbox_at(known.name, known.directory, false);
}

std::vector<FolderStatus> Account::folders() {
    return listing().folders;
}

AccountListing Account::listing() {
    finish_renaming();
    auto out = journal_->listing();
    std::sort(out.folders.begin(), out.folders.end(), inbox_first);
    return out;
}

std::optional<FolderStatus> Account::find(const std::string& name) {
    finish_renaming();
    return journal_->by_name(name);
}

std::optional<FolderStatus> Account::status(std::string_view folder) {
    const auto name = canonical_folder(folder);
    return name ? find(*name) : std::nullopt;
}

bool Account::look_at(FolderStatus& folder) {
    const auto path = path_of(folder.directory);
    try {
        if (is_looked_at(folder.looked, times_of(core_.files(), path, core_.now_ns()))) return false;
        if (const auto mailbox = open(folder.name)) {
            (*mailbox)->look();
            // What the mailbox knows already of these directories, the account may not.
            (*mailbox)->core().tell_account();
        }
        if (auto now = journal_->by_name(folder.name)) folder = std::move(*now);
    } catch (const SystemError& error) {
        if (!mailbox_is_gone(error) && journal_->is_first_report(path))
            core_.repaired(path, error.what(), "told its numbers as they were when it could be looked at last");
    }
    return true;
}

QuotaUse Account::quota_use() {
    return journal_->used();
}

Result<std::shared_ptr<Mailbox>, FolderError> Account::open(std::string_view folder) {
    const auto name = canonical_folder(folder);
    if (!name) return fail(FolderError::not_there);
    if (*name == "INBOX") return open_inbox();
    for (int attempt = 0;; ++attempt) {
        const auto known = find(*name);
        if (!known) return fail(FolderError::not_there);
        try {
            return open_folder(*known);
        } catch (const SystemError& error) {
            if (error.code() != ESTALE || attempt == kAttempts) throw;
            // Renamed or removed a moment ago; by another program, if the journal does not know of it.
            journal_->remove_if_gone(known->mailbox_id);
        }
    }
}

void Account::look() {
    finish_renaming();
    const auto root = core_.files().info(maildir_);
    if (!root || root->modified_ns == looked_) return;
    const auto names = core_.files().list(maildir_);
    if (!names) return;
    const auto known = journal_->folders();
    std::set<std::string_view> directories;
    for (const auto& folder : known) directories.insert(folder.directory);
    const bool whole = take_in(*names, directories);
    const std::set<std::string_view> there(names->begin(), names->end());
    for (const auto& folder : known) {
        if (folder.directory.empty() || there.contains(folder.directory)) continue;
        if (journal_->remove_if_gone(folder.mailbox_id)) core_.forget(path_of(folder.directory));
    }
    // What happens within one tick of the clock leaves no other time.
    if (whole && core_.now_ns() - root->modified_ns > kTickNs) looked_ = root->modified_ns;
}

/// Folders that nobody here made. False: a directory may become one yet.
bool Account::take_in(const std::vector<std::string>& names, const std::set<std::string_view>& known) {
    bool whole = true;
    for (const auto& directory : names) {
        if (known.contains(directory)) continue;
        const auto name = folder_of_directory(directory);
        if (!name) continue;
        try {
            if (!is_maildir(core_.files(), path_of(directory))) {
                whole = false;
                continue;
            }
            // Two directories that mean one name: the one that is known stays, unless this one is what became of it.
            const auto other = journal_->by_name(*name);
            if (other && core_.files().info(path_of(other->directory))) continue;
            take_in(*name, directory);
        } catch (const SystemError& error) {
            whole = false;
            leave_out(core_, *journal_, path_of(directory), error);
        }
    }
    return whole;
}

void Account::take_in(const std::string& name, const std::string& directory) {
    core_.forget(path_of(directory));  // what had this directory once
    auto mailbox = mailbox_at(name, directory, false);
    const auto twin = journal_->find(mailbox->id());
    if (twin && twin->directory != directory && core_.files().info(path_of(twin->directory))) {
        // A copy of another folder, journal and all: it becomes a mailbox of its own.
        core_.forget(path_of(directory));
        core_.files().unlink(path_of(directory) + "/mdmail.journal");
        (void)mailbox_at(name, directory, false);
        return;
    }
    journal_->place_folder(mailbox->id(), name, directory);
}

std::size_t Account::purge_undelete(std::size_t at_most) {
    auto& files = core_.files();
    const auto today = core_.now_seconds() / kDay;
    std::size_t left = at_most;
    for (const auto& day : files.list(undelete_).value_or(std::vector<std::string>{})) {
        const auto number = parse_number<std::uint32_t>(day);
        if (!number || *number + core_.options().undelete_keep.count() >= today) continue;
        const auto day_directory = undelete_ + "/" + day;
        for (const auto& mailbox : files.list(day_directory).value_or(std::vector<std::string>{})) {
            const auto directory = day_directory + "/" + mailbox;
            purge_directory(directory, left);
            if (left == 0) return at_most;
        }
        files.remove_directory(day_directory);
    }
    return at_most - left;
}

/// At most `left` messages of it, and then itself. A folder that was removed as a whole is two levels deep.
void Account::purge_directory(const std::string& directory, std::size_t& left) {
    auto& files = core_.files();
    for (const auto& name : files.list(directory).value_or(std::vector<std::string>{})) {
        if (left == 0) return;
        const auto path = directory + "/" + name;
        const auto info = files.info(path);
        if (info && info->directory) {
            purge_directory(path, left);
        } else if (files.unlink(path) && is_message(name)) {
            --left;
        }
    }
    if (left > 0) files.remove_directory(directory);
}

void Account::tidy() {
    const auto now = core_.now_seconds();
    auto due = tidy_due_.load();
    if (now < due || !tidy_due_.compare_exchange_strong(due, now + kDay)) return;
    try {
        if (purge_undelete(kTidyAtOnce) == kTidyAtOnce) tidy_due_ = now;
        for (const auto& folder : journal_->folders())
            clean_tmp(maildir_ + (folder.directory.empty() ? "" : "/" + folder.directory) + "/tmp");
    } catch (const SystemError&) {
        // A store that is full or read-only is no reason to refuse a login.
    }
}

void Account::clean_tmp(const std::string& directory) {
    constexpr std::int64_t kKeepNs = 36LL * 3600 * 1'000'000'000;
    auto& files = core_.files();
    for (const auto& name : files.list(directory).value_or(std::vector<std::string>{})) {
        const auto info = files.info(directory + "/" + name);
        // A copy is a link to an old file, and an import has an old date: what tells is the time of the link.
        if (info && !info->directory && core_.now_ns() - std::max(info->modified_ns, info->changed_ns) > kKeepNs)
            files.unlink(directory + "/" + name);
    }
}

}  // namespace md::store
