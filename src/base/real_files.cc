// base/real_files.cc - Files on the system itself
//
// CONTRACT
//   See files.h. Every descriptor is close-on-exec. A FIFO in the place of a file is read as an empty one, and never
//   waited for.

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/fd.h"
#include "base/files.h"

namespace md {

namespace {

FileInfo to_info(const struct stat& s) {
    FileInfo info;
    info.device = s.st_dev;
    info.inode = s.st_ino;
    info.size_bytes = static_cast<std::uint64_t>(s.st_size);
    info.links = static_cast<std::uint32_t>(s.st_nlink);
    info.modified_ns = s.st_mtim.tv_sec * 1'000'000'000LL + s.st_mtim.tv_nsec;
    info.changed_ns = s.st_ctim.tv_sec * 1'000'000'000LL + s.st_ctim.tv_nsec;
    info.owner = s.st_uid;
    info.group = s.st_gid;
    info.mode = s.st_mode & 07777;
    info.directory = S_ISDIR(s.st_mode);
    return info;
}

/// No file has a name that is too long for one.
bool not_there(int code) {
    return code == ENOENT || code == ENOTDIR || code == ENAMETOOLONG;
}

class RealFile final : public File {
  public:
    RealFile(Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const override {
        std::size_t done = 0;
        while (done < size) {
            const auto n = ::pread(fd_.get(), to + done, size - done, static_cast<off_t>(offset + done));
            if (n == 0) break;
            if (n > 0) done += static_cast<std::size_t>(n);
            if (n < 0 && errno != EINTR) failed("read");
        }
        return done;
    }

    void write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override {
        constexpr std::size_t kAtOnce = 64;
        std::array<iovec, kAtOnce> vectors;
        std::size_t piece = 0;
        std::size_t begun = 0;  // octets of pieces[piece] already written
        while (piece < pieces.size()) {
            std::size_t count = 0;
            for (std::size_t i = piece; i < pieces.size() && count < kAtOnce; ++i, ++count) {
                const auto part = pieces[i].substr(i == piece ? begun : 0);
                vectors[count] = {const_cast<char*>(part.data()), part.size()};
            }
            const auto n = ::pwritev(fd_.get(), vectors.data(), static_cast<int>(count), static_cast<off_t>(offset));
            if (n < 0) {
                if (errno == EINTR) continue;
                failed("write");
            }
            offset += static_cast<std::uint64_t>(n);
            begun += static_cast<std::size_t>(n);
            while (piece < pieces.size() && begun >= pieces[piece].size()) begun -= pieces[piece++].size();
        }
    }

    void sync_data() override {
        if (::fdatasync(fd_.get()) != 0) failed("fdatasync");
    }
    void sync() override {
        if (::fsync(fd_.get()) != 0) failed("fsync");
    }
    void sync_filesystem() override {
        if (::syncfs(fd_.get()) != 0) failed("syncfs");
    }
    void truncate(std::uint64_t size) override {
        if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) failed("ftruncate");
    }
    [[nodiscard]] FileInfo info() const override {
        struct stat s;
        if (::fstat(fd_.get(), &s) != 0) failed("fstat");
        return to_info(s);
    }
    void lock() override {
        while (::flock(fd_.get(), LOCK_EX) != 0)
            if (errno != EINTR) failed("flock");
    }
    [[nodiscard]] bool try_lock() override {
        while (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK) return false;
            if (errno != EINTR) failed("flock");
        }
        return true;
    }
    void unlock() override {
        if (::flock(fd_.get(), LOCK_UN) != 0) failed("flock");
    }
    [[nodiscard]] int descriptor() const noexcept override { return fd_.get(); }
    [[nodiscard]] const std::string& path() const noexcept override { return path_; }

  private:
    [[noreturn]] void failed(const char* operation) const { throw SystemError(operation, path_, errno); }

    Fd fd_;
    std::string path_;
};

int open_flags(OpenMode mode) {
    switch (mode) {
        case OpenMode::read: return O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
        case OpenMode::read_linked: return O_RDONLY | O_NONBLOCK;
        case OpenMode::read_write: return O_RDWR | O_NOFOLLOW;
        case OpenMode::create: return O_RDWR | O_CREAT | O_NOFOLLOW;
        case OpenMode::create_new: return O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
    }
    return O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
}

class RealFiles final : public Files {
  public:
    std::unique_ptr<File> open(const std::string& path, OpenMode mode, mode_t permissions) override {
        Fd fd = open_descriptor(path, open_flags(mode), permissions);
        if (!fd) throw SystemError("open", path, errno);
        return std::make_unique<RealFile>(std::move(fd), path);
    }

    std::unique_ptr<File> open_if_there(const std::string& path, OpenMode mode) override {
        Fd fd = open_descriptor(path, open_flags(mode), 0600);
        if (!fd && not_there(errno)) return nullptr;
        if (!fd) throw SystemError("open", path, errno);
        return std::make_unique<RealFile>(std::move(fd), path);
    }

    std::unique_ptr<File> open_directory(const std::string& path) override {
        Fd fd = open_descriptor(path, O_RDONLY | O_DIRECTORY, 0);
        if (!fd) throw SystemError("open", path, errno);
        return std::make_unique<RealFile>(std::move(fd), path);
    }

    void rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) throw SystemError("rename", from + " to " + to, errno);
    }

    bool unlink(const std::string& path) override {
        if (::unlink(path.c_str()) == 0) return true;
        if (not_there(errno)) return false;
        throw SystemError("unlink", path, errno);
    }

    LinkOutcome link(const std::string& from, const std::string& to) override {
        if (::link(from.c_str(), to.c_str()) == 0) return LinkOutcome::done;
        switch (errno) {
            case EEXIST: return LinkOutcome::exists;
            case EMLINK: return LinkOutcome::too_many_links;
            case EXDEV: return LinkOutcome::other_filesystem;
            default: throw SystemError("link", from + " to " + to, errno);
        }
    }

    bool make_directory(const std::string& path, mode_t permissions) override {
        if (::mkdir(path.c_str(), permissions) == 0) return true;
        if (errno == EEXIST) return false;
        throw SystemError("mkdir", path, errno);
    }

    bool remove_directory(const std::string& path) override {
        if (::rmdir(path.c_str()) == 0) return true;
        if (not_there(errno)) return false;
        throw SystemError("rmdir", path, errno);
    }

    void sync_directory(const std::string& path) override { open_directory(path)->sync(); }

    std::optional<std::vector<std::string>> list(const std::string& path) override {
        const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
        if (!directory) {
            if (not_there(errno)) return std::nullopt;
            throw SystemError("opendir", path, errno);
        }
        std::vector<std::string> names;
        for (;;) {
            errno = 0;
            const auto* entry = ::readdir(directory.get());
            if (entry == nullptr) break;
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") names.emplace_back(name);
        }
        if (errno != 0) throw SystemError("readdir", path, errno);
        return names;
    }

    std::optional<FileInfo> info(const std::string& path) override {
        struct stat s;
        if (::stat(path.c_str(), &s) == 0) return to_info(s);
        if (not_there(errno)) return std::nullopt;
        throw SystemError("stat", path, errno);
    }

    void set_modified(const std::string& path, std::int64_t nanoseconds) override {
        const timespec at{nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000};
        const std::array<timespec, 2> times{at, at};
        if (::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
            throw SystemError("utimensat", path, errno);
    }

    std::uint64_t free_bytes(const std::string& path) override {
        struct statvfs s;
        if (::statvfs(path.c_str(), &s) != 0) throw SystemError("statvfs", path, errno);
        return static_cast<std::uint64_t>(s.f_bavail) * s.f_frsize;
    }

  private:
    static Fd open_descriptor(const std::string& path, int flags, mode_t permissions) {
        int fd;
        do fd = ::open(path.c_str(), flags | O_CLOEXEC, permissions);
        while (fd < 0 && errno == EINTR);
        return Fd(fd);
    }
};

}  // namespace

std::unique_ptr<File> adopt_file(Fd descriptor, std::string name) {
    return std::make_unique<RealFile>(std::move(descriptor), std::move(name));
}

Files& real_files() noexcept {
    static RealFiles files;
    return files;
}

}  // namespace md
