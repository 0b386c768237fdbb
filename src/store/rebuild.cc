// store/rebuild.cc - see maintenance.h: a journal made anew, or smaller
//
// CONTRACT
//   What MailboxCore does for maintenance.h. Files are read, and the new journal is written and synced, before the
//   mailbox's lock is taken; a process that dies in between leaves the old journal or the new one.

#include <cerrno>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "store/mailbox_core.h"
#include "store/maintenance.h"
#include "store/scan.h"

namespace md::store {

namespace {

struct Size {
    std::uint64_t lf;
    std::uint64_t crlf;
};
using Sizes = std::unordered_map<Uid, Size>;

void measure(Files& files, Uid uid, const std::string& path, Sizes& out) {
    try {
        const auto file = files.open_if_there(path, OpenMode::read);
        if (!file) return;
        const auto info = file->info();
        if (!info.directory) out[uid] = {info.size_bytes, crlf_size(*file, info.size_bytes)};
    } catch (const SystemError&) {
        // What cannot be read keeps the sizes that it has.
    }
}

/// Files that were not read yet; a message's file never changes. What is renamed meanwhile is found the next time.
void measure_all(MailboxCore& core, Sizes& sizes) {
    std::vector<std::pair<Uid, std::string>> paths;
    {
        const MailboxCore::Reading reading(core);
        for (const auto& known : reading.state().entries())
            if (!sizes.contains(known.uid)) paths.emplace_back(known.uid, core.path_of(known));
    }
    for (const auto& [uid, path] : paths) measure(core.files(), uid, path, sizes);
}

/// The frames of a snapshot with those sizes corrected.
std::string corrected(std::string_view frames, const Sizes& sizes) {
    if (sizes.empty()) return std::string(frames);
    std::string out;
    while (!frames.empty()) {
        const auto step = next_frame(frames);
        frames.remove_prefix(step.size);
        FrameWriter frame;
        RecordReader records(step.payload);
        while (const auto raw = records.next()) {
            auto record = decode(*raw);
            if (!record) continue;
            if (auto* added = std::get_if<record::Added>(&*record)) {
                const auto size = sizes.find(added->entry.message.uid);
                if (size != sizes.end()) {
                    added->entry.message.size_lf = size->second.lf;
                    added->entry.message.size_crlf = size->second.crlf;
                }
            }
            encode(frame, *record);
        }
        out.append(frame.finish());
    }
    return out;
}

std::unique_ptr<MailboxState> state_of(std::string_view frames) {
    auto state = std::make_unique<MailboxState>(frames.size());
    while (!frames.empty()) {
        const auto step = next_frame(frames);
        frames.remove_prefix(step.size);
        state->apply(step.payload);
    }
    return state;
}

}  // namespace

/// None: the folder has got another name since, or is gone, which whoever locks it next finds out.
std::unique_ptr<JournalFile::Prepared> MailboxCore::prepare(const Anew& anew) {
    try {
        return journal_.prepare_at(anew.path, anew.frames);
    } catch (const SystemError& error) {
        if (error.code() != ENOENT) throw;
        return nullptr;
    }
}

/// All that takes long is done without the lock. What was written meanwhile comes behind it: the sizes of what arrived
/// are those of the file that was just written.
std::uint32_t MailboxCore::rebuild() {
    Sizes sizes;
    measure_all(*this, sizes);
    measure_all(*this, sizes);
    for (;;) {
        auto anew = snapshot(INT64_MIN);
        anew.frames = corrected(anew.frames, sizes);
        auto state = state_of(anew.frames);
        const auto prepared = prepare(anew);
        Writing writing(*this);
        if (!prepared || !is_as_it_was(anew)) continue;  // made anew by another, or under another name by now
        writing.take_place(*prepared, std::move(state), anew.from);
        files().unlink(place_.path + "/mdmail.cache");
        told_account_ = {};
        writing.commit();
        return static_cast<std::uint32_t>(state_->entries().size());
    }
}

std::uint32_t rebuild(Mailbox& mailbox) {
    mailbox.core().mend_directories();
    mailbox.look_again();
    return mailbox.core().rebuild();
}

Compacted compact_now(Mailbox& mailbox) {
    auto& core = mailbox.core();
    const auto before = core.journal_bytes();
    core.compact(true);
    return {before, core.journal_bytes()};
}

}  // namespace md::store
