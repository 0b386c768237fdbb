// spool/intake.h - sessions hand over what they accept, and go on when it is on disk
//
// PURPOSE
//   One Intake a worker of mdsmtpd. A session lets a message arrive in an IncomingMessage and gives it to store(),
//   which answers when the message may be acknowledged. One sync serves all sessions that wait at that moment; it waits
//   up to `gather` for others that are just sending theirs, and never for a lone one.
// CONTRACT
//   On the loop, except where it says otherwise; all file work runs on the pool. run() must be under way in a scope
//   that outlives the sessions': it writes what was handed over before it ends, and refuses what comes afterwards.
//   store() does not end before the fate of the message is known, not even when its session is cancelled.
//   An IncomingMessage holds at most about intake.large octets in memory, if its session calls spill() whenever it
//   wants_spill().
// ERRORS
//   What this machine cannot do is a value here (Refusal), for a session must finish its dialogue: 452 if full, else
//   451.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/sync.h"
#include "async/task.h"
#include "async/worker_pool.h"
#include "base/result.h"
#include "spool/intake_writer.h"

namespace md::spool {

class Intake;

/// One message while it arrives: octets with LF line ends, the Return-Path line first.
class IncomingMessage {
  public:
    /// While it lives, and until store() has it, its session counts as one that is sending.
    IncomingMessage(Intake& intake, QueueId id);
    ~IncomingMessage();
    IncomingMessage(const IncomingMessage&) = delete;
    IncomingMessage& operator=(const IncomingMessage&) = delete;

    void append(std::string_view octets);
    [[nodiscard]] bool wants_spill() const noexcept;
    /// Moves to the disk what is in memory. What goes wrong is told by store().
    async::Task<void> spill();

    [[nodiscard]] QueueId id() const noexcept { return id_; }
    [[nodiscard]] std::uint64_t size_bytes() const noexcept { return size_; }
    /// The octets that are still in memory: all of them, unless it was spilled.
    [[nodiscard]] std::string_view in_memory() const noexcept { return memory_; }
    [[nodiscard]] bool spilled() const noexcept { return large_ != nullptr; }

  private:
    friend class Intake;
    void arrived() noexcept;
    /// On the pool.
    void write_out();

    Intake& intake_;
    QueueId id_;
    std::string memory_;
    std::uint64_t size_ = 0;
    std::unique_ptr<LargeFile> large_;
    std::optional<std::string> failure_;
    bool arriving_ = true;
};

struct Refusal {
    bool full = false;  ///< intake.max_pending: 452
    std::string cause;  ///< for the log
};

class Intake {
  public:
    using Stored = Result<void, Refusal>;

    /// Begins a journal. `wake` is called on the pool after each batch, and must not wait for anything.
    Intake(Files& files, async::WorkerPool& pool, IntakeSettings settings, std::chrono::milliseconds gather,
           const Clock& clock, std::function<void()> wake);
    ~Intake();
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    async::Task<void> run();

    /// `envelope.id` is the message's. Both live until it ends. Without a value: on disk, acknowledge it.
    async::Task<Stored> store(IncomingMessage& message, const Envelope& envelope);

    /// store() would refuse: to be asked at MAIL, so that no octets are sent in vain.
    [[nodiscard]] bool is_full();

    [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
    [[nodiscard]] std::uint64_t syncs() const noexcept { return writer_.syncs(); }
    [[nodiscard]] const std::string& journal() const noexcept { return writer_.journal(); }

  private:
    friend class IncomingMessage;
    struct Waiting;
    struct Flushed {
        IntakeWriter::Appended appended;
        bool prepare = false;
    };

    async::Task<void> flush_loop();
    async::Task<bool> wait_for_work();
    async::Task<void> gather();
    async::Task<void> flush();
    async::Task<void> count();
    async::Task<void> maintain_loop();
    async::Task<std::optional<std::string>> finish_large(LargeFile& large);
    [[nodiscard]] Flushed write(const std::vector<Waiting*>& batch);
    void prepare();
    void discard(std::unique_ptr<LargeFile> large);
    [[nodiscard]] bool count_is_due() const;

    async::WorkerPool& pool_;
    IntakeWriter writer_;
    std::chrono::milliseconds gather_time_;
    std::function<void()> wake_;
    std::deque<Waiting*> queue_;
    async::Signal work_;
    async::Signal maintenance_;
    async::WaitPoint all_arrived_;
    std::size_t receiving_ = 0;
    std::vector<std::unique_ptr<LargeFile>> discarded_;
    bool prepare_wanted_ = true;
    bool count_wanted_ = false;
    async::Deadline counted_{};
    bool ended_ = false;
    std::uint64_t messages_ = 0;
};

}  // namespace md::spool
