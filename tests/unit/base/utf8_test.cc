// tests/unit/base/utf8_test.cc - base/utf8.h

#include "base/utf8.h"

#include <gtest/gtest.h>

namespace md {
namespace {

TEST(Utf8, ExamplesOfTheRfcAreTaken) {  // RFC 3629 §7
    for (const auto* text : {"", "plain", "A\xe2\x89\xa2\xce\x91.", "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4",
                             "\xf0\xa3\x8e\xb4", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_utf8(text)) << text;
}

TEST(Utf8, OverlongSurrogateAndTooHighAreRefused) {  // RFC 3629 §3, §4, §10
    for (const auto* text : {"\xc0\x80", "\xc1\xbf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80",
                             "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"})
        EXPECT_FALSE(is_utf8(text));
}

TEST(Utf8, StrayAndMissingTailsAreRefused) {
    for (const auto* text : {"\x80", "a\xbf", "\xc3", "\xc3(", "\xe2\x82", "\xe2\x82(", "\xf0\x9f\x98"})
        EXPECT_FALSE(is_utf8(text));
}

}  // namespace
}  // namespace md
