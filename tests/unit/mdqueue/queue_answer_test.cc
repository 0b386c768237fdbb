// tests/unit/mdqueue/queue_answer_test.cc - a waiting message as queue.sock and mdctl show it

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "spool/queue_view.h"

namespace md::mdqueue {
namespace {

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/queue/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

spool::StoredEnvelope sample() {
    spool::StoredEnvelope stored;
    stored.envelope.id = QueueId(0x0123456789abcdef);
    stored.envelope.arrived = WallTime(std::chrono::seconds(1'800'000'000));
    stored.envelope.reverse_path = "alice@example.com";
    stored.envelope.recipients.emplace_back("bob@example.com");
    stored.envelope.recipients.emplace_back("carol@elsewhere.test");
    stored.message_size = 1234;
    spool::Progress deferred;
    deferred.time = stored.envelope.arrived;
    deferred.recipient = 0;
    deferred.kind = spool::Progress::Kind::deferred;
    deferred.status = "4.2.2";
    deferred.text = "mailbox full";
    deferred.next = stored.envelope.arrived + std::chrono::minutes(1);
    stored.progress.push_back(deferred);
    return stored;
}

TEST(QueueAnswer, IsTheDocumentedObject) {
    const auto expected = ipc::Json::parse(fixture("message-v1.json"));
    ASSERT_TRUE(expected);
    EXPECT_EQ(spool::describe(sample(), "retry").dump(), expected->dump());
}

}  // namespace
}  // namespace md::mdqueue
