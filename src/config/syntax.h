// config/syntax.h - the shapes that a string value may be asked to have
//
// PURPOSE
//   A row of type String or StringList names one of these in its bounds, so that a typing error is told by `config
//   check` and not by a daemon that cannot reach what it should.
// CONTRACT
//   Shape only: nothing is looked up.
#pragma once

#include <span>
#include <string_view>

namespace md::config {

struct Syntax {
    std::string_view name;      ///< as in a row's bounds
    std::string_view expected;  ///< "a host name": for faults and pages
    bool (*accepts)(std::string_view text);
};

/// null: no such name
[[nodiscard]] const Syntax* find_syntax(std::string_view name) noexcept;

/// Letters, digits, hyphens and dots as in RFC 1123 §2.1; at most 253 octets, labels of at most 63.
[[nodiscard]] bool is_host_name(std::string_view text) noexcept;
/// A numeric IPv4 or IPv6 address.
[[nodiscard]] bool is_address(std::string_view text);

}  // namespace md::config
