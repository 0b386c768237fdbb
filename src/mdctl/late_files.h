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

#include "base/forwarding_files.h"

namespace md::mdctl {

class LateFiles final : public ForwardingFiles {
  public:
    explicit LateFiles(Files& system) : ForwardingFiles(system) {}

    void commit(const std::vector<std::string>& folders);
    void drop();

    [[nodiscard]] std::unique_ptr<File> open(const std::string& path, OpenMode mode, mode_t permissions) override;
    void rename(const std::string& from, const std::string& to) override { renames_.emplace_back(from, to); }
    void sync_directory(const std::string&) override {}

  private:
    void sync(const std::vector<std::string>& folders);

    std::vector<std::pair<std::string, std::string>> renames_;
};

}  // namespace md::mdctl
