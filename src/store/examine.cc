// store/examine.cc - see maintenance.h: what is wrong, without a change to anything
//
// CONTRACT
//   Reads the files by itself: Account and Mailbox would mend what they meet.

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/strings.h"
#include "store/account_state.h"
#include "store/core.h"
#include "store/folder_name.h"
#include "store/journal_file.h"
#include "store/maildir_name.h"
#include "store/maintenance.h"
#include "store/scan.h"
#include "store/undelete.h"

namespace md::store {

namespace {

/// A lock that another program of ours may hold; nothing is made for it.
class Locked {
  public:
    Locked(Files& files, const std::string& path) : file_(files.open_if_there(path, OpenMode::read)) {
        if (file_) file_->lock();
    }
    ~Locked() {
        if (file_) file_->unlock();
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

  private:
    std::unique_ptr<File> file_;
};

struct JournalRead {
    JournalFile::Open open = JournalFile::Open::missing;
    JournalFile::End end = JournalFile::End::clean;
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;
};

template <class State>
JournalRead read_journal(Files& files, const std::string& path, std::string_view magic, State& state) {
    JournalFile file(files, path, magic);
    JournalRead out;
    if (const auto info = files.info(path)) out.bytes = info->size_bytes;
    out.open = file.reopen();
    if (out.open != JournalFile::Open::replaced) return out;
    out.inode = file.inode();
    out.end = file.read([&](std::string_view payload) { state.apply(payload); }, true);
    return out;
}

JournalRead read_account(Files& files, const std::string& maildir, AccountState& state) {
    const Locked locked(files, maildir + "/mdmail.account.lock");
    return read_journal(files, maildir + "/mdmail.account", kAccountMagic, state);
}

/// False: nothing more can be said of that journal.
bool judge_journal(const JournalRead& read, const std::string& name, std::vector<std::string>& faults) {
    if (read.open == JournalFile::Open::missing) faults.push_back(name + " is not there");
    if (read.open == JournalFile::Open::not_ours) faults.push_back(name + " is no journal of this version");
    if (read.open != JournalFile::Open::replaced) return false;
    if (read.end == JournalFile::End::damaged) faults.push_back(name + " has octets that are no record");
    if (read.end == JournalFile::End::unfinished) faults.push_back(name + " ends within a record");
    return true;
}

class MailboxLook {
  public:
    MailboxLook(Store::Core& core, const std::string& maildir, FolderStatus known)
        : core_(core), maildir_(maildir), known_(std::move(known)) {
        path_ = known_.directory.empty() ? maildir : maildir + "/" + known_.directory;
    }

    MailboxReport run(Contents contents) {
        judge();
        if (contents == Contents::left) to_count_.clear();
        for (const auto& [uid, path, size_crlf] : to_count_) judge_lines(uid, path, size_crlf);
        return std::move(report_);
    }

  private:
    void fault(std::string text) { report_.faults.push_back(std::move(text)); }

    void judge() {
        const Locked locked(core_.files(), path_ + "/mdmail.lock");
        report_.status.name = known_.name;
        report_.status.directory = known_.directory;
        for (const char* part : {"/tmp", "/new", "/cur"})
            if (!core_.files().info(path_ + part)) fault(std::string(part + 1) + "/ is not there");
        if (const auto cache = core_.files().info(path_ + "/mdmail.cache")) report_.cache_bytes = cache->size_bytes;
        const auto read = read_journal(core_.files(), path_ + "/mdmail.journal", kMailboxMagic, state_);
        report_.journal_bytes = read.bytes;
        if (!judge_journal(read, "mdmail.journal", report_.faults)) return;
        if (state_.header().mailbox_id.empty()) return fault("mdmail.journal has no header");
        tell();
        judge_numbers(read.inode);
        judge_sums();
        judge_files();
    }

    void tell() {
        auto& status = report_.status;
        state_.put_numbers(status);
        status.uses = known_.uses;
        report_.expunges = state_.expunged().size();
        report_.horizon = state_.horizon();
    }

    void judge_numbers(std::uint64_t inode) {
        const auto& bounds = state_.bounds();
        if (state_.uid_next() > bounds.uid_end || state_.modseq_next() > bounds.modseq_end)
            fault("numbers beyond their block in mdmail.journal");
        const auto outside = core_.bounds().read(state_.header().mailbox_id);
        if (!outside) return fault("nothing whole in .numbers of " + state_.header().mailbox_id);
        if (outside->doubtful) fault("the file in .numbers of " + state_.header().mailbox_id + " is damaged");
        if (outside->uid_end < bounds.uid_end || outside->modseq_end < bounds.modseq_end)
            fault("the file in .numbers of " + state_.header().mailbox_id + " is older than mdmail.journal");
        if (outside->uid_end > bounds.uid_end || outside->modseq_end > bounds.modseq_end)
            fault("mdmail.journal is older than the numbers that were told");
        if (outside->journal_inode != inode) fault("mdmail.journal is a copy");
    }

    /// In the mailbox's lock: the account's sums follow each change within it.
    void judge_sums() {
        AccountState account;
        read_account(core_.files(), maildir_, account);
        const bool counted = account.counted_in() == core_.boot_id() || account.closed();
        const auto told = account.folders().find(state_.header().mailbox_id);
        if (told == account.folders().end()) return fault("mdmail.account does not know this mailbox");
        const auto& sums = told->second;
        const auto& status = report_.status;
        if (sums.uid_validity != status.uid_validity) fault("mdmail.account has another UIDVALIDITY");
        if (!counted) return;
        const auto differ = [&](std::string_view what, std::uint64_t there, std::uint64_t here) {
            if (there != here)
                fault("mdmail.account has " + std::to_string(there) + " for " + std::string(what) +
                      ", mdmail.journal " + std::to_string(here));
        };
        differ("messages", sums.messages, status.messages);
        differ("unseen", sums.unseen, status.unseen);
        differ("bytes", sums.bytes, status.bytes);
        differ("UIDNEXT", sums.uid_next, status.uid_next);
        differ("HIGHESTMODSEQ", sums.highest_modseq, status.highest_modseq);
    }

    void judge_files() {
        bool whole = false;
        const auto listing = list_maildir(core_.files(), path_, &whole);
        const auto difference = compare(state_, listing);
        report_.pending = difference.arrived.size() + difference.renamed.size();
        const auto& scanned = state_.scanned();
        const auto in_new = core_.files().info(path_ + "/new");
        const auto in_cur = core_.files().info(path_ + "/cur");
        const bool unchanged = scanned.certain && in_new && in_cur && in_new->modified_ns == scanned.new_mtime &&
                               in_cur->modified_ns == scanned.cur_mtime;
        if (unchanged) {
            for (const auto uid : difference.missing) fault("UID " + std::to_string(uid) + " has no file");
        } else if (whole) {
            report_.pending += difference.missing.size();
        }
        for (const auto& [key, files] : by_key(listing)) judge_file(key, files);
    }

    void judge_file(std::string_view key, const std::vector<const SeenFile*>& files) {
        if (files.size() > 1) fault(std::to_string(files.size()) + " files have the name " + std::string(key));
        const auto known = state_.find_key(key);
        for (const auto* file : files) {
            const auto path = path_ + "/" + found_path(*file);
            const auto info = core_.files().info(path);
            if (!info) continue;  // renamed meanwhile by another program
            if (info->directory) {
                fault(path.substr(path_.size() + 1) + " is no file");
            } else if (known && info->size_bytes != known->size_lf) {
                fault("UID " + std::to_string(known->uid) + " has " + std::to_string(info->size_bytes) +
                      " octets, and mdmail.journal says " + std::to_string(known->size_lf));
            } else if (known) {
                to_count_.push_back({known->uid, path, known->size_crlf});
            }
        }
    }

    /// Without the lock: all messages are read for it.
    void judge_lines(Uid uid, const std::string& path, std::uint64_t size_crlf) {
        try {
            const auto file = core_.files().open_if_there(path, OpenMode::read);
            if (!file) return;  // renamed meanwhile
            const auto counted = crlf_size(*file, file->info().size_bytes);
            if (counted != size_crlf)
                fault("UID " + std::to_string(uid) + " has " + std::to_string(counted) +
                      " octets with CRLF, and mdmail.journal says " + std::to_string(size_crlf));
        } catch (const SystemError& error) {
            fault(path.substr(path_.size() + 1) + " cannot be read: " + error.what());
        }
    }

    struct ToCount {
        Uid uid;
        std::string path;
        std::uint64_t size_crlf;
    };

    Store::Core& core_;
    const std::string& maildir_;
    FolderStatus known_;
    std::string path_;
    MailboxState state_;
    MailboxReport report_;
    std::vector<ToCount> to_count_;
};

/// Those that the account knows, and those that another program made and nobody has looked at.
std::vector<FolderStatus> folders_of(Files& files, const AccountState& account, const std::string& maildir,
                                     std::vector<std::string>& faults) {
    std::vector<FolderStatus> out;
    std::set<std::string> directories;
    for (const auto& [id, folder] : account.folders()) {
        directories.insert(folder.directory);
        if (!folder.directory.empty() && !files.info(maildir + "/" + folder.directory)) {
            faults.push_back("the folder " + folder.name + " has no directory " + folder.directory);
        } else {
            out.push_back(folder);
        }
    }
    for (const auto& directory : files.list(maildir).value_or(std::vector<std::string>{})) {
        const auto name = folder_of_directory(directory);
        if (!name || directories.contains(directory) || !is_maildir(files, maildir + "/" + directory)) continue;
        FolderStatus folder;
        folder.name = *name;
        folder.directory = directory;
        out.push_back(std::move(folder));
    }
    if (!directories.contains("")) {
        FolderStatus inbox;
        inbox.name = "INBOX";
        out.push_back(std::move(inbox));
    }
    std::sort(out.begin(), out.end(), [](const FolderStatus& a, const FolderStatus& b) {
        return std::pair(a.name != "INBOX", std::string_view(a.name)) <
               std::pair(b.name != "INBOX", std::string_view(b.name));
    });
    return out;
}

void count_files(Files& files, const std::string& directory, AccountReport& report) {
    for (const auto& name : files.list(directory).value_or(std::vector<std::string>{})) {
        const auto path = directory + "/" + name;
        const auto info = files.info(path);
        if (!info || name == "index" || name.starts_with("mdmail")) continue;
        if (info->directory) {
            count_files(files, path, report);
        } else if (name != "maildirfolder") {
            ++report.undelete_messages;
            report.undelete_bytes += info->size_bytes;
        }
    }
}

void judge_undelete(Files& files, const std::string& directory, AccountReport& report) {
    for (const auto& day : files.list(directory).value_or(std::vector<std::string>{})) {
        for (const auto& id : files.list(directory + "/" + day).value_or(std::vector<std::string>{})) {
            const auto path = directory + "/" + day + "/" + id;
            count_files(files, path, report);
            const auto index = files.read(path + "/index", kUndeleteIndexLimit);
            if (index && is_damaged_index(*index))
                report.faults.push_back("undelete/" + day + "/" + id + "/index has octets that are no record");
        }
    }
}

}  // namespace

std::optional<AccountReport> examine(Store& store, const AccountName& name, const std::optional<std::string>& folder,
                                     Contents contents) {
    auto& core = store.core();
    const auto root = core.options().root + "/" + account_directory(name);
    const auto maildir = root + "/Maildir";
    if (!core.files().info(maildir)) return std::nullopt;
    AccountReport report;
    AccountState account;
    const auto read = read_account(core.files(), maildir, account);
    report.journal_bytes = read.bytes;
    judge_journal(read, "mdmail.account", report.faults);
    bool met = false;
    for (auto& known : folders_of(core.files(), account, maildir, report.faults)) {
        if (folder && canonical_folder(*folder) != known.name) continue;
        met = true;
        report.mailboxes.push_back(MailboxLook(core, maildir, std::move(known)).run(contents));
    }
    if (folder && !met) return std::nullopt;
    if (!folder) judge_undelete(core.files(), root + "/undelete", report);
    return report;
}

}  // namespace md::store
