// mdctl/owner_files.h - the system's files, each left with the owner of its folder
//
// PURPOSE
//   mdctl run by root writes into folders of mdauth, mdmail and root:mdread; what it makes there belongs to them and
//   not to root.
// CONTRACT
//   As base/files.h. For anyone but root it is the system alone.
#pragma once

#include "base/files.h"

namespace md::mdctl {

class OwnerFiles final : public Files {
  public:
    explicit OwnerFiles(Files& system) : system_(system) {}

    [[nodiscard]] std::unique_ptr<File> open(const std::string& path, OpenMode mode, mode_t permissions) override;
    [[nodiscard]] std::unique_ptr<File> open_if_there(const std::string& path, OpenMode mode) override {
        return system_.open_if_there(path, mode);
    }
    [[nodiscard]] std::unique_ptr<File> open_directory(const std::string& path) override {
        return system_.open_directory(path);
    }
    void rename(const std::string& from, const std::string& to) override { system_.rename(from, to); }
    bool unlink(const std::string& path) override { return system_.unlink(path); }
    [[nodiscard]] LinkOutcome link(const std::string& from, const std::string& to) override {
        return system_.link(from, to);
    }
    bool make_directory(const std::string& path, mode_t permissions) override;
    bool remove_directory(const std::string& path) override { return system_.remove_directory(path); }
    void sync_directory(const std::string& path) override { system_.sync_directory(path); }
    [[nodiscard]] std::optional<std::vector<std::string>> list(const std::string& path) override {
        return system_.list(path);
    }
    [[nodiscard]] std::optional<FileInfo> info(const std::string& path) override { return system_.info(path); }
    void set_modified(const std::string& path, std::int64_t nanoseconds) override {
        system_.set_modified(path, nanoseconds);
    }
    [[nodiscard]] std::uint64_t free_bytes(const std::string& path) override { return system_.free_bytes(path); }

  private:
    void give(const std::string& path);

    Files& system_;
};

/// One for the whole process.
[[nodiscard]] Files& owner_files();

}  // namespace md::mdctl
