// tests/unit/store/binary_message_test.cc - store/binary_message.h and mail/binary_parts.h

#include "store/binary_message.h"

#include <gtest/gtest.h>

#include "support/lossy_files.h"

namespace md::store {

namespace {

using namespace std::string_literals;

/// The message as it is stored; "refused" if it cannot be.
std::string stored(const std::string& message, std::size_t step = SIZE_MAX) {
    md::test::LossyFiles files;
    files.make_directories("/tmp");
    BinaryMessage binary(files, "/tmp/raw");
    for (std::size_t at = 0; at < message.size(); at += step) {
        binary.write(std::string_view(message).substr(at, step));
        if (step == SIZE_MAX) break;
    }
    MessageWriter writer(files, "/tmp/text");
    const auto octets = binary.text_octets();
    if (!binary.copy_to(writer)) return "refused";
    writer.finish();
    EXPECT_LE(writer.size_lf(), octets);
    EXPECT_LE(octets, writer.size_crlf() + 1) << "the last line of base64 may have no end of its own";
    return files.content("/tmp/text").value_or("nothing");
}

TEST(BinaryMessage, PartsThatAreBinaryBecomeBase64) {  // RFC 3516 §4.4
    const auto message =
        "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "--b\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: BINARY\r\nX-More: y\r\n\r\n\0\r\n\n\x01\r\n"
        "--b\r\n\r\ntext\r\n--b--\r\n"s;
    const auto expected =
        "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
        "--b\nContent-Type: image/gif\nContent-Transfer-Encoding: base64\nX-More: y\n\nAA0KCgE=\n"
        "--b\n\ntext\n--b--\n"s;
    EXPECT_EQ(stored(message), expected);
    for (const std::size_t step : {1, 2, 3, 7}) EXPECT_EQ(stored(message, step), expected);
}

TEST(BinaryMessage, TextStaysAsItIs) {
    const auto message = "Subject: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\xc3\xbcn\r\n"s;
    EXPECT_EQ(stored(message), "Subject: x\nContent-Transfer-Encoding: 8bit\n\ngr\xc3\xbcn\n");
    EXPECT_EQ(stored(""), "");
}

TEST(BinaryMessage, NulInABodyMakesItBinaryToo) {
    EXPECT_EQ(stored("Subject: x\r\n\r\na\0b\r\n"s), "Content-Transfer-Encoding: base64\nSubject: x\n\nYQBiDQo=\n");
    EXPECT_EQ(stored("Content-Transfer-Encoding: 7bit\r\n\r\na\0"s), "Content-Transfer-Encoding: base64\n\nYQA=\n");
    EXPECT_EQ(stored("\r\n\0"s), "Content-Transfer-Encoding: base64\n\nAA==\n");
}

TEST(BinaryMessage, NulWhereNoEncodingIsIsRefused) {
    EXPECT_EQ(stored("Subject: \0\r\n\r\nx"s), "refused");
    EXPECT_EQ(stored("Content-Type: multipart/mixed; boundary=b\r\n\r\n\0\r\n--b\r\n\r\n\r\n--b--\r\n"s), "refused");
    EXPECT_EQ(stored("Content-Transfer-Encoding: base64\r\n\r\n\0"s), "refused");
}

TEST(BinaryMessage, LinesOfBase64AreShort) {
    const auto body = std::string(100'000, '\xff');
    const auto text = stored("Content-Transfer-Encoding: binary\r\n\r\n" + body);
    std::size_t longest = 0;
    std::size_t octets = 0;
    for (std::size_t at = text.find("\n\n") + 2; at < text.size();) {
        const auto end = text.find('\n', at);
        longest = std::max(longest, end - at);
        octets += end - at;
        at = end + 1;
    }
    EXPECT_EQ(longest, 76U);
    EXPECT_EQ(octets, (body.size() + 2) / 3 * 4);
}

TEST(BinaryMessage, ItsFileGoesWithIt) {
    md::test::LossyFiles files;
    files.make_directories("/tmp");
    {
        BinaryMessage binary(files, "/tmp/raw");
        binary.write("x");
        EXPECT_TRUE(files.content("/tmp/raw"));
    }
    EXPECT_FALSE(files.content("/tmp/raw"));
}

}  // namespace

}  // namespace md::store
