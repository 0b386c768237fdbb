// mdctl/owner_files.cc - see owner_files.h

#include "mdctl/owner_files.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace md::mdctl {

void OwnerFiles::give(const std::string& path) {
    if (geteuid() != 0) return;
    const auto own = below().info(path);
    const auto folder = below().info(parent_directory(path));
    if (!own || !folder || (own->owner == folder->owner && own->group == folder->group)) return;
    if (lchown(path.c_str(), folder->owner, folder->group) != 0) throw SystemError("lchown", path, errno);
}

std::unique_ptr<File> OwnerFiles::open(const std::string& path, OpenMode mode, mode_t permissions) {
    auto file = below().open(path, mode, permissions);
    if (mode == OpenMode::create || mode == OpenMode::create_new) give(path);
    return file;
}

bool OwnerFiles::make_directory(const std::string& path, mode_t permissions) {
    const bool made = below().make_directory(path, permissions);
    if (made) give(path);
    return made;
}

Files& owner_files() {
    static OwnerFiles files(real_files());
    return files;
}

}  // namespace md::mdctl
