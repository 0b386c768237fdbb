// daemon/sessions.h - the accept loop of a worker, and the one end of every session
//
// PURPOSE
//   `co_await serve_sessions(child, serve)` in Role::run: says ready, accepts on all listeners of the child until it
//   retires, runs `serve` for each connection, and returns when the last session has ended.
// CONTRACT
//   `serve` is a named callable Task<void>(Session&) that calls a coroutine. It need catch nothing: Disconnected of the
//   accepted stream ends the session quietly (log level by reason), a std::exception is logged (SessionFailed).
//   limits.connections and limits.connections_per_address are kept here, over all workers of the daemon:
//   `refuse(listener)` gives the line that a client beyond them is sent before the connection closes (under TLS, if
//   TLS is implicit and not too many are being refused), and likewise whom the door (door.h) does not let in. From
//   proxy_from of the listener each connection begins with a PROXY header, or is refused (ProxyRefused); the stream's
//   peer is then the client that it names. With tls = "implicit" the stream is already TLS when `serve` begins, or the
//   connection is gone. `serve` heeds entry.ending(): it says its farewell and returns. It notes in the entry what the
//   session does.
// DIAGNOSTICS
//   ConnectionRefused, ConnectionEnded, SessionFailed
#pragma once

#include <functional>
#include <memory>

#include "daemon/child.h"
#include "net/stream.h"

namespace md::daemon {

class Door;

/// One accepted connection.
struct Session {
    Session(Child& c, const config::Listener& l, std::unique_ptr<net::Stream> s, std::string id);

    Child& child;
    const config::Listener& listener;
    std::unique_ptr<net::Stream> stream;
    log::Logger log;  ///< with the session's id
    async::Signal ending;
    SessionEntry entry;
    /// Its client is this one from now on; false: that has as many connections as it may.
    std::function<bool(const IpAddress& client)> recount;
};

using Serve = std::function<async::Task<void>(Session& session)>;
/// "421 4.3.2 too many connections\r\n"; empty: closed without a word.
using Refuse = std::function<std::string(const config::Listener& listener)>;

struct SessionRules {
    std::string_view alpn;  ///< "smtp", "imap", "pop3"
    Refuse refuse;
    Refuse refuse_banned = {};  ///< with a door
    Door* door = nullptr;       ///< null: nobody is banned, and nobody comes too often
};

async::Task<void> serve_sessions(Child& child, SessionRules rules, Serve serve);

}  // namespace md::daemon
