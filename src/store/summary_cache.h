// store/summary_cache.h - mdmail.cache: what was once computed of a mailbox's messages
//
// PURPOSE
//   Keeps the summaries of summary.h on disk, and in memory where they lie: 16 octets a message.
// CONTRACT
//   Thread-safe; every call may block, but for no lock that another holds. Nothing depends on it: it may be deleted at
//   any time, is never synced, and what is damaged in it is reported and computed again. So no call throws SystemError:
//   what cannot be read is not there, what cannot be written is not kept. Several processes append, each under the
//   file's own flock; the mailbox's lock is not needed. Compaction makes a new file beside it and renames.
// FORMAT
//   doc/formats/mailbox-cache.md
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "store/summary.h"
#include "store/types.h"

namespace md::store {

class SummaryCache {
  public:
    /// What was found damaged; once until it is mended, in this object's lock: says it, and no more.
    using Report = std::function<void(std::string_view found)>;

    SummaryCache(Files& files, std::string path, Report report = {})
        : files_(files), path_(std::move(path)), report_(std::move(report)) {}
    /// The same file under another path: its folder was renamed.
    void move(std::string path) {
        const std::lock_guard lock(mutex_);
        path_ = std::move(path);
    }

    /// Whose summaries: a file of another mailbox or UIDVALIDITY counts as none.
    struct Owner {
        std::string mailbox_id;
        std::uint32_t uid_validity = 0;
    };

    /// For each of `uids` what there is of the kinds wanted; for fewer of them, but at least one, if frames of more
    /// than `limit_octets` would have to be read.
    [[nodiscard]] std::vector<MessageSummary> read(const Owner& owner, std::span<const Uid> uids, SummaryKinds wanted,
                                                   std::size_t limit_octets);

    struct Frame {
        CacheKey key;
        std::string octets;
    };
    /// `is_live`: whether a UID is of a message that the mailbox has; `messages`: how many it has. They decide when and
    /// what is thrown away.
    struct Living {
        std::uint32_t messages = 0;
        std::function<bool(Uid)> is_live;
    };
    void append(const Owner& owner, const std::vector<Frame>& frames, const Living& living);

    /// Larger frames are not kept.
    static constexpr std::size_t kFrameLimit = 1U << 20;

  private:
    /// Where a message's frames begin (0: there is none), and their sizes in units, rounded up.
    struct Entry {
        Uid uid = 0;
        std::uint32_t header = 0;
        std::uint32_t body = 0;
        std::uint16_t header_units = 0;
        std::uint16_t body_units = 0;
    };
    static_assert(sizeof(Entry) == 16);
    struct Wanted {
        std::uint64_t offset;
        std::size_t size;
        std::size_t index;  ///< in the caller's list
        CacheKey key;
    };
    struct Plan {
        std::vector<Wanted> places;
        std::size_t covered = 0;  ///< of the caller's list
        bool missing = false;
    };

    void forget();
    void damaged(std::string_view found);
    bool refresh(const Owner& owner);
    bool open(const Owner& owner);
    bool belongs_to(const Owner& owner);
    void index_new();
    void index_frames(std::uint64_t size);
    void note(CacheKey key, std::uint64_t offset, std::uint64_t size);
    void merge();
    [[nodiscard]] Entry* find(Uid uid) noexcept;
    [[nodiscard]] Plan plan(std::span<const Uid> uids, SummaryKinds wanted, std::size_t limit_octets);
    void read_places(const File& file, std::vector<Wanted> places, std::vector<MessageSummary>& out);
    void disown(const std::vector<CacheKey>& keys);
    void create(const Owner& owner);
    void write(File& writer, const std::vector<Frame>& frames);
    void compact(const Owner& owner, const Living& living);
    [[nodiscard]] bool pays(const Living& living) const noexcept;

    Files& files_;
    std::string path_;
    Report report_;
    std::mutex mutex_;
    std::shared_ptr<File> file_;
    std::uint64_t inode_ = 0;
    std::uint64_t indexed_ = 0;   ///< behind the last frame in the index
    std::uint64_t dead_ = 0;      ///< octets of frames that others have taken the place of
    bool broken_ = false;         ///< no frame can stand at indexed_
    std::uint64_t reported_ = 0;  ///< inode of a file that is damaged, and said to be
    std::vector<Entry> index_;    ///< by UID
    std::vector<Entry> fresh_;    ///< not in it yet
};

}  // namespace md::store
