// daemon/parent_channel.cc - see parent_channel.h

#include "daemon/parent_channel.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/bytes.h"
#include "base/encoding.h"
#include "base/error.h"

namespace md::daemon {

std::string encode(const Message& message) {
    std::string packet;
    put_number(packet, static_cast<std::uint8_t>(message.kind));
    put_number(packet, message.number);
    packet.append(message.text);
    return packet;
}

std::optional<Message> decode(std::string_view packet) {
    constexpr std::array known{Said::ready, Said::sessions, Said::acted,    Said::answer, Said::retire,
                               Said::stop,  Said::change,   Said::identity, Said::ask};
    ByteReader in(packet);
    const auto kind = static_cast<Said>(in.number<std::uint8_t>());
    const auto number = in.number<std::uint64_t>();
    if (!in.ok() || std::find(known.begin(), known.end(), kind) == known.end()) return std::nullopt;
    return Message(kind, number, std::string(in.rest()));
}

std::pair<Fd, Fd> ParentChannel::make_pair() {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
        throw SystemError("socketpair", "", errno);
    // An identity travels in one packet.
    const int size = 2 * static_cast<int>(kMaxPacket);
    for (const int fd : fds) ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return {Fd(fds[0]), Fd(fds[1])};
}

bool ParentChannel::send(const Message& message) noexcept {
    auto packet = encode(message);
    const auto n = ::send(fd_.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (message.kind == Said::identity) wipe(packet);
    return n >= 0;
}

async::Task<std::optional<Message>> ParentChannel::receive() {
    std::string packet(kMaxPacket, '\0');
    for (;;) {
        const auto n = ::recv(fd_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
        if (n > 0) {
            auto message = decode(std::string_view(packet).substr(0, static_cast<std::size_t>(n)));
            wipe(packet);
            co_return std::move(message);
        }
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) co_return std::nullopt;
        co_await async::Wait(watch_.readable(), async::never());
    }
}

}  // namespace md::daemon
