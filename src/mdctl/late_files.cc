// mdctl/late_files.cc - see late_files.h

#include "mdctl/late_files.h"

namespace md::mdctl {

namespace {

class LateFile final : public File {
  public:
    explicit LateFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

    std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const override {
        return file_->read_at(offset, to, size);
    }
    void write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override {
        file_->write_at(offset, pieces);
    }
    void sync_data() override {}
    void sync() override {}
    void sync_filesystem() override { file_->sync_filesystem(); }
    void truncate(std::uint64_t size) override { file_->truncate(size); }
    [[nodiscard]] FileInfo info() const override { return file_->info(); }
    void lock() override { file_->lock(); }
    [[nodiscard]] bool try_lock() override { return file_->try_lock(); }
    void unlock() override { file_->unlock(); }
    [[nodiscard]] int descriptor() const noexcept override { return file_->descriptor(); }
    [[nodiscard]] const std::string& path() const noexcept override { return file_->path(); }

  private:
    std::unique_ptr<File> file_;
};

}  // namespace

std::unique_ptr<File> LateFiles::open(const std::string& path, OpenMode mode, mode_t permissions) {
    return std::make_unique<LateFile>(system_.open(path, mode, permissions));
}

void LateFiles::sync(const std::vector<std::string>& folders) {
    for (const auto& folder : folders) system_.open_directory(folder)->sync_filesystem();
}

void LateFiles::commit(const std::vector<std::string>& folders) {
    sync(folders);
    for (const auto& [from, to] : renames_) system_.rename(from, to);
    renames_.clear();
    sync(folders);
}

void LateFiles::drop() {
    for (const auto& [from, to] : renames_) system_.unlink(from);
    renames_.clear();
}

}  // namespace md::mdctl
