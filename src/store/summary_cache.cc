// store/summary_cache.cc - see summary_cache.h

#include "store/summary_cache.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "base/bytes.h"
#include "base/error.h"
#include "store/record.h"

namespace md::store {

namespace {

constexpr std::string_view kCacheMagic = "mdcache1";
enum OwnerTag : std::uint32_t { tag_mailbox_id = 1, tag_uid_validity };

/// Offsets are of 32 bits; what would not fit is not kept.
constexpr std::uint64_t kSizeLimit = UINT32_MAX;
constexpr std::size_t kIndexAtOnce = 1U << 20;
constexpr std::size_t kReadAtOnce = 256U << 10;
constexpr std::size_t kUnit = 64;
static_assert(SummaryCache::kFrameLimit / kUnit < UINT16_MAX);
/// Enough of a frame for its key.
constexpr std::size_t kKeySize = 40;
/// Magic and owner fit.
constexpr std::size_t kHeadSize = 256;
constexpr std::uint64_t kCompactAbove = 1U << 20;
constexpr std::size_t kStrangersAllowed = 1000;

std::string owner_frame(const SummaryCache::Owner& owner) {
    FrameWriter frame;
    frame.record(static_cast<std::uint32_t>(CacheRecord::owner))
        .text(tag_mailbox_id, owner.mailbox_id)
        .number(tag_uid_validity, owner.uid_validity);
    return frame.finish();
}

/// The length that a frame's header gives; 0: no frame can stand here.
std::uint64_t frame_size(std::string_view at) noexcept {
    ByteReader reader(at);
    const auto size = reader.number<std::uint32_t>();
    return size < 2 || size > SummaryCache::kFrameLimit ? 0 : kFrameHeader + size;
}

/// Neither that of another version or owner, nor one that was cut.
bool is_damaged_head(std::string_view head) {
    const auto magic = kCacheMagic.substr(0, kCacheMagic.size() - 1);
    if (!head.starts_with(magic.substr(0, head.size()))) return true;
    if (!head.starts_with(kCacheMagic)) return false;
    return next_frame(head.substr(kCacheMagic.size())).state == FrameStep::State::damaged;
}

std::string read_from(const File& file, std::uint64_t offset, std::size_t size) {
    std::string out(size, '\0');
    out.resize(file.read_at(offset, out.data(), size));
    return out;
}

}  // namespace

void SummaryCache::forget() {
    file_.reset();
    index_.clear();
    fresh_.clear();
    indexed_ = dead_ = inode_ = 0;
    broken_ = false;
}

void SummaryCache::damaged(std::string_view found) {
    if (std::exchange(reported_, inode_) != inode_ && report_) report_(found);
}

/// The file that the path names now, indexed to its end. False: there is none for this owner.
bool SummaryCache::refresh(const Owner& owner) {
    const auto info = files_.info(path_);
    if (!info) {
        forget();
        return false;
    }
    const bool same = file_ && info->inode == inode_ && info->size_bytes >= indexed_;
    if (!same && !open(owner)) return false;
    index_new();
    return true;
}

bool SummaryCache::open(const Owner& owner) {
    forget();
    file_ = files_.open_if_there(path_, OpenMode::read);
    if (!file_) return false;
    inode_ = file_->info().inode;
    if (belongs_to(owner)) return true;
    if (is_damaged_head(read_from(*file_, 0, kHeadSize))) damaged("mdmail.cache has no beginning");
    forget();
    return false;
}

bool SummaryCache::belongs_to(const Owner& owner) {
    const auto expected = std::string(kCacheMagic) + owner_frame(owner);
    indexed_ = expected.size();
    return read_from(*file_, 0, expected.size()) == expected;
}

void SummaryCache::index_new() {
    const auto size = std::min(file_->info().size_bytes, kSizeLimit);
    if (size > indexed_ && !broken_) index_frames(size);
    merge();
}

/// Sums are not looked at here, but when a frame is read: a chain of lengths is enough to find them all.
void SummaryCache::index_frames(std::uint64_t size) {
    std::string buffer;
    std::uint64_t from = indexed_;
    while (indexed_ + kFrameHeader < size) {
        if (indexed_ < from || indexed_ + kKeySize > from + buffer.size()) {
            from = indexed_;
            buffer =
                read_from(*file_, from, static_cast<std::size_t>(std::min<std::uint64_t>(kIndexAtOnce, size - from)));
            if (buffer.size() <= kFrameHeader) return;
        }
        const auto frame = std::string_view(buffer).substr(static_cast<std::size_t>(indexed_ - from));
        const auto length = frame_size(frame);
        broken_ = length == 0;
        if (broken_) damaged("octets that are no record in mdmail.cache");
        if (broken_ || indexed_ + length > size) return;
        const auto payload = frame.substr(std::min(frame.size(), kFrameHeader)).substr(0, length - kFrameHeader);
        if (const auto key = decode_key(payload)) note(*key, indexed_, length);
        indexed_ += length;
    }
}

void SummaryCache::note(CacheKey key, std::uint64_t offset, std::uint64_t size) {
    auto* entry = find(key.uid);
    if (entry == nullptr) {
        auto& list = index_.empty() || index_.back().uid < key.uid ? index_ : fresh_;
        if (&list == &fresh_ && !fresh_.empty() && fresh_.back().uid == key.uid) {
            entry = &fresh_.back();
        } else {
            entry = &list.emplace_back(Entry{key.uid});
        }
    }
    const bool header = key.type == CacheRecord::header;
    auto& place = header ? entry->header : entry->body;
    auto& units = header ? entry->header_units : entry->body_units;
    if (place != 0) dead_ += units * kUnit;
    place = static_cast<std::uint32_t>(offset);
    units = static_cast<std::uint16_t>((size + kUnit - 1) / kUnit);
}

void SummaryCache::merge() {
    if (fresh_.empty()) return;
    const auto by_uid = [](const Entry& a, const Entry& b) { return a.uid < b.uid; };
    std::stable_sort(fresh_.begin(), fresh_.end(), by_uid);
    const auto middle = static_cast<std::ptrdiff_t>(index_.size());
    index_.insert(index_.end(), fresh_.begin(), fresh_.end());
    fresh_.clear();
    std::inplace_merge(index_.begin(), index_.begin() + middle, index_.end(), by_uid);
    // Two of one message, noted apart: the later frames count.
    std::size_t kept = 0;
    for (std::size_t at = 1; at < index_.size(); ++at) {
        auto& last = index_[kept];
        if (index_[at].uid != last.uid) {
            index_[++kept] = index_[at];
            continue;
        }
        if (index_[at].header != 0) {
            last.header = index_[at].header;
            last.header_units = index_[at].header_units;
        }
        if (index_[at].body != 0) {
            last.body = index_[at].body;
            last.body_units = index_[at].body_units;
        }
    }
    index_.resize(kept + 1);
}

SummaryCache::Entry* SummaryCache::find(Uid uid) noexcept {
    const auto at = std::lower_bound(index_.begin(), index_.end(), uid,
                                     [](const Entry& entry, Uid wanted) { return entry.uid < wanted; });
    return at == index_.end() || at->uid != uid ? nullptr : &*at;
}

SummaryCache::Plan SummaryCache::plan(std::span<const Uid> uids, SummaryKinds wanted, std::size_t limit_octets) {
    Plan plan;
    std::size_t octets = 0;
    for (const auto uid : uids) {
        if (octets > limit_octets) break;
        const auto* entry = find(uid);
        const auto want = [&](CacheRecord type, std::uint32_t offset, std::uint16_t units) {
            const auto size = units * kUnit;
            plan.missing = plan.missing || offset == 0;
            if (offset != 0) plan.places.push_back({offset, size, plan.covered, {type, uid}});
            octets += size;
        };
        const auto known = entry == nullptr ? Entry{} : *entry;
        if (wanted.header) want(CacheRecord::header, known.header, known.header_units);
        if (wanted.body) want(CacheRecord::body, known.body, known.body_units);
        ++plan.covered;
    }
    return plan;
}

std::vector<MessageSummary> SummaryCache::read(const Owner& owner, std::span<const Uid> uids, SummaryKinds wanted,
                                               std::size_t limit_octets) {
    std::vector<MessageSummary> out(uids.size());
    try {
        std::shared_ptr<File> file;
        Plan found;
        {
            const std::lock_guard lock(mutex_);
            found = plan(uids, wanted, limit_octets);
            // Others may have written what is missing here.
            if (found.missing && refresh(owner)) found = plan(uids, wanted, limit_octets);
            file = file_;
        }
        out.resize(found.covered);
        if (file) read_places(*file, std::move(found.places), out);
    } catch (const SystemError&) {
        // Computed anew, then.
    }
    return out;
}

namespace {

/// False: that frame is damaged, or another's.
bool decode(std::string_view octets, CacheKey wanted, MessageSummary& summary) {
    const auto step = next_frame(octets);
    if (step.state != FrameStep::State::whole) return false;
    const auto key = decode_key(step.payload);
    if (!key || key->uid != wanted.uid || key->type != wanted.type) return false;
    if (key->type == CacheRecord::header) {
        summary.header = decode_header(step.payload);
        return summary.header.has_value();
    }
    summary.body = decode_body(step.payload);
    return summary.body.has_value();
}

}  // namespace

/// In the order of the file, neighbours in one call.
void SummaryCache::read_places(const File& file, std::vector<Wanted> places, std::vector<MessageSummary>& out) {
    std::sort(places.begin(), places.end(), [](const auto& a, const auto& b) { return a.offset < b.offset; });
    std::string buffer;
    std::vector<CacheKey> lost;
    for (auto first = places.begin(); first != places.end();) {
        const auto from = first->offset;
        auto last = first;
        auto end = from + first->size;
        while (++last != places.end() && last->offset <= end + kUnit && last->offset + last->size - from <= kReadAtOnce)
            end = std::max(end, last->offset + last->size);
        buffer.resize(static_cast<std::size_t>(end - from));
        buffer.resize(file.read_at(from, buffer.data(), buffer.size()));
        for (; first != last; ++first) {
            const auto at = std::min(buffer.size(), static_cast<std::size_t>(first->offset - from));
            const auto octets = std::string_view(buffer).substr(at);
            if (!decode(octets, first->key, out[first->index])) lost.push_back(first->key);
        }
    }
    if (!lost.empty()) disown(lost);
}

/// What turned out to be damaged is written again.
void SummaryCache::disown(const std::vector<CacheKey>& keys) {
    const std::lock_guard lock(mutex_);
    damaged("octets that are no record in mdmail.cache");
    for (const auto& key : keys) {
        auto* entry = find(key.uid);
        if (entry == nullptr) continue;
        (key.type == CacheRecord::header ? entry->header : entry->body) = 0;
    }
}

void SummaryCache::append(const Owner& owner, const std::vector<Frame>& frames, const Living& living) {
    try {
        const std::lock_guard lock(mutex_);
        if (!refresh(owner)) create(owner);
        // Its own descriptor: others read by file_ meanwhile, and closing it gives back the lock.
        const auto writer = files_.open_if_there(path_, OpenMode::read_write);
        // Whoever else writes now keeps much the same: what is lost by not waiting is computed again.
        if (!writer || !writer->try_lock()) return;
        if (!refresh(owner) || writer->info().inode != inode_) return;
        write(*writer, frames);
        if (pays(living)) compact(owner, living);
    } catch (const SystemError&) {
        // Not kept: a full disk must not keep anybody from reading.
    }
}

/// Under the file's lock, the index at its end.
void SummaryCache::write(File& writer, const std::vector<Frame>& frames) {
    // What is no frame, or an unfinished one of a writer that died, would hide all behind it.
    if (writer.info().size_bytes > indexed_) writer.truncate(indexed_);
    broken_ = false;
    std::string octets;
    for (const auto& frame : frames) {
        if (frame.octets.size() > kFrameLimit) continue;
        const auto* entry = find(frame.key.uid);
        const bool known =
            entry != nullptr && (frame.key.type == CacheRecord::header ? entry->header : entry->body) != 0;
        if (!known) octets += frame.octets;
    }
    if (octets.empty() || indexed_ + octets.size() > kSizeLimit) return;
    writer.write_at(indexed_, octets);
    index_new();
    reported_ = 0;  // it is mended
}

bool SummaryCache::pays(const Living& living) const noexcept {
    const bool strangers = index_.size() > 2 * std::size_t{living.messages} + kStrangersAllowed;
    return strangers || (dead_ > kCompactAbove && dead_ > indexed_ / 2);
}

void SummaryCache::create(const Owner& owner) {
    static std::atomic<unsigned> counter{0};
    const auto temporary = path_ + ".new." + std::to_string(::getpid()) + "." + std::to_string(++counter);
    files_.unlink(temporary);
    files_.open(temporary, OpenMode::create_new)->write_at(0, std::string(kCacheMagic) + owner_frame(owner));
    files_.rename(temporary, path_);
}

/// The frames of living messages, into a new file. Who has the old one open reads on in it.
void SummaryCache::compact(const Owner& owner, const Living& living) {
    const auto next = path_ + ".compact";
    files_.unlink(next);
    const auto target = files_.open(next, OpenMode::create_new);
    std::string octets = std::string(kCacheMagic) + owner_frame(owner);
    std::uint64_t written = 0;
    const auto flush = [&] {
        target->write_at(written, octets);
        written += octets.size();
        octets.clear();
    };
    const auto copy = [&](std::uint32_t offset, std::uint16_t units) {
        if (offset == 0) return;
        const auto frame = read_from(*file_, offset, units * kUnit);
        const auto step = next_frame(frame);
        if (step.state == FrameStep::State::whole) octets += frame.substr(0, step.size);
    };
    for (const auto& entry : index_) {
        if (!living.is_live(entry.uid)) continue;
        copy(entry.header, entry.header_units);
        copy(entry.body, entry.body_units);
        if (octets.size() > kIndexAtOnce) flush();
    }
    if (!octets.empty()) flush();
    files_.rename(next, path_);
    (void)refresh(owner);
}

}  // namespace md::store
