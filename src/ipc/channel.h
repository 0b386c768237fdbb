// ipc/channel.h - one connection of frames, with descriptors
//
// CONTRACT
//   Owns its descriptor. One coroutine receives at a time; any number may send, one after the other. A connection that
//   is over is a value (Closed), for on both ends it is somebody else's process, not the client of a session. A peer
//   that begins a frame ends it within kFrameTime. Descriptors arrive close-on-exec, and belong to the frame that
//   announces them; others are a fault that ends the connection.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <deque>
#include <string>
#include <string_view>

#include "async/fd_watch.h"
#include "async/sync.h"
#include "async/task.h"
#include "base/fd.h"
#include "ipc/frame.h"

namespace md::ipc {

enum class Closed : std::uint8_t {
    ended,      ///< by the peer, between two frames
    broken,     ///< by the peer, within a frame; or the system reports an error
    malformed,  ///< what came is no frame
    timed_out,
    stopped,  ///< the given stop was set
};

[[nodiscard]] std::string_view name(Closed reason) noexcept;

class Channel {
  public:
    static constexpr auto kFrameTime = std::chrono::seconds(30);

    /// `fd`: a connected stream socket; made non-blocking here.
    explicit Channel(Fd fd, std::size_t max_payload = kMaxPayload);

    /// The next frame. `deadline` and `stop` (may be null) are for its beginning.
    async::Task<Result<Frame, Closed>> receive(async::Deadline deadline, async::WaitPoint* stop = nullptr);
    /// `frame` outlives the call. Broken: the peer will never have it whole.
    async::Task<Result<void, Closed>> send(const Frame& frame, async::Deadline deadline);

    /// Ends both directions: who waits in receive() or send() gets Closed.
    void shut() noexcept;
    /// Nothing more is taken: what the peer has sent until now can be received, what it sends from now on fails there.
    void end_input() noexcept;
    /// Whether the peer has closed, also if what it sent before is not yet received.
    [[nodiscard]] bool hung_up() const noexcept;
    /// The same, after end_input().
    [[nodiscard]] bool deserted() const noexcept;
    /// Who connected, or listened: as the kernel knows it (SO_PEERCRED).
    [[nodiscard]] ucred peer() const noexcept;

  private:
    enum class Step : std::uint8_t { done, wait, over };

    Step read_some();
    bool take_descriptors(const msghdr& message);
    Step write_some(std::string_view header, const Frame& frame, std::size_t& sent);
    [[nodiscard]] bool begun() const noexcept { return !input_.empty(); }
    /// The frame that stands whole in the input; none: not yet. `malformed` is set if there never will be one.
    bool take_frame(Frame& frame, bool& malformed);

    Fd fd_;
    std::size_t max_payload_;
    async::FdWatch watch_;
    async::Mutex sending_;
    std::string input_;
    std::deque<Fd> arrived_;
    bool ended_ = false;
};

}  // namespace md::ipc
