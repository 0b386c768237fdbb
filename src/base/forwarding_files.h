// base/forwarding_files.h - files that hand every call on to those below
//
// PURPOSE
//   Whoever does a few calls of base/files.h otherwise overrides these alone.
// CONTRACT
//   As base/files.h. The Files below outlive a ForwardingFiles; a ForwardingFile owns the file below.
#pragma once

#include <utility>

#include "base/files.h"

namespace md {

class ForwardingFile : public File {
  public:
    explicit ForwardingFile(std::unique_ptr<File> below) noexcept : below_(std::move(below)) {}

    std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const override;
    void write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override;
    void sync_data() override;
    void sync() override;
    void sync_filesystem() override;
    void truncate(std::uint64_t size) override;
    [[nodiscard]] FileInfo info() const override;
    void lock() override;
    [[nodiscard]] bool try_lock() override;
    void unlock() override;
    [[nodiscard]] int descriptor() const noexcept override;
    [[nodiscard]] const std::string& path() const noexcept override;

  private:
    std::unique_ptr<File> below_;
};

class ForwardingFiles : public Files {
  public:
    explicit ForwardingFiles(Files& below) noexcept : below_(below) {}

    [[nodiscard]] std::unique_ptr<File> open(const std::string& path, OpenMode mode, mode_t permissions) override;
    [[nodiscard]] std::unique_ptr<File> open_if_there(const std::string& path, OpenMode mode) override;
    [[nodiscard]] std::unique_ptr<File> open_directory(const std::string& path) override;
    void rename(const std::string& from, const std::string& to) override;
    bool unlink(const std::string& path) override;
    [[nodiscard]] LinkOutcome link(const std::string& from, const std::string& to) override;
    bool make_directory(const std::string& path, mode_t permissions) override;
    bool remove_directory(const std::string& path) override;
    void sync_directory(const std::string& path) override;
    [[nodiscard]] std::optional<std::vector<std::string>> list(const std::string& path) override;
    [[nodiscard]] std::optional<FileInfo> info(const std::string& path) override;
    void set_modified(const std::string& path, std::int64_t nanoseconds) override;
    [[nodiscard]] std::uint64_t free_bytes(const std::string& path) override;

  protected:
    [[nodiscard]] Files& below() const noexcept { return below_; }

  private:
    Files& below_;
};

}  // namespace md
