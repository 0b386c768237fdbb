// tests/unit/mdqueue/host_memory_test.cc - mdqueue/host_memory.h

#include "mdqueue/host_memory.h"

#include <gtest/gtest.h>

namespace md::mdqueue {
namespace {

using namespace std::chrono_literals;
using Fault = HostMemory::Fault;

class HostMemoryTest : public testing::Test {
  protected:
    [[nodiscard]] bool rests(Fault fault = Fault::silent) const { return memory_.rests(a_, fault, now_); }

    net::SocketAddress a_{*IpAddress::parse("192.0.2.1"), 25};
    net::SocketAddress b_{*IpAddress::parse("192.0.2.1"), 2525};
    HostMemory::Time now_{24h};
    HostMemory memory_{HostMemory::Rules{1min, 5min, 30s}};
};

TEST_F(HostMemoryTest, WhoDoesNotAnswerRests) {
    EXPECT_FALSE(rests());
    memory_.note(a_, Fault::silent, now_);
    EXPECT_TRUE(rests());
    EXPECT_FALSE(rests(Fault::tls)) << "of TLS nothing is known";
    EXPECT_FALSE(memory_.rests(b_, Fault::silent, now_)) << "another server";
    now_ += 59s;
    EXPECT_TRUE(rests());
    now_ += 1s;
    EXPECT_FALSE(rests());
}

TEST_F(HostMemoryTest, OneProbesWhenTheRestIsOver) {
    memory_.note(a_, Fault::silent, now_);
    now_ += 1min;
    memory_.probe(a_, Fault::silent, now_);
    EXPECT_TRUE(rests()) << "for others";
    now_ += 30s;
    EXPECT_FALSE(rests()) << "who probed was never heard of again";
    memory_.probe(a_, Fault::silent, now_);
    memory_.forget(a_, Fault::silent);
    EXPECT_FALSE(rests());
    EXPECT_EQ(memory_.size(), 0U);
}

TEST_F(HostMemoryTest, ProbesInVainMakeLongerRests) {
    for (const auto rest : {60s, 120s, 240s, 300s, 300s}) {
        memory_.probe(a_, Fault::silent, now_);
        memory_.note(a_, Fault::silent, now_);
        now_ += rest - 1s;
        EXPECT_TRUE(rests()) << rest.count();
        now_ += 1s;
        EXPECT_FALSE(rests()) << rest.count();
    }
    memory_.forget(a_, Fault::silent);
    memory_.note(a_, Fault::silent, now_);
    now_ += 60s;
    EXPECT_FALSE(rests()) << "an answer ends the row";
}

TEST_F(HostMemoryTest, WhatWasUnderWayWhenTheRestBeganSaysNothingNew) {
    for (int i = 0; i < 5; ++i) memory_.note(a_, Fault::silent, now_);
    now_ += 60s;
    EXPECT_FALSE(rests());
}

TEST_F(HostMemoryTest, AProbeOfWhatIsNotKnownIsNone) {
    memory_.probe(a_, Fault::silent, now_);
    EXPECT_FALSE(rests());
    EXPECT_EQ(memory_.size(), 0U);
    memory_.note(a_, Fault::silent, now_);
    now_ += 10s;
    memory_.probe(a_, Fault::silent, now_);
    now_ += 50s;
    EXPECT_FALSE(rests()) << "nor does one within the rest make it longer";
}

TEST_F(HostMemoryTest, SoManyAreKnown) {
    const auto numbered = [](std::size_t number) {
        return net::SocketAddress(
            *IpAddress::parse("10." + std::to_string(number >> 16U & 255U) + "." + std::to_string(number >> 8U & 255U) +
                              "." + std::to_string(number & 255U)),
            25);
    };
    for (std::size_t i = 0; i < HostMemory::kMost; ++i) memory_.note(numbered(i), Fault::silent, now_);
    now_ += 10min;
    memory_.note(a_, Fault::silent, now_);
    EXPECT_EQ(memory_.size(), 1U) << "what is old goes";
    for (std::size_t i = 0; i < 2 * HostMemory::kMost; ++i) {
        memory_.note(numbered(i), Fault::silent, now_);
        ASSERT_LE(memory_.size(), HostMemory::kMost);
    }
}

}  // namespace
}  // namespace md::mdqueue
