// store/delivery.cc - how a message gets into a mailbox: deliver, deliver_link, and what a replay asks
//
// CONTRACT
//   See mailbox.h. The file is written in tmp/ without the lock; under it the file, or a link to an earlier
//   recipient's, gets its name in new/ and then its record. A process that dies between the two leaves a file that the
//   next scan takes in, and that a replay finds by its name. A file in new/ needs no sync before that: its message is
//   in the intake journal until mdqueue has synced.

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/error.h"
#include "store/lf_filter.h"
#include "store/mailbox.h"
#include "store/mailbox_core.h"
#include "store/maildir_name.h"
#include "store/reservation.h"

namespace md::store {

namespace {

constexpr std::size_t kChunk = 64U << 10;

/// Prefix and content, chunk by chunk.
template <class Sink>
void each_chunk(const Content& content, Sink sink) {
    sink(std::string_view(content.prefix));
    if (content.file == nullptr) {
        sink(content.memory);
        return;
    }
    std::string buffer(static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, content.length)), '\0');
    for (std::uint64_t done = 0; done < content.length;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), content.length - done));
        const auto got = content.file->read_at(content.offset + done, buffer.data(), wanted);
        if (got == 0) throw CorruptFile(content.file->path(), "shorter than its record says");
        sink(std::string_view(buffer).substr(0, got));
        done += got;
    }
}

std::uint64_t stored_size(const Content& content) {
    LfFilter filter;
    const auto nothing = [](std::string_view) {};
    each_chunk(content, [&](std::string_view chunk) { filter.feed(chunk, nothing); });
    filter.finish(nothing);
    return filter.octets();
}

/// The file has exactly these octets.
bool holds(const File& file, const Content& content) {
    std::uint64_t offset = 0;
    bool same = true;
    std::string buffer;
    const auto compare = [&](std::string_view octets) {
        buffer.resize(octets.size());
        same = same && file.read_at(offset, buffer.data(), buffer.size()) == octets.size() && buffer == octets;
        offset += octets.size();
    };
    LfFilter filter;
    each_chunk(content, [&](std::string_view chunk) { filter.feed(chunk, compare); });
    filter.finish(compare);
    return same && file.info().size_bytes == offset;
}

struct Arrival {
    std::string key;
    Message message;  ///< without UID and MODSEQ
};

std::string delivery_email_id(const Incoming& incoming) {
    // The same for a replay; the key's letters and dots are not all allowed in an id (RFC 8474 §4).
    auto key = delivery_key(incoming.id, incoming.recipient);
    const auto from = key.find('.') + 1;
    return "M" + key.substr(from, key.rfind('.') - from);
}

Arrival arrival_of(const Incoming& incoming, std::uint64_t size_lf, std::uint64_t size_crlf) {
    Arrival arrival{delivery_key(incoming.id, incoming.recipient), {}};
    auto& m = arrival.message;
    m.flags = incoming.flags;
    m.keywords = incoming.keywords;
    m.internal_date = incoming.internal_date;
    m.size_lf = size_lf;
    m.size_crlf = size_crlf;
    m.email_id = delivery_email_id(incoming);
    return arrival;
}

Placed placed(const MailboxCore& core, std::string path, const Message& m) {
    return {m.uid, core.uid_validity(), std::move(path), m.size_lf, m.size_crlf, m.email_id};
}

void sync_name(MailboxCore& core, const std::string& path) {
    core.sync_names(path.starts_with(core.directory_of(Where::in_new) + "/") ? Where::in_new : Where::in_cur);
}

/// What has no record is not to appear later, after a failure was told.
void take_back(MailboxCore& core, const std::string& path) {
    try {
        core.files().unlink(path);
    } catch (const SystemError&) {
        // A scan will take it in. Who was told of a failure tries again, and a delivery then finds it.
    }
}

/// Another name of the file `from`, in place of what has it; in the lock. False: there can be none.
bool link_over(MailboxCore& core, const std::string& from, const std::string& path, const std::string& key) {
    auto& files = core.files();
    try {
        auto linked = files.link(from, path);
        if (linked != LinkOutcome::exists) return linked == LinkOutcome::done;
        // An earlier try left a file there, whatever it holds.
        const auto temporary = core.place().path + "/tmp/" + key;
        files.unlink(temporary);
        linked = files.link(from, temporary);
        if (linked != LinkOutcome::done) return false;
        files.rename(temporary, path);
        files.unlink(temporary);  // rename(2) leaves it where both are the same file already
        return true;
    } catch (const SystemError& error) {
        if (error.code() != ENOENT) throw;  // its owner moved or removed the first one already
        return false;
    }
}

/// Under the lock: gives the file its name, by `name_it(path)`, and the message its record. None: it could get no name.
template <class NameIt>
std::optional<Placed> place(MailboxCore& core, MailboxCore::Writing& writing, Arrival arrival, NameIt name_it) {
    if (const auto known = writing.state().find_key(arrival.key)) {
        // A replay of what is not whole: the message keeps its UID.
        auto path = core.path_of(*known);
        auto done = placed(core, path, writing.state().told(*known));
        if (!name_it(path)) return std::nullopt;
        writing.commit();
        return done;
    }
    writing.need(1, 1);
    Entry entry;
    entry.message = std::move(arrival.message);
    entry.message.uid = writing.state().uid_next();
    entry.message.modseq = writing.state().modseq_next();
    entry.message.keywords = writing.state().acceptable(entry.message.keywords);
    entry.name = with_sizes(arrival.key, entry.message.size_lf, entry.message.size_crlf);
    entry.letters = letters_of(entry.message);
    entry.where = entry.letters.empty() ? Where::in_new : Where::in_cur;
    auto path = core.path_of(entry);
    writing.before_names();
    try {
        if (!name_it(path)) return std::nullopt;
        writing.after_names();
        writing.add(record::Added{entry});
        writing.commit();
    } catch (const SystemError&) {
        take_back(core, path);
        throw;
    }
    return placed(core, std::move(path), entry.message);
}

}  // namespace

Result<Placed, OverQuota> Mailbox::deliver(const Incoming& incoming, const Content& content) {
    const auto bytes = incoming.quota.bytes == 0 ? 0 : stored_size(content);
    auto token = reserve(core_->account(), {bytes, 1}, incoming.quota);
    if (!token) return fail(token.error());
    return deliver_copy(incoming, content, std::move(*token));
}

Result<Placed, OverQuota> Mailbox::deliver_copy(const Incoming& incoming, const Content& content, std::string token) {
    Reserved reserved(core_->account(), std::move(token));
    core_->mend_directories();
    MessageWriter writer(core_->files(), core_->temporary(delivery_key(incoming.id, incoming.recipient)));
    each_chunk(content, [&](std::string_view chunk) { writer.write(chunk); });
    writer.finish();
    if (incoming.durable) writer.sync();
    std::optional<Placed> done;
    {
        MailboxCore::Writing writing(*core_);
        writing.release(reserved.take());
        done = place(*core_, writing, arrival_of(incoming, writer.size_lf(), writer.size_crlf()),
                     [&](const std::string& path) {
                         core_->files().rename(core_->here(writer.path()), path);
                         writer.placed();
                         return true;
                     });
    }
    if (incoming.durable) sync_name(*core_, done->path);
    return *done;
}

Result<Placed, OverQuota> Mailbox::deliver_link(const Incoming& incoming, const Placed& first, const Content& content) {
    if (incoming.durable) return deliver(incoming, content);  // a link would share the first one's doubtful pages
    auto token = reserve(core_->account(), {first.size_lf, 1}, incoming.quota);
    if (!token) return fail(token.error());
    Reserved reserved(core_->account(), *token);
    {
        MailboxCore::Writing writing(*core_);
        writing.release(reserved.take());
        const auto key = delivery_key(incoming.id, incoming.recipient);
        auto done = place(*core_, writing, arrival_of(incoming, first.size_lf, first.size_crlf),
                          [&](const std::string& path) { return link_over(*core_, first.path, path, key); });
        if (done) return std::move(*done);
        writing.release({});  // the copy needs it
    }
    return deliver_copy(incoming, content, std::move(*token));
}

bool Mailbox::remembers(const Incoming& incoming) {
    const auto key = delivery_key(incoming.id, incoming.recipient);
    const MailboxCore::Reading reading(*core_);
    return reading.state().find_key(key) || reading.state().find_expunged_key(key) != nullptr;
}

bool Mailbox::served(const Incoming& incoming, const Content& content, Compare compare) {
    const auto key = delivery_key(incoming.id, incoming.recipient);
    std::vector<std::string> paths;
    {
        const MailboxCore::Reading reading(*core_);
        if (const auto known = reading.state().find_key(key)) paths.push_back(core_->path_of(*known));
        const auto* grave = reading.state().find_expunged_key(key);
        if (paths.empty() && grave != nullptr && grave->reason != Reason::lost) return true;
    }
    if (compare == Compare::nothing) return false;
    const auto whole = [&](const std::string& path) {
        const auto file = core_->files().open_if_there(path, OpenMode::read);
        if (!file) return false;
        return compare == Compare::bytes ? holds(*file, content) : file->info().size_bytes == stored_size(content);
    };
    for (const auto& path : paths)
        if (whole(path)) return true;
    for (const auto where : {Where::in_new, Where::in_cur}) {
        const auto directory = core_->directory_of(where);
        for (const auto& file : core_->files().list(directory).value_or(std::vector<std::string>{})) {
            const auto name = parse_maildir_name(file);
            if (name && name->key == key && whole(directory + "/" + file)) return true;
        }
    }
    return false;
}

}  // namespace md::store
