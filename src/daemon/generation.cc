// daemon/generation.cc - see generation.h

#include "daemon/generation.h"

#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <utility>

#include "async/loop.h"
#include "base/encoding.h"
#include "base/error.h"
#include "daemon/child_setup.h"
#include "daemon/identity.h"

namespace md::daemon {

using async::Scope;
using async::Task;
using async::Wait;

namespace {

constexpr auto kLastWords = std::chrono::seconds(3);

std::string how_it_ended(int status) {
    if (WIFEXITED(status)) return "exit " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status)) return std::string("signal ") + ::sigabbrev_np(WTERMSIG(status));
    return "unknown";
}

/// A sibling just forked holds what it inherited until it closes it, and meanwhile an old descriptor of ours, whose
/// number the new one has, may wake us: only the process itself says that it has ended.
bool has_ended(pid_t pid) {
    siginfo_t how{};
    if (::waitid(P_PID, static_cast<id_t>(pid), &how, WEXITED | WNOHANG | WNOWAIT) != 0) return errno == ECHILD;
    return how.si_pid == pid;
}

}  // namespace

struct Generation::Place {
    Place(const Role& r, unsigned s, unsigned n, std::optional<User> u)
        : role(r), slot(s), places(n), user(std::move(u)) {}

    const Role& role;
    unsigned slot;
    unsigned places;
    std::optional<User> user;

    bool kept = false;
    async::Signal retired;  ///< it was told to end: nobody follows

    // Of the child that runs, if one does.
    pid_t pid = 0;
    Fd pidfd;
    std::unique_ptr<ParentChannel> channel;
    std::optional<unsigned> row;
    async::Deadline since;
    bool ready = false;
    bool killed = false;
    unsigned sessions = 0;
    std::uint64_t asked = 0;  ///< the last change that it was told
    std::uint64_t acted = 0;
    std::map<std::uint64_t, std::optional<std::string>> questions;  ///< that it was asked, and its answers

    // Of the one that ended last.
    pid_t ended_pid = 0;
    std::string how;

    Backoff backoff;
    unsigned restarts = 0;
};

Generation::Generation(Parent& parent, unsigned number, config::ConfigPointer config,
                       std::shared_ptr<const Listening> listening, std::shared_ptr<log::Sink> sink)
    : parent_(parent),
      number_(number),
      config_(std::move(config)),
      listening_(std::move(listening)),
      sink_(std::move(sink)) {
    // A daemon whose listeners need no TLS is given no key.
    const auto& sockets = listening_->sockets();
    needs_identity_ =
        std::any_of(sockets.begin(), sockets.end(), [](const auto& s) { return s.listener.tls != config::Tls::none; });
    for (const auto& role : parent_.program.roles) {
        std::optional<User> user;
        if (!parent_.private_instance) {
            user = find_user(std::string(role.user));
            if (!user) throw SystemError("getpwnam", role.user, ENOENT);
        }
        const auto count = role.count(*config_);
        for (unsigned slot = 0; slot < count; ++slot)
            places_.push_back(std::make_unique<Place>(role, slot, count, user));
    }
}

Generation::~Generation() = default;

void Generation::start(Scope& scope, Which which) {
    for (const auto& place : places_)
        if (which.has(place->role)) scope.spawn(keep(*place));
}

Task<void> Generation::keep(Place& place) {
    struct Kept {
        explicit Kept(Generation& g, Place& p) : generation(g), of(p) { of.kept = true; }
        ~Kept() {
            of.kept = false;
            generation.parent_.changed.wake_all();
        }
        Generation& generation;
        Place& of;
    };
    const Kept kept(*this, place);
    while (!place.retired.is_set()) {
        if (fork_child(place)) {
            co_await watch(place);
            reap(place);
        }
        if (!place.retired.is_set()) co_await after_crash(place);
    }
}

/// Tells of a child that ended unbidden, and waits until it is time for the next.
Task<void> Generation::after_crash(Place& place) {
    const auto lived = std::chrono::duration_cast<Backoff::Duration>(async::Loop::current().now() - place.since);
    const auto wait = place.backoff.next(lived);
    ++place.restarts;
    parent_.log().event(Event::ChildCrashed, place.role.name, place.slot, place.ended_pid, place.how, wait);
    parent_.changed.wake_all();
    const auto until = async::after(wait);
    co_await place.retired.wait(until);
}

ChildSetup Generation::prepare(Place& place, int channel_fd) {
    ChildSetup setup;
    setup.daemon = parent_.program.name;
    setup.role = &place.role;
    setup.slot = place.slot;
    setup.places = place.places;
    setup.config = config_;
    setup.sink = sink_.get();
    if (place.role.listens && listening_) setup.listeners = listening_->sockets();
    setup.sockets = parent_.sockets.of(place.role, place.slot);
    setup.channel_fd = channel_fd;
    setup.lock_fd = parent_.lock_fd;
    setup.user = place.user;
    setup.parent = ::getpid();
    setup.connections = &parent_.connections;
    if (place.role.listens) place.row = parent_.connections.take_row();
    setup.connection_row = place.row.value_or(0);
    return setup;
}

/// False: the system had no process for us; it counts as a child that ended at once.
bool Generation::fork_child(Place& place) {
    place.since = async::Loop::current().now();
    place.ready = place.killed = false;
    place.sessions = 0;
    place.asked = place.acted = 0;
    try {
        auto [ours, theirs] = ParentChannel::make_pair();
        auto setup = prepare(place, theirs.get());
        const auto pid = ::fork();
        if (pid < 0) throw SystemError("fork", "", errno);
        if (pid == 0) live_as_child(setup);
        place.pid = pid;
        place.channel = std::make_unique<ParentChannel>(std::move(ours));
        place.pidfd = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
        if (!place.pidfd) throw SystemError("pidfd_open", "", errno);
    } catch (const SystemError& e) {
        if (place.pid != 0) ::kill(place.pid, SIGKILL);
        reap(place);
        place.how = e.what();
        return false;
    }
    parent_.log().event(Event::ChildStarted, place.role.name, place.slot, place.pid);
    if (place.role.listens) begin_identity(place);
    return true;
}

/// Until the process has ended.
Task<void> Generation::watch(Place& place) {
    const auto body = [this, &place](Scope& scope) { return wait_for_end(scope, place); };
    co_await async::scoped(body);
}

Task<void> Generation::wait_for_end(Scope& scope, Place& place) {
    scope.spawn(hear(place));
    async::FdWatch ended(place.pidfd.get());
    while (!has_ended(place.pid)) co_await Wait(ended.readable(), async::never());
    scope.cancel();
}

/// What the child says, until it says no more. It is not trusted: nonsense is its end.
Task<void> Generation::hear(Place& place) {
    for (;;) {
        const auto message = co_await place.channel->receive();
        if (!message) break;
        take(place, *message);
    }
    // Mostly it is ending, and writes its last words. If not: without a channel it could be told nothing.
    co_await async::sleep_for(kLastWords);
    ::kill(place.pid, SIGKILL);
}

void Generation::take(Place& place, const Message& message) {
    if (message.kind == Said::ready) {
        place.ready = true;
    } else if (message.kind == Said::sessions) {
        place.sessions = static_cast<unsigned>(std::min<std::uint64_t>(message.number, 1U << 30U));
    } else if (message.kind == Said::acted) {
        place.acted = std::max(place.acted, std::min(message.number, place.asked));
    } else if (message.kind == Said::answer) {
        const auto question = place.questions.find(message.number);
        if (question != place.questions.end()) question->second = message.text;
    }
    parent_.changed.wake_all();
}

void Generation::reap(Place& place) {
    if (place.row) parent_.connections.give_back(*std::exchange(place.row, std::nullopt));
    place.channel.reset();
    place.pidfd.reset();
    place.ready = false;
    place.sessions = 0;
    place.questions.clear();
    place.ended_pid = std::exchange(place.pid, 0);
    if (place.ended_pid == 0) return;
    int status = 0;
    while (::waitpid(place.ended_pid, &status, 0) < 0 && errno == EINTR) continue;  // it has ended: no wait
    place.how = how_it_ended(status);
    if (place.killed) {
        parent_.log().event(Event::ChildKilled, place.role.name, place.slot, place.ended_pid);
    } else if (place.retired.is_set()) {
        parent_.log().event(Event::ChildEnded, place.role.name, place.slot, place.ended_pid);
    }
}

void Generation::retire(Which which) {
    for (const auto& place : places_) {
        if (!which.has(place->role)) continue;
        place->retired.set();
        if (place->channel) place->channel->send(Message(Said::retire, 0, {}));
    }
}

void Generation::stop(Which which) {
    for (const auto& place : places_) {
        if (!which.has(place->role)) continue;
        place->retired.set();
        if (place->channel) place->channel->send(Message(Said::stop, 0, {}));
    }
}

void Generation::kill(Which which) {
    for (const auto& place : places_) {
        if (!which.has(place->role)) continue;
        place->retired.set();
        if (place->pid == 0) continue;
        place->killed = true;
        ::kill(place->pid, SIGKILL);
    }
}

std::vector<pid_t> Generation::listening_children() const {
    std::vector<pid_t> out;
    for (const auto& place : places_)
        if (place->pid != 0 && place->role.listens) out.push_back(place->pid);
    return out;
}

void Generation::ask(pid_t child, std::uint64_t number, const std::string& question) {
    for (const auto& place : places_)
        if (place->pid == child && place->channel && place->channel->send(Message(Said::ask, number, question)))
            place->questions.emplace(number, std::nullopt);
}

std::optional<std::string> Generation::answer(pid_t child, std::uint64_t number) const {
    for (const auto& place : places_) {
        if (place->pid != child) continue;
        const auto question = place->questions.find(number);
        return question == place->questions.end() ? std::string() : question->second;
    }
    return std::string();
}

void Generation::forget(pid_t child, std::uint64_t number) noexcept {
    for (const auto& place : places_)
        if (place->pid == child) place->questions.erase(number);
}

void Generation::send_identity() {
    for (const auto& place : places_)
        if (place->channel && place->role.listens && !send_identity_to(*place)) return;
}

/// What a child begins with: an empty one means that it is without TLS until there is a better one.
void Generation::begin_identity(Place& place) {
    if (!needs_identity_ || !send_identity_to(place)) place.channel->send(Message(Said::identity, 0, {}));
}

std::optional<std::string> Generation::identity_fault() const {
    if (!needs_identity_) return std::nullopt;
    auto message = read_usable_identity(*config_);
    if (!message) return message.error().file + ": " + message.error().cause;
    wipe(message->text);
    return std::nullopt;
}

/// false: what is on the disk cannot be used, and was not sent.
bool Generation::send_identity_to(Place& place) {
    if (!needs_identity_) return true;
    auto message = read_usable_identity(*config_);
    if (message) {
        place.channel->send(*message);
        wipe(message->text);
        identity_fault_.clear();
        has_identity_ = true;
        return true;
    }
    const auto& fault = message.error();
    if (identity_fault_ != fault.cause) parent_.log().event(Event::TlsUnusable, fault.file, fault.cause);
    identity_fault_ = fault.cause;
    return false;
}

void Generation::change(std::uint64_t number, const std::string& what) {
    for (const auto& place : places_) {
        if (!place->channel) continue;  // its next child reads everything anew
        place->asked = number;
        place->channel->send(Message(Said::change, number, what));
    }
}

bool Generation::acted(std::uint64_t number) const noexcept {
    return std::none_of(places_.begin(), places_.end(),
                        [number](const auto& p) { return p->pid != 0 && p->asked >= number && p->acted < number; });
}

bool Generation::ready(Which which) const noexcept {
    return std::all_of(places_.begin(), places_.end(),
                       [which](const auto& p) { return !which.has(p->role) || p->ready; });
}

bool Generation::finished(Which which) const noexcept {
    return std::none_of(places_.begin(), places_.end(),
                        [which](const auto& p) { return which.has(p->role) && p->kept; });
}

std::vector<Generation::Status> Generation::status() const {
    std::vector<Status> all;
    const auto now = async::Loop::current().now();
    for (const auto& place : places_) {
        if (!place->kept) continue;
        const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(now - place->since);
        all.push_back({std::string(place->role.name), place->slot, place->pid, place->ready, place->retired.is_set(),
                       place->sessions, place->restarts, place->pid != 0 ? uptime : std::chrono::seconds(0)});
    }
    return all;
}

}  // namespace md::daemon
