// tests/unit/base/bytes_test.cc - base/bytes.h

#include "base/bytes.h"

#include <gtest/gtest.h>

namespace md {
namespace {

TEST(Bytes, ReadsBackWhatWasPut) {
    std::string out;
    put_number(out, std::uint16_t{0xfffe});
    put_number(out, std::uint64_t{0x8000000000000001});
    put_text(out, "abc");
    ByteReader in(out);
    EXPECT_EQ(in.number<std::uint16_t>(), 0xfffe);
    EXPECT_EQ(in.number<std::uint64_t>(), 0x8000000000000001u);
    EXPECT_EQ(in.text(), "abc");
    EXPECT_TRUE(in.ok());
    EXPECT_TRUE(in.at_end());
}

TEST(Bytes, NeverReadsPastTheEnd) {
    std::string out;
    put_number(out, std::uint32_t{1000});
    out += "short";
    ByteReader in(out);
    EXPECT_EQ(in.text(), "");
    EXPECT_FALSE(in.ok());
    EXPECT_EQ(in.number<std::uint8_t>(), 0);
}

}  // namespace
}  // namespace md
