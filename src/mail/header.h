// mail/header.h - the fields at the head of a message, one after the other
//
// PURPOSE
//   HeaderScanner walks over the header section of a message in memory and gives each field as views; nothing is
//   copied.
// CONTRACT
//   Lines end with LF or CRLF, mixed as they may be. The header ends at the first empty line, at the first line that
//   can be no field (the body begins there: nothing of a message is ever lost; but see skip_broken), or with the text.
//   Linear; bounded by HeaderLimits, beyond which fault() says so and the rest counts as body. Views die with the
//   message.
// RFC
//   5322 §2.2 (fields), §2.2.3 (folding), §4.5 (blanks before the colon)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::mail {

struct HeaderLimits {
    std::size_t field_octets = 10u << 20;
    std::size_t header_octets = 50u << 20;
    bool skip_broken = false;  ///< for showing: what can be no field is passed over, up to the empty line
};

struct Field {
    std::string_view name;   ///< before the colon, without blanks
    std::string_view value;  ///< after the colon, folded as it stands, without the last line end
    std::string_view whole;  ///< the field with its line ends
};

class HeaderScanner {
  public:
    enum class Fault : std::uint8_t { none, not_a_field, field_too_large, header_too_large };

    explicit HeaderScanner(std::string_view message, HeaderLimits limits = {}) noexcept
        : message_(message), limits_(limits) {}

    /// The next field; none at the end of the header.
    [[nodiscard]] std::optional<Field> next() noexcept;

    /// After next() gave none: where the header's last field ends (octets from the front) ...
    [[nodiscard]] std::size_t header_size() const noexcept { return at_; }
    /// ... and where the body begins, behind the empty line if there is one.
    [[nodiscard]] std::size_t body_offset() const noexcept { return body_; }
    [[nodiscard]] Fault fault() const noexcept { return fault_; }

  private:
    std::optional<Field> end(std::size_t body, Fault fault) noexcept;

    std::string_view message_;
    HeaderLimits limits_;
    std::size_t at_ = 0;
    std::size_t body_ = 0;
    bool done_ = false;
    Fault fault_ = Fault::none;
};

/// A name of printable octets without colon or blank (RFC 5322 §3.6.8).
[[nodiscard]] bool is_field_name(std::string_view name) noexcept;

/// The value on one line: line ends taken out, blanks at both ends dropped (RFC 5322 §2.2.3).
[[nodiscard]] std::string unfold(std::string_view value);

/// The first field of that name (ASCII case aside).
[[nodiscard]] std::optional<Field> find_field(std::string_view message, std::string_view name) noexcept;

/// Fields of that name, counted up to `limit`.
[[nodiscard]] std::size_t count_fields(std::string_view message, std::string_view name, std::size_t limit) noexcept;

}  // namespace md::mail
