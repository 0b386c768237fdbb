// checks/lists_check.h - the black and the white list: who is refused, and who is not examined at all
//
// PURPOSE
//   Looks client, HELO, sender and recipient up in the worker's own copy of the lists, for each recipient by itself;
//   nobody is asked.
// CONTRACT
//   Said and acted upon at each RCPT: black is refused (550 5.7.1), white makes the message exempt for that recipient.
//   Which entry counts:
//     1. The narrower scope counts: entries of the recipient's account before those of its domain before those of the
//        whole installation. Only where a scope has no entry that is met the next one is looked at.
//     2. Within a scope and a kind the more precise entry counts (policy::precision): a longer prefix; a whole name
//        before a domain before a pattern, and of patterns the one with more letters. Alike, white counts.
//     3. Within a scope, between the kinds (ip, host, helo, sender, recipient) white counts: a sender on the white list
//        passes from a black network, and a network on the white list sends for black senders. (A sender is only
//        claimed; who lists one white trusts every network with it.)
//   The account is that which the MTA tells, or the address without what follows its first "+". A recipient entry is
//   looked for under the address as it was given, and then without that.
//   Not asked about people who logged in, whatever address they come from, nor about [trusted] networks: an account is
//   stopped by `mdctl account disable`. While the lists are not known yet every stranger is told to come again.
#pragma once

#include <functional>

#include "base/clock.h"
#include "checks/check.h"
#include "policy/lists.h"

namespace md::checks {

/// The lists as they are at this moment; null: not known yet.
using ListsSource = std::function<const policy::Lists*()>;

class ListsCheck final : public Check {
  public:
    ListsCheck(ListsSource source, const Clock& clock);

    async::Task<Finding> examine(std::shared_ptr<const Subject> subject,
                                 std::optional<std::uint32_t> recipient) const override;

  private:
    ListsSource source_;
    const Clock& clock_;
};

/// The same at MAIL, so that a message that is exempt for whomever it is meant need not be sent to the filter: white
/// for the whole installation, and nothing on the black list is narrower or of recipients.
class WhiteListCheck final : public Check {
  public:
    WhiteListCheck(ListsSource source, const Clock& clock);

    async::Task<Finding> examine(std::shared_ptr<const Subject> subject,
                                 std::optional<std::uint32_t> recipient) const override;

  private:
    ListsSource source_;
    const Clock& clock_;
};

/// In which scopes entries for a recipient are looked for, the narrowest first; the last is "", the whole installation.
[[nodiscard]] std::vector<std::string> scopes_of(std::string_view recipient, std::string_view account);

/// The entry that counts by the rules above; none: none is met.
[[nodiscard]] std::optional<policy::Entry> listed(const policy::Lists& lists, const Subject& subject,
                                                  std::string_view recipient, std::string_view account, WallTime now);

}  // namespace md::checks
