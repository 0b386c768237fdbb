// spool/spool.h - messages that wait: a file each, beside an envelope, in the folder that is their state
//
// PURPOSE
//   SPOOL/STATE/HH/ID.msg is a message, ID.env its envelope (envelope.h); HH are two digits of a hash of the id. A state is a queue of the
//   administrator's view: incoming, remote, retry, holding, quarantine, bad, and custom ones.
// CONTRACT
//   Blocks: pool jobs. One owner at a time, who holds lock(): mdqueue's manager, or mdctl while it is down; the owner calls from one thread
//   at a time. A message exists exactly if its envelope does. Message files are immutable. Durable::later leaves the syncing to the
//   caller's next sync(): until then a crash of the machine may undo what was done, or leave parts, which scan() names or tidies.
// ERRORS
//   SystemError.
// FORMAT
//   doc/formats/envelope.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

    enum class Added : std::uint8_t { done, exists };
    /// `exists`: a message of that id is in this state already, whole; nothing was changed.
    Added add(std::string_view state, const Envelope& envelope, std::span<const MessagePiece> message, Durable durable);
    /// Octets that could not be understood, for people to look at: in bad, as ID.raw.
    void add_raw(QueueId id, std::span<const MessagePiece> octets, std::string_view why);

    /// none: no such message; throws CorruptFile if its envelope cannot be read
    [[nodiscard]] std::optional<StoredEnvelope> read(std::string_view state, QueueId id);
    [[nodiscard]] std::unique_ptr<File> open_message(std::string_view state, QueueId id);
    /// In whichever state it is; looks at each.
    [[nodiscard]] std::optional<std::string> find(QueueId id);

    /// false: no such message
    bool append_progress(std::string_view state, QueueId id, std::span<const Progress> progress, Durable durable);
    /// false: no such message. At every moment the message stands beside its envelope.
    bool move(QueueId id, std::string_view from, std::string_view to, Durable durable);
    bool remove(std::string_view state, QueueId id);

    struct Found {
        QueueId id;
        bool damaged = false;  ///< an envelope that cannot be read, or without its message
        std::optional<StoredEnvelope> stored;

        Found(QueueId i, std::optional<StoredEnvelope> s) : id(i), damaged(!s), stored(std::move(s)) {}
    };
    static constexpr unsigned kFolders = 256;
    /// One hashed folder of a state (0 to 255), so that a scan of all yields now and then. Removes message files without an envelope.
    [[nodiscard]] std::vector<Found> scan(std::string_view state, unsigned folder);

    /// All that was done so far is on disk.
    void sync();

    [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
    [[nodiscard]] std::string taken_directory() const { return directory_ + "/taken"; }
    [[nodiscard]] std::string index_path() const { return directory_ + "/index"; }
    [[nodiscard]] std::string message_path(std::string_view state, QueueId id) const;
    [[nodiscard]] std::string envelope_path(std::string_view state, QueueId id) const;

  private:
    [[nodiscard]] std::string folder(std::string_view state, unsigned number) const;
    [[nodiscard]] std::string folder_of(std::string_view state, QueueId id) const;
    void make_folder(const std::string& path, Durable durable);
    void write_message(const std::string& path, std::span<const MessagePiece> message, Durable durable);

    Files& files_;
    std::string directory_;
    std::unique_ptr<File> lock_;
    std::unique_ptr<File> root_;  ///< kept open, so that sync() tells of write-back errors since the last one
};

}  // namespace md::spool
