// log/sink.h - where events go: syslog or journald, standard error, a file
//
// PURPOSE
//   open_sink() makes the process's sink as the configuration asks for it. A sink gives each event the form of its
//   target and writes it.
// CONTRACT
//   write() never blocks and never throws, and may be called from any thread. What cannot be written at once waits in a
//   bounded buffer; what does not fit is dropped, counted, and told by the event log-dropped as soon as there is room.
//   A sink that writes to a descriptor does it itself until start_thread(), then from a thread of its own: a parent
//   that forks stays single-threaded, and a worker's loop never waits for a disk. A child names itself by become().
// DIAGNOSTICS
//   LogDropped
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "log/event.h"
#include "log/field.h"

namespace md::log {

enum class Target : std::uint8_t { syslog, standard_error, file };
enum class Format : std::uint8_t { text, json };

struct Settings {
    Target target = Target::standard_error;
    Format format = Format::text;
    Level level = Level::info;
    std::string file;                      ///< for Target::file
    std::string socket = "/dev/log";       ///< for Target::syslog
    std::size_t buffer_bytes = 1U << 20U;  ///< what may wait
};

/// Who writes: "mdsmtpd", "session" (empty: the parent).
struct Writer {
    std::string daemon;
    std::string child;
    pid_t pid = 0;
};

struct Record {
    Event event;
    Level level;
    std::string_view session;  ///< empty: none
    std::span<const Field> fields;
};

class Sink {
  public:
    explicit Sink(Level level) noexcept : level_(level) {}
    virtual ~Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    [[nodiscard]] bool wants(Level level) const noexcept { return level <= level_; }
    virtual void write(const Record& record) noexcept = 0;

    /// After fork: the lines are another's from now on.
    virtual void become(Writer) {}
    /// Leaves the writing to a thread of its own.
    virtual void start_thread() {}
    /// Writes what waits, at most a second, and ends the thread: before a process leaves without destructors.
    virtual void finish() noexcept {}
    /// What a forked child keeps open for it; -1: none.
    [[nodiscard]] virtual int descriptor() const noexcept { return -1; }
    /// Opens the file anew, so that it can be moved away by others; throws SystemError and then goes on as before.
    virtual void reopen() {}

  private:
    Level level_;
};

/// Throws SystemError when the file cannot be opened. A syslog that is not there is no error: it may come.
[[nodiscard]] std::unique_ptr<Sink> open_sink(const Settings& settings, const Writer& writer);

}  // namespace md::log
