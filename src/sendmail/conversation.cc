// sendmail/conversation.cc - see conversation.h

#include "sendmail/conversation.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <thread>

#include "base/strings.h"

namespace md::sendmail {

namespace {

constexpr std::size_t kLongestReply = 64U << 10U;
constexpr auto kStep = std::chrono::milliseconds(100);

/// False: nothing happened for so long.
bool wait_for(int fd, short events, std::chrono::milliseconds patience) {
    pollfd one{fd, events, 0};
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        const int n = ::poll(&one, 1, static_cast<int>(left.count()));
        if (n > 0 || (n < 0 && errno != EINTR)) return true;
    }
}

Failure<Lost> lost(std::string why) {
    return fail(Lost{std::move(why)});
}

}  // namespace

std::string_view Answer::status() const noexcept {
    if (lines.empty()) return {};
    const std::string_view word = std::string_view(lines.front()).substr(0, lines.front().find(' '));
    const bool fits = word.size() >= 5 && word[1] == '.' && word.find_first_not_of("0123456789.") == word.npos;
    return fits ? word : std::string_view();
}

std::string Answer::text() const {
    auto out = std::to_string(code);
    for (const auto& line : lines) out += " " + printable(line, 400);
    return out;
}

Exit Answer::exit() const noexcept {
    if (transient()) return Exit::again;
    if (status() == "5.1.1" || status() == "5.1.2") return Exit::no_user;
    if (status() == "5.1.3") return Exit::bad_input;
    if (status().starts_with("5.7.")) return Exit::not_allowed;
    return Exit::refused;
}

Exit Answer::exit_of_sender() const noexcept {
    const auto as_other = exit();
    return as_other == Exit::again || as_other == Exit::not_allowed ? as_other : Exit::refused;
}

Result<void, Lost> Conversation::send(std::string_view octets) {
    while (!octets.empty()) {
        const auto n = ::send(fd_.get(), octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            octets.remove_prefix(static_cast<std::size_t>(n));
        } else if (n < 0 && errno == EAGAIN) {
            if (!wait_for(fd_.get(), POLLOUT, kPatience)) return lost("the server takes nothing");
        } else if (n < 0 && errno != EINTR) {
            return lost(std::strerror(errno));
        }
    }
    return {};
}

Result<std::string, Lost> Conversation::read_line(std::chrono::milliseconds patience) {
    if (!fd_) return lost("the connection is over");
    for (;;) {
        const auto end = input_.find('\n');
        if (end != std::string::npos) {
            auto line = input_.substr(0, end);
            input_.erase(0, end + 1);
            if (line.ends_with('\r')) line.pop_back();
            return line;
        }
        if (input_.size() > kLongestReply) return lost("the server's reply has no end");
        if (!wait_for(fd_.get(), POLLIN, patience)) return lost("the server does not answer");
        std::array<char, 4096> piece{};
        const auto n = ::recv(fd_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (n > 0) input_.append(piece.data(), static_cast<std::size_t>(n));
        if (n == 0) return lost("the server has closed the connection");
        if (n < 0 && errno != EINTR && errno != EAGAIN) return lost(std::strerror(errno));
    }
}

Result<Answer, Lost> Conversation::read(std::chrono::milliseconds patience) {
    Answer answer;
    for (;;) {
        auto line = read_line(patience);
        if (!line) {
            fd_.reset();  // a late reply must not be taken for that to the next command
            return fail(std::move(line.error()));
        }
        if (verbose_) std::cerr << "<<< " << printable(*line, 1000) << "\n";
        const auto code = parse_number<std::uint16_t>(line->substr(0, 3));
        const bool more = line->size() > 3 && (*line)[3] == '-';
        if (line->size() < 3 || !code || *code < 200 || *code > 599 || (line->size() > 3 && !more && (*line)[3] != ' '))
            return lost("the server does not speak SMTP: " + printable(*line, 100));
        answer.code = *code;
        answer.lines.push_back(line->size() > 4 ? line->substr(4) : std::string());
        if (!more) return answer;
        if (answer.lines.size() > 1000) return lost("the server's reply has no end");
    }
}

Result<Answer, Lost> Conversation::ask(const std::string& command, std::chrono::milliseconds patience) {
    if (verbose_) std::cerr << ">>> " << printable(command, 1000) << "\n";
    // What the server said before it went is in read().
    [[maybe_unused]] const auto sent = send(command + "\r\n");
    return read(patience);
}

Result<Fd, Complaint> connect_to(const std::string& path, std::chrono::milliseconds patience) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail(Complaint{Exit::configuration, path + " is too long for a socket's name"});
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        // With too many callers before this one connect(2) would sleep without end; so it says EAGAIN.
        Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const bool open = static_cast<bool>(fd);
        if (open && ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
            ::fcntl(fd.get(), F_SETFL, 0);
            return fd;
        }
        const int code = errno;
        if (code == EACCES || code == EPERM)
            return fail(Complaint{Exit::not_allowed, path + ": " + std::strerror(code)});
        if (std::chrono::steady_clock::now() >= until)
            return fail(Complaint{Exit::again, "mdsmtpd does not answer (" + path + ": " + std::strerror(code) +
                                                   "); the message was not sent, try again"});
        std::this_thread::sleep_for(kStep);
    }
}

}  // namespace md::sendmail
