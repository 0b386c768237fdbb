// base/files.h - the one interface for every open, write, rename, link and sync of store, spool, intake and accounts
//
// PURPOSE
//   Store, spool, intake and accounts touch the disk only through Files and File, so that a test can lose what was not
//   synced or refuse any step. real_files() is the system itself.
// CONTRACT
//   Every call may block: on a loop's thread only behind async::WorkerPool. Calls throw SystemError (operation, path,
//   errno) unless the comment names the answer for it. Thread-safe: different Files calls at any time; one File by one
//   thread at a time, read_at by many. Nothing is durable before a sync: a file's data after File::sync_data() or
//   sync(), a name made or taken away (create, rename, link, unlink) after sync_directory() of its folder, all of it
//   after sync_filesystem(). A sync that failed is final: what was written since the last good one may be lost even if
//   a later sync succeeds.
// DIAGNOSTICS
//   SystemError alone; nothing is logged here.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace md {

struct FileInfo {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size_bytes = 0;
    std::uint32_t links = 0;
    std::int64_t modified_ns = 0;  ///< nanoseconds since the epoch
    std::int64_t changed_ns = 0;   ///< likewise, of the inode
    uid_t owner = 0;
    gid_t group = 0;
    mode_t mode = 0;
    bool directory = false;
};

/// A symbolic link in the last place of a path is followed by read_linked alone; elsewhere it is ELOOP, so that whoever
/// may lay a link into a mailbox, a queue or an account is not shown another's file by it.
enum class OpenMode : std::uint8_t {
    read,         ///< must exist
    read_linked,  ///< likewise, for what an administrator names or lays: configuration, certificates, logs
    read_write,   ///< must exist
    create,       ///< read and write; made if it is not there
    create_new,   ///< read and write; EEXIST if it is there
};

/// An open file. Closed by the destructor, which reports nothing: what must be known, a sync has told before.
class File {
  public:
    virtual ~File() = default;

    /// Up to `size` octets from `offset` into `to`; fewer only at the end of the file. Returns how many.
    virtual std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const = 0;
    /// Writes all pieces in order from `offset` on, or throws.
    virtual void write_at(std::uint64_t offset, std::span<const std::string_view> pieces) = 0;
    void write_at(std::uint64_t offset, std::string_view piece) { write_at(offset, std::span(&piece, 1)); }

    virtual void sync_data() = 0;        ///< fdatasync
    virtual void sync() = 0;             ///< fsync; of a directory: the names in it
    virtual void sync_filesystem() = 0;  ///< syncfs of the file system that this file or directory lies on

    virtual void truncate(std::uint64_t size) = 0;
    [[nodiscard]] virtual FileInfo info() const = 0;

    virtual void lock() = 0;                    ///< flock, exclusive; waits
    [[nodiscard]] virtual bool try_lock() = 0;  ///< false: another has it
    virtual void unlock() = 0;

    /// The system's descriptor, to be passed on or mapped; -1 in a double that has none.
    [[nodiscard]] virtual int descriptor() const noexcept = 0;
    [[nodiscard]] virtual const std::string& path() const noexcept = 0;

    [[nodiscard]] std::string read_all(std::uint64_t limit_bytes) const;  ///< EFBIG beyond the limit
};

enum class LinkOutcome : std::uint8_t { done, exists, too_many_links, other_filesystem };

class Files {
  public:
    virtual ~Files() = default;

    [[nodiscard]] virtual std::unique_ptr<File> open(const std::string& path, OpenMode mode,
                                                     mode_t permissions = 0600) = 0;
    /// null: no such file (ENOENT, ENOTDIR, ENAMETOOLONG)
    [[nodiscard]] virtual std::unique_ptr<File> open_if_there(const std::string& path, OpenMode mode) = 0;
    /// For sync(), sync_filesystem() and lock() only.
    [[nodiscard]] virtual std::unique_ptr<File> open_directory(const std::string& path) = 0;

    virtual void rename(const std::string& from, const std::string& to) = 0;
    /// false: there was none
    virtual bool unlink(const std::string& path) = 0;
    [[nodiscard]] virtual LinkOutcome link(const std::string& from, const std::string& to) = 0;

    /// false: it was there
    virtual bool make_directory(const std::string& path, mode_t permissions = 0700) = 0;
    /// With the missing ones above it, each synced into its parent.
    void make_directories(const std::string& path, mode_t permissions = 0700);
    /// false: there was none; throws ENOTEMPTY
    virtual bool remove_directory(const std::string& path) = 0;
    virtual void sync_directory(const std::string& path) = 0;

    /// Names without "." and "..", in no order; none: no such directory
    [[nodiscard]] virtual std::optional<std::vector<std::string>> list(const std::string& path) = 0;
    /// none: no such file
    [[nodiscard]] virtual std::optional<FileInfo> info(const std::string& path) = 0;
    /// Of the file itself, not of one that a link leads to.
    virtual void set_modified(const std::string& path, std::int64_t nanoseconds) = 0;
    /// Free bytes for us on the file system of `path`.
    [[nodiscard]] virtual std::uint64_t free_bytes(const std::string& path) = 0;

    /// Temporary beside it, written, fsynced, renamed over, directory fsynced: afterwards durable, and at no moment
    /// half.
    void replace(const std::string& path, std::string_view content, mode_t permissions = 0600);
    /// none: no such file
    [[nodiscard]] std::optional<std::string> read(const std::string& path, std::uint64_t limit_bytes = 16U << 20);
    [[nodiscard]] std::optional<std::string> read_linked(const std::string& path,
                                                         std::uint64_t limit_bytes = 16U << 20);
};

/// The folder part of a path ("." if it has none).
[[nodiscard]] std::string parent_directory(const std::string& path);

/// A descriptor that another process passed to us, as a File; `name` is what errors call it.
[[nodiscard]] std::unique_ptr<File> adopt_file(Fd descriptor, std::string name);

/// The system's own files; one for the whole process.
[[nodiscard]] Files& real_files() noexcept;

}  // namespace md
