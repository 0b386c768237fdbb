// auth/remembered.h - passwords that were verified a short while ago
//
// PURPOSE
//   A strong hash costs tens of milliseconds; a client that logs in for each message pays it once.
// CONTRACT
//   Keeps no password: a keyed hash (HMAC-SHA-256 under a key of this process alone) of account, password and the stamp
//   of the secret's file. A changed file has another stamp, so whatever was remembered of it no longer matches.
//   Bounded; entries end after `keep`.
#pragma once

#include <chrono>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "accounts/secrets.h"
#include "async/wait.h"

namespace md::auth {

class Remembered {
  public:
    explicit Remembered(std::chrono::milliseconds keep);

    [[nodiscard]] bool knows(std::string_view account, std::string_view password, const accounts::Stamp& stamp,
                             async::Deadline now);
    void add(std::string_view account, std::string_view password, const accounts::Stamp& stamp, async::Deadline now);

  private:
    struct Entry {
        std::string digest;
        async::Deadline until;
    };

    [[nodiscard]] std::string digest(std::string_view account, std::string_view password,
                                     const accounts::Stamp& stamp) const;

    std::chrono::milliseconds keep_;
    std::string key_;
    std::list<Entry> entries_;  ///< in the order of their ends
    std::unordered_map<std::string, std::list<Entry>::iterator> by_digest_;
};

}  // namespace md::auth
