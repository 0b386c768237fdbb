// tests/support/temporary_directory.cc - see temporary_directory.h

#include "support/temporary_directory.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace md::test {

TemporaryDirectory::TemporaryDirectory() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/mdtest.XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp " + path_);
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace md::test
