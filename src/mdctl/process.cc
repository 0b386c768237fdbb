// mdctl/process.cc - see process.h

#include "mdctl/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/error.h"
#include "base/fd.h"

extern char** environ;

namespace md::mdctl {

namespace {

std::vector<char*> vector_of(const std::vector<std::string>& arguments) {
    std::vector<char*> out;
    out.reserve(arguments.size() + 1);
    for (const auto& argument : arguments) out.push_back(const_cast<char*>(argument.c_str()));
    out.push_back(nullptr);
    return out;
}

int code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t start(const std::vector<std::string>& arguments, const posix_spawn_file_actions_t* actions) {
    const auto words = vector_of(arguments);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, words.front(), actions, nullptr, words.data(), environ);
    if (failed != 0) throw SystemError("posix_spawn", arguments.front(), failed);
    return child;
}

int wait_for(pid_t child, const std::string& program) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) throw SystemError("waitpid", program, errno);
    return code_of(status);
}

void read_lines(const Fd& from, const std::function<void(const std::string& line)>& take) {
    std::array<char, 4096> piece{};
    std::string rest;
    for (;;) {
        const auto size = ::read(from.get(), piece.data(), piece.size());
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) throw SystemError("read", "pipe", errno);
        if (size == 0) return;
        rest.append(piece.data(), static_cast<std::size_t>(size));
        for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
            take(rest.substr(0, end));
            rest.erase(0, end + 1);
        }
    }
}

/// In the child, between fork and exec: system calls alone.
void become(char* const* arguments, int output) {
    setsid();
    const int null = ::open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(127);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execv(arguments[0], arguments);
    _exit(127);
}

}  // namespace

std::optional<std::string> find_program(const std::string& name) {
    std::error_code none;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", none);
    const auto folder = self.parent_path();
    for (const auto& path : {folder / name, folder.parent_path() / name / name,
                             std::filesystem::path(MD_LIBEXECDIR) / name, std::filesystem::path(MD_SBINDIR) / name}) {
        if (std::filesystem::is_regular_file(path, none) && access(path.c_str(), X_OK) == 0) return path.string();
    }
    return std::nullopt;
}

pid_t start_detached(const std::vector<std::string>& arguments, const std::string& output) {
    const Fd file(::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
    if (!file) throw SystemError("open", output, errno);
    const auto words = vector_of(arguments);
    const pid_t child = fork();
    if (child < 0) throw SystemError("fork", arguments.front(), errno);
    if (child == 0) become(words.data(), file.get());
    return child;
}

std::optional<int> exit_code_of(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) != child) return std::nullopt;
    return code_of(status);
}

int run_and_wait(const std::vector<std::string>& arguments) {
    return wait_for(start(arguments, nullptr), arguments.front());
}

int run_and_read(const std::vector<std::string>& arguments, const std::function<void(const std::string& line)>& take) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw SystemError("pipe", arguments.front(), errno);
    const Fd from(ends[0]);
    Fd to(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to.get(), STDOUT_FILENO);
    const pid_t child = start(arguments, &actions);
    posix_spawn_file_actions_destroy(&actions);
    to.reset();
    read_lines(from, take);
    return wait_for(child, arguments.front());
}

bool wait_for_end(pid_t process, std::chrono::milliseconds patience) {
    // By number: Debian 12's <sys/pidfd.h> declares it for C alone.
    const Fd fd(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
    if (!fd) return errno == ESRCH;
    pollfd wait{fd.get(), POLLIN, 0};
    return poll(&wait, 1, static_cast<int>(patience.count())) > 0;
}

}  // namespace md::mdctl
