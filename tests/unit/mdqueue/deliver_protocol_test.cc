// tests/unit/mdqueue/deliver_protocol_test.cc - mdqueue/deliver_protocol.h

#include "mdqueue/deliver_protocol.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

namespace md::mdqueue {
namespace {

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/deliver/" + name,
                     std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Delivery sample() {
    Delivery delivery;
    delivery.id = QueueId(0x0123456789abcdef);
    delivery.account = {"example.com", "bob"};
    delivery.folder = "list";
    delivery.internal_date = 1'800'000'000;
    delivery.quota = {1'000'000, 5'000};
    delivery.offset = 64;
    delivery.size = 10'240;
    delivery.beginning = "Return-Path: <>\nSubject: edited\n";
    delivery.how = How::look;
    delivery.first = {"/store/example.com/al/Maildir/new/1.mdmail", 10'100, 10'300};
    return delivery;
}

TEST(DeliverProtocol, ReadsItsFixtures) {
    const auto read = decode_delivery(fixture("delivery-v4.bin"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, sample().id);
    EXPECT_EQ(read->account, sample().account);
    EXPECT_EQ(read->folder, sample().folder);
    EXPECT_EQ(read->internal_date, sample().internal_date);
    EXPECT_EQ(read->quota, sample().quota);
    EXPECT_EQ(read->offset, sample().offset);
    EXPECT_EQ(read->size, sample().size);
    EXPECT_EQ(read->beginning, sample().beginning);
    EXPECT_EQ(read->how, How::look);
    EXPECT_EQ(read->first.path, sample().first.path);
    EXPECT_EQ(read->first.size_lf, sample().first.size_lf);
    EXPECT_EQ(read->first.size_crlf, sample().first.size_crlf);
    const auto result = decode_delivery_result(fixture("result-v4.bin"));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->kind, DeliveryResult::Kind::failed);
    EXPECT_EQ(result->status, "5.1.1");
    EXPECT_EQ(result->text, "no such user here");
    EXPECT_EQ(result->placed.path, "/store/example.com/bob/Maildir/new/1.mdmail");
}

TEST(DeliverProtocol, WritesWhatTheFixturesHold) {
    EXPECT_EQ(encode(sample()), fixture("delivery-v4.bin"));
    const DeliveryResult result{DeliveryResult::Kind::failed,
                                "5.1.1",
                                "no such user here",
                                {"/store/example.com/bob/Maildir/new/1.mdmail", 10'100, 10'300}};
    EXPECT_EQ(encode(result), fixture("result-v4.bin"));
}

TEST(DeliverProtocol, WhatIsCutIsNone) {
    const auto whole = encode(sample());
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(decode_delivery(whole.substr(0, size))) << size;
    EXPECT_FALSE(decode_delivery(whole + "x"));
    auto delivery = sample();
    delivery.how = static_cast<How>(3);
    EXPECT_FALSE(decode_delivery(encode(delivery))) << "of another generation";
}

TEST(DeliverProtocol, OneMailboxIsAlwaysTheSameChilds) {
    std::set<unsigned> used;
    for (int i = 0; i < 100; ++i) {
        const store::AccountName account{"example.com", "u" + std::to_string(i)};
        const auto child = child_for(account, 4);
        EXPECT_LT(child, 4u);
        EXPECT_EQ(child, child_for(account, 4));
        used.insert(child);
    }
    EXPECT_EQ(used.size(), 4u) << "all children share the work";
}

}  // namespace
}  // namespace md::mdqueue
