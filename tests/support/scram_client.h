// tests/support/scram_client.h - the client's last word of a SCRAM login (RFC 5802 §3), without channel binding
#pragma once

#include <string>
#include <string_view>

namespace md::test {

/// client-final-message for a client that began with "n,," and `first_bare`.
[[nodiscard]] std::string scram_client_final(std::string_view scheme, std::string_view password,
                                             std::string_view first_bare, std::string_view server_first);

}  // namespace md::test
