// mdqueue/sync_history.cc - see sync_history.h; byte by byte in doc/formats/sync-mark.md

#include "mdqueue/sync_history.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/error.h"

namespace md::mdqueue {

namespace {

constexpr std::string_view kMagic("MDSYNC\0\0", 8);
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kSize = 25;

}  // namespace

std::string encode(const SyncMark& mark) {
    std::string out(kMagic);
    put_number(out, kVersion);
    put_number(out, mark.boot);
    put_number(out, static_cast<std::uint8_t>(mark.doubtful));
    put_number(out, crc32c(out));
    return out;
}

SyncMark decode_sync_mark(std::string_view file, std::uint64_t boot) noexcept {
    const SyncMark unreadable{boot, true};
    if (file.size() != kSize || !file.starts_with(kMagic)) return unreadable;
    ByteReader in(file.substr(kMagic.size()));
    if (in.number<std::uint32_t>() != kVersion) return unreadable;
    SyncMark mark;
    mark.boot = in.number<std::uint64_t>();
    mark.doubtful = in.number<std::uint8_t>() != 0;
    const auto crc = in.number<std::uint32_t>();
    if (!in.ok() || crc32c(file.substr(0, kSize - sizeof crc)) != crc) return unreadable;
    return mark;
}

SyncHistory::SyncHistory(Files& files, std::string path, std::uint64_t boot)
    : files_(files), path_(std::move(path)), boot_(boot) {
    const auto file = files_.read(path_);
    if (!file) return;
    const auto mark = decode_sync_mark(*file, boot_);
    doubtful_past_ = mark.boot == boot_ && mark.doubtful;
}

void SyncHistory::write(bool doubtful) {
    if (!file_) file_ = files_.open(path_, OpenMode::create, 0600);
    file_->write_at(0, encode(SyncMark{boot_, doubtful}));
}

void SyncHistory::begin() {
    write(true);
}

void SyncHistory::end(bool good) {
    if (!good) ++failures_;
    if (doubtful_past_ || failures_ > 0) return;  // for the rest of the boot
    try {
        write(false);
    } catch (const SystemError&) {
        // It stays doubtful: the next process does more than it need.
    }
}

}  // namespace md::mdqueue
