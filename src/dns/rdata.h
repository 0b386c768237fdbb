// dns/rdata.h - the data of one record, from the wire and to it
//
// CONTRACT
//   Pure. Readers take any octets, as another site's name server may have written them; none: not in the form of that
//   type. Names in records are lower case and without the dot at the end; the root is the empty name. They are host
//   names, so a label with an octet that no host's name has (RFC 952, with the underscore that people use) makes the
//   record none: nothing of it may reach a log or a comparison. The data as libunbound gives it holds no compressed
//   names.
// RFC
//   1035 §3.3.9 (MX), §3.3.14 (TXT), §3.3.12 (PTR), §3.4.1 (A); 3596 §2.2 (AAAA); 6698 §2.1 (TLSA); 7505 (null MX)
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace md::dns {

enum class Type : std::uint16_t { a = 1, ptr = 12, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };

[[nodiscard]] std::string_view name(Type type) noexcept;

struct Mx {
    std::uint16_t preference = 0;
    std::string host;  ///< empty: the domain takes no mail (RFC 7505)
    friend auto operator<=>(const Mx&, const Mx&) = default;
};

struct Tlsa {
    std::uint8_t usage = 0;
    std::uint8_t selector = 0;
    std::uint8_t matching = 0;
    std::string data;  ///< octets
    friend bool operator==(const Tlsa&, const Tlsa&) = default;
};

[[nodiscard]] std::optional<IpAddress> read_a(std::string_view data) noexcept;
[[nodiscard]] std::optional<IpAddress> read_aaaa(std::string_view data) noexcept;
[[nodiscard]] std::optional<Mx> read_mx(std::string_view data);
/// The record's strings as one (RFC 7208 §3.3).
[[nodiscard]] std::optional<std::string> read_txt(std::string_view data);
[[nodiscard]] std::optional<std::string> read_ptr(std::string_view data);
[[nodiscard]] std::optional<Tlsa> read_tlsa(std::string_view data);

/// The same ways back.
[[nodiscard]] std::string write_mx(const Mx& mx);
[[nodiscard]] std::string write_txt(std::string_view text);
[[nodiscard]] std::string write_ptr(std::string_view host);
[[nodiscard]] std::string write_tlsa(const Tlsa& tlsa);

}  // namespace md::dns
