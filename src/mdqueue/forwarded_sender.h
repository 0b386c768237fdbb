// mdqueue/forwarded_sender.h - in whose name a message leaves for another site
//
// PURPOSE
//   What an alias, a group, a catch-all or a forward leads on to another site leaves, where queue.srs says so and the
//   sender is of another site, with a reverse-path of ours (delivery/srs.h). All else keeps its own.
// CONTRACT
//   look() asks once for the message, and only if something was led on. An own domain's sender stays: its SPF record
//   names this site. So does the null one, and what makes no address, which is logged.
#pragma once

#include <string>

#include "async/task.h"
#include "mdqueue/hands.h"
#include "spool/envelope.h"

namespace md::mdqueue {

class ForwardedSender {
  public:
    /// The references outlive it.
    ForwardedSender(Hands& hands, const spool::StoredEnvelope& stored, const Rules& rules);

    async::Task<void> look();
    /// The reverse-path for that recipient; else why it cannot be told now.
    [[nodiscard]] Result<std::string, std::string> of(std::uint32_t recipient) const;

  private:
    [[nodiscard]] std::string domain_for(std::uint32_t recipient) const;

    Hands& hands_;
    const spool::Envelope& envelope_;
    const delivery::SrsSite* srs_;
    bool foreign_ = false;  ///< the sender is of another site, and mail of his is led on
    std::string unknown_;   ///< why it is not known whether he is
};

}  // namespace md::mdqueue
