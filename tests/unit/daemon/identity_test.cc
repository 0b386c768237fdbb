// tests/unit/daemon/identity_test.cc - daemon/identity.h, and a certificate that is exchanged under a running daemon

#include "daemon/identity.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "net/address.h"
#include "net/self_signed.h"
#include "support/temporary_directory.h"
#include "unit/daemon/running_daemon.h"

namespace md::daemon {
namespace {

using test::RunningDaemon;
using test::soon;

void write(const std::string& path, const std::string& content) {
    std::ofstream(path + ".new") << content;
    std::filesystem::rename(path + ".new", path);
}

std::string tls_table(const std::string& certificate, const std::string& key) {
    return "[tls]\ncertificate = \"" + certificate + "\"\nkey = \"" + key + "\"\n";
}

class Identity : public testing::Test {
  protected:
    Identity() {
        const auto loaded = config::load_text(
            "hostname = \"mail.example.org\"\n" + tls_table(folder_ / "certificate", folder_ / "key"), "/t.conf");
        config_ = loaded ? *loaded : nullptr;
    }

    test::TemporaryDirectory folder_;
    config::ConfigPointer config_;
};

TEST_F(Identity, CarriesBothFilesAndSaysWhereOneEnds) {
    write(folder_ / "certificate", "chain");
    write(folder_ / "key", "secret");
    const auto message = read_identity(*config_);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->number, 5U);
    EXPECT_EQ(message->text, "chainsecret");
}

TEST_F(Identity, SaysWhichFileIsMissingOrTooLarge) {
    write(folder_ / "certificate", "chain");
    const auto none = read_identity(*config_);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().file, folder_ / "key");
    write(folder_ / "key", std::string(100'000, 'k'));
    EXPECT_FALSE(read_identity(*config_));
}

TEST_F(Identity, ALinkIsFollowedAsThoseWhoRenewCertificatesLayThem) {
    write(folder_ / "certificate-2026", "chain");
    write(folder_ / "key", "secret");
    std::filesystem::create_symlink("certificate-2026", folder_ / "certificate");
    EXPECT_TRUE(read_identity(*config_));
}

TEST_F(Identity, TheFingerprintChangesWithEitherFile) {
    const auto nothing = identity_fingerprint(*config_);
    write(folder_ / "certificate", "chain");
    write(folder_ / "key", "secret");
    const auto first = identity_fingerprint(*config_);
    EXPECT_NE(first, nothing);
    EXPECT_EQ(identity_fingerprint(*config_), first);
    write(folder_ / "key", "secret");
    EXPECT_NE(identity_fingerprint(*config_), first);  // the same octets in a new file
}

/// A client's end of TLS that trusts anybody.
class TlsPeer {
  public:
    explicit TlsPeer(unsigned port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_storage raw{};
        const net::SocketAddress address(*IpAddress::parse("127.0.0.1"), static_cast<std::uint16_t>(port));
        const auto size = address.to_system(raw);
        const timeval patience{10, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        SSL_set_fd(ssl_.get(), fd_.get());
        good_ =
            ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&raw), size) == 0 && SSL_connect(ssl_.get()) == 1;
    }
    /// Of the peer's certificate; "": the handshake failed.
    [[nodiscard]] std::string fingerprint() const {
        if (!good_) return "";
        const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(ssl_.get()), X509_free);
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        if (!peer || X509_digest(peer.get(), EVP_sha256(), digest.data(), &size) != 1) return "";
        return {reinterpret_cast<const char*>(digest.data()), size};
    }
    [[nodiscard]] bool echoes(const std::string& line) {
        if (SSL_write(ssl_.get(), (line + "\n").data(), static_cast<int>(line.size() + 1)) <= 0) return false;
        std::array<char, 512> piece{};
        while (read_.find(line + "\n") == std::string::npos) {
            const int n = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
            if (n <= 0) return false;
            read_.append(piece.data(), static_cast<std::size_t>(n));
        }
        return true;
    }

  private:
    Fd fd_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{SSL_new(context_.get()), SSL_free};
    bool good_ = false;
    std::string read_;
};

/// SSL_write knows no MSG_NOSIGNAL. Not before a daemon is started: it would inherit it.
class WithoutSigpipe {
  public:
    WithoutSigpipe() : before_(::signal(SIGPIPE, SIG_IGN)) {}
    ~WithoutSigpipe() { ::signal(SIGPIPE, before_); }
    WithoutSigpipe(const WithoutSigpipe&) = delete;
    WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;

  private:
    void (*before_)(int);
};

void lay(const RunningDaemon& daemon, const net::SelfSigned& made) {
    write(daemon.path("key"), made.key_pem);
    write(daemon.path("certificate"), made.certificate_pem);
}

TEST(Daemon, ShowsANewCertificateWithoutARestart) {
    const RunningDaemon for_its_port;
    RunningDaemon daemon;
    lay(daemon, net::make_self_signed("mail.example.org"));
    daemon.write_config("mail.example.org",
                        "[[listener]]\nprotocol = \"pop3\"\naddress = \"127.0.0.1\"\ntls = \"implicit\"\nport = " +
                            std::to_string(for_its_port.port()) + "\n" +
                            tls_table(daemon.path("certificate"), daemon.path("key")));
    daemon.start();
    const WithoutSigpipe quiet;
    const auto workers = daemon.children("echo");
    TlsPeer first(for_its_port.port());
    const auto before = first.fingerprint();
    ASSERT_NE(before, "");
    lay(daemon, net::make_self_signed("mail.example.org"));
    EXPECT_TRUE(soon([&] {
        const auto now = TlsPeer(for_its_port.port()).fingerprint();
        return !now.empty() && now != before;
    }));
    EXPECT_TRUE(first.echoes("still here"));  // under the certificate with which it began
    EXPECT_EQ(daemon.children("echo"), workers);
}

/// Half a renewal: the certificate is new, the key not yet.
void lay_half(const RunningDaemon& daemon) {
    write(daemon.path("certificate"), net::make_self_signed("mail.example.org").certificate_pem);
}

void write_tls_config(RunningDaemon& daemon, unsigned port, const std::string& hostname = "mail.example.org") {
    daemon.write_config(hostname,
                        "[[listener]]\nprotocol = \"pop3\"\naddress = \"127.0.0.1\"\ntls = \"implicit\"\nport = " +
                            std::to_string(port) + "\n" + tls_table(daemon.path("certificate"), daemon.path("key")));
}

TEST(Daemon, KeepsTheFormerCertificateWhileTheNewOneCannotBeUsed) {
    const RunningDaemon for_its_port;
    const auto port = for_its_port.port();
    RunningDaemon daemon;
    lay(daemon, net::make_self_signed("mail.example.org"));
    write_tls_config(daemon, port);
    daemon.start();
    const WithoutSigpipe quiet;
    const auto before = TlsPeer(port).fingerprint();
    ASSERT_NE(before, "");
    lay_half(daemon);
    EXPECT_TRUE(soon([&] { return daemon.log().find("tls-unusable") != std::string::npos; }));
    EXPECT_EQ(TlsPeer(port).fingerprint(), before);
    lay(daemon, net::make_self_signed("mail.example.org"));
    EXPECT_TRUE(soon([&] {
        const auto now = TlsPeer(port).fingerprint();
        return !now.empty() && now != before;
    }));
}

TEST(Daemon, RefusesAReloadThatWouldLoseTls) {
    const RunningDaemon for_its_port;
    const auto port = for_its_port.port();
    RunningDaemon daemon;
    lay(daemon, net::make_self_signed("mail.example.org"));
    write_tls_config(daemon, port);
    daemon.start();
    const WithoutSigpipe quiet;
    const auto before = TlsPeer(port).fingerprint();
    lay_half(daemon);
    const auto answer = daemon.ask("reload");
    EXPECT_FALSE(answer.boolean("ok"));
    const auto* faults = answer.find("faults");
    ASSERT_NE(faults, nullptr);
    ASSERT_EQ(faults->items().size(), 1U);
    EXPECT_NE(faults->items()[0].as_text()->find("private key"), std::string::npos) << *faults->items()[0].as_text();
    EXPECT_EQ(TlsPeer(port).fingerprint(), before);
    lay(daemon, net::make_self_signed("mail.example.org"));
    EXPECT_TRUE(daemon.ask("reload").boolean("ok"));
    EXPECT_FALSE(TlsPeer(port).fingerprint().empty());
}

TEST(Daemon, StartsWithoutTlsAndOffersItWhenACertificateComes) {
    const RunningDaemon for_its_port;
    const auto port = for_its_port.port();
    RunningDaemon daemon;
    lay_half(daemon);
    write_tls_config(daemon, port);
    daemon.start();
    const WithoutSigpipe quiet;
    EXPECT_EQ(TlsPeer(port).fingerprint(), "");
    EXPECT_TRUE(daemon.ask("reload").boolean("ok"));  // no worse than before
    lay(daemon, net::make_self_signed("mail.example.org"));
    EXPECT_TRUE(soon([&] { return !TlsPeer(port).fingerprint().empty(); }));
}

}  // namespace
}  // namespace md::daemon
