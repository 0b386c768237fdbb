// tests/support/lossy_state.h - what LossyFiles and its open files share
//
// CONTRACT
//   The inside of LossyFiles. All members but `clock` are touched under `mutex` alone.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "support/lossy_disk.h"
#include "support/lossy_files.h"

namespace md::test::lossy {

/// What befalls a step that has begun: nothing, a refusal, or the power goes while it is under way.
struct Trouble {
    int code = 0;
    bool cut = false;
    [[nodiscard]] bool none() const { return code == 0 && !cut; }
};

struct State : std::enable_shared_from_this<State> {
    explicit State(const LossyOptions& options) : disk(options), clock(*this) {}

    struct ArmedFault {
        Fault fault;
        std::uint64_t from_step = 0;  ///< 0: `matches` decides
    };

    class StandingClock final : public Clock {
      public:
        explicit StandingClock(State& state) : state_(state) {}
        [[nodiscard]] WallTime now() const noexcept override;

      private:
        State& state_;
    };

    void pause();  ///< the slowness; before the mutex is taken
    /// Counts and numbers a step; throws PowerCut if the power is gone or goes now.
    Trouble begin(Operation operation, const std::string& path, bool step);
    void end(const Trouble& trouble);  ///< the step was done: throws PowerCut if the power went meanwhile
    void look(Operation operation, const std::string& path);  ///< a call that changes nothing
    [[noreturn]] void dead(Operation operation, const std::string& path) const;
    [[nodiscard]] std::unique_ptr<File> file(const NodePointer& node, const std::string& path, bool writable);

    std::mutex mutex;
    std::condition_variable unlocked;
    Disk disk;
    StandingClock clock;
    std::uint64_t epoch = 1;
    bool cut = false;
    std::uint64_t cut_step = 0;
    Cut cut_where = Cut::before;
    std::uint64_t steps = 0;
    std::string last_step;
    std::function<void(std::uint64_t, const std::string&)> listener;
    std::vector<ArmedFault> faults;
    std::uint64_t faults_met = 0;
    std::uint64_t space = UINT64_MAX;
    std::chrono::milliseconds delay{0};
    Counters counters;

  private:
    int fault_of(Operation operation, const std::string& path, bool step);
};

}  // namespace md::test::lossy
