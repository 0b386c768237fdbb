// daemon/generation.h - the children of one configuration, from their start to their end
//
// PURPOSE
//   A Generation has a Place for each role and slot; each place is kept filled by one coroutine, which forks a child,
//   watches it, and starts another when it ends unbidden.
// CONTRACT
//   The parent's only. start() begins the places of some roles; retire(), stop() and kill() end them, each
//   more strongly than the one before; finished() is true when no place is kept any more, and only then may
//   it be destroyed. Parent::changed is woken by whatever these functions would tell differently.
// DIAGNOSTICS
//   ChildStarted, ChildEnded, ChildCrashed, ChildKilled, TlsUnusable
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "config/config.h"
#include "daemon/backoff.h"
#include "daemon/connection_table.h"
#include "daemon/counter_book.h"
#include "daemon/listening.h"
#include "daemon/parent_channel.h"
#include "daemon/program.h"
#include "log/logger.h"

namespace md::daemon {

struct ChildSetup;

/// What all generations of a parent share.
struct Parent {
    const Program& program;
    log::Sink* sink;  ///< the parent's own: that of the current generation
    InternalSockets& sockets;
    ConnectionTable& connections;
    CounterBook& counters;
    int lock_fd;
    bool private_instance;
    bool foreground;           ///< events go to standard error
    async::WaitPoint changed;  ///< woken when a child of any generation is ready, ends, acts, counts

    [[nodiscard]] log::Logger log() const { return log::Logger(*sink); }
};

/// Some of a generation's roles.
class Which {
  public:
    Which(Replacement replacement) : replacement_(replacement) {}
    Which(const Role& role) : role_(&role) {}
    [[nodiscard]] static Which all() { return {}; }

    [[nodiscard]] bool has(const Role& role) const noexcept {
        return (!replacement_ || role.replacement == *replacement_) && (role_ == nullptr || role_ == &role);
    }

  private:
    Which() = default;

    std::optional<Replacement> replacement_;
    const Role* role_ = nullptr;
};

class Generation {
  public:
    Generation(Parent& parent, unsigned number, config::ConfigPointer config,
               std::shared_ptr<const Listening> listening, std::shared_ptr<log::Sink> sink);
    ~Generation();
    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;

    void start(async::Scope& scope, Which which);

    void retire(Which which);
    void stop(Which which);
    void kill(Which which);

    /// Closes its listeners here; after all who would be given them are told to end.
    void stop_listening() noexcept { listening_.reset(); }

    /// A packet to each child of a listening role: the certificate as it is on the disk now. If it cannot be used, they
    /// keep the one that they have.
    void send_identity();
    /// Why its listeners cannot speak TLS now, by the files; none: they can, or need not.
    [[nodiscard]] std::optional<std::string> identity_fault() const;
    /// Its children were given a certificate that they can use.
    [[nodiscard]] bool has_identity() const noexcept { return has_identity_; }
    /// "what" to all that run; acted() tells when none is left that has not acted.
    void change(std::uint64_t number, const std::string& what);
    [[nodiscard]] bool acted(std::uint64_t number) const noexcept;

    /// The processes of its listening roles.
    [[nodiscard]] std::vector<pid_t> listening_children() const;
    /// Puts a question to one of them; no effect if there is no such process.
    void ask(pid_t child, std::uint64_t number, const std::string& question);
    /// Its answer; empty: it has ended, or could not be asked. None: it has said nothing yet.
    [[nodiscard]] std::optional<std::string> answer(pid_t child, std::uint64_t number) const;
    /// Nobody waits for the answer any more.
    void forget(pid_t child, std::uint64_t number) noexcept;

    [[nodiscard]] bool ready(Which which) const noexcept;
    [[nodiscard]] bool finished(Which which) const noexcept;

    struct Status {
        std::string role;
        unsigned slot;
        pid_t pid;  ///< 0: none at the moment
        bool ready;
        bool retiring;
        unsigned sessions;
        unsigned restarts;
        std::chrono::seconds uptime;
    };
    [[nodiscard]] std::vector<Status> status() const;
    [[nodiscard]] unsigned number() const noexcept { return number_; }
    [[nodiscard]] const config::Config& config() const noexcept { return *config_; }
    [[nodiscard]] const config::ConfigPointer& config_pointer() const noexcept { return config_; }
    [[nodiscard]] const std::shared_ptr<const Listening>& listening() const noexcept { return listening_; }
    [[nodiscard]] const std::shared_ptr<log::Sink>& sink() const noexcept { return sink_; }

  private:
    struct Place;

    async::Task<void> keep(Place& place);
    async::Task<void> after_crash(Place& place);
    [[nodiscard]] ChildSetup prepare(Place& place, int channel_fd);
    bool fork_child(Place& place);
    async::Task<void> watch(Place& place);
    async::Task<void> wait_for_end(async::Scope& scope, Place& place);
    async::Task<void> hear(Place& place);
    void take(Place& place, const Message& message);
    void reap(Place& place);
    void begin_identity(Place& place);
    [[nodiscard]] bool send_identity_to(Place& place);

    Parent& parent_;
    unsigned number_;
    config::ConfigPointer config_;
    std::shared_ptr<const Listening> listening_;
    std::shared_ptr<log::Sink> sink_;  ///< its children's
    std::vector<std::unique_ptr<Place>> places_;
    std::string identity_fault_;   ///< the one that was told last
    bool needs_identity_ = false;  ///< a listener of it speaks TLS
    bool has_identity_ = false;
};

}  // namespace md::daemon
