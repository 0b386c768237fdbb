// daemon/session_book.h - the sessions of this process: what they are, how many an account has, how they are ended
//
// PURPOSE
//   Each connection has a SessionEntry, in which its session notes what an administrator wants to know of it, and by
//   which it learns that it is to end. The book of a process lists its entries and ends those that are meant
//   (`mdctl sessions`).
// CONTRACT
//   Used on the loop's thread only. A session that is to end says its farewell at the next point where nothing is lost;
//   one that does not within kGrace is cut off: its connection, for the client may not read, and whatever it waits for,
//   but for a job that is on the pool. The sessions of an account are counted over all workers of the daemon
//   (connection_table.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/scope.h"
#include "async/sync.h"
#include "async/task.h"
#include "base/clock.h"
#include "daemon/connection_table.h"
#include "ipc/json.h"
#include "net/stream.h"

namespace md::daemon {

/// Where the sessions of an account are counted, and how many it may have.
struct AccountLimit {
    AccountLimit(ConnectionTable& t, unsigned r, std::uint64_t m) noexcept : table(t), row(r), most(m) {}

    ConnectionTable& table;
    unsigned row;
    std::uint64_t most;
};

class SessionEntry {
  public:
    /// `ending`: set when the session is to end.
    SessionEntry(std::string session_id, std::string_view protocol, const net::Stream& stream, async::Signal& ending,
                 AccountLimit limit);
    ~SessionEntry();
    SessionEntry(const SessionEntry&) = delete;
    SessionEntry& operator=(const SessionEntry&) = delete;

    /// The session's account from now on. False: it has as many sessions as it may, and this is none of them.
    [[nodiscard]] bool enter(const std::string& account);
    /// The login came to nothing after all.
    void leave() noexcept;
    /// Whose session it is, where accounts have no limit.
    void note_account(const std::string& account) { account_ = account; }

    std::string_view state = "connected";  ///< "authenticated", "selected", …
    std::string mailbox;                   ///< the one that is selected
    std::string user;                      ///< of this machine, by a Unix socket; empty: by a network
    std::uint64_t commands = 0;

    [[nodiscard]] async::Signal& ending() noexcept { return ending_; }
    /// Whether an administrator ends it; else the server does all.
    [[nodiscard]] bool killed() const noexcept { return killed_; }
    void kill() noexcept;
    /// It did not end by itself, or was not given the time.
    void note_cut_off() noexcept { cut_off_ = true; }
    [[nodiscard]] bool cut_off() const noexcept { return cut_off_; }

    [[nodiscard]] const std::string& account() const noexcept { return account_; }
    [[nodiscard]] ipc::Json describe() const;
    /// Whether the members "account", "ip" and "protocol" of a request, as far as there are any, mean this session.
    [[nodiscard]] bool is_meant(const ipc::Json& request) const;

  private:
    std::string id_;
    std::string_view protocol_;
    const net::Stream& stream_;
    async::Signal& ending_;
    AccountLimit limit_;
    std::string account_;
    WallTime since_;
    bool counted_ = false;
    bool killed_ = false;
    bool cut_off_ = false;
};

class SessionBook {
  public:
    static constexpr auto kGrace = std::chrono::seconds(3);

    SessionBook();
    ~SessionBook();
    SessionBook(const SessionBook&) = delete;
    SessionBook& operator=(const SessionBook&) = delete;

    /// Runs `serve()`, a session on `stream`, with its entry in the book. Returns also when it was cut off.
    template <class Serve>
    async::Task<void> listed(SessionEntry& entry, net::Stream& stream, Serve& serve) {
        const auto body = [&](async::Scope& scope) { return with_line(entry, stream, scope, serve); };
        co_await async::scoped(body);
    }

    /// Called after entries were told to end: whoever waits for something else than `ending` looks then.
    void on_ending(std::function<void()> wake) { wake_ = std::move(wake); }
    void end_all();

    /// {"request": "sessions" or "kill", …} of doc/formats/control.md, for this process.
    async::Task<ipc::Json> answer(ipc::Json request);

  private:
    /// An entry in the book, for as long as it lives.
    class Line {
      public:
        Line(SessionBook& book, SessionEntry& entry, net::Stream& stream, async::Scope& scope);
        ~Line();
        Line(const Line&) = delete;
        Line& operator=(const Line&) = delete;

      private:
        SessionBook& book_;
        std::uint64_t number_;
    };

    template <class Serve>
    async::Task<void> with_line(SessionEntry& entry, net::Stream& stream, async::Scope& scope, Serve& serve) {
        const Line line(*this, entry, stream, scope);
        auto session = serve();
        co_await session;
    }

    using Numbers = std::vector<std::uint64_t>;  ///< of lines

    struct Known {
        SessionEntry* entry;
        net::Stream* stream;
        async::Scope* scope;
    };

    [[nodiscard]] ipc::Json list(const ipc::Json& request) const;
    async::Task<ipc::Json> kill(ipc::Json request);
    void cut_off(const Numbers& meant) noexcept;
    async::Task<std::size_t> wait_until_gone(const Numbers* meant, async::Deadline until);
    [[nodiscard]] std::size_t count_left(const Numbers& meant) const;

    std::map<std::uint64_t, Known> lines_;
    std::uint64_t next_ = 1;
    async::WaitPoint gone_;
    std::function<void()> wake_;
};

}  // namespace md::daemon
