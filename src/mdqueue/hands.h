// mdqueue/hands.h - what the work of the queue needs of its surroundings
//
// PURPOSE
//   record_work.h and message_work.h decide; Hands carries out: in the manager by deliver children and pool, in tests
//   by a store on a disk that forgets. So what the tests prove is what the manager does.
// CONTRACT
//   On one thread. attempt() and sync_store() never throw for a failure of delivery: that is a value.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "async/task.h"
#include "base/clock.h"
#include "base/files.h"
#include "delivery/expansion.h"
#include "delivery/srs_site.h"
#include "log/logger.h"
#include "mail/report_words.h"
#include "mdqueue/clock_watch.h"
#include "mdqueue/deliver_protocol.h"
#include "mdqueue/outgoing_rates.h"
#include "spool/envelope.h"
#include "spool/freezes.h"

namespace md::mdqueue {

/// A message that can be read, wherever it lies: what is in memory, then a range of a file.
struct Readable {
    std::string beginning;
    const File* file = nullptr;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// What became of one recipient in one try.
struct Attempt {
    enum class Kind : std::uint8_t {
        delivered,
        relayed,
        deferred,
        failed,
        again  ///< of relay(): once what became of the others is noted, at once
    };
    Kind kind = Kind::deferred;
    std::string status;
    std::string text;
    Link placed;                  ///< delivered
    std::string host = {};        ///< of another site: whose answer it is
    std::string transcript = {};  ///< of the dialogue with it; lines
    bool tells = false;           ///< relayed: it reports a success where one is asked for
};

/// What became of one try to give a message to a destination.
struct Relayed {
    enum class Kind : std::uint8_t {
        tried,
        busy,   ///< as much as it bears, or we bear, is under way; who has to know learns when that has changed
        rests,  ///< it could not be reached, and is left alone for `wait`, because of `reason`
        kills   ///< this message ends the processes that send it: `reason`; it is not to be given again
    };
    Kind kind = Kind::tried;
    std::vector<Attempt> attempts;  ///< tried: one for each recipient, in their order
    std::chrono::microseconds wait{0};
    std::string reason;
};

/// What the filter says of a message that was not filtered (examination.h).
struct Examined {
    enum class Kind : std::uint8_t { judged, discarded, away };
    Kind kind = Kind::away;
    std::string reason;               ///< away: which filter, and why
    spool::Envelope envelope;         ///< judged: with verdicts and edits, no longer unfiltered
    std::optional<std::string> body;  ///< judged: instead of the one it has; LF line ends
};

/// The options that the work heeds.
struct Rules {
    std::string hostname;
    std::vector<std::chrono::microseconds> retry;  ///< waits between tries, not empty; the last repeats
    std::chrono::microseconds expire{0};
    std::uint64_t header_limit = 0;            ///< octets of a header that may have edits
    std::chrono::microseconds delay_after{0};  ///< after so long the sender is told that it waits; 0: never
    bool return_message = false;               ///< reports of failures return all of it, unless the sender says RET
    std::uint64_t return_limit = 0;            ///< octets of a message that comes back whole
    std::size_t remote_recipients = 100;       ///< of one transaction with another site
    delivery::SrsPointer srs = {};             ///< null: queue.srs is off
    std::string notify_account = {};           ///< gets a copy of reports of failures; empty: nobody
    bool report_transcript = true;
    std::shared_ptr<const mail::ReportTexts> report_texts = {};  ///< null: the built-in one alone
    std::string report_language = {};                            ///< unless the sender's domain has another
    std::chrono::microseconds ahead{0};                          ///< by so much the clock was set (clock_watch.h),
    WallTime ahead_since{};                                      ///< and what arrived before has not waited for it
};

class Hands {
  public:
    virtual ~Hands() = default;

    /// Looked at now and then by who works on the queue, and whenever the rules are asked for.
    mutable ClockWatch clock;

    /// Where an address leads now.
    virtual async::Task<delivery::Expansion> expand(std::string address, delivery::Forwards forwards) = 0;
    /// none in it: another site's.
    using Found = Result<std::optional<accounts::Domain>, accounts::Unavailable>;
    virtual async::Task<Found> find_domain(std::string domain) = 0;
    /// `target`: a mailbox. `first`: what an earlier recipient's try placed, to be shared.
    virtual async::Task<Attempt> attempt(const spool::Envelope& envelope, const delivery::Target& target,
                                         const Readable& message, How how, const Link& first) = 0;
    /// How a domain of another site is counted: with all that go the same way.
    [[nodiscard]] virtual std::string destination_of(const std::string& domain) const = 0;
    /// A turn there, before the message is even read: go: it is counted until relay() has used it or it is given back.
    /// busy: whoever has the queue learns when that has changed.
    enum class Turn : std::uint8_t { go, busy, rests };
    virtual Turn take_turn(const std::string& destination) = 0;
    virtual void give_back(const std::string& destination) = 0;
    /// Gives the message to a destination; `envelope` has the recipients there alone. `turn`: one was taken.
    virtual async::Task<Relayed> relay(const spool::Envelope& envelope, const std::string& destination,
                                       const File& message, std::uint64_t size, bool turn) = 0;
    /// Is anything counted at all?
    [[nodiscard]] virtual bool has_rates() const { return false; }
    /// May so many recipients of this sender go now, or one transaction to this destination? Then they are counted.
    /// `promised`: they come when they were told to.
    virtual std::optional<OutgoingRates::Wait> ask_sender_rate(const spool::Envelope&, std::uint64_t, bool) {
        return std::nullopt;
    }
    virtual std::optional<OutgoingRates::Wait> ask_destination_rate(const std::string&, bool) { return std::nullopt; }
    /// What rests may be tried now.
    virtual void end_rests() = 0;
    virtual void end_rest(const std::string&) {}
    /// How long it is left alone yet; 0: it does not rest.
    [[nodiscard]] virtual std::chrono::microseconds rest_of(const std::string&) const {
        return std::chrono::microseconds(0);
    }
    /// Shows a message that was not filtered to the filter.
    virtual async::Task<Examined> examine(const spool::StoredEnvelope& stored, const File& message) = 0;
    /// true: all that was delivered before the call is on disk.
    virtual async::Task<bool> on_disk() = 0;
    [[nodiscard]] virtual Rules rules() const = 0;
    /// What an administrator has stopped.
    [[nodiscard]] virtual const spool::Freezes& freezes() const = 0;
    [[nodiscard]] virtual WallTime now() const = 0;
    [[nodiscard]] virtual const log::Logger& log() const = 0;
    /// This process is to end: what could not be done is left to the next.
    [[nodiscard]] virtual bool ending() const = 0;

    /// Runs what blocks, one at a time (the spool has one caller). `work` is a named callable.
    template <class F>
    async::Task<std::invoke_result_t<F&>> blocking(F& work) {
        using R = std::invoke_result_t<F&>;
        if constexpr (std::is_void_v<R>) {
            JobOf<F> job(work);
            co_await run(job);
        } else {
            std::optional<R> value;
            auto keep = [&] { value.emplace(work()); };
            JobOf<decltype(keep)> job(keep);
            co_await run(job);
            co_return std::move(*value);
        }
    }

    class Job {
      public:
        virtual ~Job() = default;
        virtual void run() = 0;
    };

  protected:
    virtual async::Task<void> run(Job& job) = 0;

  private:
    template <class F>
    class JobOf final : public Job {
      public:
        explicit JobOf(F& work) : work_(work) {}
        void run() override { work_(); }

      private:
        F& work_;
    };
};

}  // namespace md::mdqueue
