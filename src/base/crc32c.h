// base/crc32c.h - CRC-32C (Castagnoli, RFC 3720 §12.1), the checksum of every record on disk
#pragma once

#include <cstdint>
#include <string_view>

namespace md {

/// Of `data`; with `crc` the result for what stood before it, of both together.
[[nodiscard]] std::uint32_t crc32c(std::string_view data, std::uint32_t crc = 0) noexcept;

}  // namespace md
