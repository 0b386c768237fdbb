// tests/unit/delivery/room_test.cc - what mdsmtpd asks mdqueue of a mailbox

#include "delivery/room.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace md::delivery {
namespace {

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/room/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(RoomTest, IsAsItsFixturesHaveIt) {
    const RoomQuestion question{{"example.org", "ann"}, 1000, 7, 99};
    EXPECT_EQ(encode(question), fixture("question-v1.bin"));
    EXPECT_EQ(encode(Room::full), fixture("answer-v1.bin"));
    EXPECT_TRUE(decode_room_question(fixture("question-v1.bin")));
}

TEST(RoomTest, QuestionsAndAnswersComeBack) {
    RoomQuestion question;
    question.account = {"example.org", "ann"};
    question.quota_bytes = 1000;
    question.quota_messages = 7;
    question.size_bytes = 99;
    const auto octets = encode(question);
    const auto back = decode_room_question(octets);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->account, question.account);
    EXPECT_EQ(back->quota_bytes, 1000U);
    EXPECT_EQ(back->quota_messages, 7U);
    EXPECT_EQ(back->size_bytes, 99U);
    EXPECT_EQ(decode_room(encode(Room::full)), Room::full);
    EXPECT_EQ(decode_room(encode(Room::fits)), Room::fits);
}

TEST(RoomTest, WhatIsCutLongerOrOfAnotherVersionIsNone) {
    const auto question = encode(RoomQuestion{{"example.org", "ann"}, 1, 2, 3});
    for (std::size_t size = 0; size < question.size(); ++size)
        EXPECT_FALSE(decode_room_question(question.substr(0, size)));
    EXPECT_FALSE(decode_room_question(question + "x"));
    EXPECT_FALSE(decode_room_question("\x02" + question.substr(1)));
    EXPECT_FALSE(decode_room(std::string("\x01\x02", 2)));
    EXPECT_FALSE(decode_room(""));
}

}  // namespace
}  // namespace md::delivery
