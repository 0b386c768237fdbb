// mail/content_field.h - what the fields Content-Type, -Disposition, -Transfer-Encoding and -Language say
//
// CONTRACT
//   Pure; linear but for the sorting of at most kParameterLimit parameters. Values may be folded; comments are skipped
//   to any depth. What is broken is read as its writer must have meant it: blanks in a value without quotes, a missing
//   semicolon, a quote that never ends, 8-bit octets (kept as they are). Parameters beyond kParameterLimit are dropped.
// RFC
//   2045 §5.1, §6.1; 2183 §2; 2231 §3, §4; 3282 §2
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace md::mail {

inline constexpr std::size_t kParameterLimit = 1000;

struct Parameter {
    std::string name;   ///< as spelt; "name*" if the value is charset'language'octets with %XX (RFC 2231 §4)
    std::string value;  ///< without quotes
    friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// In their order. One that was cut into name*0, name*1 … stands once, whole, where its first piece stood (RFC 2231
/// §3); pieces of which one is missing stay as they are.
using Parameters = std::vector<Parameter>;

/// The value of the parameter `name` (ASCII case aside); null: there is none.
[[nodiscard]] const std::string* find_parameter(const Parameters& parameters, std::string_view name) noexcept;

struct ContentType {
    std::string type;     ///< as spelt
    std::string subtype;  ///< as spelt
    Parameters parameters;
};

/// None: there is no type and subtype in it; then the default counts (RFC 2045 §5.2).
[[nodiscard]] std::optional<ContentType> parse_content_type(std::string_view value);

struct Disposition {
    std::string type;
    Parameters parameters;
};
[[nodiscard]] std::optional<Disposition> parse_disposition(std::string_view value);

/// The one word of Content-Transfer-Encoding, blanks in it ("8 bit") aside; empty: none.
[[nodiscard]] std::string parse_content_token(std::string_view value);

/// The tags of Content-Language.
[[nodiscard]] std::vector<std::string> parse_languages(std::string_view value);

}  // namespace md::mail
