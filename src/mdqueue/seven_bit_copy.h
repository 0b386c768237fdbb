// mdqueue/seven_bit_copy.h - a message as a server without 8BITMIME can take it
#pragma once

#include <memory>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace md::mdqueue {

struct NotConvertible {
    std::string_view why;  ///< for the report to the sender
};

/// What stands in `message` from `from` up to `size`, converted (mail/seven_bit.h), in a file without a name. Blocks;
/// SystemError: this machine failed.
[[nodiscard]] Result<std::unique_ptr<File>, NotConvertible> seven_bit_copy(const File& message, std::uint64_t from,
                                                                           std::uint64_t size);

/// Has it a line of more than 998 octets (RFC 5321 §4.5.3.1.6)? Blocks; SystemError.
[[nodiscard]] bool has_long_line(const File& message, std::uint64_t from, std::uint64_t size);

}  // namespace md::mdqueue
