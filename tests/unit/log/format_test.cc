#include "log/format.h"

#include <gtest/gtest.h>

namespace md::log {
namespace {

const Writer kWriter{"mdimapd", "session", 77};
const WallTime kTime{std::chrono::microseconds(1'000'001)};

Record record(std::span<const Field> fields) {
    return {Event::ListenerOpened, Level::info, "s1", fields};
}

TEST(TextLine, TellsWhoWhenAndWhat) {
    const Field fields[]{Field("imap"), Field("a b")};
    EXPECT_EQ(
        text_line(record(fields), kWriter, kTime),
        "1970-01-01T00:00:01.000001Z mdimapd/session[77] info s1 listener-opened protocol=imap address=\"a b\"\n");
}

TEST(TextLine, LetsNoValueEndTheLineOrMakeAKey) {
    const Field fields[]{Field("x\r\ny"), Field("a level=error \"q\"")};
    EXPECT_EQ(text_body(record(fields)),
              R"(info s1 listener-opened protocol="x\\x0d\\x0ay" address="a level=error \"q\"")");
}

TEST(JsonLine, IsOneObjectWithFlatFields) {
    const Field fields[]{Field(5), Field("a\"b\\\x01")};
    EXPECT_EQ(json_line(record(fields), kWriter, kTime),
              "{\"time\":\"1970-01-01T00:00:01.000001Z\",\"daemon\":\"mdimapd\",\"child\":\"session\",\"pid\":77,"
              "\"level\":\"info\",\"session\":\"s1\",\"event\":\"listener-opened\",\"protocol\":5,"
              "\"address\":\"a\\\"b\\\\\\\\x01\"}\n");
}

TEST(Sanitised, KeepsCharactersAndShowsWhatIsNone) {
    EXPECT_EQ(sanitised("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(sanitised("a\xff"), "a\\xff");
    EXPECT_EQ(sanitised(std::string_view("\0\x7f\x1b", 3)), "\\x00\\x7f\\x1b");
    EXPECT_EQ(sanitised("\xc2\x9b"), "\\x9b");  // CSI of a terminal
}

TEST(Sanitised, CutsLongTextsBetweenCharacters) {
    EXPECT_EQ(sanitised(std::string(1024, 'a')), std::string(1024, 'a'));
    EXPECT_EQ(sanitised(std::string(5000, 'a')), std::string(1024, 'a') + "...");
    EXPECT_EQ(sanitised(std::string(1023, 'a') + "\xc3\xbc" + "b"), std::string(1023, 'a') + "...");
}

}  // namespace
}  // namespace md::log
