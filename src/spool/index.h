// spool/index.h - what the manager keeps in memory of each waiting message, and its log on disk
//
// PURPOSE
//   Answers which message is due next and where a message is, for a million of them in less than 80 octets each. The
//   log lets a start take new mail at once, before the spool was scanned; it may be deleted at any time, and is never
//   more than a hint: the spool is true.
// CONTRACT
//   One thread, apart from write(), which blocks and touches only the file: begin_save() there, write() on the pool,
//   one at a time. After write() threw, the next begin_save() gives the whole log anew.
// FORMAT
//   doc/formats/spool-index.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/ids.h"
#include "base/result.h"

namespace md::spool {

/// One entry of the log; pure.
struct IndexEntry {
    enum class Kind : std::uint8_t {
        destination = 1,  ///< `number` is the destination `text`
        put = 2,          ///< the message is in state `state`, due at `due`, for destination `number`
        remove = 3,
        state = 4,  ///< `state` is the state `text`
    };
    Kind kind = Kind::put;
    std::uint16_t state = 0;
    std::uint32_t number = 0;
    QueueId id;
    std::int64_t due = 0;  ///< seconds since 1970 UTC
    std::string text;      ///< at most 255 octets

    friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

[[nodiscard]] std::string index_header();
[[nodiscard]] std::string encode(const IndexEntry& entry);
struct IndexContent {
    std::vector<IndexEntry> entries;
    std::size_t complete_size = 0;  ///< octets up to the last good entry
};
struct IndexFault {
    std::string_view text;
};
/// All entries up to the first one that is incomplete or damaged. A fault: no index of this version.
[[nodiscard]] Result<IndexContent, IndexFault> decode_index(std::string_view file);

class Index {
  public:
    static constexpr std::int64_t kNever = INT64_MAX;

    struct Place {
        std::string_view state;  ///< valid until the next call that changes the index
        std::string_view destination;
        std::int64_t due;
    };

    Index(Files& files, std::string path);
    ~Index();

    /// Blocks. What the log says; false: there is none that can be read.
    bool load();

    /// `destination` beyond 255 octets is cut. `due` kNever: waits for an administrator.
    void put(QueueId id, std::string_view state, std::string_view destination, std::int64_t due);
    void remove(QueueId id);
    [[nodiscard]] std::optional<Place> find(QueueId id) const;
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] std::vector<QueueId> ids() const;
    /// The `most` lowest of them behind `after`, in their order.
    [[nodiscard]] std::vector<QueueId> ids_behind(QueueId after, std::size_t most) const;
    /// How many are for each destination; those for none are left out.
    [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> count_destinations() const;

    /// When the first one is due; kNever if none is.
    [[nodiscard]] std::int64_t next_due();
    /// Takes the one that is due first, if it is due by `now`. It stays in the index, and is due again only by another
    /// put().
    [[nodiscard]] std::optional<QueueId> take_due(std::int64_t now);

    /// As take_due(), whenever it is due. false: there is no such message.
    bool take(QueueId id);

    struct Saving {
        std::string octets;
        bool anew = false;  ///< the whole log, in place of the old one
    };
    [[nodiscard]] bool dirty() const noexcept { return !waiting_.empty() || anew_; }
    [[nodiscard]] Saving begin_save();
    void write(const Saving& saving);

  private:
    struct Item {
        std::int64_t due;
        std::uint32_t destination;
        std::uint16_t state;
        bool taken;
    };
    struct Names {
        std::vector<std::string> texts;
        std::unordered_map<std::string, std::uint32_t> numbers;
    };

    void apply(const IndexEntry& entry);
    std::uint32_t number_of(Names& names, std::string_view text, IndexEntry::Kind kind);
    void push_due(std::int64_t due, QueueId id);
    void drop_stale();
    [[nodiscard]] std::string whole_log();

    Files& files_;
    std::string path_;
    std::unique_ptr<File> file_;
    std::uint64_t file_size_ = 0;
    std::unordered_map<std::uint64_t, Item> items_;
    std::vector<std::pair<std::int64_t, std::uint64_t>>
        due_;  ///< a heap, the earliest first; may hold what is no longer so
    Names states_;
    Names destinations_;
    std::string waiting_;
    std::uint64_t logged_bytes_ = 0;  ///< in the log, with what waits
    bool anew_ = true;
};

}  // namespace md::spool
