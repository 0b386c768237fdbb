// mdctl/log_follower.h - what is appended to the file of the log
//
// CONTRACT
//   Line by line, from the end of the file as begin() finds it. Over to a new file of the name when one has been made
//   and written to, and the old one has no more: daemons write to the old one until each has opened the new. One that
//   has become shorter is read from its beginning.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/files.h"

namespace md::mdctl {

class LogFollower {
  public:
    explicit LogFollower(std::string path) : path_(std::move(path)) {}

    void begin();
    /// Whole lines that have come since; none: nothing new.
    [[nodiscard]] std::vector<std::string> read();

  private:
    void open();
    void look_for_a_new_file();

    std::string path_;
    std::unique_ptr<File> file_;
    std::uint64_t offset_ = 0;
    std::string rest_;      ///< of a line that is not whole yet
    bool leaving_ = false;  ///< there is a new file, and the old one is read once more
};

}  // namespace md::mdctl
