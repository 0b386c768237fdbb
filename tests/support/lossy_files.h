// tests/support/lossy_files.h - a file system in memory that forgets what was not synced, and refuses what it is told
// to refuse
//
// PURPOSE
//   Shows what remains of store, spool and intake after a power cut at any step, and how they bear a full, a read-only
//   or a failing disk.
// CONTRACT
//   Files as POSIX promises it and no better (see Options for what ext4 adds):
//   - data and size are durable after File::sync_data(), sync() or sync_filesystem(); a time of change after the last
//   two;
//   - a name made or taken away is durable after a sync of its directory or sync_filesystem(); fsync of a file says
//   nothing of its name;
//   - the removal half of a rename is never durable without the other half (the reverse can be: both names are there);
//   - a sync that failed leaves the content in memory and clean: a later sync succeeds and does not make it durable.
//   Every call that changes something or syncs is a numbered step, from 1 on. A call after the cut throws PowerCut
//   until restart(), or, while another exception is under way, SystemError EIO, so that a destructor can do what it
//   would do with a dying disk. unlock() never throws. File objects from before a restart throw PowerCut for ever.
//   Thread-safe. No symbolic links, no "..", no check of permissions. The time stands still unless the test moves it,
//   as it does for all that happens within one tick of a kernel.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"

namespace md::test {

/// Thrown at the cut and by every call after it. Derived from nothing, so that only `catch (...)` could swallow it.
struct PowerCut {};

enum class Operation : std::uint8_t {
    open,
    create,
    read,
    write,
    sync_data,
    sync,
    sync_directory,
    sync_filesystem,
    truncate,
    rename,
    link,
    unlink,
    make_directory,
    remove_directory,
    list,
    info,
    set_modified,
    lock,
    free_bytes,
};
inline constexpr std::size_t kOperations = 19;
/// The system's own name, as SystemError has it: "fdatasync" for sync_data.
[[nodiscard]] std::string_view system_name(Operation operation) noexcept;

enum class Cut : std::uint8_t {
    before,   ///< the step has no effect
    halfway,  ///< half the octets of a write, half the pages of a sync; a change of names is done and its caller not
              ///< told
};

enum class Restart : std::uint8_t {
    forget,      ///< what was synced and nothing else
    any_subset,  ///< besides it any part of the rest: names without data, data without names, pages torn, zeros in an
                 ///< extended file
    process,     ///< only the processes died: memory is kept, and what was not synced still is not
};

struct Fault {
    /// Called for every operation, steps or not; the path of a rename or link is its source.
    std::function<bool(Operation, const std::string& path)> matches;
    int code = 0;            ///< errno
    std::uint64_t skip = 0;  ///< matches let through first
    std::uint64_t times = UINT64_MAX;
};

struct Counters {
    std::array<std::uint64_t, kOperations> calls{};
    std::uint64_t octets_written = 0;
    [[nodiscard]] std::uint64_t of(Operation operation) const { return calls[static_cast<std::size_t>(operation)]; }
    [[nodiscard]] std::uint64_t syncs() const;  ///< of all four kinds
};

struct LossyOptions {
    bool sync_commits_new_name =
        false;  ///< ext4: fsync of a new file makes also the name durable under which it was created
    bool failed_directory_sync_is_final =
        true;  ///< false: the names of a directory whose sync failed wait for its next one
    std::int64_t start_ns = 1'790'000'000'000'000'000;
    std::uint32_t links_limit = 65'000;  ///< of one file; beyond it too_many_links
};

namespace lossy {
struct State;
}

class LossyFiles final : public Files {
  public:
    using Options = LossyOptions;
    explicit LossyFiles(const Options& options = Options());
    ~LossyFiles() override;

    // Power
    void cut_at(std::uint64_t step, Cut where = Cut::before);  ///< 0: never
    void cut_now();
    [[nodiscard]] bool is_cut() const;
    void restart(Restart mode, std::uint64_t seed = 0);  ///< takes back cut and faults; steps count on
    [[nodiscard]] std::uint64_t steps() const;           ///< done so far
    void trace(std::function<void(std::uint64_t step, const std::string& what)> listener);  ///< each step as it begins
    [[nodiscard]] std::string last_step() const;  ///< "fdatasync /intake/1", the last begun

    // Faults
    void fail(Fault fault);
    void fail_at_step(std::uint64_t step, int code,
                      std::uint64_t times = 1);  ///< this step and the next ones, `times` in all
    void fail_operation(Operation operation, int code, std::uint64_t times = 1);
    void mend();  ///< no fault any more
    [[nodiscard]] std::uint64_t faults_met() const;
    void limit_space(std::uint64_t bytes);  ///< of all data on all file systems
    void slow(std::chrono::milliseconds each_call);

    // Time
    void set_time(std::int64_t nanoseconds);
    void advance(std::chrono::nanoseconds by);
    [[nodiscard]] const Clock& clock() const;  ///< shows the same time

    // To set up and to look, outside all counting, faults and cuts
    void put(const std::string& path, std::string_view content);  ///< durable, with the directories above it
    void mount(const std::string& path);                          ///< a directory on a file system of its own, durable
    [[nodiscard]] std::optional<std::string> content(const std::string& path) const;  ///< none: no such file
    [[nodiscard]] std::optional<std::string> durable_content(
        const std::string& path) const;                   ///< as Restart::forget would show it
    [[nodiscard]] std::vector<std::string> tree() const;  ///< paths of all files, sorted; directories end in "/"
    [[nodiscard]] Counters counters() const;
    void reset_counters();

    std::unique_ptr<File> open(const std::string& path, OpenMode mode, mode_t permissions = 0600) override;
    std::unique_ptr<File> open_if_there(const std::string& path, OpenMode mode) override;
    std::unique_ptr<File> open_directory(const std::string& path) override;
    void rename(const std::string& from, const std::string& to) override;
    bool unlink(const std::string& path) override;
    LinkOutcome link(const std::string& from, const std::string& to) override;
    bool make_directory(const std::string& path, mode_t permissions = 0700) override;
    bool remove_directory(const std::string& path) override;
    void sync_directory(const std::string& path) override;
    std::optional<std::vector<std::string>> list(const std::string& path) override;
    std::optional<FileInfo> info(const std::string& path) override;
    void set_modified(const std::string& path, std::int64_t nanoseconds) override;
    std::uint64_t free_bytes(const std::string& path) override;

  private:
    std::shared_ptr<lossy::State> state_;
};

}  // namespace md::test
