// accounts/directory.h - who is here: domains and what their addresses are, whatever keeps them
//
// PURPOSE
//   The one question that receipt, routing, delivery and login ask: what is this address? One step at a time: what an
//   alias or a forward leads to is followed by delivery/expansion.h.
// CONTRACT
//   Calls may block (files, a network): on a loop's thread only behind async::WorkerPool, or for a name at_hand().
//   Thread-safe.
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

/// Why an address means what it means; one of these for each turn of the way.
struct Step {
    enum class Kind : std::uint8_t { domain_alias, subaddress, role, catch_all, alias, group, forward, account, srs };

    Kind kind = Kind::account;
    std::string from;   ///< the address that was looked at
    std::string to;     ///< what it leads to
    std::string place;  ///< where that is said
};
[[nodiscard]] std::string_view name_of(Step::Kind kind) noexcept;

enum class Outcome : std::uint8_t {
    found,
    leads_on,  ///< nothing of that name, but the domain says where it goes: `to`
    unknown_user,
    unknown_domain,
    domain_disabled,
};

struct Resolution {
    Outcome outcome = Outcome::unknown_domain;
    Entry entry;              ///< found
    std::string detail;       ///< after the "+", as sent; empty: none
    std::string to;           ///< leads_on: an address
    std::vector<Step> steps;  ///< all but what the entry itself says; none for an address that names its entry

    /// null: not found, or no account
    [[nodiscard]] const Account* account() const noexcept;
};

class Directory {
  public:
    virtual ~Directory() = default;

    /// The domain's name is lower case.
    [[nodiscard]] virtual Result<std::optional<Domain>, Unavailable> find_domain(const std::string& domain) const = 0;
    /// The account of exactly that name.
    [[nodiscard]] virtual Result<std::optional<Account>, Unavailable> find(const Name& name) const = 0;
    /// Asking now what this name is would not block, as far as is known: it was looked at just before, and is an
    /// account that leads to nobody else.
    [[nodiscard]] virtual bool at_hand(const Name& name) const;
    /// Whatever has exactly that name; without a word to the contrary only accounts have one.
    [[nodiscard]] virtual Result<std::optional<Entry>, Unavailable> find_entry(const Name& name) const;
    /// Names, sorted.
    [[nodiscard]] virtual Result<std::vector<std::string>, Unavailable> domains() const = 0;
    [[nodiscard]] virtual Result<std::vector<Name>, Unavailable> accounts_of(const std::string& domain) const = 0;
    /// Groups of that domain that let their members send as others; by name.
    [[nodiscard]] virtual Result<std::vector<Group>, Unavailable> sending_groups_of(const std::string& domain) const;

    /// What mail for this address meets first: what has its name, what has the name before the first "+", who holds the
    /// domain's roles, its catch-all. A disabled account is found; its state is for the caller to judge.
    [[nodiscard]] Result<Resolution, Unavailable> resolve(const mail::Address& address) const;

  private:
    [[nodiscard]] Result<std::optional<Domain>, Unavailable> home_of(const std::string& domain,
                                                                     std::vector<Step>& steps) const;
    [[nodiscard]] Result<Resolution, Unavailable> resolve_in(const Domain& domain, const mail::Address& address,
                                                             std::vector<Step> steps) const;
};

}  // namespace md::accounts
