// spool/intake.cc - see intake.h

#include "spool/intake.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "async/loop.h"
#include "async/scope.h"

namespace md::spool {

using async::Task;

namespace {

/// A batch does not grow beyond this; what waits then goes into the next one.
constexpr std::size_t kBatchLimit = 512;

constexpr auto kCountEvery = std::chrono::seconds(1);

}  // namespace

/// A session in store(), in its own frame.
struct Intake::Waiting {
    OutgoingRecord record;
    bool done = false;
    std::optional<std::string> failure;
    async::WaitPoint finished;
};

IncomingMessage::IncomingMessage(Intake& intake, QueueId id) : intake_(intake), id_(id) {
    ++intake_.receiving_;
}

IncomingMessage::~IncomingMessage() {
    arrived();
    if (large_) intake_.discard(std::move(large_));
}

void IncomingMessage::arrived() noexcept {
    if (!arriving_) return;
    arriving_ = false;
    if (--intake_.receiving_ == 0) intake_.all_arrived_.wake_all();
}

void IncomingMessage::append(std::string_view octets) {
    size_ += octets.size();
    // After a failure the rest is only counted: the client sends it all the same.
    if (!failure_) memory_ += octets;
}

bool IncomingMessage::wants_spill() const noexcept {
    return memory_.size() > intake_.writer_.settings().large_bytes;
}

void IncomingMessage::write_out() {
    try {
        if (!large_) large_ = intake_.writer_.create_large(id_);
        large_->append(memory_);
    } catch (const std::exception& error) {
        failure_ = error.what();
    }
    memory_.clear();
}

Task<void> IncomingMessage::spill() {
    if (failure_) {
        memory_.clear();
        co_return;
    }
    auto work = [this] { write_out(); };
    co_await async::offload(intake_.pool_, work);
}

Intake::Intake(Files& files, async::WorkerPool& pool, IntakeSettings settings, std::chrono::milliseconds gather,
               const Clock& clock, std::function<void()> wake)
    : pool_(pool), writer_(files, std::move(settings), clock), gather_time_(gather), wake_(std::move(wake)) {}

Intake::~Intake() = default;

Task<void> Intake::run() {
    maintenance_.set();
    auto body = [this](async::Scope& scope) {
        scope.spawn(maintain_loop());
        return flush_loop();
    };
    co_await async::scoped(body);
}

Task<Intake::Stored> Intake::store(IncomingMessage& message, const Envelope& envelope) {
    message.arrived();
    if (is_full()) co_return fail(Refusal{true, "intake.max_pending is reached"});
    if (message.spilled() && !message.memory_.empty()) co_await message.spill();
    if (message.failure_) co_return fail(Refusal{false, *message.failure_});

    Waiting waiting;
    waiting.record.envelope = &envelope;
    waiting.record.octets = message.memory_;
    if (message.large_) {
        const auto failure = co_await finish_large(*message.large_);
        if (failure) co_return fail(Refusal{false, *failure});
        waiting.record.large = true;
        waiting.record.large_size_bytes = message.large_->size_bytes();
        waiting.record.large_crc = message.large_->crc();
    }
    if (ended_) co_return fail(Refusal{false, "the worker is ending"});
    queue_.push_back(&waiting);
    work_.set();
    // Cancelled or not: the batch refers to this frame.
    while (!waiting.done) co_await async::Wait(waiting.finished, async::never(), async::Wait::Cancel::ignored);
    if (waiting.failure) co_return fail(Refusal{false, *waiting.failure});
    if (message.large_) message.large_->keep();
    co_return Stored();
}

Task<std::optional<std::string>> Intake::finish_large(LargeFile& large) {
    auto work = [&large]() -> std::optional<std::string> {
        try {
            large.finish();
            return std::nullopt;
        } catch (const std::exception& error) {
            return error.what();
        }
    };
    auto failure = co_await async::offload(pool_, work);
    co_return failure;
}

/// true: run() is to end.
Task<bool> Intake::wait_for_work() {
    try {
        co_await work_.wait(async::never());
    } catch (const async::Cancelled&) {
        co_return true;
    }
    work_.clear();
    co_return false;
}

Task<void> Intake::gather() {
    if (receiving_ == 0 || gather_time_.count() == 0 || ended_ || queue_.size() >= kBatchLimit) co_return;
    co_await async::Wait(all_arrived_, async::after(gather_time_), async::Wait::Cancel::ignored);
}

Task<void> Intake::flush_loop() {
    while (!ended_) {
        ended_ = co_await wait_for_work();
        if (count_wanted_) co_await count();
        while (!queue_.empty()) {
            co_await gather();
            co_await flush();
        }
    }
    std::vector<std::unique_ptr<LargeFile>> discarded;
    discarded.swap(discarded_);
    auto work = [this, &discarded] {
        discarded.clear();
        writer_.close();
    };
    co_await async::offload(pool_, work);
}

/// On the pool. Nothing may leave it but an answer, for sessions wait.
Intake::Flushed Intake::write(const std::vector<Waiting*>& batch) {
    Flushed flushed;
    try {
        std::vector<OutgoingRecord> records;
        records.reserve(batch.size());
        for (const auto* waiting : batch) records.push_back(waiting->record);
        flushed.appended = writer_.append_batch(records);
        flushed.prepare = writer_.wants_preparation();
        if (flushed.appended.stored > 0 && wake_) wake_();
    } catch (const std::exception&) {
        // No memory; what was stored before counts.
        flushed.appended.failure = SystemError("append", writer_.journal(), ENOMEM);
    }
    return flushed;
}

Task<void> Intake::flush() {
    const auto count = std::min(queue_.size(), kBatchLimit);
    const std::vector<Waiting*> batch(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
    auto work = [this, &batch] { return write(batch); };
    const auto flushed = co_await async::offload(pool_, work);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto& waiting = *batch[i];
        if (i >= flushed.appended.stored) waiting.failure = flushed.appended.failure->what();
        waiting.done = true;
        waiting.finished.wake_all();
    }
    messages_ += flushed.appended.stored;
    if (flushed.prepare) {
        prepare_wanted_ = true;
        maintenance_.set();
    }
}

bool Intake::count_is_due() const {
    return async::Loop::current().now() - counted_ >= kCountEvery;
}

bool Intake::is_full() {
    if (!writer_.is_full()) return false;
    if (count_is_due()) {
        count_wanted_ = true;
        work_.set();
    }
    return true;
}

Task<void> Intake::count() {
    count_wanted_ = false;
    counted_ = async::Loop::current().now();
    auto work = [this] {
        try {
            writer_.count_pending();
        } catch (const SystemError&) {
            // The old figure stands; it is asked again in a second.
        }
    };
    co_await async::offload(pool_, work);
}

/// Beside the batches: the next segment, and files of messages that were not accepted.
Task<void> Intake::maintain_loop() {
    for (;;) {
        co_await maintenance_.wait(async::never());
        maintenance_.clear();
        std::vector<std::unique_ptr<LargeFile>> discarded;
        discarded.swap(discarded_);
        const bool wanted = std::exchange(prepare_wanted_, false);
        auto work = [this, &discarded, wanted] {
            discarded.clear();
            if (wanted) prepare();
        };
        co_await async::offload(pool_, work);
    }
}

void Intake::prepare() {
    try {
        writer_.prepare();
    } catch (const SystemError&) {
        // The batch that needs the segment tries again, and tells those who wait.
    }
}

void Intake::discard(std::unique_ptr<LargeFile> large) {
    discarded_.push_back(std::move(large));
    maintenance_.set();
}

}  // namespace md::spool
