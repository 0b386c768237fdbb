// tests/unit/ipc/frame_test.cc - ipc/frame.h

#include "ipc/frame.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace md::ipc {
namespace {

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/ipc-frame/" + name);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(FrameHeader, OfVersionOneIsReadAsDocumented) {
    const auto octets = fixture("request-v1.bin");
    ASSERT_EQ(octets.size(), kHeaderSize + 18);
    const auto header = decode(std::string_view(octets).substr(0, kHeaderSize), kMaxPayload);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->payload_bytes, 18U);
    EXPECT_EQ(header->kind, Kind::request);
    EXPECT_EQ(header->type, 1);
    EXPECT_EQ(header->id, 7U);
    EXPECT_EQ(header->descriptors, 0);
    EXPECT_EQ(encode(*header), octets.substr(0, kHeaderSize));
}

HeaderFault fault_with(std::size_t offset, char octet) {
    auto octets = fixture("request-v1.bin").substr(0, kHeaderSize);
    octets[offset] = octet;
    const auto header = decode(octets, 1000);
    return header ? HeaderFault{99} : header.error();
}

TEST(FrameHeader, ThatIsNoneIsRefused) {
    EXPECT_EQ(fault_with(4, 2), HeaderFault::version);
    EXPECT_EQ(fault_with(5, 0), HeaderFault::kind);
    EXPECT_EQ(fault_with(5, 4), HeaderFault::kind);
    EXPECT_EQ(fault_with(3, 1), HeaderFault::too_large);
    EXPECT_EQ(fault_with(12, 17), HeaderFault::descriptors);
    EXPECT_EQ(fault_with(15, 1), HeaderFault::reserved);
}

}  // namespace
}  // namespace md::ipc
