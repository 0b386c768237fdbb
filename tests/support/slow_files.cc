// tests/support/slow_files.cc - see slow_files.h

#include "support/slow_files.h"

#include <algorithm>

namespace md::test {

namespace {

class SlowFile final : public ForwardingFile {
  public:
    SlowFile(std::unique_ptr<File> below, OtherSession& other) : ForwardingFile(std::move(below)), other_(other) {}

    std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const override {
        slow("read");
        return ForwardingFile::read_at(offset, to, size);
    }
    void write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override {
        slow("write");
        ForwardingFile::write_at(offset, pieces);
    }
    void sync_data() override {
        slow("fdatasync");
        ForwardingFile::sync_data();
    }
    void sync() override {
        slow("fsync");
        ForwardingFile::sync();
    }
    void sync_filesystem() override {
        slow("syncfs");
        ForwardingFile::sync_filesystem();
    }
    void truncate(std::uint64_t size) override {
        slow("truncate");
        ForwardingFile::truncate(size);
    }
    [[nodiscard]] FileInfo info() const override {
        slow("fstat");
        return ForwardingFile::info();
    }
    void lock() override {
        slow("flock");
        ForwardingFile::lock();
    }
    [[nodiscard]] bool try_lock() override {
        slow("flock");
        return ForwardingFile::try_lock();
    }

  private:
    void slow(const char* call) const { other_.meanwhile(std::string(call) + " " + path()); }

    OtherSession& other_;
};

std::unique_ptr<File> slowed(std::unique_ptr<File> file, OtherSession& other) {
    if (!file) return nullptr;
    return std::make_unique<SlowFile>(std::move(file), other);
}

}  // namespace

async::Task<void> OtherSession::live() {
    for (;;) {
        co_await wanted_.wait(async::never());
        wanted_.clear();
        const std::lock_guard guard(mutex_);
        ++steps_;
        stepped_.notify_all();
    }
}

void OtherSession::end() noexcept {
    const std::lock_guard guard(mutex_);
    watching_ = false;
    stepped_.notify_all();
}

void OtherSession::meanwhile(const std::string& call) {
    if (!watching_) return;
    std::unique_lock guard(mutex_);
    if (std::this_thread::get_id() != home_) {
        const auto before = steps_;
        loop_.post_external([this] { wanted_.set(); });
        if (stepped_.wait_for(guard, kPatience, [&] { return steps_ > before || !watching_; })) {
            ++unfelt_;
            return;
        }
    }
    if (std::find(felt_.begin(), felt_.end(), call) == felt_.end()) felt_.push_back(call);
}

std::vector<std::string> OtherSession::felt() const {
    const std::lock_guard guard(mutex_);
    return felt_;
}

std::size_t OtherSession::unfelt() const {
    const std::lock_guard guard(mutex_);
    return unfelt_;
}

std::unique_ptr<File> SlowFiles::open(const std::string& path, OpenMode mode, mode_t permissions) {
    other_.meanwhile("open " + path);
    return slowed(below().open(path, mode, permissions), other_);
}

std::unique_ptr<File> SlowFiles::open_if_there(const std::string& path, OpenMode mode) {
    other_.meanwhile("open " + path);
    return slowed(below().open_if_there(path, mode), other_);
}

std::unique_ptr<File> SlowFiles::open_directory(const std::string& path) {
    other_.meanwhile("open " + path);
    return slowed(below().open_directory(path), other_);
}

void SlowFiles::rename(const std::string& from, const std::string& to) {
    other_.meanwhile("rename " + from);
    below().rename(from, to);
}

bool SlowFiles::unlink(const std::string& path) {
    other_.meanwhile("unlink " + path);
    return below().unlink(path);
}

LinkOutcome SlowFiles::link(const std::string& from, const std::string& to) {
    other_.meanwhile("link " + from);
    return below().link(from, to);
}

bool SlowFiles::make_directory(const std::string& path, mode_t permissions) {
    other_.meanwhile("mkdir " + path);
    return below().make_directory(path, permissions);
}

bool SlowFiles::remove_directory(const std::string& path) {
    other_.meanwhile("rmdir " + path);
    return below().remove_directory(path);
}

void SlowFiles::sync_directory(const std::string& path) {
    other_.meanwhile("fsync " + path);
    below().sync_directory(path);
}

std::optional<std::vector<std::string>> SlowFiles::list(const std::string& path) {
    other_.meanwhile("readdir " + path);
    return below().list(path);
}

std::optional<FileInfo> SlowFiles::info(const std::string& path) {
    other_.meanwhile("stat " + path);
    return below().info(path);
}

void SlowFiles::set_modified(const std::string& path, std::int64_t nanoseconds) {
    other_.meanwhile("utimensat " + path);
    below().set_modified(path, nanoseconds);
}

std::uint64_t SlowFiles::free_bytes(const std::string& path) {
    other_.meanwhile("statvfs " + path);
    return below().free_bytes(path);
}

}  // namespace md::test
