// sendmail/hand_through.cc - see hand_through.h

#include "sendmail/hand_through.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace md::sendmail {

namespace {

/// As poll(2) takes it for a descriptor that is not looked at.
constexpr int kNone = -1;

bool write_all(int fd, std::string_view octets) {
    while (!octets.empty()) {
        const auto n = ::write(fd, octets.data(), octets.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// What is there now; empty: the end.
std::string read_some(int fd) {
    std::array<char, 65536> piece{};
    for (;;) {
        const auto n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        return {piece.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
    }
}

}  // namespace

std::string LineDiscipline::translate(std::string_view piece) {
    std::string out;
    for (const char c : piece) {
        if (c == '\n' && ends_ == Ends::unknown) ends_ = after_cr_ ? Ends::crlf : Ends::lf;
        if (c == '\n' && ends_ == Ends::lf && !after_cr_) out.push_back('\r');
        out.push_back(c);
        after_cr_ = c == '\r';
    }
    return out;
}

Exit hand_through(Fd socket) {
    LineDiscipline lines;
    std::string unsent;  // the server may have to be read from before it takes more
    pollfd input{STDIN_FILENO, POLLIN, 0};
    for (;;) {
        std::array ends{input, pollfd{socket.get(), POLLIN, 0}};
        if (!unsent.empty()) {
            ends[0].fd = kNone;
            ends[1].events |= POLLOUT;
        }
        if (::poll(ends.data(), ends.size(), -1) < 0 && errno != EINTR) return Exit::again;
        if ((ends[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            const auto said = read_some(socket.get());
            if (said.empty()) return Exit::done;
            if (!write_all(STDOUT_FILENO, said)) return Exit::done;
        }
        if (ends[0].revents != 0) {
            unsent = lines.translate(read_some(STDIN_FILENO));
            if (unsent.empty()) {
                ::shutdown(socket.get(), SHUT_WR);
                input.fd = kNone;
            }
        }
        if (unsent.empty()) continue;
        const auto n = ::send(socket.get(), unsent.data(), unsent.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) unsent.erase(0, static_cast<std::size_t>(n));
        if (n < 0 && errno != EAGAIN && errno != EINTR) unsent.clear();  // what it has to say about it is still read
    }
}

}  // namespace md::sendmail
