// net/stream.cc - see stream.h

#include "net/stream.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace md::net {

using async::Deadline;
using async::Task;
using async::Wait;
using async::Woken;

Stream::Stream(Fd fd, const SocketAddress& peer, const SocketAddress& local)
    : fd_(std::move(fd)), peer_(peer), local_(local), watch_(fd_.get()) {
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK);
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

Task<void> Stream::fill(Deadline deadline) {
    if (unsent() > 0) co_await flush(deadline);
    make_room();
    for (;;) {
        const auto step = read_step();
        if (step == Step::done) co_return;
        if (input_.empty()) input_ = std::string();  // nothing to keep while the peer is silent
        co_await wait_step(step, deadline);
    }
}

Task<Woken> Stream::wait_input(async::WaitPoint& other, Deadline deadline) {
    if (unsent() > 0) co_await flush(deadline);
    if (!buffered().empty()) co_return Woken::first;
    for (;;) {
        // TLS may hold octets that the descriptor no longer shows, and a readable descriptor may hold no whole record.
        const auto step = read_step();
        if (step == Step::done) co_return Woken::first;
        if (input_.empty()) input_ = std::string();
        auto& point = step == Step::wants_write ? watch_.writable() : watch_.readable();
        const auto woken = co_await Wait(point, other, deadline);
        if (woken != Woken::first) co_return woken;
    }
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

Stream::Step Stream::read_step() {
    if (over_) over(over_reason_);
    const auto before = input_.size();
    input_.resize(before + kReadAtOnce);
    if (ssl_) {
        ERR_clear_error();
        std::size_t got = 0;
        const int result = SSL_read_ex(ssl_.get(), input_.data() + before, kReadAtOnce, &got);
        input_.resize(before + got);
        return result == 1 ? Step::done : tls_failed(result);
    }
    ssize_t n;
    do n = ::recv(fd_.get(), input_.data() + before, kReadAtOnce, 0);
    while (n < 0 && errno == EINTR);
    input_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n > 0) return Step::done;
    if (n == 0) over(EndReason::closed);
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::wants_read;
    over(EndReason::reset);
}

Stream::Step Stream::write_step() {
    if (over_) over(over_reason_);
    const auto rest = std::string_view(output_).substr(sent_);
    if (ssl_) {
        ERR_clear_error();
        std::size_t done = 0;
        const int result = SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &done);
        sent_ += done;
        return result == 1 ? Step::done : tls_failed(result);
    }
    ssize_t n;
    do n = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n >= 0) {
        sent_ += static_cast<std::size_t>(n);
        return Step::done;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Step::wants_write;
    over(EndReason::reset);
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
    ERR_clear_error();
    over(cut ? EndReason::reset : EndReason::tls);
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
    if (!buffered().empty()) over(EndReason::tls);
    ssl_ = server->open();
    tls_config_ = std::move(server);
    co_await handshake(deadline);
}

Task<void> Stream::start_tls(std::shared_ptr<const TlsClient> client, std::string peer_name, Deadline deadline) {
    co_await flush(deadline);
    if (!buffered().empty()) over(EndReason::tls);
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
