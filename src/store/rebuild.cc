// store/rebuild.cc - see maintenance.h: a journal made anew, or smaller
//
// CONTRACT
//   What MailboxCore does for maintenance.h; every step in the mailbox's lock, and a process that dies in between
//   leaves the old journal or the new one.

#include <unordered_map>

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

/// Of those whose file has another size than the journal says.
Sizes wrong_sizes(MailboxCore& core, const MailboxState& state) {
    Sizes out;
    for (const auto& known : state.entries()) {
        const auto path = core.path_of(known);
        const auto info = core.files().info(path);
        if (!info || info->directory || info->size_bytes == known.size_lf) continue;
        const auto file = core.files().open_if_there(path, OpenMode::read);
        if (file) out[known.uid] = {info->size_bytes, crlf_size(*file)};
    }
    return out;
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
    Writing writing(*this);
    writing.remake(corrected(state_->snapshot(INT64_MIN), wrong_sizes(*this, *state_)));
    files().unlink(place_.path + "/mdmail.cache");
    told_account_ = {};
    writing.commit();
    return static_cast<std::uint32_t>(state_->entries().size());
}

std::uint32_t rebuild(Mailbox& mailbox) {
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
