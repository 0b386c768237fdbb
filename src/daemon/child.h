// daemon/child.h - what a child process is given, and what it tells its parent
//
// PURPOSE
//   Role::run(child) makes its services from child.config(), takes its sockets, says child.ready(), serves until
//   child.retiring() is set, lets its sessions end, and returns.
// CONTRACT
//   Lives as long as the process. Used on the loop's thread only. retiring(): accept no more, take no more work, let
//   what runs go on; return when it is done. stopping() (always after retiring): end what runs at the next point where
//   nothing is lost (421, BYE); after daemon.stop_timeout the parent kills the process.
//   An exception out of run() ends the process with event ChildFailed, and the parent starts another.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "async/task.h"
#include "async/worker_pool.h"
#include "base/fd.h"
#include "config/config.h"
#include "daemon/session_book.h"
#include "log/logger.h"
#include "net/tls.h"

namespace md::daemon {

class ConnectionTable;
struct ChildSetup;
struct Message;

/// A socket of [[listener]] with its row.
struct ListeningSocket {
    int fd = -1;
    config::Listener listener;
};

class Child {
  public:
    explicit Child(ChildSetup& setup);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[nodiscard]] const config::ConfigPointer& config_pointer() const noexcept;
    [[nodiscard]] const config::Config& config() const noexcept { return *config_pointer(); }
    [[nodiscard]] log::Sink& sink() const noexcept;
    [[nodiscard]] log::Logger log() const { return log::Logger(sink()); }
    [[nodiscard]] std::string_view daemon() const noexcept;
    [[nodiscard]] unsigned slot() const noexcept;    ///< from 0, below the role's count
    [[nodiscard]] unsigned places() const noexcept;  ///< the role's count in this generation
    [[nodiscard]] async::WorkerPool& pool() noexcept { return pool_; }

    [[nodiscard]] const std::vector<ListeningSocket>& listeners() const noexcept;
    /// Closes their sockets, so that a port which was moved or switched off is free while this process drains.
    void stop_listening();
    /// The listening descriptor of InternalSocket `name` (as the role declares it).
    [[nodiscard]] int internal_socket(std::string_view name) const noexcept;
    /// Path of the internal socket of another role or daemon: paths.run/name.
    [[nodiscard]] std::string run_path(std::string_view name) const;
    /// Users that may ask this process by a socket: root, our own, and these of the installed system.
    [[nodiscard]] std::vector<uid_t> peers(std::initializer_list<std::string_view> users) const;

    /// What STARTTLS begins with, by ALPN name; null while the certificate is missing or faulty (event TlsUnusable).
    /// A changed certificate is in the next answer.
    [[nodiscard]] std::shared_ptr<const net::TlsServer> tls(std::string_view protocol);

    void ready();
    [[nodiscard]] async::Signal& retiring() noexcept { return retiring_; }
    [[nodiscard]] async::Signal& stopping() noexcept { return stopping_; }

    /// Called for each broadcast of mdctl ("accounts", "lists", ...): after the await ends this process acts on the
    /// change. One function for the process.
    using ChangeHandler = std::function<async::Task<void>(std::string what)>;
    void on_change(ChangeHandler handler) { on_change_ = std::move(handler); }

    /// Counts a session for as long as it lives.
    class SessionCount {
      public:
        explicit SessionCount(Child& child) noexcept;
        SessionCount(SessionCount&& other) noexcept : child_(std::exchange(other.child_, nullptr)) {}
        SessionCount& operator=(SessionCount&&) = delete;
        ~SessionCount();

      private:
        Child* child_;
    };
    [[nodiscard]] unsigned sessions() const noexcept { return sessions_; }
    [[nodiscard]] SessionBook& session_book() noexcept { return book_; }
    /// How many connections each address has to all workers of this daemon.
    [[nodiscard]] ConnectionTable& connections() noexcept;
    [[nodiscard]] unsigned connection_row() const noexcept;

    /// The skeleton's own coroutine: runs the role beside the channel to the parent.
    async::Task<void> live();

  private:
    friend class SessionCount;

    async::Task<void> live_in(async::Scope& scope);
    async::Task<void> listen_to_parent(async::Scope& scope);
    async::Task<void> heed_signals();
    async::Task<void> report_sessions();
    async::Task<void> act_on_change(Message change);
    async::Task<void> answer_question(Message question);
    void begin_stop();
    void take_identity(const Message& message);

    ChildSetup& setup_;
    async::WorkerPool pool_;
    async::Signal retiring_;
    async::Signal stopping_;
    async::Signal counted_;
    ChangeHandler on_change_;
    unsigned sessions_ = 0;
    SessionBook book_;
    async::Signal identity_arrived_;
    std::string chain_pem_;
    std::string key_pem_;
    struct Tls {
        std::string protocol;
        std::shared_ptr<const net::TlsServer> server;
    };
    std::vector<Tls> tls_;  ///< made from the identity as it is now
};

}  // namespace md::daemon
