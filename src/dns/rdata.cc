// dns/rdata.cc - see rdata.h

#include "dns/rdata.h"

#include <algorithm>

#include "base/strings.h"
#include "dns/name.h"

namespace md::dns {

namespace {

constexpr std::size_t kLongestString = 255;
constexpr std::size_t kTlsaHead = 3;

unsigned octet(std::string_view data, std::size_t at) noexcept {
    return static_cast<unsigned char>(data[at]);
}

bool is_host_octet(char c) noexcept {
    return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
}

/// A name of plain labels that fills `data`; the length octet of a pointer (RFC 1035 §4.1.4) is beyond a label's.
std::optional<std::string> read_host(std::string_view data) {
    std::string host;
    for (;;) {
        if (data.empty()) return std::nullopt;
        const auto size = octet(data, 0);
        data.remove_prefix(1);
        if (size == 0) break;
        if (size > kLongestLabel || size > data.size()) return std::nullopt;
        const auto label = data.substr(0, size);
        if (!std::all_of(label.begin(), label.end(), is_host_octet)) return std::nullopt;
        if (!host.empty()) host.push_back('.');
        host.append(lower(label));
        if (host.size() > kLongestName) return std::nullopt;
        data.remove_prefix(size);
    }
    if (!data.empty()) return std::nullopt;
    return host;
}

void put_host(std::string& out, std::string_view host) {
    if (!host.empty())
        for (const auto label : split(host, '.')) {
            out.push_back(static_cast<char>(label.size()));
            out.append(label);
        }
    out.push_back('\0');
}

}  // namespace

std::string_view name(Type type) noexcept {
    switch (type) {
        case Type::a: return "A";
        case Type::ptr: return "PTR";
        case Type::mx: return "MX";
        case Type::txt: return "TXT";
        case Type::aaaa: return "AAAA";
        case Type::tlsa: return "TLSA";
    }
    return "?";
}

std::optional<IpAddress> read_a(std::string_view data) noexcept {
    if (data.size() != 4) return std::nullopt;
    return IpAddress::from_octets(data);
}

std::optional<IpAddress> read_aaaa(std::string_view data) noexcept {
    if (data.size() != 16) return std::nullopt;
    return IpAddress::from_octets(data);
}

std::optional<Mx> read_mx(std::string_view data) {
    if (data.size() < 3) return std::nullopt;
    auto host = read_host(data.substr(2));
    if (!host) return std::nullopt;
    Mx mx;
    mx.preference = static_cast<std::uint16_t>(octet(data, 0) << 8U | octet(data, 1));
    mx.host = std::move(*host);
    return mx;
}

std::optional<std::string> read_txt(std::string_view data) {
    if (data.empty()) return std::nullopt;  // RFC 1035 §3.3.14: one string or more
    std::string text;
    while (!data.empty()) {
        const auto size = octet(data, 0);
        if (size + 1 > data.size()) return std::nullopt;
        text.append(data.substr(1, size));
        data.remove_prefix(size + 1);
    }
    return text;
}

std::optional<std::string> read_ptr(std::string_view data) {
    auto host = read_host(data);
    if (host && host->empty()) return std::nullopt;  // the root is nobody's name
    return host;
}

std::optional<Tlsa> read_tlsa(std::string_view data) {
    if (data.size() <= kTlsaHead) return std::nullopt;
    Tlsa tlsa;
    tlsa.usage = static_cast<std::uint8_t>(octet(data, 0));
    tlsa.selector = static_cast<std::uint8_t>(octet(data, 1));
    tlsa.matching = static_cast<std::uint8_t>(octet(data, 2));
    tlsa.data = data.substr(kTlsaHead);
    return tlsa;
}

std::string write_mx(const Mx& mx) {
    std::string out{static_cast<char>(mx.preference >> 8U), static_cast<char>(mx.preference & 0xffU)};
    put_host(out, mx.host);
    return out;
}

std::string write_txt(std::string_view text) {
    std::string out;
    do {
        const auto part = text.substr(0, kLongestString);
        out.push_back(static_cast<char>(part.size()));
        out.append(part);
        text.remove_prefix(part.size());
    } while (!text.empty());
    return out;
}

std::string write_ptr(std::string_view host) {
    std::string out;
    put_host(out, host);
    return out;
}

std::string write_tlsa(const Tlsa& tlsa) {
    std::string out{static_cast<char>(tlsa.usage), static_cast<char>(tlsa.selector), static_cast<char>(tlsa.matching)};
    return out.append(tlsa.data);
}

}  // namespace md::dns
