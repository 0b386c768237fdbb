// accounts/name.cc - see name.h

#include "accounts/name.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "dns/name.h"

namespace md::accounts {

namespace {

constexpr std::size_t kLongestLocalPart = 64;

bool stands_for_itself(char c, bool first) noexcept {
    return c != '/' && c != '%' && !is_control(c) && !(c == '.' && first);
}

}  // namespace

std::string Name::text() const {
    return mail::Address{local_part, domain}.text();
}

std::optional<Name> make_name(const mail::Address& address) {
    auto domain = make_domain(address.domain);
    if (!domain || address.local_part.empty() || address.local_part.size() > kLongestLocalPart) return std::nullopt;
    for (const char c : address.local_part)
        if (is_control(c)) return std::nullopt;
    return Name{std::move(*domain), lower(address.local_part)};
}

std::optional<Name> parse_name(std::string_view text) {
    const auto address = mail::parse_mailbox(text, mail::Utf8::allowed);
    return address ? make_name(*address) : std::nullopt;
}

std::optional<std::string> make_domain(std::string_view text) {
    if (mail::is_domain(text)) return lower(text);
    if (!mail::is_domain(text, mail::Utf8::allowed)) return std::nullopt;
    auto labels = dns::to_query_name(text);
    if (!labels || !mail::is_domain(*labels)) return std::nullopt;
    return labels;
}

std::string file_name(std::string_view local_part) {
    constexpr char kHex[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : local_part) {
        if (stands_for_itself(c, out.empty())) {
            out.push_back(c);
        } else {
            const auto octet = static_cast<unsigned char>(c);
            out.append(1, '%').append(1, kHex[octet >> 4]).append(1, kHex[octet & 15]);
        }
    }
    return out;
}

std::optional<std::string> local_part_of(std::string_view file_name_given) {
    std::string out;
    for (std::size_t i = 0; i < file_name_given.size(); ++i) {
        if (file_name_given[i] != '%') {
            out.push_back(file_name_given[i]);
            continue;
        }
        const auto octet = hex_decode(file_name_given.substr(i + 1, 2));
        if (!octet || octet->size() != 1) return std::nullopt;
        out += *octet;
        i += 2;
    }
    // One account has one file name.
    if (out.empty() || file_name(lower(out)) != file_name_given) return std::nullopt;
    return out;
}

}  // namespace md::accounts
