// mdctl/late_files.cc - see late_files.h

#include "mdctl/late_files.h"

namespace md::mdctl {

namespace {

class LateFile final : public ForwardingFile {
  public:
    using ForwardingFile::ForwardingFile;

    void sync_data() override {}
    void sync() override {}
};

}  // namespace

std::unique_ptr<File> LateFiles::open(const std::string& path, OpenMode mode, mode_t permissions) {
    return std::make_unique<LateFile>(below().open(path, mode, permissions));
}

void LateFiles::sync(const std::vector<std::string>& folders) {
    for (const auto& folder : folders) below().open_directory(folder)->sync_filesystem();
}

void LateFiles::commit(const std::vector<std::string>& folders) {
    sync(folders);
    for (const auto& [from, to] : renames_) below().rename(from, to);
    renames_.clear();
    sync(folders);
}

void LateFiles::drop() {
    for (const auto& [from, to] : renames_) below().unlink(from);
    renames_.clear();
}

}  // namespace md::mdctl
