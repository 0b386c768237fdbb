// base/error.cc - the texts of SystemError; see error.h

#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace md {

namespace {

std::string compose(std::string_view operation, std::string_view path, std::string_view what) {
    std::string text(operation);
    if (!path.empty()) text.append(" ").append(path);
    return text.append(": ").append(what);
}

}  // namespace

SystemError::SystemError(std::string_view operation, std::string_view path, int code)
    : std::runtime_error(compose(operation, path, std::generic_category().message(code))),
      operation_(operation),
      path_(path),
      code_(code) {}

CorruptFile::CorruptFile(std::string_view path, std::string_view what)
    : SystemError("read", std::string(path).append(" (").append(what).append(")"), EUCLEAN) {}

}  // namespace md
