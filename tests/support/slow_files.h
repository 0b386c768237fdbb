// tests/support/slow_files.h - files that take their time, and a session that must not feel it
//
// PURPOSE
//   On a loop no file is touched, for the disk may hold a call up for a tenth of a second or more: who does it makes
//   all other sessions of the worker wait. Here each file call lasts until a coroutine on the loop, that has nothing to
//   do with it, went a step further meanwhile.
// CONTRACT
//   OtherSession is made on the loop's thread and lives in a scope there. From begin() to end() each call that came
//   from the loop's own thread, or during which the other session stood still for kPatience, is in felt(). SlowFiles
//   may be used from any thread; the files below it do the work.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "async/loop.h"
#include "async/sync.h"
#include "base/forwarding_files.h"

namespace md::test {

class OtherSession {
  public:
    static constexpr auto kPatience = std::chrono::seconds(10);

    OtherSession() : loop_(async::Loop::current()), home_(std::this_thread::get_id()) {}
    OtherSession(const OtherSession&) = delete;
    OtherSession& operator=(const OtherSession&) = delete;

    /// Goes a step whenever a file call begins; until it is cancelled.
    async::Task<void> live();
    void begin() noexcept { watching_ = true; }
    void end() noexcept;
    /// Inside a file call: returns when the session went on.
    void meanwhile(const std::string& call);
    /// "open /path", each once.
    [[nodiscard]] std::vector<std::string> felt() const;
    /// File calls that it did not feel.
    [[nodiscard]] std::size_t unfelt() const;

  private:
    async::Loop& loop_;
    const std::thread::id home_;
    std::atomic<bool> watching_{false};
    async::Signal wanted_;
    mutable std::mutex mutex_;
    std::condition_variable stepped_;
    std::size_t steps_ = 0;
    std::size_t unfelt_ = 0;
    std::vector<std::string> felt_;
};

class SlowFiles final : public ForwardingFiles {
  public:
    SlowFiles(Files& below, OtherSession& other) : ForwardingFiles(below), other_(other) {}

    std::unique_ptr<File> open(const std::string& path, OpenMode mode, mode_t permissions) override;
    std::unique_ptr<File> open_if_there(const std::string& path, OpenMode mode) override;
    std::unique_ptr<File> open_directory(const std::string& path) override;
    void rename(const std::string& from, const std::string& to) override;
    bool unlink(const std::string& path) override;
    LinkOutcome link(const std::string& from, const std::string& to) override;
    bool make_directory(const std::string& path, mode_t permissions) override;
    bool remove_directory(const std::string& path) override;
    void sync_directory(const std::string& path) override;
    std::optional<std::vector<std::string>> list(const std::string& path) override;
    std::optional<FileInfo> info(const std::string& path) override;
    void set_modified(const std::string& path, std::int64_t nanoseconds) override;
    std::uint64_t free_bytes(const std::string& path) override;

  private:
    OtherSession& other_;
};

}  // namespace md::test
