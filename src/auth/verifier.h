// auth/verifier.h - is this the account's password?
//
// PURPOSE
//   The questions that a session may ask about a login: is this the password, or, where the client shows none (SCRAM),
//   with what salt does it prove that it knows it, and is this the proof. Client (auth/client.h) asks the auth child;
//   tests answer by themselves.
// CONTRACT
//   Never throws but Cancelled. A wrong password and "could not ask" are different values. The password is wiped by
//   whoever it is moved to. scram_salt() tells nobody whether there is such an account: every name has its salt. The
//   two questions of SCRAM stand alone: nothing is kept between them, so that no login can be in another's way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "async/task.h"

namespace md::auth {

struct Login {
    Login(std::string who, std::string secret, std::string proto, std::string ip)
        : account(std::move(who)), password(std::move(secret)), protocol(std::move(proto)), peer_ip(std::move(ip)) {}

    std::string account;  ///< as the client gave it
    std::string password;
    std::string protocol;  ///< "smtp", "imap", "pop3"
    std::string peer_ip;
};

enum class Verdict : std::uint8_t {
    accepted,
    wrong,        ///< no such account, or not its password: the client is not told which
    refused,      ///< the right password of an account that may not log in now
    unavailable,  ///< could not ask; try again
};

struct Verified {
    Verified(Verdict v, std::string name) : verdict(v), account(std::move(name)) {}

    Verdict verdict;
    std::string account;  ///< accepted: its name as the directory has it
};

/// A client begins a SCRAM login.
struct ScramQuestion {
    ScramQuestion(std::string_view how, std::string who, std::string proto, std::string ip)
        : scheme(how), account(std::move(who)), protocol(std::move(proto)), peer_ip(std::move(ip)) {}

    std::string scheme;   ///< "SCRAM-SHA-256", "SCRAM-SHA-1"
    std::string account;  ///< as the client gave it
    std::string protocol;
    std::string peer_ip;
};

struct ScramSalt {
    ScramSalt() = default;
    ScramSalt(std::string octets, std::uint32_t count) : salt(std::move(octets)), iterations(count) {}

    std::string salt;
    std::uint32_t iterations = 0;  ///< 0: could not ask
};

/// What the client proves its password with (RFC 5802 §3).
struct ScramProof {
    ScramProof(ScramQuestion question, std::string message, std::string octets)
        : login(std::move(question)), auth_message(std::move(message)), proof(std::move(octets)) {}

    ScramQuestion login;
    std::string auth_message;
    std::string proof;
};

struct ScramVerified {
    ScramVerified(Verified answer, std::string signature)
        : verified(std::move(answer)), server_signature(std::move(signature)) {}

    Verified verified;
    std::string server_signature;  ///< of an accepted proof: what proves the server to the client
};

class Verifier {
  public:
    virtual ~Verifier() = default;
    virtual async::Task<Verified> verify(Login login) = 0;
    virtual async::Task<ScramSalt> scram_salt(ScramQuestion question) = 0;
    virtual async::Task<ScramVerified> scram_verify(ScramProof proof) = 0;
};

}  // namespace md::auth
