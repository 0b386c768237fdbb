// store/rebuild.cc - see maintenance.h: a journal made anew, or smaller
//
// CONTRACT
//   What MailboxCore does for maintenance.h; files are read before the mailbox's lock is taken, all else is done in it,
//   and a process that dies in between leaves the old journal or the new one.

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

/// All files, read without the lock: a message's file never changes.
Sizes measure_all(MailboxCore& core) {
    std::vector<std::pair<Uid, std::string>> paths;
    {
        const MailboxCore::Reading reading(core);
        for (const auto& known : reading.state().entries()) paths.emplace_back(known.uid, core.path_of(known));
    }
    Sizes out;
    for (const auto& [uid, path] : paths) measure(core.files(), uid, path, out);
    return out;
}

/// Those that were renamed or came meanwhile.
void measure_rest(MailboxCore& core, const MailboxState& state, Sizes& sizes) {
    for (const auto& known : state.entries())
        if (!sizes.contains(known.uid)) measure(core.files(), known.uid, core.path_of(known), sizes);
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

}  // namespace

std::uint32_t MailboxCore::rebuild() {
    auto sizes = measure_all(*this);
    Writing writing(*this);
    measure_rest(*this, *state_, sizes);
    writing.remake(corrected(state_->snapshot(INT64_MIN), sizes));
    files().unlink(place_.path + "/mdmail.cache");
    told_account_ = {};
    writing.commit();
    return static_cast<std::uint32_t>(state_->entries().size());
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
