// tests/unit/proto/proxy_header_test.cc - proto/proxy_header.h

#include "proto/proxy_header.h"

#include <gtest/gtest.h>

#include <string>

namespace md::proto {
namespace {

/// "size address:port", "size" without an address, "need more" or "malformed"; the same for what follows it.
std::string read(const std::string& octets) {
    const auto header = read_proxy_header(octets);
    if (!header) return header.error() == ProxyFault::need_more ? "need more" : "malformed";
    auto out = std::to_string(header->size);
    if (header->client) out += " " + header->client->text() + ":" + std::to_string(header->client_port);
    return out;
}

std::string binary(char command, char family, const std::string& rest) {
    std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
    out.push_back(command);
    out.push_back(family);
    out.push_back(static_cast<char>(rest.size() >> 8));
    out.push_back(static_cast<char>(rest.size() & 0xff));
    return out + rest;
}

const std::string kV4("\xc0\x00\x02\x01\xc6\x33\x64\x02\x12\x67\x00\x19", 12);
const std::string kV6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x01" +
                        std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x02" +
                        std::string("\x12\x67\x00\x19", 4);

TEST(ProxyHeader, VersionOneNamesTheClient) {
    const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n";
    EXPECT_EQ(read(line), std::to_string(line.size()) + " 192.0.2.1:4711");
    EXPECT_EQ(read(line + "EHLO x\r\n"), std::to_string(line.size()) + " 192.0.2.1:4711");
    EXPECT_EQ(read("PROXY TCP6 2001:db8::1 2001:db8::2 4711 25\r\n"), "44 2001:db8::1:4711");
    EXPECT_EQ(read("PROXY UNKNOWN\r\n"), "15");
    EXPECT_EQ(read("PROXY UNKNOWN ffff:f...f:ffff 1 2\r\n"), "35");
}

TEST(ProxyHeader, VersionTwoNamesTheClient) {
    EXPECT_EQ(read(binary(0x21, 0x11, kV4)), "28 192.0.2.1:4711");
    EXPECT_EQ(read(binary(0x21, 0x21, kV6)), "52 2001:db8::1:4711");
    EXPECT_EQ(read(binary(0x21, 0x11, kV4 + "TLVs") + "EHLO"), "32 192.0.2.1:4711") << "what follows is passed over";
    EXPECT_EQ(read(binary(0x20, 0x11, kV4)), "28") << "LOCAL";
    EXPECT_EQ(read(binary(0x20, 0x00, "")), "16");
    EXPECT_EQ(read(binary(0x21, 0x31, std::string(216, 'x'))), "232") << "a Unix socket";
}

TEST(ProxyHeader, EveryBeginningNeedsMore) {
    for (const auto& whole : {std::string("PROXY TCP4 192.0.2.1 198.51.100.2 4711 25\r\n"), binary(0x21, 0x11, kV4)})
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_EQ(read(whole.substr(0, size)), "need more") << size;
}

TEST(ProxyHeader, AnythingElseIsMalformed) {
    for (const auto* text :
         {"EHLO client.example\r\n", "PROX ", "proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n", "PROXY TCP4\r\n",
          "PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n",
          "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 3\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 1 65536\r\n",
          "PROXY TCP4 192.0.2.999 198.51.100.2 1 2\r\n", "PROXY TCP4 2001:db8::1 198.51.100.2 1 2\r\n",
          "PROXY TCP4 192.0.2.1 2001:db8::2 1 2\r\n", "\r\n\r\nx"})
        EXPECT_EQ(read(text), "malformed") << text;
    EXPECT_EQ(read("PROXY UNKNOWN " + std::string(200, 'x')), "malformed") << "a line without end";
    EXPECT_EQ(read("PROXY UNKNOWN " + std::string(100, 'x') + "\r\n"), "malformed");
    EXPECT_EQ(read(binary(0x11, 0x11, kV4)), "malformed") << "another version";
    EXPECT_EQ(read(binary(0x22, 0x11, kV4)), "malformed") << "another command";
    EXPECT_EQ(read(binary(0x21, 0x11, "short")), "malformed");
    EXPECT_EQ(read(binary(0x21, 0x11, std::string(3000, 'x'))), "malformed") << "too much";
}

}  // namespace
}  // namespace md::proto
