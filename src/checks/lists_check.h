// checks/lists_check.h - the black and the white list: who is refused, and who is not examined at all
//
// PURPOSE
//   Looks the client's address and the sender up in the worker's own copy of the lists; nobody is asked.
// CONTRACT
//   Said at MAIL, acted upon at MAIL (white: the message is exempt) and at each RCPT (black: 550 5.7.1). Within one
//   kind the more specific entry counts: a longer prefix, an address before its domain before a pattern; where black
//   and white are alike, white. Between the kinds white counts: a sender on the white list passes from a black network,
//   and a network on the white list sends for black senders. (A sender is only claimed; who lists one white trusts
//   every network with it.) Not asked about people who logged in, whatever address they come from, nor about [trusted]
//   networks: an account is stopped by `mdctl account disable`. While the lists are not known yet every stranger is
//   told to come again.
#pragma once

#include <functional>

#include "base/clock.h"
#include "checks/check.h"
#include "policy/lists.h"

namespace md::checks {

class ListsCheck final : public Check {
  public:
    /// The lists as they are at this moment; null: not known yet.
    using Source = std::function<const policy::Lists*()>;

    ListsCheck(Source source, const Clock& clock);

    async::Task<Finding> examine(std::shared_ptr<const Subject> subject,
                                 std::optional<std::uint32_t> recipient) const override;

  private:
    Source source_;
    const Clock& clock_;
};

}  // namespace md::checks
