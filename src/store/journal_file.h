// store/journal_file.h - an append-only file of frames that several processes share
//
// CONTRACT
//   read() may be called without the file's lock: an incomplete frame is the end. append(), cut() and replace() are for
//   the holder of the lock (the mailbox's or the account's), after a read() that came to the end. Not thread-safe: its
//   owner's mutex guards it, sync() excepted. Failures are SystemError; a failed append leaves the file as it was, or
//   with an unfinished frame that the next holder cuts off.
// FORMAT
//   record.h; the magic number holds the version.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "store/record.h"

namespace md::store {

class JournalFile {
  public:
    JournalFile(Files& files, std::string path, std::string_view magic);

    enum class Open : std::uint8_t {
        same,      ///< as before: read() goes on
        replaced,  ///< another file than before (or the first): forget what was read, read() begins at the start
        missing,   ///< no file
        not_ours,  ///< no journal of this kind and version
    };
    /// Looks whether the path still names the open file.
    [[nodiscard]] Open reopen();

    enum class End : std::uint8_t {
        clean,
        unfinished,  ///< octets behind the last whole frame, with none whole behind them
        damaged,     ///< octets that are no frame, and whole ones behind them
    };
    using Apply = std::function<void(std::string_view payload)>;
    /// Every whole frame since the last call, in what was there at the last reopen(). With `salvage` also those behind
    /// damage; afterwards the file must be replaced.
    End read(const Apply& apply, bool salvage = false);

    /// Drops what stands behind the last whole frame.
    void cut();
    /// Frames made by FrameWriter, at the end, in one write.
    void append(std::string_view frames);
    /// Everything appended is durable, or SystemError: then it must be written anew (replace), for a later sync proves
    /// nothing.
    void sync() { file_->sync_data(); }
    /// To be synced without the owner's mutex; it stays open if another takes its place, and what does is durable.
    [[nodiscard]] std::shared_ptr<File> file() const noexcept { return file_; }

    /// The same file under another path: its folder was renamed.
    void move(std::string path) { path_ = std::move(path); }

    [[nodiscard]] std::uint64_t size() const noexcept { return offset_; }
    /// Of the file, when reopen() opened it.
    [[nodiscard]] std::uint64_t size_at_opening() const noexcept { return identity_.size_bytes; }
    [[nodiscard]] std::uint64_t inode() const noexcept { return identity_.inode; }
    /// The octets from `offset` to the end of what was read.
    [[nodiscard]] std::string octets_from(std::uint64_t offset) const;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// A new file beside it with the magic number and these frames, fsynced. It takes the place by commit().
    class Prepared {
      public:
        Prepared(Files& files, std::string path, std::string_view magic, std::string_view frames);
        ~Prepared();
        Prepared(const Prepared&) = delete;
        Prepared& operator=(const Prepared&) = delete;
        void append(std::string_view frames);

      private:
        friend class JournalFile;
        Files& files_;
        std::string path_;
        std::unique_ptr<File> file_;
        std::uint64_t size_ = 0;
        bool committed_ = false;
    };
    [[nodiscard]] std::unique_ptr<Prepared> prepare(std::string_view frames) const { return prepare_at(path_, frames); }
    /// Beside `path`, which it was when it was last looked at: without the owner's mutex.
    [[nodiscard]] std::unique_ptr<Prepared> prepare_at(const std::string& path, std::string_view frames) const;
    /// Durable; the file is then open and read to its end.
    void commit(Prepared& prepared);

  private:
    Files& files_;
    std::string path_;
    std::string_view magic_;
    std::shared_ptr<File> file_;
    FileInfo identity_;
    std::uint64_t size_there_ = 0;  ///< of the file, at the last reopen()
    std::uint64_t offset_ = 0;      ///< behind the last whole frame that was read
    bool must_cut_ = false;
};

}  // namespace md::store
