// proto/sasl/scram.h - the messages of SCRAM, the server's side, without any cryptography
//
// PURPOSE
//   parse_first() and parse_final() read what the client says, server_first() and server_final() make what it is told,
//   auth_message() is what both sides sign.
// CONTRACT
//   Pure; knows neither passwords nor verifiers: auth/scram.h does. Attributes come in the order of RFC 5802 §7;
//   optional ones that nobody knows are skipped, a mandatory extension ("m=") is refused. Channel binding is not
//   offered: a client may say that it could ("y"), not that it does ("p").
// RFC
//   5802 §5, §7; 7677
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace md::sasl::scram {

struct ClientFirst {
    std::string gs2_header;      ///< "n,," or "y,a=bob,"
    std::string bare;            ///< client-first-message-bare, as it came
    std::string authorization;   ///< as whom to act; empty: as the authenticated
    std::string authentication;  ///< who it is
    std::string nonce;
};

/// none: it is no such message
[[nodiscard]] std::optional<ClientFirst> parse_first(std::string_view message);

/// `nonce`: the client's with the server's behind it.
[[nodiscard]] std::string server_first(std::string_view nonce, std::string_view salt, std::uint32_t iterations);

struct ClientFinal {
    std::string without_proof;    ///< client-final-message-without-proof, as it came
    std::string channel_binding;  ///< "c=", decoded
    std::string nonce;
    std::string proof;  ///< decoded
};

/// none: it is no such message
[[nodiscard]] std::optional<ClientFinal> parse_final(std::string_view message);

[[nodiscard]] std::string auth_message(const ClientFirst& first, std::string_view server_first,
                                       const ClientFinal& final);

[[nodiscard]] std::string server_final(std::string_view signature);

}  // namespace md::sasl::scram
