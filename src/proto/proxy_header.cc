// proto/proxy_header.cc - see proxy_header.h

#include "proto/proxy_header.h"

#include <algorithm>

#include "base/strings.h"

namespace md::proto {

namespace {

using Read = Result<ProxyHeader, ProxyFault>;

constexpr std::string_view kLine = "PROXY ";
constexpr std::size_t kLineLimit = 107;  // §2.1, CRLF included
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedSize = 16;

/// The word at the front of the text, which goes on behind the blank that ends it.
std::string_view take_word(std::string_view& text) noexcept {
    const auto end = text.find(' ');
    const auto word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

/// §2.1: "PROXY TCP4 source destination source-port destination-port"
Read read_line(std::string_view octets) noexcept {
    const auto end = octets.find("\r\n");
    if (end == std::string_view::npos || end + 2 > kLineLimit)
        return fail(octets.size() < kLineLimit && end == std::string_view::npos ? ProxyFault::need_more
                                                                                : ProxyFault::malformed);
    auto text = octets.substr(kLine.size(), end - kLine.size());
    ProxyHeader header;
    header.size = end + 2;
    const auto family = take_word(text);
    if (family == "UNKNOWN") return header;
    const auto source = IpAddress::parse(take_word(text));
    const auto destination = IpAddress::parse(take_word(text));
    const auto port = parse_number<std::uint16_t>(take_word(text));
    const auto destination_port = parse_number<std::uint16_t>(take_word(text));
    const bool sound = (family == "TCP4" || family == "TCP6") && source && destination && port && destination_port;
    if (!sound || !text.empty()) return fail(ProxyFault::malformed);
    if (family == "TCP4" && (source->v6() || destination->v6())) return fail(ProxyFault::malformed);
    header.client = source;
    header.client_port = *port;
    return header;
}

std::size_t number(std::string_view octets, std::size_t at) noexcept {
    return static_cast<std::size_t>(static_cast<unsigned char>(octets[at]) << 8 |
                                    static_cast<unsigned char>(octets[at + 1]));
}

/// §2.2: signature, version and command, family, length; then source, destination, their ports, and more to pass over.
Read read_binary(std::string_view octets) noexcept {
    if (octets.size() < kFixedSize) return fail(ProxyFault::need_more);
    const auto command = static_cast<unsigned char>(octets[12]);
    const auto family = static_cast<unsigned char>(octets[13]);
    ProxyHeader header;
    header.size = kFixedSize + number(octets, 14);
    if ((command != 0x20 && command != 0x21) || header.size > kProxyHeaderLimit) return fail(ProxyFault::malformed);
    if (octets.size() < header.size) return fail(ProxyFault::need_more);
    const std::size_t width = family == 0x11 ? 4 : family == 0x21 ? 16 : 0;
    if (command == 0x20 || width == 0) return header;
    if (header.size < kFixedSize + 2 * width + 4) return fail(ProxyFault::malformed);
    header.client = IpAddress::from_octets(octets.substr(kFixedSize, width));
    header.client_port = static_cast<std::uint16_t>(number(octets, kFixedSize + 2 * width));
    return header;
}

/// As far as the shorter of both goes.
bool agrees(std::string_view octets, std::string_view beginning) noexcept {
    const auto size = std::min(octets.size(), beginning.size());
    return octets.substr(0, size) == beginning.substr(0, size);
}

}  // namespace

Read read_proxy_header(std::string_view octets) noexcept {
    if (!agrees(octets, kLine) && !agrees(octets, kSignature)) return fail(ProxyFault::malformed);
    if (octets.starts_with(kLine)) return read_line(octets);
    if (octets.starts_with(kSignature)) return read_binary(octets);
    return fail(ProxyFault::need_more);
}

}  // namespace md::proto
