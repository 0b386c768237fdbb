// delivery/expansion.h - where an address leads: through aliases, groups, catch-alls and forwards to mailboxes and
// sites
//
// PURPOSE
//   The one answer to "who gets mail for this address", for RCPT, for the queue manager and for `mdctl account lookup`.
// CONTRACT
//   Blocks (the directory): pool jobs. What is true at this moment; a message that waits is expanded again at each try.
//   In the order of targets and members; each mailbox folder and each site's address once. Loops end: an alias or
//   group that was on the way already adds nothing, and mail that a forward brings back stays in the mailbox where it
//   would go round, though that account keeps none of what it forwards. What leads nowhere, or cannot be asked now, is
//   a target of its own and hinders none of the others.
// LIMITS
//   `look_ups`, and kLongestWay turns from the address to a target.
// RFC
//   5321 §3.9 (aliases and lists); 5233 (subaddress)
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "accounts/directory.h"
#include "delivery/srs_site.h"
#include "mail/status.h"

namespace md::delivery {

struct Target {
    enum class Kind : std::uint8_t {
        mailbox,  ///< an account here
        remote,   ///< another site
        nowhere,  ///< nobody, for good: status and reason say why
        unknown,  ///< could not ask: try again
    };
    Kind kind = Kind::unknown;
    std::string address;        ///< the account's with its detail, the site's, or what could not be resolved
    accounts::Account account;  ///< mailbox
    std::string folder;         ///< mailbox: the detail, as sent; empty: INBOX
    bool forwarded = false;     ///< an account's forward leads here
    mail::Status status;        ///< nowhere, unknown
    std::string reason;
};

struct Expansion {
    std::vector<Target> targets;        ///< not empty
    std::vector<accounts::Step> steps;  ///< the whole way, in the order in which it was gone
    bool complete = true;               ///< false: `look_ups` were spent before the end

    /// It is one of our rewritten reverse-paths, and leads back to the sender (srs.h).
    [[nodiscard]] bool leads_back() const noexcept;
    /// One target, by no alias, group, catch-all or forward.
    [[nodiscard]] bool trivial() const noexcept;
    /// The account that gets it, though by an alias or as a catch-all; null: several do, or none here.
    [[nodiscard]] const accounts::Account* only_account() const noexcept;
    /// Somebody may get it, now or later.
    [[nodiscard]] bool leads_somewhere() const noexcept;
};

inline constexpr unsigned kLongestWay = 32;

/// ignored: of a recipient whose forwards were followed before.
enum class Forwards : std::uint8_t { followed, ignored };

[[nodiscard]] Expansion expand(const accounts::Directory& directory, std::string_view address,
                               Forwards forwards = Forwards::followed,
                               std::size_t look_ups = std::numeric_limits<std::size_t>::max());

/// The same where rewritten reverse-paths of ours lead back to the sender; `srs` null: they are addresses like others.
/// Not those that an alias or a forward names. A forged or old one leads nowhere.
[[nodiscard]] Expansion expand_or_reverse(const accounts::Directory& directory, std::string_view address,
                                          const SrsSite* srs, WallTime now, Forwards forwards = Forwards::followed,
                                          std::size_t look_ups = std::numeric_limits<std::size_t>::max());

/// May the account use that sender: its own address, one that leads to its mailbox, one of its send_as or of a group's
/// that it is a member of? Could not ask: Unavailable.
[[nodiscard]] Result<bool, accounts::Unavailable> may_send_as(const accounts::Directory& directory,
                                                              const accounts::Account& account,
                                                              const mail::Address& sender);

}  // namespace md::delivery
