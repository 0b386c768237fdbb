// auth/failures.h - failed logins, counted by whom they came from and by whom they were for
//
// PURPOSE
//   A guesser is slowed by a delay, and ended by a limit: beyond so many failures a key (an address, an account) is
//   barred until the time is over.
// CONTRACT
//   Bounded: beyond kMost keys the one that would end first is forgotten. The same wrong password again, as a mail
//   program with an old one sends it, is one failure. Keeps no password: a keyed hash of the last wrong one.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "async/wait.h"

namespace md::auth {

class Failures {
  public:
    static constexpr std::size_t kMost = 10'000;

    /// `limit` 0: nothing is ever barred. `time`: from a key's first failure, and from the one that barred it.
    Failures(std::uint64_t limit, std::chrono::milliseconds time);

    [[nodiscard]] bool barred(const std::string& key, async::Deadline now);
    /// True: this one was the last that is borne.
    bool add(const std::string& key, std::string_view account, std::string_view password, async::Deadline now);

  private:
    struct Entry {
        std::string key;
        async::Deadline until;
        std::uint64_t count = 0;
        std::string last;  ///< digest of the last wrong account and password
    };

    void forget_old(async::Deadline now);
    [[nodiscard]] std::string digest(std::string_view account, std::string_view password) const;

    std::uint64_t limit_;
    std::chrono::milliseconds time_;
    std::string secret_;
    std::list<Entry> entries_;  ///< in the order of their ends
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

/// What failures from a client are counted by: its address, of IPv6 the /64. Empty: not counted (this machine itself).
[[nodiscard]] std::string address_key(std::string_view ip);

}  // namespace md::auth
