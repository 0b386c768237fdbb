// auth/protocol.cc - see protocol.h

#include "auth/protocol.h"

#include "base/bytes.h"

namespace md::auth {

namespace {

constexpr std::uint8_t kVersion = 1;

void put_question(std::string& out, const ScramQuestion& question) {
    put_text(out, question.scheme);
    put_text(out, question.account);
    put_text(out, question.protocol);
    put_text(out, question.peer_ip);
}

ScramQuestion take_question(ByteReader& in) {
    const auto scheme = in.text();
    const auto account = in.text();
    const auto protocol = in.text();
    const auto peer_ip = in.text();
    return {scheme, std::string(account), std::string(protocol), std::string(peer_ip)};
}

void put_verified(std::string& out, const Verified& verified) {
    put_number(out, static_cast<std::uint8_t>(verified.verdict));
    put_text(out, verified.account);
}

/// none: no verdict that is known
std::optional<Verified> take_verified(ByteReader& in) {
    const auto verdict = in.number<std::uint8_t>();
    const auto account = in.text();
    if (!in.ok() || verdict > static_cast<std::uint8_t>(Verdict::unavailable)) return std::nullopt;
    return Verified(static_cast<Verdict>(verdict), std::string(account));
}

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
    put_verified(out, verified);
    return out;
}

std::optional<Verified> decode_verified(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    auto verified = take_verified(in);
    if (!in.at_end()) return std::nullopt;
    return verified;
}

std::string encode(const ScramQuestion& question) {
    std::string out;
    put_number(out, kVersion);
    put_question(out, question);
    return out;
}

std::optional<ScramQuestion> decode_scram_question(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    auto question = take_question(in);
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return question;
}

std::string encode(const ScramSalt& salt) {
    std::string out;
    put_number(out, kVersion);
    put_number(out, salt.iterations);
    put_text(out, salt.salt);
    return out;
}

std::optional<ScramSalt> decode_scram_salt(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    const auto iterations = in.number<std::uint32_t>();
    const auto salt = in.text();
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return ScramSalt(std::string(salt), iterations);
}

std::string encode(const ScramProof& proof) {
    std::string out;
    put_number(out, kVersion);
    put_question(out, proof.login);
    put_text(out, proof.auth_message);
    put_text(out, proof.proof);
    return out;
}

std::optional<ScramProof> decode_scram_proof(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    auto question = take_question(in);
    const auto message = in.text();
    const auto octets = in.text();
    if (!in.ok() || !in.at_end()) return std::nullopt;
    return ScramProof(std::move(question), std::string(message), std::string(octets));
}

std::string encode(const ScramVerified& verified) {
    std::string out;
    put_number(out, kVersion);
    put_verified(out, verified.verified);
    put_text(out, verified.server_signature);
    return out;
}

std::optional<ScramVerified> decode_scram_verified(std::string_view payload) {
    ByteReader in(payload);
    if (in.number<std::uint8_t>() != kVersion) return std::nullopt;
    auto verified = take_verified(in);
    const auto signature = in.text();
    if (!verified || !in.ok() || !in.at_end()) return std::nullopt;
    return ScramVerified(std::move(*verified), std::string(signature));
}

}  // namespace md::auth
