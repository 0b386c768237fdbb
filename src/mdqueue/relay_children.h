// mdqueue/relay_children.h - jobs given to relay children, and which message ended one
//
// PURPOSE
//   A child that dies takes all jobs with it that it had. Each of their messages is a suspect then, and is given alone
//   when its turn comes again: nothing else is with that child. A message with which a child died kDeaths times alone
//   is the cause, and is not given again.
// CONTRACT
//   On the manager's loop. Who only kept company is never blamed, and forgotten as soon as it has an answer. A suspect
//   waits up to kPatience for the child to be free, else it is not given this time; others wait for a suspect no longer
//   than kAlone, after which its end would not be its alone. What is known is of this process: the next manager learns
//   anew.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "base/fd.h"
#include "base/ids.h"
#include "ipc/client.h"

namespace md::mdqueue {

class RelayChildren {
  public:
    static constexpr unsigned kDeaths = 3;
    static constexpr auto kPatience = std::chrono::minutes(5);
    static constexpr auto kAlone = std::chrono::minutes(1);
    static constexpr std::size_t kMostSuspects = 10'000;

    /// `sockets`: one for each child, not empty.
    RelayChildren(async::Scope& scope, const std::vector<std::string>& sockets);

    [[nodiscard]] unsigned count() const noexcept { return static_cast<unsigned>(children_.size()); }

    struct Sent {
        std::optional<std::string> answer;
        std::string why;     ///< there is no answer
        bool kills = false;  ///< and this message is the cause
    };
    async::Task<Sent> call(unsigned child, QueueId id, std::string payload, std::vector<Fd> descriptors);

    [[nodiscard]] std::size_t suspects() const noexcept { return deaths_.size(); }

  private:
    struct Child {
        std::unique_ptr<ipc::Client> client;
        std::map<QueueId, unsigned> under_way;  ///< jobs of each message
        unsigned lives = 0;                     ///< that have ended
        bool reserved = false;                  ///< for a suspect: others wait until
        async::Deadline reserved_until{};
        async::WaitPoint changed;
    };
    class UnderWay;
    class Reservation;

    async::Task<Sent> give(Child& child, QueueId id, std::string payload, std::vector<Fd> descriptors);
    async::Task<Sent> give_alone(Child& child, QueueId id, std::string payload, std::vector<Fd> descriptors);
    static async::Task<void> wait_for_suspect(Child& child);
    void note_death(Child& child);

    std::vector<std::unique_ptr<Child>> children_;
    std::unordered_map<std::uint64_t, unsigned> deaths_;  ///< of suspects, how often a child died with it alone
};

}  // namespace md::mdqueue
