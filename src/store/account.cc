// store/account.cc - see account.h

#include "store/account.h"

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/strings.h"
#include "store/account_journal.h"
#include "store/core.h"
#include "store/folder_name.h"
#include "store/mailbox_core.h"

namespace md::store {

namespace {

constexpr std::size_t kDirectoryLimit = 255;  // octets of one name, on every file system that counts
constexpr std::int64_t kDay = 86'400;
constexpr std::size_t kTidyAtOnce = 1'000;  // a login waits for it

bool inbox_first(const FolderStatus& a, const FolderStatus& b) {
    return std::pair(a.name != "INBOX", std::string_view(a.name)) <
           std::pair(b.name != "INBOX", std::string_view(b.name));
}

}  // namespace

Account::Account(Store::Core& core, AccountName name) : core_(core), name_(std::move(name)) {
    const auto directory = core_.options().root + "/" + account_directory(name_);
    maildir_ = directory + "/Maildir";
    undelete_ = directory + "/undelete";
    core_.files().make_directories(maildir_);
    if (const auto here = core_.files().info(maildir_)) inode_ = here->inode;
    journal_ = std::make_shared<AccountJournal>(core_, maildir_);
    (void)open_inbox();
    if (!journal_->needs_count()) return;
    look();
    // Each mailbox that is opened tells its numbers.
    for (const auto& folder : journal_->folders()) (void)open_folder(folder.name, folder.directory);
    journal_->counted();
}

Account::~Account() = default;

bool Account::is_there() const {
    const auto here = core_.files().info(maildir_);
    return here && here->inode == inode_;
}

std::shared_ptr<Mailbox> Account::open_inbox() {
    return open_folder("INBOX", "");
}

std::shared_ptr<Mailbox> Account::open_folder(const std::string& name, const std::string& directory) {
    const auto path = directory.empty() ? maildir_ : maildir_ + "/" + directory;
    auto mailbox = core_.mailbox(path, [&] {
        return std::make_shared<Mailbox>(
            std::make_unique<MailboxCore>(core_, journal_, MailboxPlace{name, directory, path, undelete_}));
    });
    mailbox->core().settle();
    return mailbox;
}

std::vector<FolderStatus> Account::folders() {
    auto out = journal_->folders();
    std::sort(out.begin(), out.end(), inbox_first);
    return out;
}

std::optional<FolderStatus> Account::status(std::string_view folder) {
    const auto name = canonical_folder(folder);
    return name ? journal_->by_name(*name) : std::nullopt;
}

QuotaUse Account::quota_use() {
    return journal_->used();
}

Result<std::shared_ptr<Mailbox>, FolderError> Account::open(std::string_view folder) {
    const auto name = canonical_folder(folder);
    if (!name) return fail(FolderError::not_there);
    if (*name == "INBOX") return open_inbox();
    const auto known = journal_->by_name(*name);
    if (!known) return fail(FolderError::not_there);
    if (!core_.files().info(maildir_ + "/" + known->directory)) {
        journal_->remove_folder(known->mailbox_id);  // another program took it away
        return fail(FolderError::not_there);
    }
    return open_folder(known->name, known->directory);
}

Result<std::shared_ptr<Mailbox>, FolderError> Account::create(std::string_view folder) {
    const auto name = canonical_folder(folder);
    if (!name) return fail(FolderError::bad_name);
    if (*name == "INBOX" || journal_->by_name(*name)) return fail(FolderError::exists);
    auto directory = folder_directory(*name);
    if (directory.size() > kDirectoryLimit) directory = long_folder_directory(random_name(20));
    return open_folder(*name, directory);
}

void Account::look() {
    const auto names = core_.files().list(maildir_);
    if (!names) return;
    const auto known = journal_->folders();
    const auto has = [&](auto wanted) { return std::any_of(known.begin(), known.end(), wanted); };
    for (const auto& directory : *names) {
        if (has([&](const FolderStatus& folder) { return folder.directory == directory; })) continue;
        const auto name = folder_of_directory(directory);
        // Two directories that mean one name: the one that is known stays.
        if (!name || has([&](const FolderStatus& folder) { return folder.name == *name; })) continue;
        if (core_.files().info(maildir_ + "/" + directory + "/cur")) (void)open_folder(*name, directory);
    }
    for (const auto& folder : known) {
        if (folder.directory.empty()) continue;
        if (std::find(names->begin(), names->end(), folder.directory) == names->end())
            journal_->remove_folder(folder.mailbox_id);
    }
}

std::size_t Account::purge_undelete(std::size_t at_most) {
    auto& files = core_.files();
    const auto today = core_.now_seconds() / kDay;
    std::size_t messages = 0;
    for (const auto& day : files.list(undelete_).value_or(std::vector<std::string>{})) {
        const auto number = parse_number<std::uint32_t>(day);
        if (!number || *number + core_.options().undelete_keep.count() >= today) continue;
        const auto day_directory = undelete_ + "/" + day;
        for (const auto& mailbox : files.list(day_directory).value_or(std::vector<std::string>{})) {
            const auto directory = day_directory + "/" + mailbox;
            for (const auto& file : files.list(directory).value_or(std::vector<std::string>{})) {
                if (messages >= at_most) return messages;
                if (files.unlink(directory + "/" + file) && file != "index") ++messages;
            }
            files.remove_directory(directory);
        }
        files.remove_directory(day_directory);
    }
    return messages;
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
