// proto/smtp/chunk.h - the argument of BDAT
//
// CONTRACT
//   "SIZE" or "SIZE LAST". None for anything else: how many octets follow is then unknown, and the session can only be
//   ended.
// RFC
//   3030 §2
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace md::smtp {

struct Chunk {
    std::uint64_t octets = 0;
    bool last = false;
};

[[nodiscard]] std::optional<Chunk> parse_chunk(std::string_view argument);

}  // namespace md::smtp
