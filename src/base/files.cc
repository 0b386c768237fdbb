// base/files.cc - what Files does in terms of itself; see files.h

#include "base/files.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/error.h"

namespace md {

std::string File::read_all(std::uint64_t limit_bytes) const {
    const auto size = info().size_bytes;
    if (size > limit_bytes) throw SystemError("read", path(), EFBIG);
    std::string content(size, '\0');
    content.resize(read_at(0, content.data(), content.size()));
    return content;
}

void Files::make_directories(const std::string& path, mode_t permissions) {
    if (info(path)) return;
    const auto parent = parent_directory(path);
    make_directories(parent, permissions);
    make_directory(path, permissions);
    try {
        sync_directory(parent);
    } catch (const SystemError&) {
        // Left there, the next call would take it for one that is on disk.
        try {
            remove_directory(path);
        } catch (const SystemError&) {
            // The first failure is the one to tell.
        }
        throw;
    }
}

void Files::replace(const std::string& path, std::string_view content, mode_t permissions) {
    static std::atomic<unsigned> counter{0};
    const auto temporary = path + ".new." + std::to_string(::getpid()) + "." + std::to_string(++counter);
    unlink(temporary);  // a dead process of the same number may have left it
    try {
        const auto file = open(temporary, OpenMode::create_new, permissions);
        file->write_at(0, content);
        file->sync();
        rename(temporary, path);
    } catch (const SystemError&) {
        try {
            unlink(temporary);
        } catch (const SystemError&) {
            // The first failure is the one to tell.
        }
        throw;
    }
    sync_directory(parent_directory(path));
}

namespace {

std::optional<std::string> content(const std::unique_ptr<File>& file, std::uint64_t limit_bytes) {
    if (!file) return std::nullopt;
    return file->read_all(limit_bytes);
}

}  // namespace

std::optional<std::string> Files::read(const std::string& path, std::uint64_t limit_bytes) {
    return content(open_if_there(path, OpenMode::read), limit_bytes);
}

std::optional<std::string> Files::read_linked(const std::string& path, std::uint64_t limit_bytes) {
    return content(open_if_there(path, OpenMode::read_linked), limit_bytes);
}

std::string parent_directory(const std::string& path) {
    const auto slash = path.find_last_of('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace md
