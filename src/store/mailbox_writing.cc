// store/mailbox_writing.cc - the mailbox lock: what its holder mends, and the numbers that it gives out
//
// CONTRACT
//   See mailbox_core.h. "Numbers never repeat" lives here: a number is told only below an end that is durable in
//   <root>/.numbers; whatever throws doubt on the journal's own end (another boot, a cut, an older copy) makes the
//   numbers go on behind that end, and a floor makes every message count as changed.

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "base/ids.h"
#include "store/mailbox_core.h"

namespace md::store {

namespace {

/// A frame is whole or not there, and readers hold no lock: what shares a MODSEQ is split only where it must be.
constexpr std::size_t kFrameOfChange = 4U << 20;
constexpr ModSeq kModSeqEnd = ModSeq{1} << 62;

template <class Action>
void each_frame(std::string_view frames, Action action) {
    while (!frames.empty()) {
        const auto step = next_frame(frames);
        action(step.payload);
        frames.remove_prefix(step.size);
    }
}

void apply_whole_frames(std::string_view content, MailboxState& state) {
    while (const auto at = find_frame(content, 0)) {
        content.remove_prefix(*at);
        const auto step = next_frame(content);
        state.apply(step.payload);
        content.remove_prefix(step.size);
    }
}

}  // namespace

MailboxCore::Writing::Writing(MailboxCore& mailbox) : mailbox_(mailbox), mutex_(mailbox.mutex_) {
    for (unsigned turn = 0;; ++turn) {
        take_lock();
        try {
            if (refresh()) return;
        } catch (...) {
            unlock();
            throw;
        }
        unlock();
        // Another folder has the name that this one had.
        if (!mailbox_.follow() && !mailbox_.is_back(turn)) mailbox_.gone();
    }
}

MailboxCore::Writing::Writing(MailboxCore& mailbox, Unread) : mailbox_(mailbox), mutex_(mailbox.mutex_) {
    take_lock();
}

MailboxCore::Writing::~Writing() {
    const auto id = mailbox_.id_;
    unlock();
    mutex_.unlock();
    if (!release_.empty()) mailbox_.account_->release(release_);
    if (notify_) mailbox_.core_.changed(id);
}

/// The lock file is never replaced, but a folder can be removed and made again.
void MailboxCore::Writing::take_lock() {
    for (;;) {
        open_lock();
        // While this is undecided the file is ours alone: whatever fails, it is closed, and with that unlocked.
        auto lock = std::exchange(mailbox_.lock_, nullptr);
        lock->lock();
        const auto named = mailbox_.files().info(mailbox_.place_.path + "/mdmail.lock");
        if (!named || named->inode != mailbox_.lock_inode_) continue;
        mailbox_.lock_ = std::move(lock);
        return;
    }
}

void MailboxCore::Writing::open_lock() {
    for (unsigned turn = 0; !mailbox_.lock_; ++turn) {
        try {
            auto lock = mailbox_.files().open(mailbox_.place_.path + "/mdmail.lock", OpenMode::create);
            mailbox_.lock_inode_ = lock->info().inode;
            mailbox_.lock_ = std::move(lock);
        } catch (const SystemError& error) {
            if (error.code() != ENOENT) throw;
            if (!mailbox_.follow() && !mailbox_.is_back(turn)) mailbox_.gone();
        }
    }
}

void MailboxCore::Writing::unlock() noexcept {
    try {
        mailbox_.lock_->unlock();
    } catch (...) {
        mailbox_.lock_.reset();  // closing it unlocks, too
    }
}

/// False: this is another mailbox.
bool MailboxCore::Writing::refresh() {
    auto& m = mailbox_;
    const auto keep = std::chrono::duration_cast<std::chrono::seconds>(m.core_.options().undelete_keep).count();
    const auto open = m.journal_.reopen();
    if (open == JournalFile::Open::replaced) m.state_.reset();  // also if there is no memory for the next
    if (!m.state_) {
        m.settled_ = false;
        m.state_ = std::make_unique<MailboxState>(m.journal_.size_at_opening());
    }
    if (open == JournalFile::Open::missing) {
        const auto known = m.account_->by_directory(m.place_.directory);
        // This mailbox was here once, and another folder is being made.
        if (!m.id_.empty() && (!known || known->mailbox_id != m.id_)) return false;
        if (known) report("mdmail.journal is gone", "all messages get new UIDs and a new UIDVALIDITY");
        create();
        return m.is_ours();
    }
    if (open == JournalFile::Open::not_ours) {
        salvage("mdmail.journal is no journal of this version");
        return m.is_ours();
    }
    const auto apply = [&m](std::string_view payload) { m.state_->apply(payload); };
    const auto end = m.journal_.read(apply, true);
    if (m.state_->header().mailbox_id.empty()) {
        salvage("mdmail.journal has lost its header");
        return m.is_ours();
    }
    if (!m.settled_) settle_numbers(end == JournalFile::End::clean);
    if (!m.is_ours()) return false;
    if (end == JournalFile::End::damaged || m.sync_failed_) rewrite(m.state_->snapshot(m.core_.now_seconds() - keep));
    if (end == JournalFile::End::unfinished) m.journal_.cut();
    if (end == JournalFile::End::damaged)
        report("octets that are no record within mdmail.journal", "kept all whole records; numbers leap");
    if (end == JournalFile::End::unfinished) report("mdmail.journal ends within a record", "cut it off; numbers leap");
    // What was cut off may have been told: a flip of one bit in the last frame looks like a frame that was never
    // finished.
    if (end != JournalFile::End::clean) leap({m.state_->bounds().uid_end, m.state_->bounds().modseq_end, 0});
    return true;
}

void MailboxCore::Writing::report(std::string_view found, std::string_view done) const noexcept {
    mailbox_.core_.repaired(mailbox_.place_.path, found, done);
}

/// A journal without its beginning. The whole records behind it are kept, as those of the mailbox that the account
/// knows here; the file stays beside it for people to look at.
void MailboxCore::Writing::salvage(std::string_view found) {
    auto& m = mailbox_;
    const auto& path = m.journal_.path();
    m.state_ = std::make_unique<MailboxState>();
    apply_whole_frames(m.files().read(path, SIZE_MAX).value_or(""), *m.state_);
    m.files().unlink(path + ".damaged");
    if (m.state_->entries().empty()) {
        report(found, "kept it as mdmail.journal.damaged; all messages get new UIDs and a new UIDVALIDITY");
        m.files().rename(path, path + ".damaged");
        return create();
    }
    (void)m.files().link(path, path + ".damaged");
    auto header = m.state_->header();
    const auto known = m.account_->by_directory(m.place_.directory);
    if (header.mailbox_id.empty() && known) header = {known->mailbox_id, known->uid_validity, m.core_.now_seconds()};
    const auto outside = header.mailbox_id.empty() ? std::nullopt : m.core_.bounds().read(header.mailbox_id);
    if (!outside || outside->doubtful) {
        report(found, "kept all whole records under a new MAILBOXID and UIDVALIDITY");
        return renumber();
    }
    report(found, "kept all whole records; numbers leap");
    rewrite(m.state_->snapshot(INT64_MIN, header, m.state_->bounds()));
    leap(*outside);
    m.settled_ = true;
    tell_account();
}

/// The next block, always with higher ends than any before, also if those were not used up: so a journal that lost this
/// record is known by it.
record::Bounds MailboxCore::Writing::next_block(const NumberEnds& above, Uid uid_next, ModSeq modseq_next) const {
    const auto uid_base = std::max(above.uid_end, uid_next);
    const auto modseq_base = std::max(above.modseq_end, modseq_next);
    if (uid_base > UINT32_MAX - 2 * kUidBlock || modseq_base > kModSeqEnd)
        throw CorruptFile(mailbox_.journal_.path(), "numbers at their end");
    return {uid_next, uid_base + kUidBlock, modseq_next, modseq_base + kModSeqBlock, mailbox_.core_.boot_id()};
}

/// Outside, durable; the record that says so inside is for the caller to append.
void MailboxCore::Writing::take_block(const record::Bounds& block) {
    mailbox_.core_.bounds().write(mailbox_.state_->header().mailbox_id,
                                  {block.uid_end, block.modseq_end, mailbox_.journal_.inode()});
}

/// A journal promises that its directory is on disk: an earlier try may have made one and died, or failed, before its
/// sync.
void MailboxCore::Writing::sync_way() {
    auto& m = mailbox_;
    const auto& root = m.core_.options().root;
    for (auto path = m.place_.path; path.size() > root.size(); path = parent_directory(path))
        m.files().sync_directory(parent_directory(path));
}

void MailboxCore::Writing::create() {
    auto& m = mailbox_;
    sync_way();
    record::Header header{"F" + random_name(20), m.account_->next_uid_validity(), m.core_.now_seconds()};
    FrameWriter frame;
    encode(frame, header);
    encode(frame, next_block({}, 1, 2));
    rewrite(frame.finish());
    m.settled_ = true;
    FolderStatus folder;
    const auto known = m.account_->by_directory(m.place_.directory);
    folder.name = known ? known->name : m.place_.name;
    folder.directory = m.place_.directory;
    folder.mailbox_id = m.state_->header().mailbox_id;
    folder.uid_validity = m.state_->header().uid_validity;
    m.account_->put_folder(folder);
    tell_account();
}

/// `whole`: the journal came to a clean end.
void MailboxCore::Writing::settle_numbers(bool whole) {
    auto& m = mailbox_;
    const auto outside = m.core_.bounds().read(m.state_->header().mailbox_id);
    if (!outside) {
        report("nothing in .numbers of this mailbox: it comes from elsewhere, or .numbers was lost",
               "new MAILBOXID and UIDVALIDITY");
        return renumber();
    }
    const auto told = m.account_->by_directory(m.place_.directory);
    const auto doubts = m.doubts(*outside, told);
    if (outside->doubtful && (!whole || doubts.behind || doubts.stranger || doubts.shortened)) {
        report("both mdmail.journal and the mailbox's file in .numbers are damaged", "new MAILBOXID and UIDVALIDITY");
        return renumber();
    }
    if (doubts.stranger || ((doubts.behind || doubts.shortened) && !doubts.other_boot))
        report("mdmail.journal is shorter or older than what was told, or a copy", "numbers leap");
    auto above = *outside;
    if (doubts.shortened) {
        above.uid_end = std::max(above.uid_end, told->uid_next);
        above.modseq_end = std::max(above.modseq_end, told->highest_modseq + 1);
    }
    if (doubts.any()) leap(above);
    if (outside->doubtful) {
        report("the mailbox's file in .numbers is damaged", "wrote it anew from mdmail.journal");
        m.tell_bounds();
    }
    m.settled_ = true;
    tell_account();
}

void MailboxCore::Writing::leap(const NumberEnds& known) {
    const auto& state = *mailbox_.state_;
    const NumberEnds above{std::max(state.bounds().uid_end, known.uid_end),
                           std::max(state.bounds().modseq_end, known.modseq_end), 0};
    const auto uid_next = std::max(state.uid_next(), above.uid_end);
    const auto modseq_next = std::max(state.modseq_next(), above.modseq_end);
    const auto block = next_block(above, uid_next, modseq_next);
    take_block(block);
    FrameWriter frame;
    encode(frame, block);
    encode(frame, record::Floor{modseq_next, uid_next});
    append(frame.finish());
    notify_ = true;
}

/// Nobody remembers how far this mailbox's numbers went: it came from another machine. New names for it and its UIDs.
void MailboxCore::Writing::renumber() {
    auto& m = mailbox_;
    auto header = m.state_->header();
    header.mailbox_id = "F" + random_name(20);
    header.uid_validity = m.account_->next_uid_validity(header.uid_validity);
    const auto block = next_block({}, m.state_->uid_next(), m.state_->modseq_next());
    rewrite(m.state_->snapshot(INT64_MIN, header, block));
    FrameWriter frame;
    encode(frame,
           record::Scanned{});  // a record that was lost may have said what became of a file: look at all of them
    append(frame.finish());
    m.settled_ = true;
    tell_account();
}

/// The journal as these frames, durable at once.
void MailboxCore::Writing::rewrite(const std::string& frames) {
    auto& m = mailbox_;
    const auto prepared = m.journal_.prepare(frames);
    m.sync_failed_ = true;  // until the new file's name is on disk
    m.journal_.commit(*prepared);
    m.sync_failed_ = false;
    m.state_ = std::make_unique<MailboxState>(frames.size());
    each_frame(frames, [&m](std::string_view payload) { m.state_->apply(payload); });
    m.tell_bounds();
}

/// What was prepared without the lock, and `state`, which says the same; with what was appended behind `from`
/// meanwhile. Numbers leap.
void MailboxCore::Writing::take_place(JournalFile::Prepared& prepared, std::unique_ptr<MailboxState> state,
                                      std::uint64_t from) {
    auto& m = mailbox_;
    const auto later = m.journal_.octets_from(from);
    each_frame(later, [&state](std::string_view payload) { state->apply(payload); });
    prepared.append(later);
    m.sync_failed_ = true;  // until the new file's name is on disk
    m.journal_.commit(prepared);
    m.sync_failed_ = false;
    m.state_ = std::move(state);
    m.tell_bounds();
    leap({});
}

void MailboxCore::Writing::append(std::string_view frames) {
    auto& m = mailbox_;
    if (frames.empty()) return;
    m.journal_.append(frames);
    each_frame(frames, [&m](std::string_view payload) { m.state_->apply(payload); });
    m.wrote_ = true;
}

void MailboxCore::Writing::need(Uid uids, ModSeq modseqs) {
    const auto& state = *mailbox_.state_;
    const auto& bounds = state.bounds();
    if (!state.closed() && std::uint64_t{state.uid_next()} + uids <= bounds.uid_end &&
        state.modseq_next() + modseqs <= bounds.modseq_end)
        return;
    const NumberEnds above{std::max(bounds.uid_end, state.uid_next() + uids),
                           std::max(bounds.modseq_end, state.modseq_next() + modseqs), 0};
    const auto block = next_block(above, state.uid_next(), state.modseq_next());
    take_block(block);
    FrameWriter frame;
    encode(frame, block);
    append(frame.finish());
}

void MailboxCore::Writing::add(const MailboxRecord& record) {
    encode(frame_, record);
    if (frame_.size() > kFrameOfChange) frames_.append(frame_.finish());
    // What no session has to tell its client wakes none.
    if (!std::holds_alternative<record::Seen>(record) && !std::holds_alternative<record::Scanned>(record) &&
        !std::holds_alternative<record::Recent>(record))
        notify_ = true;
}

bool MailboxCore::Writing::part() {
    if (frame_.size() < kFrameSplit) return false;
    frames_.append(frame_.finish());
    return true;
}

void MailboxCore::Writing::commit() {
    frames_.append(frame_.finish());
    append(std::exchange(frames_, {}));
    try {
        tell_account();
    } catch (const SystemError&) {
        // The change itself is made. The sums are told again with the next one, and counted after an unclean stop.
        mailbox_.told_account_ = {};
        if (!release_.empty()) mailbox_.account_->release_later(std::exchange(release_, {}));
    }
}

void MailboxCore::Writing::tell_account() {
    auto& m = mailbox_;
    auto now = m.numbers_now();
    if (release_.empty() && now == m.told_account_) return;
    m.account_->put_numbers(now, release_);
    release_.clear();
    m.told_account_ = std::move(now);
}

void MailboxCore::Writing::before_names() {
    const auto& scanned = mailbox_.state_->scanned();
    carries_ = false;
    if (scanned.new_mtime == 0) return;  // nobody has looked yet
    const auto in_new = mailbox_.files().info(mailbox_.directory_of(Where::in_new));
    const auto in_cur = mailbox_.files().info(mailbox_.directory_of(Where::in_cur));
    carries_ = in_new && in_cur && in_new->modified_ns == scanned.new_mtime && in_cur->modified_ns == scanned.cur_mtime;
}

/// Own changes carry the remembered time of change forward. Never certain: another's change may hide behind ours.
void MailboxCore::Writing::after_names(ModSeq cleared) {
    auto scanned = mailbox_.state_->scanned();
    const bool clears = cleared > scanned.cleared;
    if (clears) scanned.cleared = cleared;
    scanned.certain = false;
    const bool carries = std::exchange(carries_, false);
    const auto in_new = carries ? mailbox_.files().info(mailbox_.directory_of(Where::in_new)) : std::nullopt;
    const auto in_cur = carries ? mailbox_.files().info(mailbox_.directory_of(Where::in_cur)) : std::nullopt;
    if (in_new && in_cur) {
        scanned.new_mtime = in_new->modified_ns;
        scanned.cur_mtime = in_cur->modified_ns;
    }
    if (clears || (in_new && in_cur)) add(scanned);
}

}  // namespace md::store
