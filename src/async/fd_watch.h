// async/fd_watch.h - a descriptor becomes readable or writable
//
// CONTRACT
//   Watches a descriptor that it does not own and that outlives it. Asks the system only while somebody waits, plus at
//   most one idle wake-up: an event stays registered between two waits, so that a session that reads again costs no
//   system call for it.
#pragma once

#include <functional>

#include "async/wait.h"

struct event;

namespace md::async {

class FdWatch {
  public:
    explicit FdWatch(int fd) noexcept : fd_(fd) {}
    ~FdWatch();
    FdWatch(const FdWatch&) = delete;
    FdWatch& operator=(const FdWatch&) = delete;

    /// To be awaited by Wait or either(); may wake without cause, so try the operation and wait again.
    [[nodiscard]] WaitPoint& readable();
    [[nodiscard]] WaitPoint& writable();

  private:
    static void on_event(int fd, short what, void* self) noexcept;
    void watch(event*& registered, short what);

    int fd_;
    event* read_event_ = nullptr;
    event* write_event_ = nullptr;
    WaitPoint readable_;
    WaitPoint writable_;
};

/// Calls `when_readable` in the loop's turn for as long as there is something to read: for a library that hands its
/// answers out by a descriptor. The call must read, must not wait and must not throw; it wakes who waits by a
/// WaitPoint.
class FdCallback {
  public:
    FdCallback(int fd, std::function<void()> when_readable);
    ~FdCallback();
    FdCallback(const FdCallback&) = delete;
    FdCallback& operator=(const FdCallback&) = delete;

  private:
    static void on_event(int fd, short what, void* self) noexcept;

    std::function<void()> when_readable_;
    event* event_;
};

/// A signal of the system (SIGTERM, SIGCHLD), as something to wait for: ready from its arrival until taken().
class SignalWatch {
  public:
    explicit SignalWatch(int number);
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    [[nodiscard]] WaitPoint& arrived() noexcept { return arrived_; }
    void taken() noexcept { arrived_.set_ready(false); }

  private:
    static void on_event(int fd, short what, void* self) noexcept;

    event* event_;
    WaitPoint arrived_;
};

}  // namespace md::async
