// accounts/password.h - a password as what is kept of it
//
// PURPOSE
//   make_secret() turns a new password into a hash and the SCRAM verifiers; hash_matches() checks one against a hash.
// CONTRACT
//   Passwords are octets of UTF-8 and pass SASLprep (RFC 4013) both when they are set and when they are checked:
//   compatibility forms are normalised (NFKC), so that "é" typed as one or as two code points, and U+00A0 for a space,
//   are the same password; case is kept. A new password may hold no unassigned code point of Unicode 3.2 (a "stored
//   string"); a checked one may (a "query"). What SASLprep refuses (controls, private use, broken UTF-8, mixed
//   directions) cannot be set and never matches. ASCII passwords pass unchanged. Slow on purpose (tens of
//   milliseconds): never on a loop. Nothing is logged; buffers that held a password are wiped. Compares in constant
//   time. A hash that crypt(3) does not know matches nothing.
// RFC
//   4013 (SASLprep), 5802 §3, 7677 (SCRAM-SHA-256), 5803 (form of the verifiers); crypt(5) for the hash
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace md::accounts {

/// What is kept of a password: the fields of doc/formats/secret.md.
struct Secret {
    std::string crypt;
    std::string scram_sha_256;
    std::string scram_sha_1;
};

struct HashCost {
    unsigned yescrypt = 5;              ///< auth.hash_cost
    unsigned scram_iterations = 10000;  ///< auth.scram_iterations
};

/// Why a password cannot be set, for the person who chose it.
struct PasswordFault {
    std::string text;
};

/// Throws SystemError where libcrypt or OpenSSL fails.
[[nodiscard]] Result<Secret, PasswordFault> make_secret(std::string_view password, const HashCost& cost);

/// The verifier of RFC 5803 for a password that SASLprep has passed; `scheme` is "SCRAM-SHA-256" or "SCRAM-SHA-1".
[[nodiscard]] std::string scram_verifier(std::string_view scheme, std::string_view prepared, std::string_view salt,
                                         unsigned iterations);

enum class Match : std::uint8_t { yes, no, not_a_hash };

[[nodiscard]] Match hash_matches(std::string_view hash, std::string_view password);

/// Takes as long as a hash_matches() that fails, for an account that is not there.
void pretend_to_check(std::string_view password);

}  // namespace md::accounts
