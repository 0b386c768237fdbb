// tests/unit/daemon/running_daemon.h - test_daemon as a process with a configuration of its own
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "ipc/json.h"
#include "support/temporary_directory.h"

namespace md::test {

/// A client's connection; each wait ends after ten seconds.
class LineClient {
  public:
    explicit LineClient(unsigned port);

    void say(const std::string& line);
    /// "": the connection ended
    std::string hear();

  private:
    Fd fd_;
    std::string buffer_;
};

class RunningDaemon {
  public:
    /// `more`: TOML tables beside the usual.
    explicit RunningDaemon(const std::string& more = "", bool private_instance = true);
    ~RunningDaemon();
    RunningDaemon(const RunningDaemon&) = delete;
    RunningDaemon& operator=(const RunningDaemon&) = delete;

    /// `of_daemon`: further keys of [daemon].
    void write_config(const std::string& hostname, const std::string& more = "", const std::string& of_daemon = "");
    /// In the configuration as it is written by now; before it there are two.
    void set_workers(unsigned number);
    void start();
    /// Its exit code (128 + signal).
    int wait();
    void signal(int number) const;

    ipc::Json ask(const std::string& request, const std::string& what = "") const;
    ipc::Json ask_with(ipc::Json question) const;
    /// The children of that role that run in the newest generation.
    [[nodiscard]] std::vector<pid_t> children(const std::string& role) const;
    [[nodiscard]] std::string log() const;
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    [[nodiscard]] unsigned port() const noexcept { return port_; }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  private:
    TemporaryDirectory folder_;
    bool private_;
    unsigned port_;
    pid_t pid_ = 0;
};

/// Whether it becomes true within ten seconds.
bool soon(const std::function<bool()>& condition);

}  // namespace md::test
