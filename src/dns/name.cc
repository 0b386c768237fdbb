// dns/name.cc - see name.h

#include "dns/name.h"

#include <idn2.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/strings.h"

namespace md::dns {

namespace {

/// Before any conversion: longer texts are not handed to a library.
constexpr std::size_t kLongestText = 1024;

bool is_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= kLongestLabel &&
           std::all_of(label.begin(), label.end(), [](char c) { return c > ' ' && c < 0x7f && c != '\\'; });
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::optional<std::string> with_a_labels(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    char* converted = nullptr;
    const std::string terminated(text);
    const int code = idn2_to_ascii_8z(terminated.c_str(), &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, decltype(&idn2_free)> owned(static_cast<char*>(converted),
                                                            [](void* p) { idn2_free(p); });
    if (code != IDN2_OK) return std::nullopt;
    return std::string(owned.get());
}

}  // namespace

std::optional<std::string> to_query_name(std::string_view text) {
    if (text.size() > kLongestText) return std::nullopt;
    auto name = is_ascii(text) ? std::optional(lower(text)) : with_a_labels(text);
    if (!name) return std::nullopt;
    if (name->ends_with('.')) name->pop_back();
    if (name->size() > kLongestName) return std::nullopt;
    const auto labels = split(*name, '.');
    if (!std::all_of(labels.begin(), labels.end(), is_label)) return std::nullopt;
    return name;
}

std::string reverse_name(const IpAddress& address) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto octets = address.octets();
    std::string name;
    for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
        const auto value = static_cast<unsigned char>(*octet);
        if (address.v6()) {
            name.append({kDigits[value & 0xfU], '.', kDigits[value >> 4U], '.'});
        } else {
            name.append(std::to_string(value)).push_back('.');
        }
    }
    return name.append(address.v6() ? "ip6.arpa" : "in-addr.arpa");
}

}  // namespace md::dns
