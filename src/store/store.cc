// store/store.cc - see store.h and core.h

#include "store/store.h"

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"
#include "store/account.h"
#include "store/core.h"
#include "store/folder_name.h"
#include "store/mailbox.h"
#include "store/mailbox_core.h"

namespace md::store {

namespace {

std::string system_boot_id() {
    const auto text = real_files().open("/proc/sys/kernel/random/boot_id", OpenMode::read);
    std::string id(64, '\0');
    id.resize(text->read_at(0, id.data(), id.size()));  // such files have no size to ask for
    return std::string(trim(id));
}

}  // namespace

Store::Core::Core(StoreOptions options)
    : options_(std::move(options)),
      bounds_(*options_.files, options_.root + "/.numbers"),
      process_(*options_.files, options_.root + "/.processes") {
    if (options_.boot_id.empty()) options_.boot_id = system_boot_id();
}

std::int64_t Store::Core::now_ns() const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(options_.clock->now().time_since_epoch()).count();
}

void Store::Core::changed(const std::string& mailbox_id) const noexcept {
    if (!options_.changed) return;
    try {
        options_.changed(mailbox_id);
    } catch (const std::exception&) {
        // A wake-up may be lost without harm.
    }
}

void Store::Core::repaired(const std::string& path, std::string_view found, std::string_view done) const noexcept {
    if (!options_.repaired) return;
    try {
        options_.repaired({path, std::string(found), std::string(done)});
    } catch (const std::exception&) {
        // What was mended stays mended.
    }
}

Store::Core::Disk& Store::Core::disk_of(const std::string& path) {
    const auto here = files().info(path);
    if (!here) throw SystemError("stat", path, ENOENT);
    return disk_of(path, here->device);
}

Store::Core::Disk& Store::Core::disk_of(const std::string& path, std::uint64_t device) {
    const std::lock_guard lock(disks_mutex_);
    auto& disk = disks_[device];
    if (!disk) {
        auto directory = files().open_directory(path);
        disk = std::make_unique<Disk>();
        disk->directory = std::move(directory);
    }
    return *disk;
}

std::shared_ptr<Account> Store::Core::account(const AccountName& name) {
    std::shared_ptr<Account> stale;
    std::shared_ptr<Account> last;  // dies after the lock: it closes files
    {
        const std::lock_guard lock(accounts_mutex_);
        if (const auto at = accounts_.find(name); at != accounts_.end()) stale = at->second.lock();
    }
    if (stale && stale->is_there()) return stale;
    if (stale) forget_below(stale->maildir());
    auto fresh = std::make_shared<Account>(*this, name);
    if (!root_known_) {  // before anything is written there: its failures are told from then on
        (void)disk_of(options_.root);
        root_known_ = true;
    }
    (void)disk_of(fresh->maildir(), fresh->device());
    const std::lock_guard lock(accounts_mutex_);
    if (accounts_.size() > 2 * options_.mailboxes_kept + 64)
        std::erase_if(accounts_, [](const auto& known) { return known.second.expired(); });
    if (stale) std::erase_if(kept_accounts_, [&](const auto& kept) { return kept.second == stale; });
    auto& known = accounts_[name];
    if (auto other = known.lock(); other && other != stale) return other;
    known = fresh;
    kept_accounts_.emplace_front(name, fresh);
    if (kept_accounts_.size() > options_.mailboxes_kept) {
        last = std::move(kept_accounts_.back().second);
        kept_accounts_.pop_back();
    }
    return fresh;
}

std::shared_ptr<Mailbox> Store::Core::find(const std::string& path) {
    const auto at = mailboxes_.find(path);
    auto mailbox = at == mailboxes_.end() ? nullptr : at->second.lock();
    if (mailbox) (void)use(path, mailbox);  // perhaps kept again, in the place of one
    return mailbox;
}

std::shared_ptr<Mailbox> Store::Core::remember(const std::string& path, const std::shared_ptr<Mailbox>& mailbox) {
    if (mailboxes_.size() > 2 * options_.mailboxes_kept + 64)
        std::erase_if(mailboxes_, [](const auto& known) { return known.second.expired(); });
    mailboxes_[path] = mailbox;
    return use(path, mailbox);
}

std::shared_ptr<Mailbox> Store::Core::use(const std::string& path, const std::shared_ptr<Mailbox>& mailbox) {
    const auto known = kept_at_.find(path);
    if (known != kept_at_.end()) {
        known->second->second = mailbox;
        kept_.splice(kept_.begin(), kept_, known->second);
        return nullptr;
    }
    kept_.emplace_front(path, mailbox);
    try {
        kept_at_.emplace(kept_.front().first, kept_.begin());
    } catch (...) {
        kept_.pop_front();  // without a place in the index it would never go
        throw;
    }
    return kept_.size() > options_.mailboxes_kept ? let_go(kept_.back().first) : nullptr;
}

std::shared_ptr<Mailbox> Store::Core::let_go(const std::string& path) {
    const auto known = kept_at_.find(path);
    if (known == kept_at_.end()) return nullptr;
    const auto at = known->second;
    auto mailbox = std::move(at->second);
    kept_at_.erase(known);
    kept_.erase(at);
    return mailbox;
}

void Store::Core::forget(const std::string& path, const MailboxCore* only) {
    std::shared_ptr<Mailbox> last;   // dies after the lock
    std::shared_ptr<Mailbox> known;  // likewise
    const std::lock_guard lock(mutex_);
    if (const auto found = mailboxes_.find(path); found != mailboxes_.end()) known = found->second.lock();
    if (only != nullptr && known && &known->core() != only) return;
    mailboxes_.erase(path);
    last = let_go(path);
    // The caller may be inside of a call of this very object, which someone else holds, too: it came through a shared
    // pointer.
}

void Store::Core::moved(const std::string& from, const std::string& to, const MailboxCore* which) {
    std::shared_ptr<Mailbox> mailbox;  // dies after the lock
    std::shared_ptr<Mailbox> other;
    std::shared_ptr<Mailbox> last;
    const std::lock_guard lock(mutex_);
    const auto at = mailboxes_.find(from);
    if (at != mailboxes_.end()) mailbox = at->second.lock();
    if (!mailbox || (which != nullptr && &mailbox->core() != which)) return;
    mailboxes_.erase(at);
    (void)let_go(from);
    auto& there = mailboxes_[to];
    other = there.lock();
    if (other) return;
    there = mailbox;
    last = use(to, mailbox);
}

void Store::Core::forget_below(const std::string& maildir) {
    Kept last;  // die after the lock
    const auto below = [&](const std::string& path) { return path == maildir || path.starts_with(maildir + "/"); };
    const std::lock_guard lock(mutex_);
    std::erase_if(mailboxes_, [&](const auto& known) { return below(known.first); });
    for (auto at = kept_.begin(); at != kept_.end();) {
        const auto here = at++;
        if (!below(here->first)) continue;
        kept_at_.erase(here->first);
        last.splice(last.end(), kept_, here);
    }
}

std::vector<std::shared_ptr<Mailbox>> Store::Core::open_mailboxes() {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Mailbox>> out;
    for (const auto& [path, weak] : mailboxes_)
        if (auto mailbox = weak.lock()) out.push_back(std::move(mailbox));
    return out;
}

std::vector<std::shared_ptr<Account>> Store::Core::open_accounts() {
    const std::lock_guard lock(accounts_mutex_);
    std::vector<std::shared_ptr<Account>> out;
    for (const auto& [name, weak] : accounts_)
        if (auto account = weak.lock()) out.push_back(std::move(account));
    return out;
}

Store::Store(StoreOptions options) : core_(std::make_unique<Core>(std::move(options))) {}
Store::~Store() = default;

std::shared_ptr<Account> Store::account(const AccountName& name) {
    return core_->account(name);
}

void Store::sync() {
    if (!core_->files().info(core_->options().root)) return;
    core_->sync_filesystems();
}

void Store::Core::sync(Disk& disk) {
    disk.sync.run([&disk] { disk.directory->sync_filesystem(); });
}

void Store::Core::sync_filesystem(const std::string& path) {
    sync(disk_of(path));
}

void Store::Core::sync_filesystems() {
    std::vector<Disk*> disks{&disk_of(options_.root)};
    {
        const std::lock_guard lock(disks_mutex_);
        for (const auto& [device, disk] : disks_)
            if (disk.get() != disks.front()) disks.push_back(disk.get());
    }
    for (auto* disk : disks) sync(*disk);
}

void Store::close() {
    std::vector<std::pair<std::shared_ptr<Mailbox>, std::uint64_t>> written;
    for (auto& mailbox : core_->open_mailboxes()) {
        try {
            if (const auto size = mailbox->core().written_size(); size > 0)
                written.emplace_back(std::move(mailbox), size);
        } catch (const SystemError&) {
            // Not closed: its numbers leap at the next boot.
        }
    }
    if (written.empty()) return;
    sync();
    for (const auto& [mailbox, size] : written) {
        try {
            mailbox->core().close(size);
        } catch (const SystemError&) {
        }
    }
    for (const auto& account : core_->open_accounts()) {
        try {
            account->journal().close();
        } catch (const SystemError&) {
        }
    }
}

std::string account_directory(const AccountName& name) {
    return escape_local_part(name.domain) + "/" + escape_local_part(name.local_part);
}

}  // namespace md::store
