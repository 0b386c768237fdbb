// spool/spool.cc - see spool.h

#include "spool/spool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <utility>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/strings.h"

namespace md::spool {

namespace {

constexpr std::array kOwnStates{state::kIncoming, state::kRemote,     state::kRetry,
                                state::kHolding,  state::kQuarantine, state::kBad};
constexpr std::string_view kTaken = "taken";
constexpr std::string_view kEnvelopeSuffix = ".env";
constexpr std::string_view kMessageSuffix = ".msg";
constexpr std::string_view kNewSuffix = ".env.new";
constexpr std::uint64_t kEnvelopeLimit = 256U << 20;
constexpr std::size_t kCopyAtOnce = 1U << 20;
constexpr std::size_t kStateLimit = 32;

/// The id in "ID.suffix".
std::optional<QueueId> id_of(std::string_view file_name, std::string_view suffix) {
    if (!file_name.ends_with(suffix)) return std::nullopt;
    const auto id = QueueId::parse(file_name.substr(0, file_name.size() - suffix.size()));
    if (!id || id->text() != file_name.substr(0, QueueId::kTextSize)) return std::nullopt;
    return id;
}

void copy_range(const File& from, std::uint64_t offset, std::uint64_t size, File& to, std::uint64_t at) {
    std::string chunk(std::min<std::uint64_t>(size, kCopyAtOnce), '\0');
    while (size > 0) {
        const auto wanted = std::min<std::uint64_t>(size, chunk.size());
        const auto got = from.read_at(offset, chunk.data(), wanted);
        if (got == 0) throw CorruptFile(from.path(), "shorter than the message in it");
        to.write_at(at, std::string_view(chunk).substr(0, got));
        offset += got;
        at += got;
        size -= got;
    }
}

}  // namespace

bool is_state_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > kStateLimit || name == kTaken || name == "index" || name == "lock" ||
        name == "rates")
        return false;
    const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
    if (!small(name.front())) return false;
    return std::ranges::all_of(name, [&](char c) { return small(c) || is_digit(c) || c == '-'; });
}

unsigned folder_number(QueueId id) noexcept {
    std::string octets;
    put_number(octets, id.value());
    return crc32c(octets) % Spool::kFolders;
}

Spool::Spool(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {
    files_.make_directories(directory_);
    bool made = files_.make_directory(taken_directory());
    for (const auto name : kOwnStates) made = files_.make_directory(directory_ + "/" + std::string(name)) || made;
    if (made) files_.sync_directory(directory_);
    root_ = files_.open_directory(directory_);
}

bool Spool::try_lock() {
    if (!lock_) lock_ = files_.open(directory_ + "/lock", OpenMode::create, 0600);
    return lock_->try_lock();
}

std::string Spool::folder(std::string_view state, unsigned number) const {
    return fmt::format("{}/{}/{:02x}", directory_, state, number);
}
std::string message_file(std::string_view spool, std::string_view state, QueueId id) {
    return fmt::format("{}/{}/{:02x}/{}{}", spool, state, folder_number(id), id.text(), kMessageSuffix);
}
std::string Spool::message_path(std::string_view state, QueueId id) const {
    return message_file(directory_, state, id);
}
std::string Spool::envelope_path(std::string_view state, QueueId id) const {
    return fmt::format("{}/{}{}", folder(state, folder_number(id)), id.text(), kEnvelopeSuffix);
}

std::vector<std::string> Spool::states() const {
    std::vector<std::string> out;
    for (const auto name : kOwnStates) out.emplace_back(name);
    const auto names = files_.list(directory_);
    if (!names) return out;
    for (const auto& name : *names) {
        if (!is_state_name(name) || std::ranges::find(out, name) != out.end()) continue;
        const auto info = files_.info(directory_ + "/" + name);
        if (info && info->directory) out.push_back(name);
    }
    return out;
}

void Spool::create_state(const std::string& state) {
    MD_ASSERT(is_state_name(state));
    if (files_.make_directory(directory_ + "/" + state)) files_.sync_directory(directory_);
}

bool Spool::remove_state(const std::string& state) {
    if (!is_state_name(state) || std::ranges::find(kOwnStates, state) != kOwnStates.end()) return false;
    try {
        for (unsigned number = 0; number < kFolders; ++number) files_.remove_directory(folder(state, number));
        if (!files_.remove_directory(directory_ + "/" + state)) return false;
    } catch (const SystemError& error) {
        if (error.code() == ENOTEMPTY || error.code() == EEXIST) return false;
        throw;
    }
    files_.sync_directory(directory_);
    return true;
}

/// On disk before anything is in it: a sync that fails later would not tell. A folder that is there may be so in memory
/// alone: an earlier process was killed before its sync, or the sync failed.
void Spool::make_folder(std::string_view state, QueueId id) {
    const auto path = folder(state, folder_number(id));
    const bool made = files_.make_directory(path);
    if (!made && synced_states_.contains(state)) return;
    try {
        files_.sync_directory(fmt::format("{}/{}", directory_, state));
    } catch (const SystemError&) {
        if (made) files_.remove_directory(path);
        throw;
    }
    synced_states_.emplace(state);
}

/// Its name is wanted again.
void Spool::keep_file(const std::string& path) {
    later_.unlink.erase(path);
    syncing_.unlink.erase(path);
}

std::uint64_t Spool::write_message(const std::string& path, std::span<const MessagePiece> message, Durable durable) {
    keep_file(path);
    files_.unlink(path);  // half of one that was never finished, if any
    const auto file = files_.open(path, OpenMode::create_new, 0600);
    std::uint64_t size = 0;
    for (const auto& piece : message) {
        if (piece.file)
            copy_range(*piece.file, piece.offset, piece.size_bytes, *file, size);
        else
            file->write_at(size, piece.text);
        size += piece.size_bytes;
    }
    if (durable == Durable::now) file->sync();
    return size;
}

void Spool::write_envelope_file(const std::string& path, std::string_view text, Durable durable) {
    if (durable == Durable::now) return files_.replace(path, text);  // syncs the folder, and with it the message's name
    files_.unlink(path);
    files_.open(path, OpenMode::create_new, 0600)->write_at(0, text);
}

void Spool::add(std::string_view state, const Envelope& envelope, std::span<const MessagePiece> message,
                Durable durable, std::span<const Progress> progress) {
    behind_ = behind_ || durable == Durable::later;
    make_folder(state, envelope.id);
    files_.unlink(envelope_path(state, envelope.id));
    const auto size = write_message(message_path(state, envelope.id), message, durable);
    auto text = write_envelope(envelope, size);
    for (const auto& one : progress) text += write_progress(one);
    write_envelope_file(envelope_path(state, envelope.id), text, durable);
    unsynced_.erase(envelope.id.value());
    if (distrusted_) secured_.insert(envelope.id.value());
}

void Spool::add_raw(QueueId id, WallTime now, std::span<const MessagePiece> octets, std::string_view why) {
    Envelope envelope;
    envelope.id = id;
    envelope.arrived = now;
    Progress progress;
    progress.time = now;
    progress.kind = Progress::Kind::failed;
    progress.text = why;
    add(state::kBad, envelope, octets, Durable::now, std::span(&progress, 1));
}

/// none: not there, or not to be read as an envelope
std::optional<StoredEnvelope> Spool::read_file(const std::string& path) {
    const auto text = files_.read(path, kEnvelopeLimit);
    if (!text) return std::nullopt;
    auto stored = read_envelope(*text);
    if (!stored) return std::nullopt;
    return std::move(*stored);
}

std::optional<StoredEnvelope> Spool::read(std::string_view state, QueueId id) {
    const auto path = envelope_path(state, id);
    const auto text = files_.read(path, kEnvelopeLimit);
    if (!text) return std::nullopt;
    auto stored = read_envelope(*text);
    if (!stored) throw CorruptFile(path, fmt::format("line {}: {}", stored.error().line, stored.error().text));
    return std::move(*stored);
}

std::unique_ptr<File> Spool::open_message(std::string_view state, QueueId id) {
    return files_.open_if_there(message_path(state, id), OpenMode::read);
}

bool Spool::is_there(std::string_view state, QueueId id) {
    return files_.info(envelope_path(state, id)).has_value();
}

std::optional<std::string> Spool::find(QueueId id) {
    for (auto& state : states())
        if (is_there(state, id)) return std::move(state);
    return std::nullopt;
}

bool Spool::append_progress(std::string_view state, QueueId id, std::span<const Progress> progress, Durable durable) {
    secure_envelope(state, id);
    const auto file = files_.open_if_there(envelope_path(state, id), OpenMode::read_write);
    if (!file) return false;
    if (progress.empty()) return true;
    auto size = file->info().size_bytes;
    char last = '\0';
    if (size == 0 || file->read_at(size - 1, &last, 1) != 1 || last != '\n') {
        // Half a line of a writer that died: what is appended behind it would be lost with it.
        const auto stored = read_envelope(file->read_all(kEnvelopeLimit));
        if (!stored) throw CorruptFile(file->path(), stored.error().text);
        size = stored->complete_size;
        file->truncate(size);
    }
    std::string lines;
    for (const auto& one : progress) lines += write_progress(one);
    behind_ = behind_ || durable == Durable::later;
    file->write_at(size, lines);
    if (durable == Durable::later) {
        later_.progress.insert(id.value());
        return true;
    }
    try {
        file->sync_data();
    } catch (const SystemError&) {
        unsynced_.insert(id.value());
        throw;
    }
    return true;
}

/// What the envelope says may be in memory alone, and a later sync would not change that (files.h): written anew.
void Spool::secure_envelope(std::string_view state, QueueId id) {
    const bool doubtful = unsynced_.contains(id.value()) || (distrusted_ && !secured_.contains(id.value()));
    if (!doubtful) return;
    const auto path = envelope_path(state, id);
    const auto text = files_.read(path, kEnvelopeLimit);
    if (!text) return;  // it is elsewhere, and as doubtful as before
    files_.replace(path, *text);
    unsynced_.erase(id.value());
    if (distrusted_) secured_.insert(id.value());
}

/// A second name for the message beside where its envelope will be; the first goes later.
void Spool::bring_message(QueueId id, std::string_view from, std::string_view to) {
    const auto source = message_path(from, id);
    const auto target = message_path(to, id);
    keep_file(target);
    const auto outcome = files_.link(source, target);
    if (outcome == LinkOutcome::done || outcome == LinkOutcome::exists) return;
    const std::shared_ptr<const File> file = files_.open(source, OpenMode::read);
    const MessagePiece piece(file, 0, file->info().size_bytes);
    write_message(target, std::span(&piece, 1), Durable::now);
}

bool Spool::move(QueueId id, std::string_view from, std::string_view to, Durable durable) {
    if (from == to) return files_.info(envelope_path(from, id)).has_value();
    if (!files_.info(envelope_path(from, id))) return false;
    secure_envelope(from, id);
    behind_ = behind_ || durable == Durable::later;
    make_folder(to, id);  // once it is renamed into it, the envelope is nowhere else
    bring_message(id, from, to);
    if (durable == Durable::now) files_.sync_directory(folder(to, folder_number(id)));
    files_.rename(envelope_path(from, id), envelope_path(to, id));
    if (durable == Durable::later) {
        later_.unlink.insert(message_path(from, id));
        return true;
    }
    files_.sync_directory(folder(to, folder_number(id)));
    files_.sync_directory(folder(from, folder_number(id)));
    files_.unlink(message_path(from, id));
    return true;
}

bool Spool::remove(std::string_view state, QueueId id, Durable durable) {
    secure_envelope(state, id);
    behind_ = behind_ || durable == Durable::later;
    // A message alone may be that of an envelope elsewhere: scan() knows.
    if (!files_.unlink(envelope_path(state, id))) return false;
    if (durable == Durable::later) {
        later_.unlink.insert(message_path(state, id));  // while the envelope may come back, it stands beside it
        return true;
    }
    files_.sync_directory(folder(state, folder_number(id)));
    files_.unlink(message_path(state, id));
    return true;
}

void Spool::leave(std::string_view state, std::string_view home, QueueId id) {
    if (!is_there(state, id)) return;
    if (!files_.info(message_path(home, id))) bring_message(id, state, home);
    files_.sync_directory(folder(home, folder_number(id)));
    (void)remove(state, id, Durable::now);
}

bool Spool::fetch_message(std::string_view state, QueueId id) {
    for (const auto& other : states()) {
        if (other == state || !files_.info(message_path(other, id))) continue;
        bring_message(id, other, state);
        behind_ = true;
        return true;
    }
    return false;
}

/// When what makes it needless is on disk.
void Spool::unlink_later(const std::string& path) {
    behind_ = true;
    if (!distrusted_) later_.unlink.insert(path);
}

/// A message without an envelope beside it: what remove(), move() or an unfinished add() left.
void Spool::settle_lone_message(std::string_view state, QueueId id) {
    const auto path = message_path(state, id);
    if (later_.unlink.contains(path) || syncing_.unlink.contains(path)) return;
    const auto home = find(id);
    if (home && *home == state) return;  // its envelope came since the listing
    if (home && !files_.info(message_path(*home, id))) bring_message(id, state, *home);
    unlink_later(path);
}

/// A rename that a stopped machine caught halfway may leave the envelope in two states: here it stays.
void Spool::settle_twins(std::string_view state, QueueId id) {
    const auto here = files_.info(envelope_path(state, id));
    if (!here || here->links < 2) return;
    for (const auto& other : states()) {
        if (other == state) continue;
        const auto there = files_.info(envelope_path(other, id));
        if (!there || there->inode != here->inode || there->device != here->device) continue;
        if (!files_.info(message_path(state, id)) && !fetch_message(state, id)) continue;
        files_.unlink(envelope_path(other, id));
        unlink_later(message_path(other, id));
    }
}

std::vector<Spool::Found> Spool::scan(std::string_view state, unsigned number) {
    std::vector<Found> out;
    const auto path = folder(state, number);
    const auto names = files_.list(path);
    if (!names) return out;
    const std::set<std::string_view> present(names->begin(), names->end());
    for (const auto& file_name : *names) {
        if (const auto id = id_of(file_name, kEnvelopeSuffix)) {
            settle_twins(state, *id);
            const bool has_message =
                present.contains(id->text() + std::string(kMessageSuffix)) || fetch_message(state, *id);
            out.emplace_back(*id, read_file(path + "/" + file_name), has_message);
        } else if (const auto lone = id_of(file_name, kMessageSuffix)) {
            if (!present.contains(lone->text() + std::string(kEnvelopeSuffix))) settle_lone_message(state, *lone);
        } else if (file_name.find(kNewSuffix) != std::string::npos) {
            files_.unlink(path + "/" + file_name);  // Files::replace() did not come to its end
        }
    }
    return out;
}

void Spool::sync() {
    if (!begin_sync()) return;
    try {
        sync_files();
    } catch (const SystemError&) {
        end_sync(false);
        throw;
    }
    end_sync(true);
}

bool Spool::begin_sync() {
    if (!std::exchange(behind_, false)) return false;
    syncing_ = std::exchange(later_, {});
    return true;
}

void Spool::end_sync(bool good) {
    auto synced = std::exchange(syncing_, {});
    if (good) {
        for (const auto& path : synced.unlink) files_.unlink(path);
        return;
    }
    // What was to be unlinked stays: the names that replace it may never be on the disk. What was done beside the sync
    // may have been swept by it, too.
    behind_ = true;
    unsynced_.merge(synced.progress);
    unsynced_.merge(later_.progress);
    later_ = {};
    distrust();
}

void Spool::sync_names(QueueId id) {
    for (const auto& state : states()) {
        const auto path = folder(state, folder_number(id));
        if (synced_folders_.contains(path) || !files_.info(path)) continue;
        files_.sync_directory(path);
        synced_folders_.insert(path);
    }
}

}  // namespace md::spool
