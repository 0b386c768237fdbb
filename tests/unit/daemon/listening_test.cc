// tests/unit/daemon/listening_test.cc - daemon/listening.h

#include "daemon/listening.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/error.h"
#include "net/address.h"
#include "support/temporary_directory.h"

namespace md::daemon {
namespace {

constexpr config::Protocol kSmtp[] = {config::Protocol::smtp};

config::ConfigPointer config_with(const std::string& listeners) {
    const auto loaded = config::load_text("hostname = \"mail.example.org\"\n" + listeners, "/test.conf");
    EXPECT_TRUE(loaded) << (loaded ? "" : config::describe(loaded.error()));
    return *loaded;
}

std::string row(const std::string& protocol, const std::string& address, unsigned port, const std::string& more = "") {
    return "[[listener]]\nprotocol = \"" + protocol + "\"\naddress = \"" + address +
           "\"\nport = " + std::to_string(port) + "\n" + more;
}

/// A port that is free now.
unsigned free_port() {
    const Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_storage raw{};
    const auto size = net::SocketAddress(*IpAddress::parse("127.0.0.1"), 0).to_system(raw);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&raw), size), 0);
    socklen_t length = sizeof raw;
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&raw), &length), 0);
    return net::SocketAddress::from_system(raw).port();
}

TEST(Listening, OpensTheEnabledRowsOfItsProtocols) {
    test::TemporaryDirectory folder;
    const auto config = config_with(
        row("smtp", "127.0.0.1", free_port()) + row("smtp", "unix:" + (folder / "smtp"), 0, "tls = \"none\"\n") +
        row("imap", "127.0.0.1", free_port()) + row("smtp", "127.0.0.1", free_port(), "enabled = false\n"));
    const auto listening = Listening::open(*config, kSmtp, nullptr);
    ASSERT_EQ(listening->sockets().size(), 2U);
    struct stat info {};
    EXPECT_EQ(::stat((folder / "smtp").c_str(), &info), 0);
    EXPECT_TRUE(S_ISSOCK(info.st_mode));
}

TEST(Listening, KeepsTheSocketOfAnAddressThatStays) {
    const auto stays = free_port();
    const auto before = Listening::open(*config_with(row("smtp", "127.0.0.1", stays)), kSmtp, nullptr);
    const auto config =
        config_with(row("smtp", "127.0.0.1", stays, "tls = \"none\"\n") + row("smtp", "127.0.0.1", free_port()));
    const auto after = Listening::open(*config, kSmtp, before.get());
    ASSERT_EQ(after->sockets().size(), 2U);
    EXPECT_EQ(after->sockets()[0].fd, before->sockets()[0].fd);
    EXPECT_EQ(after->sockets()[0].listener.tls, config::Tls::none);
    EXPECT_NE(after->sockets()[1].fd, before->sockets()[0].fd);
}

TEST(Listening, SaysWhichAddressCannotBeHad) {
    const auto config = config_with(row("smtp", "192.0.2.1", 2525));
    try {
        (void)Listening::open(*config, kSmtp, nullptr);
        FAIL();
    } catch (const ListenerError& e) {
        EXPECT_NE(std::string(e.what()).find("192.0.2.1:2525"), std::string::npos) << e.what();
        EXPECT_EQ(e.protocol(), config::Protocol::smtp);
        EXPECT_EQ(e.place(), "192.0.2.1:2525");
    }
}

TEST(Listening, NamesPlacesAsPeopleWriteThem) {
    config::Listener listener;
    listener.port = 25;
    for (const auto* const address : {"*", "192.0.2.1"}) {
        listener.address = address;
        EXPECT_EQ(place_of(listener), std::string(address) + ":25");
    }
    listener.address = "2001:db8::1";
    EXPECT_EQ(place_of(listener), "[2001:db8::1]:25");
    listener.address = "unix:/run/lmtp";
    EXPECT_EQ(place_of(listener), "unix:/run/lmtp");
}

TEST(InternalSockets, AreOneForEachSlotWhereTheirNameSaysSo) {
    test::TemporaryDirectory folder;
    constexpr InternalSocket sockets[] = {{"deliver-#.sock", ""}, {"queue.sock", ""}};
    const Role role{.name = "deliver", .user = "", .count = one, .sockets = sockets, .run = nullptr};
    InternalSockets open(folder.path(), true);
    const auto first = open.of(role, 0);
    const auto second = open.of(role, 1);
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].first, "deliver-#.sock");
    EXPECT_NE(first[0].second, second[0].second);
    EXPECT_EQ(first[1].second, second[1].second);
    EXPECT_EQ(open.of(role, 0), first);
    struct stat info {};
    ASSERT_EQ(::stat((folder / "deliver-1.sock").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0660U);
}

}  // namespace
}  // namespace md::daemon
