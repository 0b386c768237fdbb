// accounts/directory.h - who is here: domains and accounts, whatever keeps them
//
// PURPOSE
//   The one question that receipt, routing, delivery and login ask: whose address is this?
// CONTRACT
//   Calls may block (files, a network): on a loop's thread only behind async::WorkerPool. Thread-safe.
//   "Unknown" and "could not ask" are different: Unavailable says that the answer is not known now, and receipt says
//   451.
// RFC
//   5233 §1 (subaddress: user+detail); 5321 §4.5.1 (postmaster); 2142 (abuse)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "base/result.h"

namespace md::accounts {

/// Could not ask; the text is for the log.
struct Unavailable {
    std::string text;
};

enum class Outcome : std::uint8_t { found, unknown_user, unknown_domain };

struct Resolution {
    Outcome outcome = Outcome::unknown_domain;
    Account account;     ///< where found
    std::string detail;  ///< after the "+", as sent; empty: none
};

class Directory {
  public:
    virtual ~Directory() = default;

    /// The domain's name is lower case.
    [[nodiscard]] virtual Result<std::optional<Domain>, Unavailable> find_domain(const std::string& domain) const = 0;
    /// The account of exactly that name.
    [[nodiscard]] virtual Result<std::optional<Account>, Unavailable> find(const Name& name) const = 0;
    /// Names, sorted.
    [[nodiscard]] virtual Result<std::vector<std::string>, Unavailable> domains() const = 0;
    [[nodiscard]] virtual Result<std::vector<Name>, Unavailable> accounts_of(const std::string& domain) const = 0;

    /// The account that mail for this address is for: the account itself, the one before the first "+", or the domain's
    /// postmaster. A disabled account is found; its state is for the caller to judge.
    [[nodiscard]] Result<Resolution, Unavailable> resolve(const mail::Address& address) const;

  private:
    [[nodiscard]] Result<Resolution, Unavailable> role_holder(const Domain& domain, const std::string& local_part,
                                                              std::string detail) const;
};

}  // namespace md::accounts
