// tests/unit/mdqueue/relay_protocol_test.cc - mdqueue/relay_protocol.h

#include "mdqueue/relay_protocol.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace md::mdqueue {
namespace {

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/relay/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

RelayJob sample_job() {
    RelayJob job;
    job.domain = "example.com";
    job.size = 10'240;
    job.envelope.id = QueueId(0x0123456789abcdef);
    job.envelope.arrived = WallTime(std::chrono::seconds(1'800'000'000));
    job.envelope.reverse_path = "alice@example.org";
    job.envelope.parameters.emplace_back("RET", "HDRS");
    job.envelope.recipients.emplace_back("carl@example.com").parameters.emplace_back("NOTIFY", "FAILURE");
    job.envelope.recipients.emplace_back("dora@example.com");
    job.envelope.body = spool::BodyType::eight_bit_mime;
    job.envelope.relay_from = 34;
    return job;
}

RelayResult sample_result() {
    RelayResult result;
    result.learnt = RelayResult::Learnt::trouble;
    result.reason = "mx.example.com: closed the connection";
    RelayEnd taken;
    taken.kind = RelayEnd::Kind::relayed;
    taken.status = "2.0.0";
    taken.text = "250 2.0.0 taken";
    taken.host = "mx.example.com [192.0.2.1]";
    taken.tells = true;
    RelayEnd refused;
    refused.kind = RelayEnd::Kind::failed;
    refused.status = "5.1.1";
    refused.text = "550 5.1.1 unknown";
    refused.host = taken.host;
    refused.transcript = ">>> RCPT TO:<dora@example.com>\n<<< 550 5.1.1 unknown\n";
    RelayEnd left;
    left.kind = RelayEnd::Kind::again;
    left.status = "4.4.2";
    left.text = "mx.example.com: takes no more over this connection";
    result.ends = {taken, refused, left};
    return result;
}

TEST(RelayProtocol, ReadsItsFixtures) {
    const auto job = decode_relay_job(fixture("job-v2.bin"));
    ASSERT_TRUE(job);
    EXPECT_EQ(job->domain, sample_job().domain);
    EXPECT_EQ(job->size, sample_job().size);
    EXPECT_EQ(job->envelope, sample_job().envelope);
    const auto result = decode_relay_result(fixture("result-v2.bin"));
    ASSERT_TRUE(result);
    EXPECT_EQ(result->ends, sample_result().ends);
    EXPECT_EQ(result->learnt, RelayResult::Learnt::trouble);
    EXPECT_EQ(result->reason, sample_result().reason);
}

TEST(RelayProtocol, WritesWhatTheFixturesHold) {
    EXPECT_EQ(encode(sample_job()), fixture("job-v2.bin"));
    EXPECT_EQ(encode(sample_result()), fixture("result-v2.bin"));
}

TEST(RelayProtocol, WhatIsCutOrImpossibleIsNone) {
    const auto job = encode(sample_job());
    for (std::size_t size = 0; size < job.size(); ++size) EXPECT_FALSE(decode_relay_job(job.substr(0, size))) << size;
    EXPECT_FALSE(decode_relay_job(job + "x"));
    auto nobody = sample_job();
    nobody.envelope.recipients.clear();
    EXPECT_FALSE(decode_relay_job(encode(nobody)));
    auto nothing = sample_job();
    nothing.envelope.relay_from = nothing.size + 1;
    EXPECT_FALSE(decode_relay_job(encode(nothing)));
    const auto result = encode(sample_result());
    for (std::size_t size = 0; size < result.size(); ++size)
        EXPECT_FALSE(decode_relay_result(result.substr(0, size))) << size;
    auto impossible = sample_result();
    impossible.ends[0].kind = static_cast<RelayEnd::Kind>(4);
    EXPECT_FALSE(decode_relay_result(encode(impossible)));
    impossible = sample_result();
    impossible.learnt = static_cast<RelayResult::Learnt>(3);
    EXPECT_FALSE(decode_relay_result(encode(impossible)));
}

TEST(RelayProtocol, ADestinationIsAlwaysTheSameChilds) {
    EXPECT_EQ(relay_child_for("example.com", 4), relay_child_for("example.com", 4));
    EXPECT_LT(relay_child_for("example.org", 3), 3U);
}

}  // namespace
}  // namespace md::mdqueue
