// tests/unit/sendmail/script_server.cc - see script_server.h

#include "script_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace md::sendmail {

ScriptServer::ScriptServer(std::vector<Rule> rules) : rules_(std::move(rules)) {
    std::string folder("/tmp/sendmail-test-XXXXXX");
    folder_ = ::mkdtemp(folder.data());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
    if (::listen(listener_.get(), 16) != 0) std::abort();
    thread_ = std::thread([this] { serve(); });
}

ScriptServer::~ScriptServer() {
    end();
    ::unlink(path().c_str());
    ::rmdir(folder_.c_str());
}

void ScriptServer::end() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
}

std::map<std::string, int> ScriptServer::copies() {
    end();
    return copies_;
}

std::vector<std::string> ScriptServer::commands() {
    end();
    return commands_;
}

void ScriptServer::serve() {
    for (;;) {
        Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!fd) return;
        talk(std::move(fd));
    }
}

std::string ScriptServer::reply_to(const std::string& command) {
    const auto rule = std::ranges::find_if(rules_, [&](const Rule& one) { return command.starts_with(one.command); });
    if (rule != rules_.end()) {
        auto reply = rule->reply;
        if (!rule->forever) rules_.erase(rule);
        return reply;
    }
    if (command == "CONNECT") return "220 here";
    if (command.starts_with("EHLO")) return "250-here\r\n250-SIZE 1000000\r\n250 LIMITS RCPTMAX=2";
    return command == "DATA" ? "354 go on" : "250 2.0.0 ok";
}

void ScriptServer::talk(Fd fd) {
    std::string input;
    std::string command("CONNECT");
    bool in_text = false;
    for (;;) {
        if (command == ".") in_text = false;
        const auto reply = in_text ? std::string("-") : reply_to(command);
        if (reply.empty()) return;
        if (!in_text) {
            commands_.push_back(command);
            if (command.starts_with("MAIL") || command.starts_with("RSET")) envelope_.clear();
            if (command.starts_with("RCPT TO:") && reply[0] == '2') envelope_.push_back(command.substr(8));
            if (command == "." && reply[0] == '2')
                for (const auto& one : envelope_) ++copies_[one];
            const auto line = reply + "\r\n";
            if (::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL) < 0) return;
            if (reply.starts_with("421") || command == "QUIT") return;
            in_text = reply.starts_with("354");
        }
        while (input.find("\r\n") == std::string::npos) {
            std::array<char, 4096> piece{};
            const auto n = ::recv(fd.get(), piece.data(), piece.size(), 0);
            if (n <= 0) return;
            input.append(piece.data(), static_cast<std::size_t>(n));
        }
        const auto end = input.find("\r\n");
        command = input.substr(0, end);
        input.erase(0, end + 2);
    }
}

}  // namespace md::sendmail
