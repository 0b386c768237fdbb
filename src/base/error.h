// base/error.h - this machine failed: a disk full, a file unreadable, a structure on disk damaged
//
// CONTRACT
//   Thrown where an operation of the system fails in a way that no peer caused and no caller can mend by itself.
//   Caught only at a command's boundary: full detail to the log once, a generic 451 / NO [SERVERBUG] / -ERR [SYS/TEMP]
//   to the peer.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace md {

class SystemError : public std::runtime_error {
  public:
    /// `operation` is the system's own name ("open", "fdatasync"); `code` an errno.
    SystemError(std::string_view operation, std::string_view path, int code);

    [[nodiscard]] int code() const noexcept { return code_; }
    [[nodiscard]] const std::string& operation() const noexcept { return operation_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

  private:
    std::string operation_;
    std::string path_;
    int code_;
};

/// A file whose content is not what its format says; code() is EUCLEAN.
class CorruptFile : public SystemError {
  public:
    CorruptFile(std::string_view path, std::string_view what);
};

}  // namespace md
