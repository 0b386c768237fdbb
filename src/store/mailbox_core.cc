// store/mailbox_core.cc - see mailbox_core.h

#include "store/mailbox_core.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/error.h"
#include "store/scan.h"

namespace md::store {

namespace {
constexpr std::uint64_t kCompactAbove = 64U << 10;
constexpr std::uint64_t kCompactFactor = 3;
constexpr std::int64_t kAwayNs = 2'000'000'000;
}  // namespace

MailboxCore::MailboxCore(Store::Core& core, std::shared_ptr<AccountJournal> account, MailboxPlace place)
    : core_(core),
      account_(std::move(account)),
      place_(std::move(place)),
      journal_(core.files(), place_.path + "/mdmail.journal", kMailboxMagic),
      cache_(core.files(), place_.path + "/mdmail.cache",
             [this](std::string_view found) { core_.repaired(this->place().path, found, "computed it again"); }) {}

MailboxCore::~MailboxCore() = default;

std::string MailboxCore::path_of(Where where, std::string_view base, std::string_view letters) const {
    return directory_of(where) + "/" + file_name(where, base, letters);
}

std::string MailboxCore::path_of(const Entry& entry) const {
    return path_of(entry.where, entry.name, entry.letters);
}

std::string MailboxCore::path_of(const Known& known) const {
    return path_of(known.where, known.name, known.letters);
}

std::string MailboxCore::undelete_directory(std::int64_t time) const {
    return place_.undelete + "/" + std::to_string(time / 86'400) + "/" + id_;
}

void MailboxCore::make_directories() {
    auto& files = core_.files();
    if (!place_.may_be_made && !files.info(place_.path)) gone();
    for (const char* name : {"/tmp", "/cur", "/new"}) {
        // Never the folder itself, if it is known: it has another name now.
        if (place_.may_be_made)
            files.make_directories(place_.path + name);
        else
            files.make_directory(place_.path + name);
    }
    // Maildir++: what marks a folder that is not the mail root itself.
    if (!place_.directory.empty() && !files.info(place_.path + "/maildirfolder"))
        (void)files.open(place_.path + "/maildirfolder", OpenMode::create);
}

void MailboxCore::mend_directories() {
    auto& files = core_.files();
    const auto there = [&](const char* name) { return files.info(place_.path + name).has_value(); };
    if ((there("/tmp") && there("/cur") && there("/new")) || !there("")) return;
    make_directories();
}

bool MailboxCore::has_directories() {
    const auto there = [&] {
        return files().info(directory_of(Where::in_new)).has_value() &&
               files().info(directory_of(Where::in_cur)).has_value();
    };
    if (there()) {
        away_since_ = 0;
        return true;
    }
    { const Reading current(*this); }  // renamed, or gone as a whole
    const auto now = core_.now_ns();
    std::int64_t first = 0;
    if (away_since_.compare_exchange_strong(first, now) || now - first < kAwayNs) return there();
    mend_directories();
    away_since_ = 0;
    return there();
}

void MailboxCore::settle() {
    if (ready_) return;
    if (!settles_by_itself()) {
        // A known mailbox without its new/ or cur/ waits for them: has_directories().
        if (!files().info(place_.path + "/mdmail.journal")) make_directories();
        const Writing writing(*this);
    }
    ready_ = true;
}

/// Nothing is to be made or mended: the journal was read without the lock.
bool MailboxCore::settles_by_itself() {
    const std::lock_guard lock(mutex_);
    return load() && is_ours();
}

bool MailboxCore::load() {
    const auto open = journal_.reopen();
    if (open == JournalFile::Open::missing || open == JournalFile::Open::not_ours) return false;
    if (open == JournalFile::Open::replaced) state_.reset();  // also if there is no memory for the next
    if (!state_) {
        settled_ = false;
        state_ = std::make_unique<MailboxState>(journal_.size_at_opening());
    }
    const auto end = journal_.read([this](std::string_view payload) { state_->apply(payload); });
    if (!settled_) settled_ = end == JournalFile::End::clean && is_in_order();
    // An unfinished frame may be one that is being written: only the holder of the lock knows.
    return settled_ && end != JournalFile::End::damaged;
}

/// All that remember this journal agree with it, and the account knows its numbers. In the mutex, without the lock:
/// what is being written at this moment looks like a doubt, and the holder of the lock finds out.
bool MailboxCore::is_in_order() {
    if (state_->header().mailbox_id.empty()) return false;
    const auto outside = core_.bounds().read(state_->header().mailbox_id);
    if (!outside || outside->doubtful) return false;
    auto told = account_->glance(place_.directory);
    if (!told || doubts(*outside, told).any()) return false;
    told->uses = 0;  // the account's own
    if (*told != numbers_now()) return false;
    told_account_ = std::move(*told);
    return true;
}

MailboxCore::Doubts MailboxCore::doubts(const NumberEnds& outside, const std::optional<FolderStatus>& told) const {
    const auto& bounds = state_->bounds();
    Doubts out;
    out.other_boot = bounds.boot_id != core_.boot_id() && !state_->closed();
    out.behind = outside.uid_end > bounds.uid_end || outside.modseq_end > bounds.modseq_end;
    out.stranger = outside.journal_inode != journal_.inode();
    out.shortened = told && told->mailbox_id == state_->header().mailbox_id &&
                    (told->uid_next > state_->uid_next() || told->highest_modseq > state_->highest_modseq());
    return out;
}

FolderStatus MailboxCore::numbers_now() const {
    FolderStatus now;
    now.name = place_.name;
    now.directory = place_.directory;
    state_->put_numbers(now);
    return now;
}

/// The object stands for one mailbox for ever: a session's UIDs mean nothing in another.
bool MailboxCore::is_ours() {
    const auto& header = state_->header();
    if (id_.empty()) {
        id_ = header.mailbox_id;
        uid_validity_ = header.uid_validity;
    }
    return header.mailbox_id == id_ && header.uid_validity == uid_validity_;
}

/// To where a renaming brought it; in the mutex. False: it is where it was, or nowhere.
bool MailboxCore::follow() {
    if (id_.empty()) return false;
    const auto known = account_->find(id_);
    if (!known || known->directory.empty() || known->directory == place_.directory) return false;
    const auto before = place_.path;
    {
        const std::lock_guard lock(place_mutex_);
        place_.name = known->name;
        place_.directory = known->directory;
        place_.path = account_->maildir() + "/" + known->directory;
    }
    journal_.move(place_.path + "/mdmail.journal");
    cache_.move(place_.path + "/mdmail.cache");
    lock_.reset();
    core_.moved(before, place_.path, this);
    return true;
}

bool MailboxCore::is_back(unsigned turn) {
    constexpr unsigned kMostTurns = 1000;
    if (id_.empty() || turn >= kMostTurns) return false;
    const auto known = account_->find(id_);
    return known && known->directory == place_.directory && files().info(place_.path);
}

void MailboxCore::gone() {
    core_.forget(place_.path, this);
    throw SystemError("open", place_.path, ESTALE);
}

std::string MailboxCore::folder_name() {
    const auto known = account_->find(id_);
    return known ? known->name : place().name;
}

void MailboxCore::set_folder_name(const std::string& name) {
    if (place().name == name) return;
    const std::lock_guard hold(mutex_);
    const std::lock_guard lock(place_mutex_);
    place_.name = name;
}

std::string MailboxCore::temporary(const std::string& key) {
    const Reading current(*this);
    return place_.path + "/tmp/" + key;
}

std::string MailboxCore::path_now(const std::string& path) {
    const Reading current(*this);
    return here(path);
}

std::string MailboxCore::here(const std::string& path) const {
    const auto name = path.rfind('/');
    const auto part = path.rfind('/', name - 1);
    return place_.path + path.substr(part);
}

void MailboxCore::while_locked(const std::function<void()>& act) {
    const Writing writing(*this, Writing::Unread());
    act();
}

/// The file has taken the place of another: what is kept outside names this one. A process that dies before leaves it a
/// stranger, and a stranger's numbers leap.
void MailboxCore::tell_bounds() {
    const auto& bounds = state_->bounds();
    NumberEnds ends{bounds.uid_end, bounds.modseq_end, journal_.inode()};
    if (const auto known = core_.bounds().read(state_->header().mailbox_id)) {
        ends.uid_end = std::max(ends.uid_end, known->uid_end);
        ends.modseq_end = std::max(ends.modseq_end, known->modseq_end);
    }
    core_.bounds().write(state_->header().mailbox_id, ends);
}

MailboxCore::Reading::Reading(MailboxCore& mailbox) : mailbox_(mailbox), mutex_(mailbox.mutex_) {
    if (mailbox_.load() && mailbox_.is_ours()) return;
    mutex_.unlock();
    { const Writing mend(mailbox_); }
    mutex_.lock();
    if (!mailbox_.load()) throw CorruptFile(mailbox_.journal_.path(), "damaged again at once");
    if (!mailbox_.is_ours()) mailbox_.gone();
}

void MailboxCore::sync() {
    try {
        journal_sync_.run([this] {
            // Taken out of the mutex's reach by sync() itself: it keeps the file open that it syncs.
            std::shared_ptr<File> file;
            {
                const std::lock_guard lock(mutex_);
                file = journal_.file();
            }
            if (file) file->sync_data();
        });
    } catch (const SystemError&) {
        sync_failed_ = true;
        throw;
    }
}

void MailboxCore::sync_names(Where where) {
    auto& shared = where == Where::in_new ? new_sync_ : cur_sync_;
    shared.run([this, where] {
        try {
            core_.files().sync_directory(directory_of(where));
        } catch (const SystemError& error) {
            if (error.code() != ENOENT) throw;
            { const Reading renamed(*this); }
            core_.files().sync_directory(directory_of(where));
        }
    });
}

MailboxCore::Anew MailboxCore::snapshot(std::int64_t expunges_since) {
    const Reading reading(*this);
    return {state_->snapshot(expunges_since), journal_.size(), journal_.file(), journal_.path()};
}

bool MailboxCore::is_as_it_was(const Anew& anew) const {
    return journal_.file() == anew.file && journal_.path() == anew.path;
}

void MailboxCore::compact(bool always) {
    const auto keep = std::chrono::duration_cast<std::chrono::seconds>(core_.options().undelete_keep).count();
    if (!always && journal_bytes() < kCompactAbove) return;
    const auto anew = snapshot(core_.now_seconds() - keep);
    if (!always && anew.from < kCompactFactor * anew.frames.size()) return;
    const auto prepared = prepare(anew);
    const Writing writing(*this);
    if (!prepared || !is_as_it_was(anew)) return;  // another did it meanwhile, or it has another name
    prepared->append(journal_.octets_from(anew.from));
    sync_failed_ = true;  // until the new file's name is on disk
    journal_.commit(*prepared);
    sync_failed_ = false;
    tell_bounds();
}

std::uint64_t MailboxCore::journal_bytes() {
    const Reading reading(*this);
    return journal_.size();
}

std::uint64_t MailboxCore::written_size() {
    const Reading reading(*this);
    return wrote_ ? journal_.size() : 0;
}

void MailboxCore::tell_account() {
    Writing writing(*this);
    told_account_ = {};
    writing.tell_account();
}

void MailboxCore::close(std::uint64_t synced_size) {
    Writing writing(*this);
    if (journal_.size() != synced_size || sync_failed_ || state_->closed()) return;
    writing.add(record::Closed{core_.boot_id()});
    writing.commit();
    wrote_ = false;
}

}  // namespace md::store
