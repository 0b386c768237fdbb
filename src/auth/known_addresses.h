// auth/known_addresses.h - from where accounts have logged in lately
//
// PURPOSE
//   Somebody who guesses an account's password bars it (failures.h); its owner, at the usual place, is not to be kept
//   out by that.
// CONTRACT
//   Bounded: the pair of account and address that logged in longest ago is forgotten first. Lives in memory alone.
#pragma once

#include <list>
#include <string>
#include <unordered_map>

namespace md::auth {

class KnownAddresses {
  public:
    static constexpr std::size_t kMost = 20'000;

    void add(const std::string& account, const std::string& address);
    [[nodiscard]] bool knows(const std::string& account, const std::string& address) const;

  private:
    [[nodiscard]] static std::string key(const std::string& account, const std::string& address) {
        return account + '\0' + address;
    }

    std::list<std::string> pairs_;  ///< the latest last
    std::unordered_map<std::string, std::list<std::string>::iterator> by_key_;
};

}  // namespace md::auth
