// log/descriptor_sink.cc - see descriptor_sink.h

#include "log/descriptor_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "log/format.h"

namespace md::log {

namespace {

constexpr int kThreadPatienceMs = 1000;

/// Non-blocking: the place of a file may be taken by a FIFO whose reader reads nothing.
Fd open_for_append(const std::string& path) {
    if (path.empty()) return Fd();
    Fd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640));
    if (!file) throw SystemError("open", path, errno);
    return file;
}

}  // namespace

DescriptorSink::DescriptorSink(const Settings& settings, Writer writer)
    : Sink(settings.level),
      format_(settings.format),
      path_(settings.target == Target::file ? settings.file : ""),
      buffer_bytes_(settings.buffer_bytes),
      writer_(std::move(writer)),
      file_(open_for_append(path_)) {}

DescriptorSink::~DescriptorSink() {
    finish();
}

void DescriptorSink::finish() noexcept {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard guard(mutex_);
        ending_ = true;
    }
    wanted_.notify_all();
    thread_.join();
}

void DescriptorSink::start_thread() {
    if (thread_.joinable()) return;
    // The thread takes no signals: they are the loop's.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void DescriptorSink::reopen() {
    if (path_.empty()) return;
    auto file = open_for_append(path_);
    const std::lock_guard guard(mutex_);
    // In place, for the thread may just be writing: the number of the descriptor stays.
    if (::dup3(file.get(), file_.get(), O_CLOEXEC) < 0) throw SystemError("dup3", path_, errno);
}

void DescriptorSink::write(const Record& record) noexcept {
    try {
        put(line(record));
    } catch (const std::exception&) {
        // No memory for a line: it is lost like one that found no room.
        const std::lock_guard guard(mutex_);
        ++dropped_;
    }
}

void DescriptorSink::put(std::string_view line) {
    std::unique_lock lock(mutex_);
    if (!thread_.joinable()) {
        if (dropped_ > 0 && write_now(dropped_line(dropped_), 0)) dropped_ = 0;
        if (dropped_ > 0 || !write_now(line, 0)) ++dropped_;
        return;
    }
    if (waiting_.size() + line.size() > buffer_bytes_) {
        ++dropped_;
        return;
    }
    const bool sleeps = waiting_.empty();
    // In one piece: what is half there would keep the thread from being called.
    if (dropped_ > 0) {
        waiting_.append(dropped_line(dropped_).append(line));
        dropped_ = 0;
    } else {
        waiting_.append(line);
    }
    lock.unlock();  // the first thing that the thread wants
    if (sleeps) wanted_.notify_one();
}

std::string DescriptorSink::line(const Record& record) const {
    const auto now = real_clock().now();
    return format_ == Format::json ? json_line(record, writer_, now) : text_line(record, writer_, now);
}

std::string DescriptorSink::dropped_line(std::uint64_t count) const {
    const Field field(count);
    return line({Event::LogDropped, row(Event::LogDropped).level, "", std::span(&field, 1)});
}

/// Whether all of `lines` was taken. Nothing is written unless the descriptor says that it takes something.
bool DescriptorSink::write_now(std::string_view lines, int patience_ms) noexcept {
    const int fd = path_.empty() ? STDERR_FILENO : file_.get();
    while (!lines.empty()) {
        pollfd ready{fd, POLLOUT, 0};
        if (::poll(&ready, 1, patience_ms) != 1 || (ready.revents & POLLOUT) == 0) return false;
        // A pipe that is ready has room for PIPE_BUF octets, so that a piece of this size does not block.
        const auto n =
            ::write(fd, lines.data(), std::min<std::size_t>(lines.size(), path_.empty() ? 4096 : lines.size()));
        if (n < 0 && errno != EINTR && errno != EAGAIN) return false;
        if (n > 0) lines.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

void DescriptorSink::run() noexcept {
    std::string taken;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wanted_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            taken.clear();
            taken.swap(waiting_);
        }
        if (write_now(taken, kThreadPatienceMs)) continue;
        const std::lock_guard guard(mutex_);
        for (const char c : taken) dropped_ += c == '\n' ? 1 : 0;
        if (ending_) return;
    }
}

}  // namespace md::log
