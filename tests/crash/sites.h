// tests/crash/sites.h - other sites' hosts, with the relay child before them
//
// PURPOSE
//   What Hands::relay gives to a relay child ends here. Hosts forget nothing that they took: they are part of the
//   ledger's world, not of the machine that loses its power. Each acceptance is an event of the ledger.
// CONTRACT
//   Never throws: whatever the other side does is an answer. A child that is killed knows no answer, whatever its host
//   has taken.
// RFC
//   5321 §4.2.5, §6.1 (who has it after the 250)
#pragma once

#include <cstdint>
#include <string>

#include "base/files.h"
#include "crash/ledger.h"
#include "mdqueue/hands.h"

namespace md::test::crash {

enum class Mood : std::uint8_t {
    busy,        ///< as much as they bear is under way
    rests,       ///< they could not be reached, and are left in peace
    defers,      ///< 451 to each recipient
    takes_most,  ///< 250; 550 to kNobody and 451 to kLater
    takes,       ///< 250 to kLater, too
};

/// When a relay child is killed.
enum class Killed : std::uint8_t { never, before_the_250, after_the_250 };

class Sites {
  public:
    explicit Sites(Ledger& ledger) : ledger_(ledger) {}

    Mood mood = Mood::busy;

    /// The child is killed at that transaction, from 1 on.
    void kill_at(std::uint64_t transaction, Killed when);
    [[nodiscard]] std::uint64_t transactions() const noexcept { return transactions_; }

    [[nodiscard]] mdqueue::Relayed relay(const spool::Envelope& envelope, const File& message, std::uint64_t size);

  private:
    [[nodiscard]] mdqueue::Attempt answer(const spool::Envelope& envelope, const std::string& recipient,
                                          const std::string& octets, Killed killed);

    Ledger& ledger_;
    std::uint64_t transactions_ = 0;
    std::uint64_t fatal_ = 0;
    Killed when_ = Killed::never;
};

/// Unknown to its host.
inline constexpr const char* kNobody = "nobody@example.edu";
/// Whose mailbox is full until the evening.
inline constexpr const char* kLater = "later@example.com";

}  // namespace md::test::crash
