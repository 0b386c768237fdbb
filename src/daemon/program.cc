// daemon/program.cc - from main() to the supervisor; see program.h

#include "daemon/program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "async/loop.h"
#include "base/error.h"
#include "base/files.h"
#include "daemon/arguments.h"
#include "daemon/control_protocol.h"
#include "daemon/instance_lock.h"
#include "daemon/signals.h"
#include "daemon/supervisor.h"
#include "daemon/users.h"
#include "net/listener.h"

namespace md::daemon {

namespace opt = config::opt;

namespace {

constexpr int kSystemRefused = 71;
constexpr int kRunsAlready = 75;
constexpr int kBadConfiguration = 78;
constexpr unsigned kMostWorkers = 4;
constexpr mode_t kControlSocket = 0660;

void complain(const Program& program, const std::string& text) {
    std::fprintf(stderr, "%s: %s\n", std::string(program.name).c_str(), text.c_str());
}

/// Nothing is read from a terminal, and descriptors 0-2 are never anything else than what they should be.
void open_standard_input() {
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) throw SystemError("open", "/dev/null", errno);
    ::dup2(null, STDIN_FILENO);
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(fd, F_GETFD) < 0) ::dup2(null, fd);
    if (null > STDERR_FILENO) ::close(null);
}

/// A worker holds a descriptor a session: as many as the system allows.
void raise_limits() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

void make_folder(const RunFolder& folder, const std::string& path, bool private_instance) {
    (void)real_files().make_directory(path, private_instance ? 0700 : folder.mode);
    if (private_instance) return;
    const auto user = find_user(std::string(folder.user));
    const auto group = find_group(std::string(folder.group));
    if (!user || !group) throw SystemError("getpwnam", folder.user, ENOENT);
    if (::chown(path.c_str(), user->uid, *group) != 0) throw SystemError("chown", path, errno);
    if (::chmod(path.c_str(), folder.mode) != 0) throw SystemError("chmod", path, errno);
}

void make_folders(const Program& program, const std::string& run, bool private_instance) {
    real_files().make_directories(run, private_instance ? 0700 : 0755);
    for (const auto& folder : program.folders)
        make_folder(folder, run + "/" + std::string(folder.name), private_instance);
}

/// Serves until it has stopped; the exit code.
int serve(const Program& program, const Arguments& arguments, config::ConfigPointer config) {
    const auto run = (*config)[opt::paths_run];
    const bool private_instance = ::geteuid() != 0 || (*config)[opt::daemon_private];
    block_signals();
    open_standard_input();
    raise_limits();
    make_folders(program, run, private_instance);
    const auto lock = lock_instance(run + "/" + std::string(program.name) + ".lock");
    if (!lock) {
        complain(program, "runs already for " + config->file());
        return kRunsAlready;
    }
    const std::shared_ptr<log::Sink> sink =
        log::open_sink(log_settings(*config, arguments.foreground), {std::string(program.name), "", ::getpid()});
    const auto control = run + "/" + control_socket_name(program.name);
    InternalSockets sockets(run, private_instance);
    ConnectionTable connections;
    CounterBook counters;
    async::Loop loop;
    Parent parent{program,          sink.get(),           sockets, connections, counters, lock->get(),
                  private_instance, arguments.foreground, {}};
    try {
        if (program.prepare != nullptr) program.prepare(*config, private_instance);
        auto listening = Listening::open(*config, program.protocols, nullptr);
        for (const auto& socket : listening->sockets())
            parent.log().event(Event::ListenerOpened, config::name(socket.listener.protocol),
                               place_of(socket.listener));
        const auto control_fd = net::listen_unix(control, kControlSocket);
        Supervisor supervisor(parent, std::move(config), std::move(listening), sink, control_fd.get());
        loop.run(supervisor.live());
    } catch (const ListenerError& e) {
        parent.log().event(Event::ListenerFailed, config::name(e.protocol()), e.place(), e.what());
        throw;
    } catch (const SystemError& e) {
        parent.log().failure(Event::DaemonFailed, e);
        throw;
    }
    ::unlink(control.c_str());
    return EXIT_SUCCESS;
}

}  // namespace

unsigned one(const config::Config&) {
    return 1;
}

unsigned worker_count(const config::Config& config) {
    const auto wanted = static_cast<unsigned>(config[opt::workers]);
    if (wanted > 0) return wanted;
    return std::clamp(std::thread::hardware_concurrency(), 1U, kMostWorkers);
}

int run(const Program& program, int argc, char** argv) {
    const auto parsed = parse_arguments(program.name, argc, argv);
    if (const auto* answer = std::get_if<Answer>(&parsed)) {
        std::fputs(answer->text.c_str(), answer->code == EXIT_SUCCESS ? stdout : stderr);
        return answer->code;
    }
    const auto& arguments = std::get<Arguments>(parsed);
    auto config = config::load(arguments.config);
    if (!config) {
        std::fputs(config::describe(config.error()).c_str(), stderr);
        return kBadConfiguration;
    }
    try {
        return serve(program, arguments, std::move(*config));
    } catch (const SystemError& e) {
        complain(program, e.what());
        return kSystemRefused;
    }
}

}  // namespace md::daemon
