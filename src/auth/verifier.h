// auth/verifier.h - is this the account's password?
//
// PURPOSE
//   The one question that a session may ask about a login. Client (auth/client.h) asks the auth child; tests answer by
//   themselves.
// CONTRACT
//   Never throws but Cancelled. A wrong password and "could not ask" are different values. The password is wiped by
//   whoever it is moved to.
#pragma once

#include <cstdint>
#include <string>
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

class Verifier {
  public:
    virtual ~Verifier() = default;
    virtual async::Task<Verified> verify(Login login) = 0;
};

}  // namespace md::auth
