// store/process_mark.h - a file that is locked for as long as this process lives, by which others see whether it does
//
// PURPOSE
//   What a process has reserved is to be free when it is killed. A reservation names the process by a file below
//   <root>/.processes that it holds locked: the system takes the lock away with the process, whatever ends it, and the
//   lock is seen from other process namespaces, too.
// CONTRACT
//   Blocks; thread-safe. Throws no SystemError: a process whose file cannot be made has no name, and one whose file
//   cannot be looked at counts as living. The directory's lock is held for a look, and no other is taken in it.
// FORMAT
//   doc/formats/account-journal.md
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/files.h"

namespace md::store {

class ProcessMark {
  public:
    ProcessMark(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}
    ~ProcessMark();
    ProcessMark(const ProcessMark&) = delete;
    ProcessMark& operator=(const ProcessMark&) = delete;

    /// Of this process; made by the first call. Empty: it has none now.
    [[nodiscard]] std::string name();
    /// Nobody holds that file. It is removed then.
    [[nodiscard]] bool is_dead(const std::string& name);

  private:
    [[nodiscard]] std::string path_of(const std::string& name) const { return directory_ + "/" + name; }
    [[nodiscard]] bool is_there() const;
    void make();
    [[nodiscard]] bool remove_if_dead(const std::string& name);

    Files& files_;
    std::string directory_;
    std::mutex mutex_;
    std::string name_;
    std::unique_ptr<File> file_;
};

}  // namespace md::store
