// mdctl/late_files.h - many small files made with two syncs
//
// PURPOSE
//   `mdctl account import` makes 40,000 files. Each synced by itself takes minutes; here the disk is asked twice.
// CONTRACT
//   What is written is on disk only behind commit(), which first syncs the file systems, then gives the files their
//   names in the order in which they were replaced, and syncs again: at no moment a file of that name is half. Until
//   then a replaced file is not seen under its name. Not committed: temporaries stay that nobody looks at; drop()
//   takes them away.
#pragma once

#include "base/files.h"

namespace md::mdctl {

class LateFiles final : public Files {
  public:
    explicit LateFiles(Files& system) : system_(system) {}

    void commit(const std::vector<std::string>& folders);
    void drop();

    [[nodiscard]] std::unique_ptr<File> open(const std::string& path, OpenMode mode, mode_t permissions) override;
    [[nodiscard]] std::unique_ptr<File> open_if_there(const std::string& path, OpenMode mode) override {
        return system_.open_if_there(path, mode);
    }
    [[nodiscard]] std::unique_ptr<File> open_directory(const std::string& path) override {
        return system_.open_directory(path);
    }
    void rename(const std::string& from, const std::string& to) override { renames_.emplace_back(from, to); }
    bool unlink(const std::string& path) override { return system_.unlink(path); }
    [[nodiscard]] LinkOutcome link(const std::string& from, const std::string& to) override {
        return system_.link(from, to);
    }
    bool make_directory(const std::string& path, mode_t permissions) override {
        return system_.make_directory(path, permissions);
    }
    bool remove_directory(const std::string& path) override { return system_.remove_directory(path); }
    void sync_directory(const std::string&) override {}
    [[nodiscard]] std::optional<std::vector<std::string>> list(const std::string& path) override {
        return system_.list(path);
    }
    [[nodiscard]] std::optional<FileInfo> info(const std::string& path) override { return system_.info(path); }
    void set_modified(const std::string& path, std::int64_t nanoseconds) override {
        system_.set_modified(path, nanoseconds);
    }
    [[nodiscard]] std::uint64_t free_bytes(const std::string& path) override { return system_.free_bytes(path); }

  private:
    void sync(const std::vector<std::string>& folders);

    Files& system_;
    std::vector<std::pair<std::string, std::string>> renames_;
};

}  // namespace md::mdctl
