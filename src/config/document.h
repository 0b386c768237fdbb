// config/document.h - a TOML text as a tree that knows its places
//
// PURPOSE
//   The only door to the TOML parser: nothing outside document.cc sees its types.
// CONTRACT
//   Members stand in the order of the text. Positions count lines and code points from 1. The nesting is bounded by the
//   parser (256).
// FORMAT
//   TOML 1.0.0 (https://toml.io/en/v1.0.0)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/fault.h"

namespace md::config {

struct Member;

struct Node {
    enum class Kind : std::uint8_t { boolean, integer, string, other, array, table };

    Kind kind = Kind::table;
    bool boolean = false;
    std::int64_t integer = 0;
    std::string text;  ///< of a string
    std::vector<Node> items;
    std::vector<Member> members;
    Position begin;
    Position end;  ///< one beyond the value; not meaningful for tables with a header

    [[nodiscard]] const Member* member(std::string_view key) const noexcept;
};

struct Member {
    std::string key;
    Position where;  ///< of the key
    Node value;
};

/// The root table, or the first syntax error.
[[nodiscard]] Result<Node, Fault> parse_document(std::string_view text, const std::string& file);

/// "a boolean", "an array": for faults.
[[nodiscard]] std::string_view kind_name(Node::Kind kind) noexcept;

}  // namespace md::config
