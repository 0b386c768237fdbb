// proto/smtp/chunk.cc - see chunk.h

#include "proto/smtp/chunk.h"

#include "base/strings.h"

namespace md::smtp {

std::optional<Chunk> parse_chunk(std::string_view argument) {
    const auto blank = argument.find(' ');
    const auto octets = parse_number<std::uint64_t>(argument.substr(0, blank));
    if (!octets) return std::nullopt;
    const auto rest = blank == std::string_view::npos ? std::string_view() : trim(argument.substr(blank));
    if (!rest.empty() && !equal_nocase(rest, "LAST")) return std::nullopt;
    return Chunk{*octets, !rest.empty()};
}

}  // namespace md::smtp
