// proto/sasl/scram.cc - see scram.h

#include "proto/sasl/scram.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "base/utf8.h"

namespace md::sasl::scram {

namespace {

constexpr std::size_t kNameLimit = 255;
constexpr std::size_t kNonceLimit = 512;

/// The next attribute "x=value" and the comma behind it; none: another letter, or no attribute.
std::optional<std::string_view> take_attribute(std::string_view& rest, char letter) {
    if (rest.size() < 2 || rest[0] != letter || rest[1] != '=') return std::nullopt;
    const auto end = std::min(rest.find(','), rest.size());
    const auto value = rest.substr(2, end - 2);
    rest.remove_prefix(std::min(rest.size(), end + 1));
    return value;
}

/// saslname (RFC 5802 §7): "," is "=2C" and "=" is "=3D". None: something else follows a "=", or it is no name.
std::optional<std::string> decode_name(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        if (text.front() != '=') {
            out += text.front();
            text.remove_prefix(1);
            continue;
        }
        const auto escape = text.substr(0, 3);
        if (escape != "=2C" && escape != "=3D") return std::nullopt;
        out += escape == "=2C" ? ',' : '=';
        text.remove_prefix(3);
    }
    const bool sound =
        !out.empty() && out.size() <= kNameLimit && is_utf8(out) && std::none_of(out.begin(), out.end(), is_control);
    return sound ? std::optional(std::move(out)) : std::nullopt;
}

bool is_nonce(std::string_view text) {
    return !text.empty() && text.size() <= kNonceLimit &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7e && c != ','; });
}

}  // namespace

std::optional<ClientFirst> parse_first(std::string_view message) {
    ClientFirst out;
    const auto flag_end = message.find(',');
    if (flag_end != 1 || (message[0] != 'n' && message[0] != 'y')) return std::nullopt;
    const auto header_end = message.find(',', flag_end + 1);
    if (header_end == std::string_view::npos) return std::nullopt;
    out.gs2_header = message.substr(0, header_end + 1);
    auto authorization = message.substr(flag_end + 1, header_end - flag_end - 1);
    if (!authorization.empty()) {
        const auto value = take_attribute(authorization, 'a');
        auto name = value ? decode_name(*value) : std::nullopt;
        if (!name) return std::nullopt;
        out.authorization = std::move(*name);
    }
    auto rest = message.substr(header_end + 1);
    out.bare = rest;
    const auto user = take_attribute(rest, 'n');  // "m=" in front of it is an extension that we do not have
    if (!user) return std::nullopt;
    auto name = decode_name(*user);
    const auto nonce = take_attribute(rest, 'r');
    if (!name || !nonce || !is_nonce(*nonce)) return std::nullopt;
    out.authentication = std::move(*name);
    out.nonce = *nonce;
    return out;
}

std::string server_first(std::string_view nonce, std::string_view salt, std::uint32_t iterations) {
    std::string out = "r=";
    out.append(nonce).append(",s=").append(base64_encode(salt)).append(",i=").append(std::to_string(iterations));
    return out;
}

std::optional<ClientFinal> parse_final(std::string_view message) {
    ClientFinal out;
    const auto proof_at = message.rfind(",p=");
    if (proof_at == std::string_view::npos) return std::nullopt;
    auto rest = message.substr(0, proof_at);
    out.without_proof = rest;
    const auto binding = take_attribute(rest, 'c');
    const auto nonce = take_attribute(rest, 'r');
    if (!binding || !nonce || !is_nonce(*nonce)) return std::nullopt;
    auto bound = base64_decode(*binding);
    auto proof = base64_decode(message.substr(proof_at + 3));
    if (!bound || !proof) return std::nullopt;
    out.channel_binding = std::move(*bound);
    out.nonce = *nonce;
    out.proof = std::move(*proof);
    return out;
}

std::string auth_message(const ClientFirst& first, std::string_view server_first, const ClientFinal& final) {
    std::string out = first.bare;
    out.append(",").append(server_first).append(",").append(final.without_proof);
    return out;
}

std::string server_final(std::string_view signature) {
    return "v=" + base64_encode(signature);
}

}  // namespace md::sasl::scram
