// store/account_journal.cc - see account_journal.h

#include "store/account_journal.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/ids.h"
#include "store/account_held.h"
#include "store/core.h"

namespace md::store {

namespace {
constexpr std::uint64_t kCompactAbove = 72U << 10;
constexpr std::uint64_t kCompactFactor = 4;
constexpr std::size_t kFoldersLimit = 50'000;  // of an account; as many subscriptions

bool same_numbers(const FolderStatus& a, const FolderStatus& b) {
    return a.messages == b.messages && a.unseen == b.unseen && a.recent == b.recent && a.bytes == b.bytes &&
           a.uid_next == b.uid_next && a.highest_modseq == b.highest_modseq && a.bytes_crlf == b.bytes_crlf &&
           a.deleted == b.deleted && a.deleted_bytes == b.deleted_bytes && a.looked == b.looked;
}

std::optional<FolderStatus> copy_of(const FolderStatus* folder) {
    return folder == nullptr ? std::nullopt : std::optional(*folder);
}
}  // namespace

AccountJournal::AccountJournal(Store::Core& core, std::string maildir)
    : core_(core), maildir_(std::move(maildir)), file_(core.files(), maildir_ + "/mdmail.account", kAccountMagic) {}

AccountJournal::~AccountJournal() = default;

void AccountJournal::load() {
    const auto open = file_.reopen();
    if (open != JournalFile::Open::same) state_.reset();
    if (!state_) state_ = std::make_unique<AccountState>();
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
    for (const auto& token : owed_) AccountState::put_released(frame, token);
    const auto octets = frame.finish();
    file_.append(octets);
    owed_.clear();
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

AccountListing AccountJournal::listing() {
    const Held held(*this);
    AccountListing out;
    for (const auto& [id, folder] : state_->folders()) out.folders.push_back(folder);
    out.subscriptions.assign(state_->subscriptions().begin(), state_->subscriptions().end());
    return out;
}

std::optional<FolderStatus> AccountJournal::by_name(std::string_view name) {
    const Held held(*this);
    return copy_of(state_->by_name(name));
}

std::optional<FolderStatus> AccountJournal::by_directory(std::string_view directory) {
    const Held held(*this);
    return copy_of(state_->by_directory(directory));
}

std::optional<FolderStatus> AccountJournal::glance(std::string_view directory) {
    const std::lock_guard lock(mutex_);
    load();
    return whole_ ? copy_of(state_->by_directory(directory)) : std::nullopt;
}

std::optional<FolderStatus> AccountJournal::find(std::string_view mailbox_id) {
    const Held held(*this);
    auto folder = copy_of(state_->by_id(mailbox_id));
    if (folder) folder->directory = directory_now(*folder);
    return folder;
}

bool AccountJournal::has_below(std::string_view name) {
    const Held held(*this);
    return state_->has_below(name);
}

QuotaUse AccountJournal::used() {
    const Held held(*this);
    const auto now = core_.now_seconds();
    return state_->used(now, dead_reservations(now));
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

void AccountJournal::place_folder(std::string_view mailbox_id, const std::string& name, const std::string& directory) {
    const Held held(*this);
    const auto* known = state_->by_id(mailbox_id);
    if (known == nullptr || (known->name == name && known->directory == directory)) return;
    auto folder = *known;
    folder.name = name;
    folder.directory = directory;
    FrameWriter frame;
    AccountState::put_folder(frame, folder);
    write(frame);
    file_.sync();
}

bool AccountJournal::remove_if_gone(std::string_view mailbox_id) {
    const Held held(*this);
    const auto* known = state_->by_id(mailbox_id);
    if (known == nullptr || known->directory.empty() || is_there(directory_now(*known))) return false;
    FrameWriter frame;
    AccountState::put_removed(frame, mailbox_id);
    write(frame);
    file_.sync();
    return true;
}

void AccountJournal::detach_folder(std::string_view mailbox_id, const std::string& target) {
    const Held held(*this);
    const auto* known = state_->by_id(mailbox_id);
    if (known == nullptr || known->directory.empty()) return;
    auto& files = core_.files();
    files.rename(path_of(directory_now(*known)), target);
    files.sync_directory(parent_directory(target));
    files.sync_directory(maildir_);
    FrameWriter frame;
    AccountState::put_removed(frame, mailbox_id);
    write(frame);
    file_.sync();
}

void AccountJournal::put_numbers(const FolderStatus& numbers, std::string_view release) {
    const Held held(*this);
    FrameWriter frame;
    if (!release.empty()) AccountState::put_released(frame, release);
    const auto* known = state_->by_id(numbers.mailbox_id);
    // The journal was lost: the mailboxes say what was in it.
    if (known == nullptr) AccountState::put_folder(frame, numbers);
    if (known == nullptr || !same_numbers(*known, numbers)) AccountState::put_numbers(frame, numbers, known);
    write(frame);
}

bool AccountJournal::assign(std::string_view mailbox_id, SpecialUses uses) {
    const Held held(*this);
    const auto* known = state_->by_id(mailbox_id);
    if (known == nullptr || (uses & ~state_->free_uses()) != 0) return false;
    auto folder = *known;
    folder.uses = static_cast<SpecialUses>(folder.uses | uses);
    FrameWriter frame;
    AccountState::put_folder(frame, folder);
    write(frame);
    file_.sync();
    return true;
}

SpecialUses AccountJournal::free_uses() {
    const Held held(*this);
    return state_->free_uses();
}

bool AccountJournal::has_room() {
    const Held held(*this);
    return state_->folders().size() < kFoldersLimit;
}

bool AccountJournal::subscribe(std::string_view name, bool on) {
    const Held held(*this);
    if (state_->subscriptions().contains(name) == on) return true;
    if (on && state_->subscriptions().size() >= kFoldersLimit) return false;
    FrameWriter frame;
    AccountState::put_subscribed(frame, name, on);
    write(frame);
    file_.sync();
    return true;
}

bool AccountJournal::wants_defaults() {
    const Held held(*this);
    return !state_->has_defaults();
}

void AccountJournal::made_defaults() {
    const Held held(*this);
    FrameWriter frame;
    AccountState::put_defaults(frame);
    write(frame);
    file_.sync();
}

/// The tokens of those whose processes are no more, or that ended here and could not be written.
std::set<std::string> AccountJournal::dead_reservations(std::int64_t now) {
    std::set<std::string> tokens(owed_.begin(), owed_.end());
    std::map<std::string, bool> dead;  // by process
    for (const auto& [token, reservation] : state_->reservations()) {
        if (reservation.process.empty() || !reservation.is_live(now)) continue;
        const auto [at, fresh] = dead.try_emplace(reservation.process, false);
        if (fresh) at->second = core_.process().is_dead(reservation.process);
        if (at->second) tokens.insert(token);
    }
    return tokens;
}

Result<RoomKept, OverQuota> AccountJournal::reserve(const QuotaUse& least, std::uint64_t most, const QuotaLimits& limit,
                                                    std::string token) {
    auto process = core_.process().name();
    const Held held(*this);
    const auto now = core_.now_seconds();
    std::set<std::string> dead;
    auto used = state_->used(now, {token});
    if (!limit.admit(used, {most, least.messages})) {
        dead = dead_reservations(now);
        auto without = dead;
        without.insert(token);
        used = state_->used(now, without);
    }
    if (!limit.admit(used, least)) return fail(OverQuota{limit, used});
    RoomKept kept{token.empty() ? random_name(12) : std::move(token), least, now};
    const auto left = limit.bytes == 0 ? UINT64_MAX : limit.bytes - used.bytes;
    kept.room.bytes = std::max(least.bytes, std::min(most, left));
    FrameWriter frame;
    for (const auto& its_token : dead) AccountState::put_released(frame, its_token);
    // What a process wrote when it died may be in a mailbox, and not in the sums.
    if (!dead.empty()) AccountState::put_counted(frame, "");
    AccountState::put_reserved(frame, kept.token, {kept.room, now, std::move(process)});
    try {
        write(frame);
    } catch (const SystemError&) {
        owed_.push_back(kept.token);  // it may be written nevertheless
        throw;
    }
    return kept;
}

void AccountJournal::release(const std::string& token) noexcept {
    try {
        const Held held(*this);
        FrameWriter frame;
        AccountState::put_released(frame, token);
        write(frame);
    } catch (...) {
        release_later(token);
    }
}

void AccountJournal::release_later(std::string token) {
    const std::lock_guard lock(mutex_);
    owed_.push_back(std::move(token));
}

bool AccountJournal::needs_count() {
    const auto is_counted = [this] { return state_->sums() >= kSumsKept && state_->counted_in() == core_.boot_id(); };
    {
        // Nearly always, and then nobody need wait.
        const std::lock_guard lock(mutex_);
        load();
        if (whole_ && is_counted()) return false;
    }
    const Held held(*this);
    if (state_->sums() < kSumsKept) return true;
    if (is_counted()) return false;
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
