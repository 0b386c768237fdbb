// store/process_mark.cc - see process_mark.h

#include "store/process_mark.h"

#include <algorithm>

#include "base/error.h"
#include "base/ids.h"

namespace md::store {

namespace {

constexpr std::size_t kNameSize = 20;

/// It comes from a journal, and becomes part of a path.
bool is_name(const std::string& name) noexcept {
    const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    return name.size() == kNameSize && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

ProcessMark::~ProcessMark() {
    if (!file_) return;
    try {
        files_.unlink(path_of(name_));
    } catch (...) {
        // Without its lock it says the same.
    }
}

std::string ProcessMark::name() {
    const std::lock_guard lock(mutex_);
    try {
        if (!is_there()) make();
        return name_;
    } catch (const SystemError&) {
        file_.reset();
        return {};
    }
}

/// Somebody may have cleared the directory.
bool ProcessMark::is_there() const {
    if (!file_) return false;
    const auto named = files_.info(path_of(name_));
    return named && named->inode == file_->info().inode;
}

void ProcessMark::make() {
    file_.reset();
    files_.make_directory(directory_);
    // Nobody takes it for a dead one's between its making and its lock.
    const auto all = files_.open_directory(directory_);
    all->lock();
    for (const auto& other : files_.list(directory_).value_or(std::vector<std::string>{})) (void)remove_if_dead(other);
    name_ = random_name(kNameSize);
    auto file = files_.open(path_of(name_), OpenMode::create_new);
    file->lock();
    file_ = std::move(file);
}

bool ProcessMark::is_dead(const std::string& name) {
    try {
        if (!files_.info(directory_)) return is_name(name);
        const auto all = files_.open_directory(directory_);
        // Two who look at once would see each other's lock.
        all->lock();
        return remove_if_dead(name);
    } catch (const SystemError&) {
        return false;
    }
}

/// In the directory's lock.
bool ProcessMark::remove_if_dead(const std::string& name) {
    if (!is_name(name)) return false;
    try {
        const auto file = files_.open_if_there(path_of(name), OpenMode::read_write);
        if (!file) return true;
        if (!file->try_lock()) return false;
        files_.unlink(path_of(name));
        return true;
    } catch (const SystemError&) {
        return false;
    }
}

}  // namespace md::store
