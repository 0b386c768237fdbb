// spool/taken.cc - see taken.h; byte by byte in doc/formats/taken-log.md

#include "spool/taken.h"

#include <fmt/format.h>

#include <charconv>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/strings.h"

namespace md::spool {

namespace {

constexpr std::string_view kMagic("MDTAKEN\0", 8);
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderSize = 24;
constexpr std::size_t kEntryHead = 8;  // crc, size
constexpr std::size_t kEntryLimit = 64;
constexpr std::uint64_t kFileLimit = 1U << 30;
constexpr std::string_view kSuffix = ".taken";

/// none: an entry of a kind that is not known here, passed over.
std::optional<TakenEntry> decode_entry(std::string_view body) {
    ByteReader in(body);
    TakenEntry entry;
    const auto kind = in.number<std::uint8_t>();
    entry.id = QueueId(in.number<std::uint64_t>());
    switch (kind) {
        case static_cast<std::uint8_t>(TakenEntry::Kind::finished): entry.recipient = in.number<std::uint32_t>(); break;
        case static_cast<std::uint8_t>(TakenEntry::Kind::made):
            entry.child = QueueId(in.number<std::uint64_t>());
            break;
        case static_cast<std::uint8_t>(TakenEntry::Kind::attempt): entry.boot = in.number<std::uint64_t>(); break;
        case static_cast<std::uint8_t>(TakenEntry::Kind::survived): break;
        default: return std::nullopt;
    }
    if (!in.ok()) return std::nullopt;
    entry.kind = static_cast<TakenEntry::Kind>(kind);
    return entry;
}

}  // namespace

std::string taken_header(std::uint64_t serial) {
    std::string out(kMagic);
    put_number(out, kVersion);
    put_number(out, serial);
    put_number(out, crc32c(out));
    return out;
}

std::string encode(const TakenEntry& entry) {
    std::string body;
    put_number(body, static_cast<std::uint8_t>(entry.kind));
    put_number(body, entry.id.value());
    switch (entry.kind) {
        case TakenEntry::Kind::finished: put_number(body, entry.recipient); break;
        case TakenEntry::Kind::made: put_number(body, entry.child.value()); break;
        case TakenEntry::Kind::attempt: put_number(body, entry.boot); break;
        case TakenEntry::Kind::survived: break;
    }
    std::string out;
    put_number(out, crc32c(body));
    put_text(out, body);
    return out;
}

Result<TakenContent, TakenFault> decode_taken(std::string_view file, std::uint64_t serial) {
    if (file.size() < kHeaderSize || file.substr(0, kHeaderSize) != taken_header(serial))
        return fail(TakenFault{"no header of this segment's log"});
    TakenContent content;
    content.complete_size = kHeaderSize;
    ByteReader in(file.substr(kHeaderSize));
    while (in.rest().size() >= kEntryHead) {
        const auto crc = in.number<std::uint32_t>();
        const auto body = in.text();
        if (!in.ok() || body.size() > kEntryLimit || body.empty() || crc32c(body) != crc) break;
        if (const auto entry = decode_entry(body)) content.entries.push_back(*entry);
        content.complete_size = file.size() - in.rest().size();
    }
    return content;
}

Taken::Taken(Files& files, std::string path, std::uint64_t serial, std::uint64_t boot)
    : files_(&files), path_(std::move(path)), serial_(serial), boot_(boot) {
    const auto file = files_->read(path_, kFileLimit);
    if (!file) return;
    const auto content = decode_taken(*file, serial_);
    // A log whose very header is not on disk was never flushed: nothing that it said had been acted on.
    size_ = content ? content->complete_size : 0;
    rewrite_ = size_ != file->size();
    if (!content) return;
    for (const auto& entry : content->entries) apply(entry, true);
}

Taken::~Taken() = default;
Taken::Taken(Taken&&) noexcept = default;
Taken& Taken::operator=(Taken&&) noexcept = default;

std::string Taken::file_name(std::uint64_t serial) {
    return fmt::format("{:016x}{}", serial, kSuffix);
}

std::optional<std::uint64_t> Taken::parse_file_name(std::string_view name) {
    if (name.size() != 16 + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
    std::uint64_t serial = 0;
    std::from_chars(name.data(), name.data() + 16, serial, 16);
    if (file_name(serial) != name) return std::nullopt;
    return serial;
}

void Taken::apply(const TakenEntry& entry, bool past) {
    switch (entry.kind) {
        case TakenEntry::Kind::finished: finished_.emplace(entry.id, entry.recipient); break;
        case TakenEntry::Kind::made: made_.emplace(entry.child, entry.id); break;
        case TakenEntry::Kind::attempt:
            // Another boot's attempt may have ended with the machine, which says nothing about the message.
            if (past && entry.boot == boot_) ++deaths_[entry.id.value()];
            break;
        case TakenEntry::Kind::survived: deaths_.erase(entry.id.value()); break;
    }
}

bool Taken::finished(QueueId id, std::uint32_t recipient) const {
    return finished(id) || finished_.contains({id, recipient});
}

bool Taken::finished(QueueId id) const {
    return finished_.contains({id, TakenEntry::kWhole});
}

bool Taken::made(QueueId child) const {
    const auto at = made_.lower_bound({child, QueueId()});
    return at != made_.end() && at->first == child;
}

unsigned Taken::deaths(QueueId id) const {
    const auto at = deaths_.find(id.value());
    return at == deaths_.end() || finished(id) ? 0 : at->second;
}

void Taken::finish(QueueId id, std::uint32_t recipient) {
    TakenEntry entry;
    entry.id = id;
    entry.recipient = recipient;
    if (finished(id, recipient)) return;
    apply(entry, false);
    waiting_ += encode(entry);
}

void Taken::make(QueueId parent, QueueId child) {
    if (made_.contains({child, parent})) return;
    TakenEntry entry;
    entry.kind = TakenEntry::Kind::made;
    entry.id = parent;
    entry.child = child;
    apply(entry, false);
    waiting_ += encode(entry);
}

void Taken::note_attempts(std::span<const QueueId> ids) {
    note(ids, TakenEntry::Kind::attempt);
}

void Taken::note_survived(std::span<const QueueId> ids) {
    note(ids, TakenEntry::Kind::survived);
}

void Taken::note(std::span<const QueueId> ids, TakenEntry::Kind kind) {
    std::string octets;
    for (const auto id : ids) {
        TakenEntry entry;
        entry.kind = kind;
        entry.id = id;
        entry.boot = boot_;
        apply(entry, false);
        octets += encode(entry);
    }
    if (rewrite_) write_anew();
    append(octets);
}

void Taken::append(std::string_view octets) {
    try {
        if (!file_) {
            file_ = files_->open(path_, OpenMode::create, 0600);
            if (size_ == 0) {
                const auto header = taken_header(serial_);
                file_->write_at(0, header);
                size_ = header.size();
            }
        }
        file_->write_at(size_, octets);
        size_ += octets.size();
    } catch (const SystemError&) {
        rewrite_ = true;
        throw;
    }
}

void Taken::write_anew() {
    std::string whole = taken_header(serial_);
    for (const auto& [id, recipient] : finished_) {
        TakenEntry entry;
        entry.id = id;
        entry.recipient = recipient;
        whole += encode(entry);
    }
    for (const auto& [child, parent] : made_) {
        TakenEntry entry;
        entry.kind = TakenEntry::Kind::made;
        entry.id = parent;
        entry.child = child;
        whole += encode(entry);
    }
    for (const auto& [id, count] : deaths_) {
        TakenEntry entry;
        entry.kind = TakenEntry::Kind::attempt;
        entry.id = QueueId(id);
        entry.boot = boot_;
        for (unsigned i = 0; i < count; ++i) whole += encode(entry);
    }
    file_.reset();
    files_->replace(path_, whole);
    size_ = whole.size();
    waiting_.clear();
    rewrite_ = false;
    name_synced_ = true;
}

void Taken::flush() {
    if (rewrite_) return write_anew();
    if (waiting_.empty()) return;
    append(waiting_);
    try {
        file_->sync_data();
        if (!name_synced_) files_->sync_directory(parent_directory(path_));
    } catch (const SystemError&) {
        rewrite_ = true;  // a sync that failed proves nothing about what was written, now or later
        throw;
    }
    name_synced_ = true;
    waiting_.clear();
}

void Taken::remove() {
    file_.reset();
    files_->unlink(path_);
    size_ = 0;
    waiting_.clear();
    rewrite_ = false;
}

}  // namespace md::spool
