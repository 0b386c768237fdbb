// mdctl/owner_files.h - the system's files, each left with the owner of its folder
//
// PURPOSE
//   mdctl run by root writes into folders of mdauth, mdmail and root:mdread; what it makes there belongs to them and
//   not to root.
// CONTRACT
//   As base/files.h. For anyone but root it is the system alone.
#pragma once

#include "base/forwarding_files.h"

namespace md::mdctl {

class OwnerFiles final : public ForwardingFiles {
  public:
    explicit OwnerFiles(Files& system) : ForwardingFiles(system) {}

    [[nodiscard]] std::unique_ptr<File> open(const std::string& path, OpenMode mode, mode_t permissions) override;
    bool make_directory(const std::string& path, mode_t permissions) override;

  private:
    void give(const std::string& path);
};

/// One for the whole process.
[[nodiscard]] Files& owner_files();

}  // namespace md::mdctl
