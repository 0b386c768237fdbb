// bench/smtp_load.cc - sends mail by SMTP as fast as a server takes it
//
// PURPOSE
//   The load of bench/run, the same for every server: N senders, each waiting for every reply, one connection a message
//   (or one a sender with --reuse). Prints one JSON object.
//     smtp_load --port P [--host A] [--senders N] [--messages N] [--size OCTETS] [--users N] [--domain D]
//               [--domains N] [--recipients N] [--starttls] [--reuse]
// CONTRACT
//   Messages are all different (a server may not profit from repeats), go to u0@D .. uN-1@D in turn, each to so many of
//   them (1), and are of that size within a line. With --domains they go to d0.D .. dN-1.D in turn. With --starttls
//   each connection has a full handshake of its own. Any reply but the expected ends the run with 1: a figure with
//   refused mail in it is none. Uses nothing of mdmail.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string host = "127.0.0.1";
    std::string domain = "bench.test";
    unsigned port = 0, senders = 1, messages = 1000, users = 40, recipients = 1, domains = 0;
    std::size_t size = 10240;
    bool starttls = false;
    bool reuse = false;
};

struct FreeTls {
    void operator()(SSL* tls) const noexcept { SSL_free(tls); }
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};

/// Neither tickets nor sessions: whoever is new to the server pays for the whole handshake.
SSL_CTX& tls_context() {
    static const std::unique_ptr<SSL_CTX, FreeTls> context = [] {
        std::unique_ptr<SSL_CTX, FreeTls> made(SSL_CTX_new(TLS_client_method()));
        if (!made) throw std::runtime_error("SSL_CTX_new");
        SSL_CTX_set_session_cache_mode(made.get(), SSL_SESS_CACHE_OFF);
        return made;
    }();
    return *context;
}

class Connection {
  public:
    explicit Connection(const Options& options) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(options.port));
        inet_pton(AF_INET, options.host.c_str(), &address.sin_addr);
        const int on = 1;
        setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const timeval limit{120, 0};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
            close(fd_);
            throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
        }
        expect("220");
        command("EHLO load.test\r\n", "250");
        if (options.starttls) start_tls();
    }
    ~Connection() {
        tls_.reset();
        close(fd_);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void command(std::string_view text, std::string_view code) {
        put(text);
        expect(code);
    }
    void put(std::string_view text) {
        while (!text.empty()) {
            const auto sent = tls_ ? SSL_write(tls_.get(), text.data(), static_cast<int>(text.size()))
                                   : send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) throw std::runtime_error("the server closed the connection");
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    /// Reads one reply, of several lines perhaps.
    void expect(std::string_view code) {
        for (;;) {
            const auto end = input_.find("\r\n");
            if (end == std::string::npos) {
                char piece[4096];
                const auto got = tls_ ? SSL_read(tls_.get(), piece, sizeof piece) : recv(fd_, piece, sizeof piece, 0);
                if (got <= 0) throw std::runtime_error("no reply");
                input_.append(piece, static_cast<std::size_t>(got));
                continue;
            }
            const auto line = input_.substr(0, end);
            input_.erase(0, end + 2);
            if (!std::string_view(line).starts_with(code)) throw std::runtime_error("the server said: " + line);
            if (line.size() < 4 || line[3] != '-') return;
        }
    }

  private:
    void start_tls() {
        command("STARTTLS\r\n", "220");
        tls_.reset(SSL_new(&tls_context()));
        SSL_set_fd(tls_.get(), fd_);
        if (SSL_connect(tls_.get()) != 1) throw std::runtime_error("no handshake");
        command("EHLO load.test\r\n", "250");
    }

    int fd_;
    std::string input_;
    std::unique_ptr<SSL, FreeTls> tls_;
};

/// Header and body of message `number`, with the final dot.
std::string make_message(const Options& options, unsigned number) {
    const auto name = std::to_string(number) + "." + std::to_string(getpid());
    auto text = "From: load@sender.test\r\nTo: you@" + options.domain + "\r\nSubject: load " + name +
                "\r\nMessage-ID: <" + name + "@load.test>\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\n";
    std::uint64_t state = number * 0x9e3779b97f4a7c15ULL + 1;
    while (text.size() < options.size) {
        for (int column = 0; column < 70; ++column) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            text.push_back("abcdefghijklmnopqrstuvwxyz ABCDEF"[(state >> 40) % 33]);
        }
        text += "\r\n";
    }
    return text + ".\r\n";
}

void send_one(Connection& connection, const Options& options, unsigned number) {
    const auto domain =
        options.domains == 0 ? options.domain : "d" + std::to_string(number % options.domains) + "." + options.domain;
    connection.command("MAIL FROM:<load@sender.test>\r\n", "250");
    constexpr unsigned kTogether = 100;  // commands that are sent before their replies are read (RFC 2920)
    for (unsigned done = 0; done < options.recipients;) {
        const auto some = std::min(kTogether, options.recipients - done);
        std::string commands;
        for (unsigned i = 0; i < some; ++i)
            commands += "RCPT TO:<u" + std::to_string((number + done + i) % options.users) + "@" + domain + ">\r\n";
        connection.put(commands);
        for (unsigned i = 0; i < some; ++i) connection.expect("250");
        done += some;
    }
    connection.command("DATA\r\n", "354");
    connection.command(make_message(options, number), "250");
}

/// Takes numbers until all are given away; adds how long each message took, connection included.
void run_sender(const Options& options, std::atomic<unsigned>& next, std::mutex& mutex, std::vector<double>& times) {
    std::vector<double> own;
    std::unique_ptr<Connection> connection;
    for (unsigned number = next++; number < options.messages; number = next++) {
        const auto start = Clock::now();
        if (!connection) connection = std::make_unique<Connection>(options);
        send_one(*connection, options, number);
        if (!options.reuse) {
            connection->command("QUIT\r\n", "221");
            connection.reset();
        }
        own.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    const std::lock_guard lock(mutex);
    times.insert(times.end(), own.begin(), own.end());
}

Options read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--reuse" || name == "--starttls") {
            (name == "--reuse" ? options.reuse : options.starttls) = true;
            continue;
        }
        const std::string value = i + 1 < argc ? argv[++i] : "";
        const auto number = static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10));
        if (name == "--host") options.host = value;
        if (name == "--domain") options.domain = value;
        if (name == "--port") options.port = number;
        if (name == "--senders") options.senders = number;
        if (name == "--messages") options.messages = number;
        if (name == "--domains") options.domains = number;
        if (name == "--users") options.users = number;
        if (name == "--recipients") options.recipients = number;
        if (name == "--size") options.size = number;
    }
    return options;
}

int run(const Options& options) {
    std::atomic<unsigned> next{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::vector<double> times;
    std::vector<std::thread> senders;
    const auto start = Clock::now();
    for (unsigned i = 0; i < options.senders; ++i) {
        senders.emplace_back([&] {
            try {
                run_sender(options, next, mutex, times);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "smtp_load: %s\n", error.what());
                failed = true;
                next = options.messages;
            }
        });
    }
    for (auto& sender : senders) sender.join();
    if (failed || times.empty()) return 1;
    const std::chrono::duration<double> seconds = Clock::now() - start;
    std::sort(times.begin(), times.end());
    std::printf("{\"messages\": %zu, \"seconds\": %.4f, \"rate\": %.1f, \"ms_median\": %.3f, \"ms_p99\": %.3f}\n",
                times.size(), seconds.count(), static_cast<double>(times.size()) / seconds.count(),
                times[times.size() / 2], times[times.size() * 99 / 100]);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = read_options(argc, argv);
    if (options.port == 0 || options.users == 0) {
        std::fprintf(stderr,
                     "usage: smtp_load --port P [--host A] [--senders N] [--messages N] [--size OCTETS] [--users N] "
                     "[--domain D] [--domains N] [--recipients N] [--starttls] [--reuse]\n");
        return 64;
    }
    return run(options);
}
