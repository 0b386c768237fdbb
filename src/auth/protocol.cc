// auth/protocol.cc - see protocol.h

#include "auth/protocol.h"

#include "base/bytes.h"

namespace md::auth {

namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string socket_name(std::string_view daemon) {
    return std::string("auth-").append(daemon).append(".sock");
}

std::string encode(const Login& login) {
    std::string out;
    put_number(out, kVersion);
    put_text(out, login.account);
    put_text(out, login.password);
    put_text(out, login.protocol);
    put_text(out, login.peer_ip);
    return out;
}

std::optional<Login> decode_login(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    const auto account = in.text();
    const auto password = in.text();
    const auto protocol = in.text();
    const auto peer_ip = in.text();
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return Login(std::string(account), std::string(password), std::string(protocol), std::string(peer_ip));
}

std::string encode(const Verified& verified) {
    std::string out;
    put_number(out, kVersion);
    put_number(out, static_cast<std::uint8_t>(verified.verdict));
    put_text(out, verified.account);
    return out;
}

std::optional<Verified> decode_verified(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    const auto verdict = in.number<std::uint8_t>();
    const auto account = in.text();
    if (!in.ok() || !in.at_end() || verdict > static_cast<std::uint8_t>(Verdict::unavailable)) return std::nullopt;
    return Verified(static_cast<Verdict>(verdict), std::string(account));
}

}  // namespace md::auth
