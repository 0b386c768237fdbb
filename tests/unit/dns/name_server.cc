// tests/unit/dns/name_server.cc - see name_server.h

#include "unit/dns/name_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/fd.h"

namespace md::dns {

namespace {

constexpr const char* kZone = R"($ORIGIN %.
$TTL 600
@ SOA ns hostmaster 1 3600 900 604800 300
@ NS ns
ns A 127.0.0.1
@ MX 20 second
@ MX 10 first
@ MX 20 third
@ TXT "v=spf1 " "-all"
first A 192.0.2.1
first AAAA 2001:db8::1
alias CNAME first
far CNAME first.example.test.
lost CNAME nowhere
nomail MX 0 .
_25._tcp.first TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
)";

std::string zone_text(const std::string& name) {
    std::string text = kZone;
    text.replace(text.find('%'), 1, name);
    return text;
}

/// A program that Debian keeps in sbin too is found for everybody.
void widen_path() {
    const char* path = std::getenv("PATH");
    ::setenv("PATH", (std::string(path != nullptr ? path : "/usr/bin:/bin") + ":/usr/sbin:/sbin").c_str(), 1);
}

pid_t spawn(const std::vector<std::string>& arguments, const std::string& folder, int out) {
    std::vector<char*> argv;
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const auto child = ::fork();
    if (child != 0) return child;
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(out >= 0 ? out : null, 1);
    ::dup2(null, 2);
    if (::chdir(folder.c_str()) == 0) ::execvp(argv[0], argv.data());
    ::_exit(127);
}

/// What the program wrote; throws unless it ended with 0.
std::string output_of(const std::vector<std::string>& arguments, const std::string& folder) {
    const auto file = folder + "/output";
    const Fd out(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    int status = 0;
    ::waitpid(spawn(arguments, folder, out.get()), &status, 0);
    if (status != 0) throw std::runtime_error(arguments.front() + " failed");
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::uint16_t free_port() {
    const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// Does something listen there by TCP?
bool answers(std::uint16_t port) {
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

std::string NameServer::missing() {
    widen_path();
    std::string lacking;
    std::istringstream folders(std::getenv("PATH"));
    std::vector<std::string> all;
    for (std::string folder; std::getline(folders, folder, ':');) all.push_back(folder);
    for (const auto* program : {"nsd", "ldns-keygen", "ldns-signzone"}) {
        bool there = false;
        for (const auto& folder : all) there = there || ::access((folder + "/" + program).c_str(), X_OK) == 0;
        if (!there) lacking.append(lacking.empty() ? "" : ", ").append(program);
    }
    return lacking;
}

NameServer::NameServer() : port_(free_port()) {
    for (const auto* zone : {"example.test", "signed.test", "stale.test", "other.test"}) write(zone, zone_text(zone));
    sign("signed.test", {});
    sign("stale.test", {"-i", "20200101000000", "-e", "20200201000000"});
    sign("other.test", {});
    // A second key signs what is served; the anchor is the first.
    output_of({"ldns-signzone", "-f", "other.test.signed", "other.test", make_key("other.test")}, directory_.path());
    write("anchors", anchor_lines_);
    start();
}

NameServer::~NameServer() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
}

void NameServer::write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name)) << content;
}

std::string NameServer::make_key(const std::string& zone) {
    auto key = output_of({"ldns-keygen", "-k", "-a", "ECDSAP256SHA256", zone}, directory_.path());
    while (!key.empty() && key.back() == '\n') key.pop_back();
    return key;
}

void NameServer::sign(const std::string& zone, const std::vector<std::string>& more) {
    const auto key = make_key(zone);
    std::vector<std::string> arguments{"ldns-signzone", "-f", zone + ".signed"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.insert(arguments.end(), {zone, key});
    output_of(arguments, directory_.path());
    std::ifstream in(path(key + ".key"));
    anchor_lines_.append(std::istreambuf_iterator<char>(in), {});
}

void NameServer::start() {
    std::string text =
        "server:\n ip-address: 127.0.0.1@" + std::to_string(port_) +
        "\n server-count: 1\n username: \"\"\n chroot: \"\"\n database: \"\"\n rrl-ratelimit: 0\n zonesdir: \"" +
        directory_.path() + "\"\n";
    for (const auto* file : {"pidfile", "xfrdfile", "zonelistfile", "logfile", "cookie-secret-file"})
        text += std::string(" ") + file + ": \"" + path(file) + "\"\n";
    text += " xfrdir: \"" + directory_.path() + "\"\nremote-control:\n control-enable: no\n";
    const auto zone = [&text](const std::string& name, const std::string& file) {
        text += "zone:\n name: " + name + "\n zonefile: " + file + "\n";
    };
    zone("example.test", "example.test");
    for (const auto* name : {"signed.test", "stale.test", "other.test"}) zone(name, std::string(name) + ".signed");
    zone("broken.test", "there-is-no-such-file");
    write("nsd.conf", text);
    pid_ = spawn({"nsd", "-d", "-c", path("nsd.conf")}, directory_.path(), -1);
    for (int i = 0; i < 500; ++i) {
        if (answers(port_)) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error("nsd does not answer");
}

}  // namespace md::dns
