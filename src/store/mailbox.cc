// store/mailbox.cc - numbers, reading and opening; appending.cc, copy.cc, delivery.cc, expunge.cc, flags.cc and scan.cc
// hold the rest of mailbox.h

#include "store/mailbox.h"

#include <cerrno>

#include "store/mailbox_core.h"
#include "store/scan.h"
#include "store/uid_view.h"

namespace md::store {

bool mailbox_is_gone(const SystemError& error) noexcept {
    return error.code() == ESTALE || error.code() == ENOENT;
}

Mailbox::Mailbox(std::unique_ptr<MailboxCore> core) : core_(std::move(core)) {}
Mailbox::~Mailbox() = default;

const std::string& Mailbox::id() const noexcept {
    return core_->id();
}
std::string Mailbox::directory() const {
    return core_->place().path;
}
std::uint32_t Mailbox::uid_validity() const noexcept {
    return core_->uid_validity();
}

MailboxNumbers Mailbox::numbers() {
    const MailboxCore::Reading reading(*core_);
    const auto& state = reading.state();
    return {core_->uid_validity(),  state.uid_next(),
            state.highest_modseq(), static_cast<std::uint32_t>(state.entries().size()),
            state.unseen(),         state.recent(),
            state.bytes()};
}

std::vector<Message> Mailbox::messages(const UidRanges& uids) {
    const MailboxCore::Reading reading(*core_);
    const auto& state = reading.state();
    std::vector<Message> out;
    for (const auto& [first, last] : uids) {
        for (const auto& known : state.entries().range(first, last)) out.push_back(state.told(known));
    }
    return out;
}

std::optional<Message> Mailbox::message(Uid uid) {
    const MailboxCore::Reading reading(*core_);
    const auto known = reading.state().find(uid);
    if (!known) return std::nullopt;
    return reading.state().told(*known);
}

namespace {

/// Where the file should be now; empty: the message is not there any more.
struct Whereabouts {
    std::vector<std::string> paths;
    std::uint64_t size_crlf = 0;
    bool expunged = false;
};

Whereabouts find(MailboxCore& core, Uid uid) {
    const MailboxCore::Reading reading(core);
    if (const auto known = reading.state().find(uid)) return {{core.path_of(*known)}, known->size_crlf, false};
    const auto* grave = reading.state().find_expunged(uid);
    if (grave == nullptr) return {};
    const auto kept = core.undelete_directory(grave->time) + "/" + std::to_string(uid);
    if (!grave->last) return {{kept}, 0, true};
    // Between the journal's record and the move the file has its old name yet; it may be moved between two looks.
    return {{kept, core.path_of(*grave->last), kept}, grave->last->message.size_crlf, true};
}

/// Null: nothing is there, or no message, which is no reason to refuse all others.
std::unique_ptr<File> open_message(MailboxCore& core, const std::string& path) {
    try {
        auto file = core.files().open_if_there(path, OpenMode::read);
        if (file && file->info().directory) throw SystemError("open", path, EISDIR);
        return file;
    } catch (const SystemError& error) {
        if (!is_no_message(error)) throw;
        if (core.account().is_first_report(path))
            core.core().repaired(path, error.what(), "left this message out until it can be read");
        return nullptr;
    }
}

}  // namespace

std::optional<OpenMessage> Mailbox::open(Uid uid) {
    // Whoever renames a file tells the journal under the lock: at the second look the name is right, unless other
    // programs are at work, and then the third, behind a scan, has it.
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto where = find(*core_, uid);
        for (const auto& path : where.paths) {
            auto file = open_message(*core_, path);
            if (!file) continue;
            const auto size = file->info().size_bytes;
            return OpenMessage{std::move(file), size, where.size_crlf};
        }
        if (where.paths.empty() || where.expunged) return std::nullopt;
        if (attempt == 1) look_now();
    }
    return std::nullopt;
}

void Mailbox::sync_soon() {
    core_->sync();
}
void Mailbox::compact() {
    core_->compact();
}

}  // namespace md::store
