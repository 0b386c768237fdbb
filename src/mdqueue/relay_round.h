// mdqueue/relay_round.h - one try of a message's recipients at other sites
//
// PURPOSE
//   Groups them by destination, and gives each group to its own.
// CONTRACT
//   As RecipientRound: `stored` grows by what happens, progress() is the same for the disk. What a group's host has
//   taken is given to `keep` as soon as that group has ended, whatever the others do; if it cannot be kept, the others
//   are heard out before that is thrown, for their hosts may have the message. Who is to come again then, goes at once.
//   Nobody waits here for a destination that is busy: waits_for() names it, and nothing is noted, unless the message's
//   time is over. What is beyond a rate is noted, and is no try.
// RFC
//   5321 §4.5.4.1, §4.5.3.1.10; 3461 §5.2.2 (reports of relaying); 7208 §D.2 (forwarding, forwarded_sender.h)
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "async/scope.h"
#include "mdqueue/forwarded_sender.h"
#include "mdqueue/hands.h"
#include "mdqueue/recipient_round.h"

namespace md::mdqueue {

class RelayRound {
  public:
    /// Writes progress down, and returns when it is on disk.
    using Keep = std::function<async::Task<void>(std::vector<spool::Progress> progress)>;

    /// The references outlive the round. `turn`: where one was taken for it; set back when it is used.
    RelayRound(Hands& hands, spool::StoredEnvelope& stored, const File& message, std::vector<RemoteRecipient> remote,
               std::string& turn, const Keep& keep);

    async::Task<void> run();

    [[nodiscard]] const std::vector<spool::Progress>& progress() const noexcept { return progress_; }
    /// Empty: nothing waits for a turn.
    [[nodiscard]] const std::string& waits_for() const noexcept { return waits_for_; }
    /// Why the message is for bad; empty: it is not.
    [[nodiscard]] const std::string& kills() const noexcept { return kills_; }
    /// All of it goes there; empty: there are several.
    [[nodiscard]] std::string only_destination() const;

  private:
    using Group = std::vector<RemoteRecipient>;

    async::Task<void> serve_all(async::Scope& scope);
    async::Task<void> serve_guarded(std::string destination, std::string sender, Group group);
    async::Task<void> serve(std::string destination, std::string sender, Group group);
    async::Task<Relayed> give(const std::string& destination, const std::string& sender, Group& group, bool again);
    [[nodiscard]] bool has_turn(const std::string& destination);
    async::Task<Group> note_attempts(Group group, std::vector<Attempt> attempts);
    [[nodiscard]] std::map<std::string, Group> by_sender(const Group& group, const ForwardedSender& senders);
    void note_unknown(const RemoteRecipient& who, const std::string& why);
    void note_rest(const Group& group, const Relayed& relayed);
    void note_no_turn(const Group& group);
    [[nodiscard]] WallTime until(const RemoteRecipient& who) const;
    Group held_back(const std::string& destination, Group group);
    void note_wait(const RemoteRecipient& who, const OutgoingRates::Wait& wait);
    void note_kills(const Group& group, const Relayed& relayed);

    Hands& hands_;
    spool::StoredEnvelope& stored_;
    const File& message_;
    Rules rules_;
    std::map<std::string, Group> groups_;  ///< by destination
    std::vector<spool::Progress> progress_;
    std::string waits_for_;
    std::string kills_;
    std::string& turn_;
    const Keep& keep_;
    std::exception_ptr fault_;  ///< the first
};

}  // namespace md::mdqueue
