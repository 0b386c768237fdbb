// mdqueue/recipient_round.h - one try of all recipients of a message that are not finished
//
// PURPOSE
//   Expands those that lead to others, tries each that is a mailbox, and names those of other sites. Shared by the
//   first try from the intake journal (record_work.h) and those from the spool (message_work.h).
// CONTRACT
//   `stored` grows by what happens; progress() is the same for the disk, which the caller writes when what was
//   delivered is safe there. Two recipients that lead to one mailbox share one try and its end. Deliveries that were
//   made before a crash are found again by the queue id and the mailbox, whatever way led to it then. Mailboxes are
//   served one after the other until one has the message, whose file the others share where they can; then kAtOnce at
//   a time, in no order.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.h"
#include "mdqueue/hands.h"
#include "mdqueue/message_plan.h"

namespace md::mdqueue {

/// A recipient of another site that may be tried.
struct RemoteRecipient {
    std::uint32_t recipient = 0;
    spool::RecipientState state;
    WallTime until;  ///< it is tried

    RemoteRecipient(std::uint32_t r, spool::RecipientState s, WallTime t)
        : recipient(r), state(std::move(s)), until(t) {}
};

class RecipientRound {
  public:
    static constexpr std::size_t kAtOnce = 16;

    /// `how`: what earlier work may have left. The references outlive the round.
    RecipientRound(Hands& hands, spool::StoredEnvelope& stored, const Readable& message, How how)
        : hands_(hands),
          stored_(stored),
          message_(message),
          how_(how),
          rules_(hands.rules()),
          until_(tried_until(stored, waits_since(stored, rules_, hands.now()), rules_)) {}

    /// Who waits for a later time is not tried.
    void leave_out_what_is_not_due() noexcept { due_alone_ = true; }
    async::Task<void> run();

    [[nodiscard]] const std::vector<spool::Progress>& progress() const noexcept { return progress_; }
    /// Those of other sites, which are not tried here (relay_round.h).
    [[nodiscard]] const std::vector<RemoteRecipient>& remote() const noexcept { return remote_; }
    [[nodiscard]] bool delivered_any() const noexcept { return delivered_any_; }

  private:
    /// A recipient whose mailbox is being tried.
    struct Waiting {
        std::uint32_t recipient = 0;
        spool::RecipientState state;
        WallTime until;
    };
    /// Of one mailbox and folder.
    struct Try {
        delivery::Target target;
        std::vector<Waiting> waiting;
        std::optional<Attempt> end;
    };

    async::Task<void> serve_all(async::Scope& scope);
    async::Task<void> serve(std::uint32_t recipient, spool::RecipientState state, async::Scope& scope);
    async::Task<std::optional<delivery::Target>> find_target(std::uint32_t recipient);
    async::Task<void> place(delivery::Target target, Waiting who, async::Scope& scope);
    async::Task<void> attempt(Try& one);
    async::Task<void> attempt_beside(Try& one);
    [[nodiscard]] bool is_tried(const spool::RecipientState& state) const;
    WallTime thaw(std::uint32_t recipient);
    void note_attempt(const Waiting& who, const Attempt& tried);
    void note_frozen(std::uint32_t recipient, const spool::RecipientState& state);
    void note_expansion(std::uint32_t recipient, delivery::Expansion expansion);
    void note(spool::Progress one);

    Hands& hands_;
    spool::StoredEnvelope& stored_;
    const Readable& message_;
    How how_;
    Rules rules_;
    WallTime until_;
    std::map<std::uint32_t, delivery::Target> targets_;  ///< of recipients that this round has added
    std::map<std::string, Try> tried_;                   ///< by mailbox and folder
    std::size_t running_ = 0;
    async::WaitPoint slot_free_;
    Link first_;  ///< the last that was placed
    std::vector<spool::Progress> progress_;
    std::vector<RemoteRecipient> remote_;
    bool delivered_any_ = false;
    bool due_alone_ = false;
};

}  // namespace md::mdqueue
