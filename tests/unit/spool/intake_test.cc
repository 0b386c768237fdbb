// Sessions and the journal: who waits for whom, what is told to whom, and what is never left behind

#include "spool/intake.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "async/loop.h"
#include "async/scope.h"
#include "spool/intake_reader.h"
#include "support/lossy_files.h"
#include "unit/spool/samples.h"

namespace md::spool {
namespace {

using async::Task;

struct IntakeOnLoop : testing::Test {
    IntakeOnLoop() { files.put("/intake/.keep", ""); }

    void make(std::chrono::milliseconds gather = std::chrono::milliseconds(2)) {
        IntakeSettings settings;
        settings.directory = "/intake";
        settings.segment_size_bytes = 64 << 10;
        settings.large_bytes = 4 << 10;
        settings.max_pending_bytes = max_pending;
        intake.emplace(files, pool, settings, gather, files.clock(), [this] { ++wakes; });
    }

    /// Runs `body` beside the intake.
    template <class Body>
    void run(Body body) {
        auto in_scope = [&](async::Scope& scope) {
            scope.spawn(intake->run());
            return with_intake(scope, body());
        };
        loop.run(async::scoped(in_scope));
        intake.reset();
    }
    static Task<void> with_intake(async::Scope& scope, Task<void> body) {
        co_await body;
        scope.cancel();
    }

    Task<void> session(std::uint64_t id, std::size_t size) {
        IncomingMessage message(*intake, QueueId(id));
        const auto octets = test::message_of(id, size);
        for (std::size_t at = 0; at < octets.size(); at += 1000) {
            message.append(std::string_view(octets).substr(at, 1000));
            peak = std::max(peak, message.in_memory().size());
            if (message.wants_spill()) co_await message.spill();
        }
        const auto envelope = test::simple_envelope(id);
        const auto stored = co_await intake->store(message, envelope);
        outcomes.push_back(stored ? "stored" : stored.error().full ? "full" : "failed");
    }

    Task<void> sessions(std::uint64_t count, std::size_t size) {
        auto in_scope = [this, count, size](async::Scope& scope) { return spawn_sessions(scope, count, size); };
        co_await async::scoped(in_scope);
    }
    Task<void> spawn_sessions(async::Scope& scope, std::uint64_t count, std::size_t size) {
        for (std::uint64_t id = 1; id <= count; ++id) scope.spawn(session(id, size));
        co_return;
    }

    /// Sends slowly: others are done before it.
    Task<void> slow_session(std::uint64_t id) {
        IncomingMessage message(*intake, QueueId(id));
        for (int turn = 0; turn < 50; ++turn) co_await async::yield();
        message.append(test::message_of(id));
        const auto envelope = test::simple_envelope(id);
        const auto stored = co_await intake->store(message, envelope);
        outcomes.push_back(stored ? "stored" : "failed");
    }
    Task<void> spawn_slow_and_quick(async::Scope& scope) {
        scope.spawn(slow_session(1));
        scope.spawn(session(2, 300));
        co_return;
    }
    Task<void> slow_and_quick() {
        auto in_scope = [this](async::Scope& scope) { return spawn_slow_and_quick(scope); };
        co_await async::scoped(in_scope);
    }

    Task<void> spawn_and_cancel(async::Scope& scope) {
        scope.spawn(session(1, 300));
        scope.spawn(session(2, 300));
        co_await async::yield();
        scope.cancel();
    }
    Task<void> cancelled_sessions() {
        auto in_scope = [this](async::Scope& scope) { return spawn_and_cancel(scope); };
        co_await async::scoped(in_scope);
    }

    Task<void> fill_and_empty() {
        std::uint64_t id = 0;
        while (!intake->is_full()) co_await session(++id, 1000);
        co_await session(100, 300);
        EXPECT_EQ(outcomes.back(), "full");
        // Counted anew once the manager has emptied the segments and a second has passed; the one in use counts with
        // what is in it.
        loop.advance(std::chrono::seconds(2));
        EXPECT_TRUE(intake->is_full());
        for (int turn = 0; turn < 200 && intake->is_full(); ++turn)
            co_await async::sleep_for(std::chrono::milliseconds(1));
    }

    std::vector<std::string> stored_texts() {
        IntakeReader reader(files, "/intake");
        reader.look();
        std::vector<std::string> texts;
        for (const auto& entry : reader.read()) {
            EXPECT_FALSE(entry.damaged);
            std::string text(entry.message_size, '\0');
            reader.open_message(entry)->read_at(entry.message_offset, text.data(), text.size());
            texts.push_back(std::move(text));
        }
        return texts;
    }

    test::LossyFiles files;
    async::Loop loop;
    async::WorkerPool pool{3};
    std::optional<Intake> intake;
    std::atomic<int> wakes{0};
    std::vector<std::string> outcomes;
    std::size_t peak = 0;
    std::uint64_t max_pending = 1U << 30;
};

using Outcomes = std::vector<std::string>;

TEST_F(IntakeOnLoop, StoresAMessageAndWakesTheManager) {
    make();
    run([this] { return session(1, 500); });
    EXPECT_EQ(outcomes, Outcomes{"stored"});
    EXPECT_EQ(stored_texts(), std::vector<std::string>{test::message_of(1, 500)});
    EXPECT_EQ(wakes, 1);
}

TEST_F(IntakeOnLoop, ALoneSessionDoesNotWaitForOthers) {
    make(std::chrono::milliseconds(3'600'000));
    run([this] { return session(1, 500); });
    EXPECT_EQ(outcomes, Outcomes{"stored"});
}

TEST_F(IntakeOnLoop, OneSyncServesAllThatArriveTogether) {
    make(std::chrono::milliseconds(5000));
    run([this] { return sessions(20, 500); });
    EXPECT_EQ(outcomes, Outcomes(20, "stored"));
    EXPECT_EQ(stored_texts().size(), 20U);
    EXPECT_EQ(wakes, 1);
}

TEST_F(IntakeOnLoop, MemoryDoesNotGrowWithALargeMessage) {
    make();
    run([this] { return sessions(3, 200'000); });
    EXPECT_EQ(outcomes, Outcomes(3, "stored"));
    EXPECT_LT(peak, 6'000U);
    const auto texts = stored_texts();
    ASSERT_EQ(texts.size(), 3U);
    for (std::uint64_t id = 1; id <= 3; ++id)
        EXPECT_EQ(std::count(texts.begin(), texts.end(), test::message_of(id, 200'000)), 1);
}

TEST_F(IntakeOnLoop, AFailedSyncIsToldToAllThatWaitForIt) {
    make(std::chrono::milliseconds(5000));
    files.fail_operation(test::Operation::sync_data, EIO, 1);
    run([this] { return sessions(3, 500); });
    EXPECT_EQ(outcomes, Outcomes(3, "failed"));
    EXPECT_TRUE(stored_texts().empty());
}

TEST_F(IntakeOnLoop, AFailedSpillIsToldAtTheEndAndLeavesNothing) {
    make();
    test::Fault fault;
    fault.matches = [](test::Operation operation, const std::string& path) {
        return operation == test::Operation::write && path.ends_with(".msg");
    };
    fault.code = ENOSPC;
    fault.skip = 2;
    files.fail(fault);
    run([this] { return session(1, 50'000); });
    EXPECT_EQ(outcomes, Outcomes{"failed"});
    files.mend();
    const auto names = *files.list("/intake");
    for (const auto& name : names) EXPECT_FALSE(name.ends_with(".msg")) << name;
}

TEST_F(IntakeOnLoop, RefusesAboveTheLimit) {
    max_pending = 3000;
    make();
    run([this] { return fill_and_empty(); });
    EXPECT_EQ(stored_texts().size() + 1, outcomes.size());
}

TEST_F(IntakeOnLoop, WaitsForASessionThatIsJustSending) {
    make(std::chrono::milliseconds(3'600'000));
    run([this] { return slow_and_quick(); });
    EXPECT_EQ(outcomes, Outcomes(2, "stored"));
    EXPECT_EQ(wakes, 1);
}

TEST_F(IntakeOnLoop, DoesNotWaitForeverForIt) {
    make(std::chrono::milliseconds(0));
    run([this] { return slow_and_quick(); });
    EXPECT_EQ(outcomes, Outcomes(2, "stored"));
    EXPECT_EQ(wakes, 2);
}

TEST_F(IntakeOnLoop, ASessionThatIsCancelledWaitsForItsMessageAllTheSame) {
    make();
    files.slow(std::chrono::milliseconds(5));
    run([this] { return cancelled_sessions(); });
    EXPECT_EQ(outcomes, Outcomes(2, "stored"));
    EXPECT_EQ(stored_texts().size(), 2U);
}

}  // namespace
}  // namespace md::spool
