// base/forwarding_files.cc - see forwarding_files.h

#include "base/forwarding_files.h"

namespace md {

std::size_t ForwardingFile::read_at(std::uint64_t offset, char* to, std::size_t size) const {
    return below_->read_at(offset, to, size);
}

void ForwardingFile::write_at(std::uint64_t offset, std::span<const std::string_view> pieces) {
    below_->write_at(offset, pieces);
}

void ForwardingFile::sync_data() {
    below_->sync_data();
}

void ForwardingFile::sync() {
    below_->sync();
}

void ForwardingFile::sync_filesystem() {
    below_->sync_filesystem();
}

void ForwardingFile::truncate(std::uint64_t size) {
    below_->truncate(size);
}

FileInfo ForwardingFile::info() const {
    return below_->info();
}

void ForwardingFile::lock() {
    below_->lock();
}

bool ForwardingFile::try_lock() {
    return below_->try_lock();
}

void ForwardingFile::unlock() {
    below_->unlock();
}

int ForwardingFile::descriptor() const noexcept {
    return below_->descriptor();
}

const std::string& ForwardingFile::path() const noexcept {
    return below_->path();
}

std::unique_ptr<File> ForwardingFiles::open(const std::string& path, OpenMode mode, mode_t permissions) {
    return below_.open(path, mode, permissions);
}

std::unique_ptr<File> ForwardingFiles::open_if_there(const std::string& path, OpenMode mode) {
    return below_.open_if_there(path, mode);
}

std::unique_ptr<File> ForwardingFiles::open_directory(const std::string& path) {
    return below_.open_directory(path);
}

void ForwardingFiles::rename(const std::string& from, const std::string& to) {
    below_.rename(from, to);
}

bool ForwardingFiles::unlink(const std::string& path) {
    return below_.unlink(path);
}

LinkOutcome ForwardingFiles::link(const std::string& from, const std::string& to) {
    return below_.link(from, to);
}

bool ForwardingFiles::make_directory(const std::string& path, mode_t permissions) {
    return below_.make_directory(path, permissions);
}

bool ForwardingFiles::remove_directory(const std::string& path) {
    return below_.remove_directory(path);
}

void ForwardingFiles::sync_directory(const std::string& path) {
    below_.sync_directory(path);
}

std::optional<std::vector<std::string>> ForwardingFiles::list(const std::string& path) {
    return below_.list(path);
}

std::optional<FileInfo> ForwardingFiles::info(const std::string& path) {
    return below_.info(path);
}

void ForwardingFiles::set_modified(const std::string& path, std::int64_t nanoseconds) {
    below_.set_modified(path, nanoseconds);
}

std::uint64_t ForwardingFiles::free_bytes(const std::string& path) {
    return below_.free_bytes(path);
}

}  // namespace md
