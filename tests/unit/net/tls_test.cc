// tests/unit/net/tls_test.cc - net/tls.h, self_signed.h and TLS on net/stream.h

#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "async/loop.h"
#include "async/scope.h"
#include "base/files.h"
#include "net/self_signed.h"
#include "support/temporary_directory.h"
#include "unit/net/pair.h"

namespace md::net {
namespace {

using async::after;
using async::Loop;
using async::Scope;
using async::Task;
using std::chrono::seconds;

class Tls : public testing::Test {
  protected:
    TlsIdentity identity(const std::string& host) {
        const auto made = make_self_signed(host);
        real_files().replace(directory / (host + ".pem"), made.certificate_pem);
        real_files().replace(directory / (host + ".key"), made.key_pem);
        return {directory / (host + ".pem"), directory / (host + ".key")};
    }
    std::shared_ptr<const TlsServer> server() {
        auto made = TlsServer::make({identity("one.test"), identity("two.test")}, "smtp");
        EXPECT_TRUE(made.has_value());
        return *made;
    }
    md::test::TemporaryDirectory directory;
    Loop loop;
};

Task<void> serve(Stream* stream, std::shared_ptr<const TlsServer> server, std::string* seen) {
    const auto deadline = after(seconds(5));
    try {
        co_await stream->start_tls(std::move(server), deadline);
        co_await stream->fill(deadline);
        *seen = stream->buffered();
        stream->put("reply");
        co_await stream->flush(deadline);
    } catch (const Disconnected& over) {
        *seen = std::string("over: ") + std::string(name(over.reason));
    }
}

Task<void> speak(Stream* stream, std::shared_ptr<const TlsClient> client, std::string host, std::string* seen) {
    const auto deadline = after(seconds(5));
    try {
        co_await stream->start_tls(std::move(client), host, deadline);
        stream->put("hello");
        co_await stream->fill(deadline);
        *seen = std::string(stream->buffered()) + " " + std::string(stream->tls_version());
    } catch (const Disconnected& over) {
        *seen = std::string("over: ") + std::string(name(over.reason));
        stream->close();
    }
}

Task<void> both(Scope& scope, test::Pair* pair, std::shared_ptr<const TlsServer> server,
                std::shared_ptr<const TlsClient> client, std::string host, std::string* at_server,
                std::string* at_client) {
    scope.spawn(serve(&pair->a, std::move(server), at_server));
    co_await speak(&pair->b, std::move(client), std::move(host), at_client);
}

TEST_F(Tls, CarriesBothWays) {
    test::Pair pair;
    std::string at_server;
    std::string at_client;
    auto body = [&](Scope& scope) {
        return both(scope, &pair, server(), TlsClient::opportunistic(), "one.test", &at_server, &at_client);
    };
    loop.run(async::scoped(body));
    EXPECT_EQ(at_server, "hello");
    EXPECT_EQ(at_client, "reply TLSv1.3");
}

TEST_F(Tls, NameChoosesTheCertificate) {
    const auto shared = server();
    for (const std::string host : {"one.test", "two.test"}) {
        const auto client = TlsClient::verifying(directory / (host + ".pem"));
        ASSERT_TRUE(client.has_value());
        test::Pair pair;
        std::string at_server;
        std::string at_client;
        auto body = [&](Scope& scope) { return both(scope, &pair, shared, *client, host, &at_server, &at_client); };
        loop.run(async::scoped(body));
        EXPECT_EQ(at_client, "reply TLSv1.3") << host;
    }
}

TEST_F(Tls, AVerifyingClientRefusesAStranger) {
    const auto shared = server();
    const auto client = TlsClient::verifying(directory / "one.test.pem");
    ASSERT_TRUE(client.has_value());
    test::Pair pair;
    std::string at_server;
    std::string at_client;
    auto body = [&](Scope& scope) { return both(scope, &pair, shared, *client, "two.test", &at_server, &at_client); };
    loop.run(async::scoped(body));
    EXPECT_EQ(at_client, "over: tls");
    EXPECT_TRUE(pair.b.tls_fault().starts_with("certificate verify failed (")) << pair.b.tls_fault();
    EXPECT_NE(pair.a.tls_fault().find("alert"), std::string::npos) << pair.a.tls_fault();
}

TEST_F(Tls, PlaintextBehindStarttlsEndsTheSession) {
    test::Pair pair;
    std::string at_server;
    auto injected = [](Stream* a, std::string* seen, std::shared_ptr<const TlsServer> tls) -> Task<void> {
        return serve(a, std::move(tls), seen);
    };
    ASSERT_EQ(::send(pair.b.descriptor(), "STARTTLS\r\nMAIL FROM:<x@y>\r\n", 28, 0), 28);
    auto take_command = [](Stream* a) -> Task<void> { return a->fill(after(seconds(1))); };
    loop.run(take_command(&pair.a));
    pair.a.consume(10);
    loop.run(injected(&pair.a, &at_server, server()));
    EXPECT_EQ(at_server, "over: tls");
    EXPECT_EQ(pair.a.tls_fault(), "octets came before the handshake");
}

TEST_F(Tls, AClientOfAnotherProtocolIsRefused) {
    const auto handle = server()->open();
    ASSERT_NE(handle, nullptr);
    // Strict ALPN is seen from the client's side: one that offers only "http/1.1" gets no handshake.
    test::Pair pair;
    std::string at_server;
    const auto http = SslContext(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    const SslHandle ssl(SSL_new(http.get()));
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>("\x08http/1.1"), 9);
    SSL_set_fd(ssl.get(), pair.b.descriptor());
    SSL_set_connect_state(ssl.get());
    EXPECT_LE(SSL_do_handshake(ssl.get()), 0);  // sends its hello; the answer is not there yet
    loop.run(serve(&pair.a, server(), &at_server));
    EXPECT_EQ(at_server, "over: tls");
}

TEST_F(Tls, FaultsNameTheFile) {
    const auto one = identity("one.test");
    const auto two = identity("two.test");
    const auto missing = TlsServer::make({TlsIdentity(directory / "none.pem", one.key_file)}, "smtp");
    ASSERT_FALSE(missing.has_value());
    EXPECT_NE(missing.error().text.find("none.pem"), std::string::npos);
    const auto crossed = TlsServer::make({TlsIdentity(one.certificate_file, two.key_file)}, "smtp");
    ASSERT_FALSE(crossed.has_value());
    EXPECT_NE(crossed.error().text.find("two.test.key"), std::string::npos);
}

}  // namespace
}  // namespace md::net
