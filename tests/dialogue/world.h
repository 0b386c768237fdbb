// dialogue/world.h - what stands around the sessions of one protocol while a script is played
//
// PURPOSE
//   A protocol joins the runner by one row: a name (the folder of its scripts) and a function that makes its World. The
//   World holds the services of the real session, made from real parts in a scratch folder, and starts a session for
//   each connection.
// CONTRACT
//   Made anew for each run of a script, on a thread whose Loop runs; lives until all sessions have ended. serve() is
//   the session's own coroutine and need catch nothing.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/sync.h"
#include "async/task.h"
#include "config/config.h"
#include "dialogue/script.h"
#include "log/logger.h"
#include "net/stream.h"
#include "support/memory_sink.h"
#include "support/slow_files.h"

namespace md::dialogue {

/// What every world is given.
struct Surroundings {
    std::string folder;  ///< scratch, empty at first
    std::string config;  ///< the script's lines of mdmail.conf
    bool faulty_disk;    ///< DISK faulty
    test::MemorySink& sink;
    async::Signal& stopping;  ///< STOP
    std::shared_ptr<const net::TlsServer> tls;
    test::OtherSession* other = nullptr;  ///< the disk is slow, and this one must not feel it
};

class World {
  public:
    virtual ~World() = default;

    [[nodiscard]] virtual config::Listener listener() const = 0;
    virtual async::Task<void> serve(net::Stream& stream, const config::Listener& listener, log::Logger log) = 0;
    /// What a worker runs beside its sessions; cancelled at the end.
    virtual async::Task<void> background() = 0;
    /// LOGIN: steps that take the greeting and log this account in.
    [[nodiscard]] virtual std::vector<Step> login(const std::string& account) const = 0;
    /// A step of the world's own; the block's variables are expanded. The fault; empty: done.
    virtual async::Task<std::string> act(std::string word, std::vector<std::string> arguments,
                                         std::vector<std::string> block) = 0;
};

struct ProtocolRow {
    std::string_view name;
    std::unique_ptr<World> (*make)(const Surroundings& surroundings);
};

std::unique_ptr<World> make_imap_world(const Surroundings& surroundings);
std::unique_ptr<World> make_pop3_world(const Surroundings& surroundings);
std::unique_ptr<World> make_smtp_world(const Surroundings& surroundings);

inline constexpr ProtocolRow kProtocols[] = {
    {"imap", make_imap_world},
    {"pop3", make_pop3_world},
    {"smtp", make_smtp_world},
};

}  // namespace md::dialogue
