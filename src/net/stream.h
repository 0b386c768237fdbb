// net/stream.h - one connection, plain or TLS, as a pair of buffers
//
// PURPOSE
//   What every session reads and writes. Input stands in a buffer that a grammar looks at in place (buffered, consume,
//   fill); output is put and then flushed, so that the replies to a pipelined group leave in one write: fill() flushes
//   before it waits.
// CONTRACT
//   Owns its descriptor (non-blocking, close-on-exec). Used by one coroutine at a time. Every wait ends by its
//   deadline. Throws Disconnected when the stream is over: for all who call afterwards too. Buffers are given back
//   while the peer is silent. start_tls() forgets all plaintext that stands in the input buffer's place: a peer that
//   sent any is answered by Disconnected{tls}. start_compression() takes what stands there for the first compressed
//   octets. A peer from which there is always more to read is no reason for others to wait: fill() lets the loop go on
//   now and then.
// LIMITS
//   The input buffer grows only by fill(), by kReadAtOnce at most, compressed or not, and only up to what the caller
//   leaves unconsumed: whoever parses bounds it (LineReader does). A peer whose compressed octets unpack to more than
//   kUnpackedFree and kRatio times themselves is disconnected.
// RFC
//   8446, 5246; 3207 §4.2 and 2595 §4 for what STARTTLS must forget; 4978 §4 (compression)
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "async/fd_watch.h"
#include "async/task.h"
#include "base/fd.h"
#include "net/address.h"
#include "net/disconnected.h"
#include "net/tls.h"

namespace md::net {

class Stream {
  public:
    static constexpr std::size_t kReadAtOnce = 16 * 1024;
    static constexpr std::uint64_t kUnpackedFree = 64U << 20U;
    static constexpr std::uint64_t kRatio = 200;

    /// `fd` connected; made non-blocking here.
    Stream(Fd fd, const SocketAddress& peer, const SocketAddress& local);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    [[nodiscard]] const SocketAddress& peer() const noexcept { return peer_; }
    /// Whoever stands at the other end says that it speaks for this one.
    void set_peer(const SocketAddress& peer) noexcept { peer_ = peer; }
    [[nodiscard]] const SocketAddress& local() const noexcept { return local_; }
    [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }

    /// What has arrived and is not consumed; the view ends with the next consume, fill or wait.
    [[nodiscard]] std::string_view buffered() const noexcept { return std::string_view(input_).substr(consumed_); }
    void consume(std::size_t octets) noexcept;
    /// Flushes, then waits until more is buffered than before.
    async::Task<void> fill(async::Deadline deadline);
    /// Flushes, then waits until something can be read (first) or `other` is woken (second), or neither (timed_out);
    /// consumes nothing.
    async::Task<async::Woken> wait_input(async::WaitPoint& other, async::Deadline deadline);

    void put(std::string_view octets);
    [[nodiscard]] std::size_t unsent() const noexcept;
    async::Task<void> flush(async::Deadline deadline);

    /// The server's side of a handshake. Output still unsent (the 220 to STARTTLS) is flushed first.
    async::Task<void> start_tls(std::shared_ptr<const TlsServer> server, async::Deadline deadline);
    async::Task<void> start_tls(std::shared_ptr<const TlsClient> client, std::string peer_name,
                                async::Deadline deadline);
    [[nodiscard]] bool tls() const noexcept { return ssl_ != nullptr; }
    /// "TLSv1.3"; "TLS_AES_256_GCM_SHA384"; empty without TLS.
    [[nodiscard]] std::string_view tls_version() const noexcept;
    [[nodiscard]] std::string_view tls_cipher() const noexcept;
    /// Once it was over with EndReason::tls: why, as the TLS library has it, for people; one line.
    [[nodiscard]] const std::string& tls_fault() const noexcept { return tls_fault_; }

    /// From here on both directions are compressed. Output still unsent (the OK to COMPRESS) is flushed first.
    async::Task<void> start_compression(async::Deadline deadline);
    [[nodiscard]] bool compressed() const noexcept { return compression_ != nullptr; }

    /// Octets that went over the connection, without what TLS adds.
    [[nodiscard]] std::uint64_t received() const noexcept { return received_; }
    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_in_all_; }
    /// Both directions are at their end: who waits on this stream gets Disconnected.
    void break_off() noexcept;

    /// Sends what is unsent and close_notify, as far as it goes at once. The destructor closes without a word.
    void close() noexcept;

  private:
    enum class Step : std::uint8_t { done, wants_read, wants_write };

    struct Compression;

    [[nodiscard]] bool worth_a_look(bool has_sent) const noexcept;
    Step read_step();
    Step read_wire(std::string& to);
    Step receive(std::span<char> into, std::size_t& got);
    Step write_step();
    void pack_output();
    void rest() noexcept;
    Step tls_failed(int result);
    [[noreturn]] void refuse_plaintext();
    Step handshake_step();
    async::Task<void> wait_step(Step step, async::Deadline deadline);
    async::Task<void> handshake(async::Deadline deadline);
    void make_room();
    [[noreturn]] void over(EndReason reason);

    Fd fd_;
    SocketAddress peer_;
    SocketAddress local_;
    async::FdWatch watch_;
    std::string input_;
    std::size_t consumed_ = 0;
    std::string output_;
    std::size_t sent_ = 0;
    std::shared_ptr<const void> tls_config_;  ///< kept alive for OpenSSL's callbacks
    SslHandle ssl_;
    std::string tls_fault_;
    std::unique_ptr<Compression> compression_;
    std::uint64_t received_ = 0;
    std::uint64_t sent_in_all_ = 0;
    unsigned unwaited_ = 0;  ///< reads since the loop last went on
    bool over_ = false;
    EndReason over_reason_ = EndReason::closed;
};

}  // namespace md::net
