// tests/unit/base/crc32c_test.cc - base/crc32c.h; vectors of RFC 3720 appendix B.4

#include "base/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace md {
namespace {

TEST(Crc32c, Rfc3720Vectors) {
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Crc32c, GoesOnWhereItStopped) {
    const std::string text = "a text that is longer than eight octets";
    for (std::size_t cut = 0; cut <= text.size(); ++cut)
        EXPECT_EQ(crc32c(text.substr(cut), crc32c(text.substr(0, cut))), crc32c(text)) << cut;
}

}  // namespace
}  // namespace md
