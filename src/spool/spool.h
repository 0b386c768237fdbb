// spool/spool.h - messages that wait: a file each, beside an envelope, in the folder that is their state
//
// PURPOSE
//   SPOOL/STATE/HH/ID.msg is a message, ID.env its envelope (envelope.h); HH are two digits of a hash of the id. A
//   state is a queue of the administrator's view: incoming, remote, retry, holding, quarantine, bad, and custom ones.
// CONTRACT
//   Blocks: pool jobs. One owner at a time, who holds lock(): mdqueue's manager, or mdctl while it is down; the owner
//   calls from one thread at a time. A message exists exactly if its envelope does. Message files are immutable.
//   Durable::later leaves the syncing to the caller's next sync(): until then a crash of the machine may undo what was
//   done, or leave parts, which scan() mends or names. remove() only what may come back: it does if the machine stops,
//   with the progress that is on disk.
// ERRORS
//   SystemError.
// FORMAT
//   doc/formats/envelope.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/files.h"
#include "base/ids.h"
#include "spool/envelope.h"

namespace md::spool {

namespace state {
inline constexpr std::string_view kIncoming = "incoming";
inline constexpr std::string_view kRemote = "remote";
inline constexpr std::string_view kRetry = "retry";
inline constexpr std::string_view kHolding = "holding";
inline constexpr std::string_view kQuarantine = "quarantine";
inline constexpr std::string_view kBad = "bad";
}  // namespace state

/// The id of the copy of a message that is set apart for those whom the filter wants looked at.
[[nodiscard]] inline QueueId quarantine_copy(QueueId id) noexcept {
    return id.child("quarantine", 0);
}

/// Small letters, digits and hyphens, a letter first, up to 32 octets; none of the spool's own folders.
[[nodiscard]] bool is_state_name(std::string_view name) noexcept;

/// A part of a message to be written: text in memory, or a range of an open file.
struct MessagePiece {
    std::string text;
    std::shared_ptr<const File> file;
    std::uint64_t offset = 0;
    std::uint64_t size_bytes = 0;

    explicit MessagePiece(std::string t) : text(std::move(t)), size_bytes(text.size()) {}
    MessagePiece(std::shared_ptr<const File> f, std::uint64_t o, std::uint64_t s)
        : file(std::move(f)), offset(o), size_bytes(s) {}
};

enum class Durable : std::uint8_t { now, later };

class Spool {
  public:
    /// Makes what is missing of the layout.
    Spool(Files& files, std::string directory);

    /// false: another owner has it.
    [[nodiscard]] bool try_lock();

    [[nodiscard]] std::vector<std::string> states() const;
    void create_state(const std::string& state);
    /// false: not empty, not there, or one that must be there
    [[nodiscard]] bool remove_state(const std::string& state);

    /// Written anew whatever is there, for after a sync that failed what memory shows proves nothing; so this is only
    /// for a message that nobody has worked on yet. `progress`: what became of it so far.
    void add(std::string_view state, const Envelope& envelope, std::span<const MessagePiece> message, Durable durable,
             std::span<const Progress> progress = {});
    /// Octets that could not be understood, for people to look at: in bad, without recipients, durable.
    void add_raw(QueueId id, WallTime now, std::span<const MessagePiece> octets, std::string_view why);

    /// none: no such message; throws CorruptFile if its envelope cannot be read
    [[nodiscard]] std::optional<StoredEnvelope> read(std::string_view state, QueueId id);
    [[nodiscard]] std::unique_ptr<File> open_message(std::string_view state, QueueId id);
    /// The message of an envelope that stands alone may still be where a stopped machine left it. false: nowhere.
    [[nodiscard]] bool fetch_message(std::string_view state, QueueId id);
    [[nodiscard]] bool is_there(std::string_view state, QueueId id);
    /// In whichever state it is; looks at each.
    [[nodiscard]] std::optional<std::string> find(QueueId id);

    /// false: no such message. Where the sync of an earlier call failed, the whole envelope is written anew.
    bool append_progress(std::string_view state, QueueId id, std::span<const Progress> progress, Durable durable);
    /// false: no such message. At every moment the message stands beside its envelope.
    bool move(QueueId id, std::string_view from, std::string_view to, Durable durable);
    bool remove(std::string_view state, QueueId id, Durable durable = Durable::later);
    /// What a move or a release that was cut short left in `state` goes; the message is at `home`, for certain.
    void leave(std::string_view state, std::string_view home, QueueId id);

    struct Found {
        QueueId id;
        std::optional<StoredEnvelope> stored;  ///< none: it cannot be read
        bool has_message = false;

        Found(QueueId i, std::optional<StoredEnvelope> s, bool m) : id(i), stored(std::move(s)), has_message(m) {}
    };
    static constexpr unsigned kFolders = 256;
    /// One hashed folder of a state (0 to 255), so that a scan of all yields now and then. Mends what a stopped machine
    /// left.
    [[nodiscard]] std::vector<Found> scan(std::string_view state, unsigned folder);

    /// All that was done so far, by earlier processes too, is on disk; no call of the system where it is already.
    void sync();
    /// The same in three parts, of which the second takes long and may run beside other calls. One sync at a time.
    /// false: there is nothing to do.
    [[nodiscard]] bool is_behind() const noexcept { return behind_; }
    [[nodiscard]] bool begin_sync();
    void sync_files() const { root_->sync_filesystem(); }
    void end_sync(bool good);
    /// A sync has failed in this boot, in this process or an earlier one: what memory shows may not be on the disk.
    /// Until the next boot no name is unlinked because of another one, and every envelope is written anew before
    /// anything rests on it.
    void distrust() noexcept { distrusted_ = true; }
    /// What earlier processes did to the names of that message is on disk.
    void sync_names(QueueId id);

    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
    [[nodiscard]] std::string taken_directory() const { return directory_ + "/taken"; }
    [[nodiscard]] std::string frozen_path() const { return directory_ + "/frozen"; }
    [[nodiscard]] std::string rates_path() const { return directory_ + "/rates"; }
    [[nodiscard]] std::string index_path() const { return directory_ + "/index"; }
    [[nodiscard]] std::string message_path(std::string_view state, QueueId id) const;
    [[nodiscard]] std::string envelope_path(std::string_view state, QueueId id) const;

  private:
    [[nodiscard]] std::string folder(std::string_view state, unsigned number) const;
    void make_folder(std::string_view state, QueueId id);
    [[nodiscard]] std::optional<StoredEnvelope> read_file(const std::string& path);
    void keep_file(const std::string& path);
    void unlink_later(const std::string& path);
    std::uint64_t write_message(const std::string& path, std::span<const MessagePiece> message, Durable durable);
    void write_envelope_file(const std::string& path, std::string_view text, Durable durable);
    void secure_envelope(std::string_view state, QueueId id);
    void bring_message(QueueId id, std::string_view from, std::string_view to);
    void settle_lone_message(std::string_view state, QueueId id);
    void settle_twins(std::string_view state, QueueId id);

    Files& files_;
    std::string directory_;
    std::unique_ptr<File> lock_;
    std::unique_ptr<File> root_;  ///< kept open, so that sync() tells of write-back errors since the last one
    /// What waits for a sync: envelopes with progress, and files to be unlinked after it.
    struct Later {
        std::unordered_set<std::uint64_t> progress;
        std::set<std::string, std::less<>> unlink;
    };
    bool behind_ = true;  ///< something may not be on disk
    Later later_;
    Later syncing_;                                     ///< of the sync that is under way
    std::set<std::string, std::less<>> synced_states_;  ///< whose folders' names are on disk, all of them
    std::unordered_set<std::uint64_t> unsynced_;        ///< ids whose envelope says what is not on disk: a sync failed
    bool distrusted_ = false;
    std::unordered_set<std::uint64_t> secured_;          ///< ids whose envelope was written anew since
    std::set<std::string, std::less<>> synced_folders_;  ///< by sync_names()
};

/// Which of a state's folders a message lies in.
[[nodiscard]] unsigned folder_number(QueueId id) noexcept;
/// Where it would lie in a spool; for who only reads.
[[nodiscard]] std::string message_file(std::string_view spool, std::string_view state, QueueId id);

}  // namespace md::spool
