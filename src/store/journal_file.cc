// store/journal_file.cc - see journal_file.h

#include "store/journal_file.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"

namespace md::store {

namespace {
constexpr std::size_t kReadAtOnce = 256U << 10;

/// What was read of a file and is not used yet. Its room is neither cleared nor grown for nothing: a mailbox is opened
/// by reading all of its journal.
class Unread {
  public:
    [[nodiscard]] std::string_view octets() const noexcept { return {room_.get() + begin_, end_ - begin_}; }
    void use(std::size_t octets) noexcept { begin_ += octets; }
    /// Up to `wanted` more; how many there were.
    std::size_t read(const File& file, std::uint64_t offset, std::size_t wanted) {
        make_room(wanted);
        const auto got = file.read_at(offset, room_.get() + end_, wanted);
        end_ += got;
        return got;
    }

  private:
    void make_room(std::size_t wanted) {
        if (size_ - end_ >= wanted) return;
        const auto kept = octets();
        if (size_ < kept.size() + wanted) {
            size_ = kept.size() + wanted;
            auto larger = std::make_unique_for_overwrite<char[]>(size_);
            std::copy(kept.begin(), kept.end(), larger.get());
            room_ = std::move(larger);
        } else {
            std::copy(kept.begin(), kept.end(), room_.get());
        }
        begin_ = 0;
        end_ = kept.size();
    }

    std::unique_ptr<char[]> room_;
    std::size_t size_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// How much to read behind `rest`, which is no whole frame: at least what that frame lacks.
std::size_t lacks(std::string_view rest) noexcept {
    ByteReader reader(rest);
    const std::size_t size = reader.number<std::uint32_t>();
    if (!reader.ok() || size > kFrameLimit) return kReadAtOnce;
    return std::max(kReadAtOnce, kFrameHeader + size - std::min(rest.size(), kFrameHeader + size));
}

}  // namespace

JournalFile::JournalFile(Files& files, std::string path, std::string_view magic)
    : files_(files), path_(std::move(path)), magic_(magic) {}

JournalFile::Open JournalFile::reopen() {
    if (file_) {
        const auto now = files_.info(path_);
        if (!now) {
            file_.reset();
            return Open::missing;
        }
        size_there_ = now->size_bytes;
        // Shorter than what was read: a holder took back a batch that did not fit the disk.
        if (now->inode == identity_.inode && now->device == identity_.device && size_there_ >= offset_)
            return Open::same;
    }
    file_.reset();  // whatever fails from here on, the next call opens it anew
    offset_ = 0;
    must_cut_ = false;
    std::shared_ptr<File> opened = files_.open_if_there(path_, OpenMode::read_write);
    if (!opened) return Open::missing;
    identity_ = opened->info();
    size_there_ = identity_.size_bytes;
    std::string magic(magic_.size(), '\0');
    if (opened->read_at(0, magic.data(), magic.size()) != magic.size() || magic != magic_) return Open::not_ours;
    offset_ = magic_.size();
    file_ = std::move(opened);
    return Open::replaced;
}

JournalFile::End JournalFile::read(const Apply& apply, bool salvage) {
    Unread unread;
    std::string tail;  // behind damage, all of the rest
    bool skipped = false;
    must_cut_ = false;
    const auto size = size_there_;
    for (bool more = offset_ < size; more;) {
        const auto have = unread.octets().size();
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(lacks(unread.octets()), size - offset_ - have));
        const auto got = unread.read(*file_, offset_ + have, wanted);
        more = got == wanted && offset_ + have + got < size;
        auto rest = unread.octets();
        for (;;) {
            const auto step = next_frame(rest);
            if (step.state == FrameStep::State::whole) {
                apply(step.payload);
                rest.remove_prefix(step.size);
                offset_ += step.size;
                continue;
            }
            if (more && step.state == FrameStep::State::incomplete) {
                unread.use(unread.octets().size() - rest.size());
                break;
            }
            if (rest.empty()) return skipped ? End::damaged : End::clean;
            must_cut_ = true;
            // Only now is it worth to hold the whole rest: damage is rare.
            std::string behind(static_cast<std::size_t>(file_->info().size_bytes - offset_), '\0');
            behind.resize(file_->read_at(offset_, behind.data(), behind.size()));
            bool gave_up = false;
            const auto next = find_frame(behind, 1, &gave_up);
            if (!next) return skipped || gave_up ? End::damaged : End::unfinished;
            if (!salvage) return End::damaged;
            skipped = true;
            offset_ += *next;
            tail = behind.substr(*next);
            rest = tail;
            more = false;
        }
    }
    return End::clean;
}

void JournalFile::cut() {
    if (!must_cut_) return;
    file_->truncate(offset_);
    must_cut_ = false;
}

void JournalFile::append(std::string_view frames) {
    if (frames.empty()) return;
    try {
        file_->write_at(offset_, frames);
    } catch (const SystemError&) {
        must_cut_ = true;
        try {
            cut();
        } catch (const SystemError&) {
            // The next holder of the lock does it; the first failure is the one to tell.
        }
        throw;
    }
    offset_ += frames.size();
}

std::string JournalFile::octets_from(std::uint64_t offset) const {
    std::string out(static_cast<std::size_t>(offset_ - offset), '\0');
    out.resize(file_->read_at(offset, out.data(), out.size()));
    return out;
}

JournalFile::Prepared::Prepared(Files& files, std::string path, std::string_view magic, std::string_view frames)
    : files_(files), path_(std::move(path)) {
    file_ = files_.open(path_, OpenMode::create_new);
    size_ = magic.size() + frames.size();
    const std::string_view pieces[] = {magic, frames};
    try {
        file_->write_at(0, pieces);
        file_->sync();
    } catch (const SystemError&) {
        files_.unlink(path_);
        throw;
    }
}

JournalFile::Prepared::~Prepared() {
    if (committed_) return;
    try {
        files_.unlink(path_);
    } catch (const SystemError&) {
        // Left behind under a name that nobody reads; the next holder of that name removes it.
    }
}

void JournalFile::Prepared::append(std::string_view frames) {
    if (frames.empty()) return;
    file_->write_at(size_, frames);
    size_ += frames.size();
    file_->sync();
}

std::unique_ptr<JournalFile::Prepared> JournalFile::prepare_at(const std::string& path, std::string_view frames) const {
    static std::atomic<unsigned> counter{0};
    auto beside = path + ".new." + std::to_string(::getpid()) + "." + std::to_string(++counter);
    files_.unlink(beside);  // a dead process of the same number may have left it
    return std::make_unique<Prepared>(files_, std::move(beside), magic_, frames);
}

void JournalFile::commit(Prepared& prepared) {
    files_.rename(prepared.path_, path_);
    prepared.committed_ = true;
    file_.reset();  // if the next line throws, whoever comes next reads what is there now
    files_.sync_directory(parent_directory(path_));
    file_ = std::move(prepared.file_);
    identity_ = file_->info();
    offset_ = prepared.size_;
    must_cut_ = false;
}

}  // namespace md::store
