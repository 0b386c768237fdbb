// mdctl/log_follower.cc - see log_follower.h

#include "mdctl/log_follower.h"

namespace md::mdctl {

namespace {

constexpr std::size_t kPiece = 64U << 10;

}  // namespace

void LogFollower::begin() {
    open();
    if (file_) offset_ = file_->info().size_bytes;
}

std::vector<std::string> LogFollower::read() {
    if (!file_) open();
    std::vector<std::string> lines;
    if (!file_) return lines;
    std::string piece(kPiece, '\0');
    const auto size = file_->read_at(offset_, piece.data(), piece.size());
    offset_ += size;
    rest_.append(piece, 0, size);
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n')) {
        lines.push_back(rest_.substr(0, end));
        rest_.erase(0, end + 1);
    }
    if (size == 0) look_for_a_new_file();
    return lines;
}

void LogFollower::open() {
    file_ = real_files().open_if_there(path_, OpenMode::read_linked);
    offset_ = 0;
    rest_.clear();
    leaving_ = false;
}

void LogFollower::look_for_a_new_file() {
    if (leaving_) return open();
    const auto named = real_files().info(path_);
    if (!named) return;
    const auto own = file_->info();
    const bool same = named->inode == own.inode && named->device == own.device;
    if (same && named->size_bytes < offset_) return open();
    leaving_ = !same && named->size_bytes > 0;
}

}  // namespace md::mdctl
