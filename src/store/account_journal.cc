// store/account_journal.cc - see account_journal.h

#include "store/account_journal.h"

#include <algorithm>

#include "base/error.h"
#include "base/ids.h"
#include "store/core.h"

namespace md::store {

namespace {
constexpr std::uint64_t kCompactAbove = 64U << 10;
constexpr std::uint64_t kCompactFactor = 4;

bool same_numbers(const FolderStatus& a, const FolderStatus& b) {
    return a.messages == b.messages && a.unseen == b.unseen && a.recent == b.recent && a.bytes == b.bytes &&
           a.uid_next == b.uid_next && a.highest_modseq == b.highest_modseq;
}

bool fits(std::uint64_t used, std::uint64_t wanted, std::uint64_t limit) noexcept {
    return limit == 0 || (used <= limit && wanted <= limit - used);
}
}  // namespace

/// The mutex, the lock file, and the journal read to its end and fit to be written.
class AccountJournal::Held {
  public:
    explicit Held(AccountJournal& journal) : journal_(journal), mutex_(journal.mutex_) {
        auto& files = journal_.core_.files();
        if (!journal_.lock_) journal_.lock_ = files.open(journal_.maildir_ + "/mdmail.account.lock", OpenMode::create);
        journal_.lock_->lock();
        try {
            journal_.load();
            if (!journal_.whole_) journal_.repair();
        } catch (...) {
            unlock();
            throw;
        }
    }
    ~Held() { unlock(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

  private:
    void unlock() noexcept {
        try {
            journal_.lock_->unlock();
        } catch (...) {
            journal_.lock_.reset();  // closing it unlocks, too
        }
    }

    AccountJournal& journal_;
    std::lock_guard<std::mutex> mutex_;
};

AccountJournal::AccountJournal(Store::Core& core, std::string maildir)
    : core_(core), maildir_(std::move(maildir)), file_(core.files(), maildir_ + "/mdmail.account", kAccountMagic) {}

AccountJournal::~AccountJournal() = default;

void AccountJournal::load() {
    const auto open = file_.reopen();
    if (open != JournalFile::Open::same || !state_) state_ = std::make_unique<AccountState>();
    whole_ = false;
    if (open == JournalFile::Open::missing || open == JournalFile::Open::not_ours) return;
    const auto end = file_.read([this](std::string_view payload) { state_->apply(payload); });
    whole_ = end == JournalFile::End::clean;
}

/// Under the lock: the journal is missing, damaged, or ends in the middle of a frame.
void AccountJournal::repair() {
    auto& files = core_.files();
    const bool there = files.info(file_.path()).has_value();
    if (there && file_.size() > 0 && file_.reopen() == JournalFile::Open::same) {
        const auto end = file_.read([this](std::string_view payload) { state_->apply(payload); }, true);
        if (end != JournalFile::End::damaged) {
            core_.repaired(maildir_, "mdmail.account ends within a record", "cut it off");
            file_.cut();
            whole_ = true;
            return;
        }
        core_.repaired(maildir_, "octets that are no record within mdmail.account",
                       "kept all whole records; what they lack is counted again");
    } else if (there) {
        core_.repaired(maildir_, "mdmail.account is no journal of this version",
                       "kept it as mdmail.account.damaged; made anew from the mailboxes");
        files.rename(file_.path(), file_.path() + ".damaged");  // for people to look at; what it said is made anew
    }
    FrameWriter frame;
    AccountState::put_counted(frame, "");
    auto frames = state_->snapshot(core_.now_seconds()) + frame.finish();
    const auto prepared = file_.prepare(frames);
    file_.commit(*prepared);
    state_ = std::make_unique<AccountState>();
    for (std::string_view rest = frames; !rest.empty();) {
        const auto step = next_frame(rest);
        state_->apply(step.payload);
        rest.remove_prefix(step.size);
    }
    whole_ = true;
}

void AccountJournal::write(FrameWriter& frame) {
    if (frame.empty()) return;
    const auto octets = frame.finish();
    file_.append(octets);
    state_->apply(std::string_view(octets).substr(kFrameHeader));
    wrote_ = true;
    compact();
}

void AccountJournal::compact() {
    if (file_.size() < kCompactAbove) return;
    const auto frames = state_->snapshot(core_.now_seconds());
    if (file_.size() < kCompactFactor * frames.size()) return;
    const auto prepared = file_.prepare(frames);
    file_.commit(*prepared);
}

std::vector<FolderStatus> AccountJournal::folders() {
    const Held held(*this);
    std::vector<FolderStatus> out;
    for (const auto& [id, folder] : state_->folders()) out.push_back(folder);
    return out;
}

std::optional<FolderStatus> AccountJournal::by_name(std::string_view name) {
    const Held held(*this);
    for (const auto& [id, folder] : state_->folders())
        if (folder.name == name) return folder;
    return std::nullopt;
}

std::optional<FolderStatus> AccountJournal::by_directory(std::string_view directory) {
    const Held held(*this);
    for (const auto& [id, folder] : state_->folders())
        if (folder.directory == directory) return folder;
    return std::nullopt;
}

QuotaUse AccountJournal::used() {
    const Held held(*this);
    return state_->used(core_.now_seconds());
}

std::uint32_t AccountJournal::next_uid_validity(std::uint32_t above) {
    const Held held(*this);
    const auto last = std::max(above, state_->last_uid_validity());
    if (last == UINT32_MAX) throw CorruptFile(file_.path(), "UIDVALIDITY at its end");
    const auto now = std::clamp<std::int64_t>(core_.now_seconds(), 1, UINT32_MAX - 1);
    const auto next = std::max(static_cast<std::uint32_t>(now), last + 1);
    FrameWriter frame;
    AccountState::put_validity(frame, next);
    write(frame);
    file_.sync();
    return next;
}

void AccountJournal::put_folder(const FolderStatus& folder) {
    const Held held(*this);
    FrameWriter frame;
    AccountState::put_folder(frame, folder);
    AccountState::put_numbers(frame, folder);
    write(frame);
    file_.sync();
}

void AccountJournal::remove_folder(std::string_view mailbox_id) {
    const Held held(*this);
    FrameWriter frame;
    AccountState::put_removed(frame, mailbox_id);
    write(frame);
    file_.sync();
}

void AccountJournal::put_numbers(const FolderStatus& numbers, std::string_view release) {
    const Held held(*this);
    FrameWriter frame;
    if (!release.empty()) AccountState::put_released(frame, release);
    const auto known = state_->folders().find(numbers.mailbox_id);
    if (known == state_->folders().end()) {
        AccountState::put_folder(frame, numbers);  // the journal was lost: the mailboxes say what was in it
        AccountState::put_numbers(frame, numbers);
    } else if (!same_numbers(known->second, numbers)) {
        AccountState::put_numbers(frame, numbers);
    }
    write(frame);
}

Result<std::string, OverQuota> AccountJournal::reserve(const QuotaUse& wanted, const QuotaLimits& limit) {
    const Held held(*this);
    const auto now = core_.now_seconds();
    const auto used = state_->used(now);
    if (!fits(used.bytes, wanted.bytes, limit.bytes) || !fits(used.messages, wanted.messages, limit.messages))
        return fail(OverQuota{limit, used});
    auto token = random_name(12);
    FrameWriter frame;
    AccountState::put_reserved(frame, token, {wanted, now});
    write(frame);
    return token;
}

void AccountJournal::release(std::string_view token) {
    const Held held(*this);
    FrameWriter frame;
    AccountState::put_released(frame, token);
    write(frame);
}

bool AccountJournal::needs_count() {
    const Held held(*this);
    if (state_->counted_in() == core_.boot_id()) return false;
    if (!state_->closed()) return true;
    FrameWriter frame;
    AccountState::put_counted(frame, core_.boot_id());
    write(frame);
    return false;
}

void AccountJournal::counted() {
    const Held held(*this);
    FrameWriter frame;
    AccountState::put_counted(frame, core_.boot_id());
    write(frame);
}

void AccountJournal::close() {
    const Held held(*this);
    if (!wrote_ || state_->closed()) return;
    FrameWriter frame;
    AccountState::put_closed(frame);
    write(frame);
    wrote_ = false;
}

void AccountJournal::remake() {
    const Held held(*this);
    const auto prepared = file_.prepare(state_->snapshot(core_.now_seconds()));
    file_.commit(*prepared);
}

void AccountJournal::sync() {
    const Held held(*this);
    file_.sync();
}

}  // namespace md::store
