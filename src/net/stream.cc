// net/stream.cc - see stream.h

#include "net/stream.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cerrno>

#include "async/loop.h"
#include "base/assert.h"
#include "net/deflate.h"

namespace md::net {

using async::Deadline;
using async::Task;
using async::Wait;
using async::Woken;

namespace {

/// So many reads that found something at once; then it is the turn of others.
constexpr unsigned kReadsInATurn = 16;

/// Of the first error that OpenSSL has queued; of a certificate that is refused also what is wrong with it.
std::string tls_fault_of(const SSL* ssl) {
    const auto error = ERR_peek_error();
    const char* reason = ERR_reason_error_string(error);
    std::string text = reason != nullptr ? reason : "no reason given";
    const auto verified = SSL_get_verify_result(ssl);
    if (ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED && verified != X509_V_OK)
        text.append(" (").append(X509_verify_cert_error_string(verified)).append(")");
    return text;
}

}  // namespace

struct Stream::Compression {
    Deflater deflater;
    Inflater inflater;
    std::string packed;  ///< read, and not unpacked yet
    std::size_t unpacked_to = 0;
    std::string plain;  ///< put, and not packed yet
    std::uint64_t packed_in_all = 0;
    std::uint64_t unpacked_in_all = 0;
};

Stream::Stream(Fd fd, const SocketAddress& peer, const SocketAddress& local)
    : fd_(std::move(fd)), peer_(peer), local_(local), watch_(fd_.get()) {
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    if ((flags & O_NONBLOCK) == 0) ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK);
}

Stream::~Stream() = default;

void Stream::consume(std::size_t octets) noexcept {
    MD_ASSERT(octets <= input_.size() - consumed_);
    consumed_ += octets;
    if (consumed_ == input_.size()) {
        input_.clear();
        consumed_ = 0;
    }
}

void Stream::make_room() {
    if (consumed_ == 0) return;
    input_.erase(0, consumed_);
    consumed_ = 0;
}

/// Whoever was just sent something thinks before he answers: to look first would be in vain. TLS and compression may
/// hold octets that the descriptor does not show.
bool Stream::worth_a_look(bool has_sent) const noexcept {
    return !has_sent || ssl_ != nullptr || compression_ != nullptr;
}

Task<void> Stream::fill(Deadline deadline) {
    const bool has_sent = unsent() > 0;
    if (has_sent) co_await flush(deadline);
    make_room();
    if (++unwaited_ > kReadsInATurn) {
        co_await async::yield();
        unwaited_ = 0;
    }
    auto step = worth_a_look(has_sent) ? read_step() : Step::wants_read;
    while (step != Step::done) {
        rest();
        co_await wait_step(step, deadline);
        step = read_step();
    }
}

Task<Woken> Stream::wait_input(async::WaitPoint& other, Deadline deadline) {
    const bool has_sent = unsent() > 0;
    if (has_sent) co_await flush(deadline);
    if (!buffered().empty()) co_return Woken::first;
    auto step = worth_a_look(has_sent) ? read_step() : Step::wants_read;
    while (step != Step::done) {  // a readable descriptor may hold no whole record
        rest();
        auto& point = step == Step::wants_write ? watch_.writable() : watch_.readable();
        const auto woken = co_await Wait(point, other, deadline);
        if (woken != Woken::first) co_return woken;
        step = read_step();
    }
    co_return Woken::first;
}

Task<void> Stream::flush(Deadline deadline) {
    while (unsent() > 0) {
        const auto step = write_step();
        if (step != Step::done) co_await wait_step(step, deadline);
    }
    sent_ = 0;
    output_.clear();
    if (output_.capacity() > kReadAtOnce) output_ = std::string();
}

Task<void> Stream::wait_step(Step step, Deadline deadline) {
    auto& point = step == Step::wants_write ? watch_.writable() : watch_.readable();
    const auto woken = co_await Wait(point, deadline);
    if (woken == Woken::timed_out) over(EndReason::timed_out);
}

/// Nothing is kept while the peer is silent.
void Stream::rest() noexcept {
    unwaited_ = 0;
    if (input_.empty()) input_ = std::string();
    if (!compression_) return;
    compression_->deflater.release();
    if (compression_->packed.empty()) compression_->packed = std::string();
    if (compression_->plain.empty()) compression_->plain = std::string();
}

Stream::Step Stream::read_step() {
    if (over_) over(over_reason_);
    if (!compression_) return read_wire(input_);
    auto& packing = *compression_;
    for (;;) {
        const auto rest = std::string_view(packing.packed).substr(packing.unpacked_to);
        if (!rest.empty() || packing.inflater.holds_more()) {
            auto left = rest;
            const auto before = input_.size();
            if (!packing.inflater.unpack(left, input_, kReadAtOnce)) over(EndReason::compression);
            packing.unpacked_to += rest.size() - left.size();
            packing.unpacked_in_all += input_.size() - before;
            if (packing.unpacked_in_all > kUnpackedFree + kRatio * packing.packed_in_all) over(EndReason::compression);
            if (input_.size() > before) return Step::done;
            if (!left.empty()) over(EndReason::compression);
        }
        packing.packed.clear();
        packing.unpacked_to = 0;
        const auto step = read_wire(packing.packed);
        packing.packed_in_all += packing.packed.size();
        if (step != Step::done) return step;
    }
}

/// What the connection gives now, TLS taken off. It is read where all streams of the thread are read, so that a
/// connection holds no more than what came by it.
Stream::Step Stream::read_wire(std::string& to) {
    static thread_local std::array<char, kReadAtOnce> arrived;
    std::size_t got = 0;
    Step step;
    if (ssl_) {
        ERR_clear_error();
        const int result = SSL_read_ex(ssl_.get(), arrived.data(), arrived.size(), &got);
        step = result == 1 ? Step::done : tls_failed(result);
    } else {
        step = receive(arrived, got);
    }
    to.append(arrived.data(), got);
    received_ += got;
    return step;
}

Stream::Step Stream::receive(std::span<char> into, std::size_t& got) {
    ssize_t n;
    do n = ::recv(fd_.get(), into.data(), into.size(), 0);
    while (n < 0 && errno == EINTR);
    if (n == 0) over(EndReason::closed);
    if (n < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::wants_read;
        over(EndReason::reset);
    }
    got = static_cast<std::size_t>(n);
    return Step::done;
}

void Stream::put(std::string_view octets) {
    (compression_ ? compression_->plain : output_).append(octets);
}

std::size_t Stream::unsent() const noexcept {
    return output_.size() - sent_ + (compression_ ? compression_->plain.size() : 0);
}

/// What was put is packed when all before it is on its way: TLS wants the same octets again for a write that it began.
void Stream::pack_output() {
    if (!compression_ || compression_->plain.empty() || sent_ < output_.size()) return;
    output_.clear();
    sent_ = 0;
    compression_->deflater.pack(compression_->plain, output_);
    compression_->plain.clear();
}

Stream::Step Stream::write_step() {
    if (over_) over(over_reason_);
    pack_output();
    const auto rest = std::string_view(output_).substr(sent_);
    if (ssl_) {
        ERR_clear_error();
        std::size_t done = 0;
        const int result = SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &done);
        sent_ += done;
        sent_in_all_ += done;
        return result == 1 ? Step::done : tls_failed(result);
    }
    ssize_t n;
    do n = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        sent_ += static_cast<std::size_t>(n);
        sent_in_all_ += static_cast<std::uint64_t>(n);
        return Step::done;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::wants_write;
    over(EndReason::reset);
}

Task<void> Stream::start_compression(Deadline deadline) {
    co_await flush(deadline);
    compression_ = std::make_unique<Compression>();
    // Who is sure of the answer may have sent compressed octets behind the command.
    compression_->packed.assign(buffered());
    compression_->packed_in_all = compression_->packed.size();
    consume(buffered().size());
}

void Stream::break_off() noexcept {
    if (fd_) ::shutdown(fd_.get(), SHUT_RDWR);
}

Stream::Step Stream::tls_failed(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return Step::wants_read;
        case SSL_ERROR_WANT_WRITE: return Step::wants_write;
        case SSL_ERROR_ZERO_RETURN: over(EndReason::closed);
        case SSL_ERROR_SYSCALL: over(EndReason::reset);
        default: break;
    }
    // An end without close_notify is a disconnect like any other, and never the end of data.
    const bool cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    tls_fault_ = tls_fault_of(ssl_.get());
    ERR_clear_error();
    over(cut ? EndReason::reset : EndReason::tls);
}

void Stream::refuse_plaintext() {
    tls_fault_ = "octets came before the handshake";
    over(EndReason::tls);
}

Stream::Step Stream::handshake_step() {
    if (over_) over(over_reason_);
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Step::done : tls_failed(result);
}

Task<void> Stream::handshake(Deadline deadline) {
    SSL_set_fd(ssl_.get(), fd_.get());
    for (;;) {
        const auto step = handshake_step();
        if (step == Step::done) co_return;
        co_await wait_step(step, deadline);
    }
}

Task<void> Stream::start_tls(std::shared_ptr<const TlsServer> server, Deadline deadline) {
    co_await flush(deadline);
    // Plaintext that came with the command was not protected by what follows (RFC 3207 §4.2; threats: STARTTLS
    // injection).
    if (!buffered().empty()) refuse_plaintext();
    ssl_ = server->open();
    tls_config_ = std::move(server);
    co_await handshake(deadline);
}

Task<void> Stream::start_tls(std::shared_ptr<const TlsClient> client, std::string peer_name, Deadline deadline) {
    co_await flush(deadline);
    if (!buffered().empty()) refuse_plaintext();
    ssl_ = client->open(peer_name);
    tls_config_ = std::move(client);
    co_await handshake(deadline);
}

std::string_view Stream::tls_version() const noexcept {
    return ssl_ ? SSL_get_version(ssl_.get()) : "";
}

std::string_view Stream::tls_cipher() const noexcept {
    return ssl_ ? SSL_get_cipher_name(ssl_.get()) : "";
}

void Stream::close() noexcept {
    if (over_ || !fd_) return;
    try {
        while (unsent() > 0)
            if (write_step() != Step::done) break;
        if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
            ERR_clear_error();
            SSL_shutdown(ssl_.get());
            ERR_clear_error();
        }
    } catch (const Disconnected&) {
        // It was over already.
    }
    ::shutdown(fd_.get(), SHUT_WR);
    over_ = true;
}

void Stream::over(EndReason reason) {
    over_ = true;
    over_reason_ = reason;
    throw Disconnected(this, reason);
}

}  // namespace md::net
