// bench/smtp_sink.cc - the other sites of a relay benchmark: takes all mail, keeps none
//
// PURPOSE
//   One process that listens on 127.0.1.0 .. 127.0.1.N-1, so that each address stands for a destination.
//     smtp_sink --port P [--hosts N] [--delay-ms N]
//   For each line on stdin it prints its counters as one JSON object; it ends with stdin.
// CONTRACT
//   Speaks SMTP with PIPELINING, SIZE and 8BITMIME. With --delay-ms each reply leaves so long after its command came
//   in; commands that were sent together wait together, as over a long line. A message counts when the answer to its
//   end has left. Takes little of the processor, which it shares with the server that is measured. Uses nothing of
//   mdmail.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <queue>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kHello =
    "250-sink.test\r\n250-PIPELINING\r\n250-SIZE 100000000\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n";

struct Counters {
    std::uint64_t messages = 0, recipients = 0, connections = 0, open = 0, most_open = 0;
};

/// What is said at once, and what that ends.
struct Answer {
    std::string text;
    std::uint64_t messages = 0, recipients = 0;
};

/// The dialogue of one client: octets in, replies out.
class Session {
  public:
    Answer take(std::string_view piece) {
        input_.append(piece);
        Answer answer;
        std::size_t at = 0;
        while (step(at, answer)) continue;
        input_.erase(0, at);
        return answer;
    }

  private:
    /// One command, or the message. False: the rest is still to come.
    bool step(std::size_t& at, Answer& answer) {
        if (!in_data_) {
            const auto end = input_.find("\r\n", at);
            if (end == std::string::npos) return false;
            obey(std::string_view(input_).substr(at, end - at), answer);
            // The end of the line of DATA stays: the final dot of an empty message follows it.
            at = in_data_ ? end : end + 2;
            return true;
        }
        const auto end = input_.find("\r\n.\r\n", at);
        if (end == std::string::npos) {
            at = std::max(at, input_.size() - std::min<std::size_t>(input_.size(), 4));
            return false;
        }
        at = end + 5;
        in_data_ = false;
        ++answer.messages;
        answer.recipients += recipients_;
        recipients_ = 0;
        answer.text += "250 2.0.0 taken\r\n";
        return true;
    }

    void obey(std::string_view line, Answer& answer) {
        std::string word(line.substr(0, 4));
        std::ranges::transform(word, word.begin(),
                               [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
        if (word == "EHLO") {
            answer.text += kHello;
        } else if (word == "DATA") {
            in_data_ = true;
            answer.text += "354 go on\r\n";
        } else if (word == "QUIT") {
            answer.text += "221 2.0.0 bye\r\n";
        } else {
            if (word == "RCPT") ++recipients_;
            if (word == "MAIL" || word == "RSET") recipients_ = 0;
            answer.text += "250 2.1.0 fine\r\n";
        }
    }

    std::string input_;
    bool in_data_ = false;
    std::uint64_t recipients_ = 0;
};

struct Due {
    Clock::time_point when;
    std::uint64_t order = 0, client = 0;
    Answer answer;

    bool operator<(const Due& other) const {
        return when != other.when ? when > other.when : order > other.order;  // the earliest on top
    }
};

class Sink {
  public:
    Sink(std::uint16_t port, unsigned hosts, std::chrono::milliseconds delay)
        : epoll_(epoll_create1(EPOLL_CLOEXEC)), delay_(delay) {
        for (unsigned host = 0; host < hosts; ++host) listen_on(port, host);
        watch(STDIN_FILENO, kStdin);
    }

    void run() {
        while (!over_) {
            epoll_event events[256];
            const int count = epoll_wait(epoll_, events, 256, pause());
            for (int i = 0; i < count; ++i) serve(events[i].data.u64);
            while (!due_.empty() && due_.top().when <= Clock::now()) {
                const auto due = due_.top();
                due_.pop();
                send_answer(due.client, due.answer);
            }
        }
    }

  private:
    static constexpr std::uint64_t kStdin = 0;
    struct Client {
        int fd;
        Session session;
    };

    void listen_on(std::uint16_t port, unsigned host) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(0x7f000100U + host);
        const int on = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, 1000) != 0)
            throw std::runtime_error(std::string("listen: ") + std::strerror(errno));
        listeners_.emplace(++last_, fd);
        watch(fd, last_);
    }

    void watch(int fd, std::uint64_t number) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = number;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }

    /// Milliseconds, a little too many rather than a loop without rest.
    [[nodiscard]] int pause() const {
        if (due_.empty()) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(due_.top().when - Clock::now());
        return static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }

    void serve(std::uint64_t number) {
        if (number == kStdin) {
            tell();
        } else if (const auto listener = listeners_.find(number); listener != listeners_.end()) {
            accept_from(listener->second);
        } else if (const auto client = clients_.find(number); client != clients_.end()) {
            read_from(number, client->second);
        }
    }

    void tell() {
        char piece[256];
        const auto got = read(STDIN_FILENO, piece, sizeof piece);
        over_ = got <= 0;
        if (over_) return;
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        const auto seconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        std::printf(
            "{\"messages\": %llu, \"recipients\": %llu, \"connections\": %llu, \"most_open\": %llu, \"cpu\": %.3f}\n",
            static_cast<unsigned long long>(count_.messages), static_cast<unsigned long long>(count_.recipients),
            static_cast<unsigned long long>(count_.connections), static_cast<unsigned long long>(count_.most_open),
            seconds(used.ru_utime) + seconds(used.ru_stime));
        std::fflush(stdout);
    }

    void accept_from(int listener) {
        const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        clients_.emplace(++last_, Client{fd, {}});
        watch(fd, last_);
        ++count_.connections;
        count_.most_open = std::max(count_.most_open, ++count_.open);
        say(last_, {"220 sink.test ESMTP\r\n"});
    }

    void read_from(std::uint64_t number, Client& client) {
        char piece[65536];
        const auto got = recv(client.fd, piece, sizeof piece, 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) {
            close_client(number);
            return;
        }
        auto answer = client.session.take({piece, static_cast<std::size_t>(got)});
        if (!answer.text.empty()) say(number, std::move(answer));
    }

    void say(std::uint64_t client, Answer answer) {
        if (delay_.count() == 0) {
            send_answer(client, answer);
        } else {
            due_.push({Clock::now() + delay_, ++order_, client, std::move(answer)});
        }
    }

    /// Replies are short: who does not take them is let go.
    void send_answer(std::uint64_t number, const Answer& answer) {
        const auto client = clients_.find(number);
        if (client == clients_.end()) return;
        const auto sent = send(client->second.fd, answer.text.data(), answer.text.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(answer.text.size())) {
            close_client(number);
            return;
        }
        count_.messages += answer.messages;
        count_.recipients += answer.recipients;
    }

    void close_client(std::uint64_t number) {
        close(clients_.at(number).fd);
        clients_.erase(number);
        --count_.open;
    }

    int epoll_;
    std::chrono::milliseconds delay_;
    bool over_ = false;
    std::uint64_t last_ = kStdin, order_ = 0;
    std::unordered_map<std::uint64_t, int> listeners_;
    std::unordered_map<std::uint64_t, Client> clients_;
    std::priority_queue<Due> due_;
    Counters count_;
};

}  // namespace

int main(int argc, char** argv) {
    unsigned port = 0, hosts = 1, delay = 0;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const auto number = static_cast<unsigned>(std::strtoul(argv[i + 1], nullptr, 10));
        if (name == "--port") port = number;
        if (name == "--hosts") hosts = number;
        if (name == "--delay-ms") delay = number;
    }
    if (port == 0 || port > 65535 || hosts == 0 || hosts > 90) {
        std::fprintf(stderr, "usage: smtp_sink --port P [--hosts N] [--delay-ms N]\n");
        return 64;
    }
    try {
        Sink(static_cast<std::uint16_t>(port), hosts, std::chrono::milliseconds(delay)).run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "smtp_sink: %s\n", error.what());
        return 1;
    }
    return 0;
}
