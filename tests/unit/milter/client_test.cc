// tests/unit/milter/client_test.cc - milter/client.h with filters that are away, slow, silly or wicked

#include "milter/client.h"

#include <gtest/gtest.h>

#include "unit/milter/filter_room.h"

namespace md::milter {
namespace {

using async::Task;
using test::a_client;
using test::FilterRoom;
using test::no_macros;
using test::words;
using Kind = Answer::Kind;

/// Reads packets; for each command in `replies` writes what stands there; notes what came.
struct Script {
    std::map<char, std::string> replies;
    std::string seen;
    int ends_after = -1;  ///< so many packets of the first connection
};

Task<void> follow(net::Stream* stream, Script* script) {
    int packets = 0;
    while (script->ends_after != packets) {
        const auto taken = take_packet(stream->buffered());
        if (!taken.packet) {
            const auto deadline = async::after(std::chrono::seconds(5));
            co_await stream->fill(deadline);
            continue;
        }
        ++packets;
        const auto command = taken.packet->command;
        script->seen.push_back(command);
        stream->consume(taken.size);
        const auto reply = script->replies.find(command);
        if (reply != script->replies.end()) stream->put(reply->second);
    }
    script->ends_after = -1;
    stream->close();
}

std::string negotiation(std::uint32_t actions, std::uint32_t steps, std::uint32_t version = 6) {
    std::string out;
    Negotiation agreed;
    agreed.version = version;
    agreed.actions = actions;
    agreed.steps = steps;
    put_negotiation(out, agreed);
    return out;
}

std::string packet(char command, std::string_view data = {}) {
    std::string out;
    put_packet(out, command, data);
    return out;
}

/// Goes on at every step.
Script willing(std::uint32_t actions = 0, std::uint32_t steps = 0) {
    Script script;
    for (const char command : {'C', 'H', 'M', 'R', 'T', 'L', 'N', 'B', 'E'}) script.replies[command] = packet('c');
    script.replies['O'] = negotiation(actions, steps);
    return script;
}

test::Serve by(Script& script) {
    return [&script](net::Stream& stream) { return follow(&stream, &script); };
}

Settings quick() {
    Settings settings;
    settings.connect_timeout = std::chrono::milliseconds(200);
    settings.step_timeout = std::chrono::milliseconds(250);
    settings.end_timeout = std::chrono::milliseconds(250);
    return settings;
}

struct Said {
    Answer connect, helo, mail, rcpt, body;
    Outcome outcome;
};

Task<void> message(Client* client, Said* said) {
    const auto from = words("<a@example.net>");
    const auto to = words("<b@example.org>");
    said->mail = co_await client->mail(from, no_macros());
    said->rcpt = co_await client->rcpt(to, no_macros());
    auto answer = co_await client->data(no_macros());
    answer = co_await client->header("Subject", " x");
    answer = co_await client->end_of_header(no_macros());
    said->body = co_await client->body("text\r\n");
    if (client->wants_body()) said->body = co_await client->body("more\r\n");
    said->outcome = co_await client->end_of_message(no_macros());
}

Task<void> session(Endpoint endpoint, Said* said, int messages, Settings settings) {
    Client client(endpoint, settings);
    said->connect = co_await client.connect(a_client(), no_macros());
    said->helo = co_await client.helo("mx.example.net", no_macros());
    for (int i = 0; i < messages; ++i) co_await message(&client, said);
    client.quit();
}

Said run(Script& script, int messages = 1, Settings settings = quick()) {
    FilterRoom room(by(script));
    Said said;
    room.run([&](const Endpoint& endpoint) { return session(endpoint, &said, messages, settings); });
    return said;
}

TEST(MilterClient, AFilterThatIsNotThereIsUnavailable) {
    async::Loop loop;
    Said said;
    loop.run(session(*Endpoint::parse("unix:/nonexistent/socket"), &said, 1, quick()));
    EXPECT_EQ(said.connect.kind, Kind::unavailable);
    EXPECT_EQ(said.mail.kind, Kind::unavailable);
    EXPECT_EQ(said.outcome.answer.kind, Kind::unavailable);
    EXPECT_EQ(said.outcome.answer.reply, "unix:/nonexistent/socket: No such file or directory");
}

TEST(MilterClient, SendsEveryStepInOrderAndQuits) {
    auto script = willing();
    const auto said = run(script);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(script.seen, "OCHMRTLNBBEQ");
}

TEST(MilterClient, LeavesOutWhatTheFilterDoesNotWant) {
    auto script = willing(0, step::kNoConnect | step::kNoHelo | step::kNoData | step::kNoHeaders | step::kNoBody);
    const auto said = run(script);
    EXPECT_EQ(script.seen, "OMRNEQ");
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
}

TEST(MilterClient, DoesNotWaitWhereTheFilterGivesNoReply) {
    auto script =
        willing(0, step::kNoReplyHeader | step::kNoReplyEndOfHeader | step::kNoReplyBody | step::kNoReplyData);
    for (const char command : {'T', 'L', 'N', 'B'}) script.replies.erase(command);
    const auto said = run(script);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(script.seen, "OCHMRTLNBBEQ");
}

TEST(MilterClient, AnOldFilterIsNotShownData) {
    auto script = willing();
    script.replies['O'] = negotiation(0, 0, 2);
    run(script);
    EXPECT_EQ(script.seen, "OCHMRLNBBEQ");
}

TEST(MilterClient, SkipEndsTheBody) {
    for (const auto asked : {step::kSkip, std::uint32_t{0}}) {
        auto script = willing(0, asked);
        script.replies['B'] = packet('s');
        const auto said = run(script);
        EXPECT_EQ(said.body.kind, Kind::proceed);
        EXPECT_EQ(script.seen, "OCHMRTLNBEQ");
    }
}

TEST(MilterClient, SkipIsNoReplyToAnotherStep) {
    for (const char command : {'M', 'R', 'N'}) {
        auto script = willing(0, step::kSkip);
        script.replies[command] = packet('s');
        EXPECT_EQ(run(script).outcome.answer.kind, Kind::unavailable) << command;
    }
}

TEST(MilterClient, SilenceIsUnavailableAfterTheTimeoutAndTheNextMailTriesAnew) {
    for (const char silent : {'C', 'H', 'M', 'R', 'N', 'B', 'E'}) {
        auto script = willing();
        script.replies.erase(silent);
        const auto said = run(script, 2);
        EXPECT_EQ(said.outcome.answer.kind, Kind::unavailable) << silent;
        EXPECT_EQ(std::count(script.seen.begin(), script.seen.end(), 'O'), silent == 'C' || silent == 'H' ? 3 : 2)
            << silent << " " << script.seen;
    }
}

TEST(MilterClient, AFilterThatCameBackIsToldWhoSpeaksAgain) {
    auto script = willing();
    script.ends_after = 4;  // O C H M: without an answer to the last
    const auto said = run(script, 2);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(script.seen, "OCHMOCHMRTLNBBEQ");
}

TEST(MilterClient, AFilterThatClosedBetweenTwoMessagesIsAskedOverANewConnection) {
    auto script = willing();
    script.ends_after = 11;  // with the end of the first message answered
    const auto said = run(script, 2);
    EXPECT_EQ(said.mail.kind, Kind::proceed);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(script.seen, "OCHMRTLNBBEOCHMRTLNBBEQ");
}

TEST(MilterClient, NonsenseIsUnavailable) {
    const std::map<std::string, std::pair<char, std::string>> cases{
        {"an unknown reply", {'M', packet('?')}},
        {"an empty packet", {'M', std::string(4, '\0')}},
        {"a packet beyond the limit", {'M', std::string("\xff\xff\xff\xff", 4)}},
        {"a reply that is no SMTP reply", {'M', packet('y', std::string("250 fine\0", 9))}},
        {"a reply without its end", {'M', packet('y', "550 no")}},
        {"a change before the end", {'M', packet('h', std::string("A\0b\0", 4))}},
        {"a connection discarded", {'C', packet('d')}},
        {"a change not negotiated", {'E', packet('m', std::string("\0\0\0\1A\0b\0", 8)) + packet('c')}},
        {"a verdict on a foreign socket", {'E', packet('V', std::string("\1\0\0\0\0", 5)) + packet('c')}},
        {"a field name with a line end", {'E', packet('h', std::string("A\nB\0b\0", 6)) + packet('c')}},
        {"a field without a value", {'E', packet('h', std::string("A\0", 2)) + packet('c')}},
        {"a recipient with a line end", {'E', packet('+', std::string("<a\r\nb>\0", 7)) + packet('c')}},
        {"options not offered", {'O', negotiation(0, 0x8000'0000)}},
        {"actions not offered", {'O', negotiation(0x8000'0000, 0)}},
        {"the extension on a foreign socket", {'O', negotiation(action::kOurVerdicts, 0)}},
        {"a version to come", {'O', negotiation(0, 0, 7)}},
        {"another packet than the negotiation", {'O', packet('c')}},
    };
    for (const auto& [what, reply] : cases) {
        auto script = willing(action::kAddHeaders | action::kAddRcpt);
        script.replies[reply.first] = reply.second;
        const auto said = run(script);
        EXPECT_EQ(said.outcome.answer.kind, Kind::unavailable) << what;
        EXPECT_TRUE(said.outcome.headers.empty()) << what;
    }
}

TEST(MilterClient, ReadsRepliesWithCodes) {
    const std::map<std::string, std::string> cases{
        {std::string("550 5.7.1 no\0", 13), "550 5.7.1 no"},
        {std::string("451 4.7.1 100%% later\0", 22), "451 4.7.1 100% later"},
        {std::string("550-5.7.1 one\r\n550 5.7.1 two\0", 30), "550 5.7.1 one two"},
        {std::string("550 a\x01z\0", 9), "550 a\\x01z"},
        {std::string("554\0", 4), "554"},
    };
    for (const auto& [data, text] : cases) {
        auto script = willing();
        script.replies['M'] = packet('y', data);
        EXPECT_EQ(run(script).mail.reply, text);
    }
}

TEST(MilterClient, ChangesBeyondTheLimitAreUnavailable) {
    auto script = willing(action::kChangeBody);
    std::string bodies;
    for (int i = 0; i < 20; ++i) bodies += packet('b', std::string(60'000, 'x'));
    script.replies['E'] = bodies + packet('c');
    auto settings = quick();
    settings.end_timeout = std::chrono::seconds(30);
    EXPECT_EQ(run(script, 1, settings).outcome.body->size(), 1'200'000u);
    settings.outcome_limit_bytes = 1'000'000;
    const auto outcome = run(script, 1, settings).outcome;
    EXPECT_EQ(outcome.answer.kind, Kind::unavailable);
    EXPECT_FALSE(outcome.body);
}

TEST(MilterEndpoint, ReadsBothFormsAndNothingElse) {
    EXPECT_EQ(Endpoint::parse("unix:/run/x.sock")->path, "/run/x.sock");
    EXPECT_EQ(Endpoint::parse("inet:127.0.0.1:8891")->text(), "inet:[127.0.0.1]:8891");
    EXPECT_EQ(Endpoint::parse("inet:[::1]:8891")->text(), "inet:[::1]:8891");
    for (const char* const text : {"", "unix:", "unix:x", "inet:", "inet:127.0.0.1", "inet:127.0.0.1:0", "inet:::1:25",
                                   "inet:localhost:25", "local:/x", "inet:[127.0.0.1]:70000"})
        EXPECT_FALSE(Endpoint::parse(text)) << text;
}

}  // namespace
}  // namespace md::milter
