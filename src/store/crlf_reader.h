// store/crlf_reader.h - a stored message as the wire wants it: every line end CRLF
//
// CONTRACT
//   One pass, one buffer of 64 KiB whatever the message's size. LF becomes CRLF; a CRLF written by other programs stays
//   one; a CR alone stays. read() blocks. The file must outlive the reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/files.h"

namespace md::store {

class CrlfReader {
  public:
    CrlfReader(const File& file, std::uint64_t size_bytes) : file_(file), size_(size_bytes) {}

    /// The next octets with CRLF ends; empty at the end. Valid until the next call.
    [[nodiscard]] std::string_view read();
    /// Forward only: the next `octets` expanded octets are dropped; returns how many there were.
    std::uint64_t skip(std::uint64_t octets);

  private:
    const File& file_;
    std::uint64_t size_;
    std::uint64_t offset_ = 0;
    bool after_carriage_return_ = false;
    std::string raw_;
    std::string expanded_;
    std::string_view rest_;  ///< of expanded_, not given out yet
};

}  // namespace md::store
