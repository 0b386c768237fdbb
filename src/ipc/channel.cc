// ipc/channel.cc - see channel.h

#include "ipc/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "async/loop.h"

namespace md::ipc {

using async::Deadline;
using async::Task;
using async::Wait;
using async::Woken;

namespace {

constexpr std::size_t kReadAtOnce = 64U << 10U;

void make_non_blocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) == 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

}  // namespace

std::string_view name(Closed reason) noexcept {
    constexpr std::array<std::string_view, 5> names{"ended", "broken", "malformed", "timed out", "stopped"};
    return names[static_cast<std::size_t>(reason)];
}

Channel::Channel(Fd fd, std::size_t max_payload) : fd_(std::move(fd)), max_payload_(max_payload), watch_(fd_.get()) {
    make_non_blocking(fd_.get());
}

void Channel::shut() noexcept {
    ::shutdown(fd_.get(), SHUT_RDWR);
}

bool Channel::hung_up() const noexcept {
    pollfd state{fd_.get(), POLLRDHUP, 0};
    return ::poll(&state, 1, 0) == 1;
}

void Channel::end_input() noexcept {
    ::shutdown(fd_.get(), SHUT_RD);
}

bool Channel::deserted() const noexcept {
    pollfd state{fd_.get(), 0, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & POLLHUP) != 0;
}

ucred Channel::peer() const noexcept {
    ucred who{0, static_cast<uid_t>(-1), static_cast<gid_t>(-1)};
    socklen_t size = sizeof who;
    if (::getsockopt(fd_.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) who.uid = static_cast<uid_t>(-1);
    return who;
}

Task<Result<Frame, Closed>> Channel::receive(Deadline deadline, async::WaitPoint* stop) {
    bool within = false;
    for (;;) {
        Frame frame;
        bool malformed = false;
        if (take_frame(frame, malformed)) co_return std::move(frame);
        if (malformed) co_return fail(Closed::malformed);
        if (ended_) co_return fail(begun() ? Closed::broken : Closed::ended);
        const auto step = read_some();
        if (step == Step::over) co_return fail(Closed::broken);
        if (step == Step::done) continue;
        if (begun() && !within) {
            within = true;
            stop = nullptr;
            deadline = std::min(deadline, async::after(kFrameTime));
        }
        Woken woken = Woken::timed_out;
        if (stop == nullptr) {
            woken = co_await Wait(watch_.readable(), deadline);
        } else {
            woken = co_await Wait(watch_.readable(), *stop, deadline);
        }
        if (woken == Woken::second) co_return fail(Closed::stopped);
        if (woken == Woken::timed_out) co_return fail(Closed::timed_out);
    }
}

Channel::Step Channel::read_some() {
    std::array<char, kReadAtOnce> buffer;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control;
    iovec piece{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto n = ::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN ? Step::wait : errno == EINTR ? Step::done : Step::over;
    const bool taken = take_descriptors(message);
    if (!taken) return Step::over;
    if (n == 0) ended_ = true;
    input_.append(buffer.data(), static_cast<std::size_t>(n));
    return Step::done;
}

/// False when more came than may come.
bool Channel::take_descriptors(const msghdr& message) {
    auto* place = const_cast<msghdr*>(&message);
    for (auto* c = CMSG_FIRSTHDR(place); c != nullptr; c = CMSG_NXTHDR(place, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        const auto count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
            arrived_.emplace_back(fd);
        }
    }
    return (message.msg_flags & MSG_CTRUNC) == 0 && arrived_.size() <= 2 * kMaxDescriptors;
}

bool Channel::take_frame(Frame& frame, bool& malformed) {
    if (input_.size() < kHeaderSize) return false;
    const auto header = decode(std::string_view(input_).substr(0, kHeaderSize), max_payload_);
    if (!header) {
        malformed = true;
        return false;
    }
    const auto whole = kHeaderSize + header->payload_bytes;
    if (input_.size() < whole) return false;
    if (arrived_.size() < header->descriptors) {
        malformed = true;
        return false;
    }
    frame = Frame(header->kind, header->type, header->id, input_.substr(kHeaderSize, header->payload_bytes), {});
    for (unsigned i = 0; i < header->descriptors; ++i) {
        frame.descriptors.push_back(std::move(arrived_.front()));
        arrived_.pop_front();
    }
    input_.erase(0, whole);
    if (input_.empty()) input_.shrink_to_fit();
    return true;
}

Task<Result<void, Closed>> Channel::send(const Frame& frame, Deadline deadline) {
    if (frame.payload.size() > max_payload_ || frame.descriptors.size() > kMaxDescriptors)
        co_return fail(Closed::malformed);
    Header about;
    about.payload_bytes = static_cast<std::uint32_t>(frame.payload.size());
    about.kind = frame.kind;
    about.type = frame.type;
    about.id = frame.id;
    about.descriptors = static_cast<std::uint16_t>(frame.descriptors.size());
    const auto header = encode(about);
    const auto guard = co_await sending_.lock();
    std::size_t sent = 0;
    while (sent < kHeaderSize + frame.payload.size()) {
        const auto step = write_some(header, frame, sent);
        if (step == Step::over) co_return fail(Closed::broken);
        if (step == Step::done) continue;
        const auto woken = co_await Wait(watch_.writable(), deadline);
        if (woken != Woken::timed_out) continue;
        // A frame begun and not ended leaves nothing that the peer could read on.
        if (sent > 0) shut();
        co_return fail(Closed::timed_out);
    }
    co_return Result<void, Closed>();
}

Channel::Step Channel::write_some(std::string_view header, const Frame& frame, std::size_t& sent) {
    const auto head = header.substr(std::min(sent, header.size()));
    const auto body = std::string_view(frame.payload).substr(sent > header.size() ? sent - header.size() : 0);
    std::array<iovec, 2> pieces{iovec{const_cast<char*>(head.data()), head.size()},
                                iovec{const_cast<char*>(body.data()), body.size()}};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control{};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    if (sent == 0 && !frame.descriptors.empty()) {  // with the frame's first octet
        const auto size = sizeof(int) * frame.descriptors.size();
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(size);
        auto* c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(size);
        for (std::size_t i = 0; i < frame.descriptors.size(); ++i) {
            const int fd = frame.descriptors[i].get();
            std::memcpy(CMSG_DATA(c) + i * sizeof fd, &fd, sizeof fd);
        }
    }
    const auto n = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN ? Step::wait : errno == EINTR ? Step::done : Step::over;
    sent += static_cast<std::size_t>(n);
    return Step::done;
}

}  // namespace md::ipc
