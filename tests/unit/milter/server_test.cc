// tests/unit/milter/server_test.cc - milter/server.h with MTAs that break the protocol

#include "milter/server.h"

#include <gtest/gtest.h>

#include "unit/milter/filter_room.h"
#include "unit/net/pair.h"

namespace md::milter {
namespace {

using async::Task;
using test::RecordingFilter;

std::string packet(char command, std::string_view data = {}) {
    std::string out;
    put_packet(out, command, data);
    return out;
}

std::string hello(std::uint32_t steps = step::kAll, std::uint32_t version = 6) {
    std::string out;
    Negotiation offer;
    offer.version = version;
    offer.actions = 0x1ff | action::kOurVerdicts;
    offer.steps = steps;
    put_negotiation(out, offer);
    return out;
}

const std::string kConnect = packet('C', std::string("mx\0U", 4));
const std::string kMail = packet('M', std::string("<a@b>\0", 6));
const std::string kRcpt = packet('R', std::string("<c@d>\0", 6));

struct End {
    std::string replies;  ///< the commands of all packets that the server sent
    ServerEnd end = ServerEnd::quit;
};

Task<void> speak(net::Stream* mta, net::Stream* server, std::string input, RecordingFilter* filter,
                 ServerSettings settings, End* end) {
    mta->put(input);
    const auto deadline = async::after(std::chrono::seconds(5));
    co_await mta->flush(deadline);
    end->end = co_await serve(*server, *filter, settings);
    server->close();
    try {
        for (;;) co_await mta->fill(deadline);
    } catch (const net::Disconnected&) {
        // All of it is there.
    }
    while (const auto taken = take_packet(mta->buffered()).packet) {
        end->replies.push_back(taken->command);
        mta->consume(taken->data.size() + 5);
    }
}

End serve_text(const std::string& input, RecordingFilter& filter, ServerSettings settings = {}) {
    async::Loop loop;
    net::test::Pair pair;
    End end;
    loop.run(speak(&pair.a, &pair.b, input, &filter, settings, &end));
    return end;
}

ServerEnd end_of(const std::string& input, ServerSettings settings = {}) {
    RecordingFilter filter;
    return serve_text(input, filter, settings).end;
}

TEST(MilterServer, TellsHowTheProtocolWasBroken) {
    EXPECT_EQ(end_of(packet('Q')), ServerEnd::quit);
    EXPECT_EQ(end_of(kConnect), ServerEnd::order) << "before the negotiation";
    EXPECT_EQ(end_of(hello() + hello()), ServerEnd::order);
    EXPECT_EQ(end_of(hello(0, 1)), ServerEnd::negotiation);
    EXPECT_EQ(end_of(packet('O', "short")), ServerEnd::negotiation);
    EXPECT_EQ(end_of(hello() + kMail), ServerEnd::order) << "nobody connected";
    EXPECT_EQ(end_of(hello() + kConnect + kRcpt), ServerEnd::order);
    EXPECT_EQ(end_of(hello() + kConnect + kMail + packet('B', "x")), ServerEnd::order);
    EXPECT_EQ(end_of(hello() + kConnect + kMail + packet('E')), ServerEnd::order);
    EXPECT_EQ(end_of(hello() + kConnect + packet('X')), ServerEnd::unknown);
    EXPECT_EQ(end_of(hello() + packet('C', "mx")), ServerEnd::malformed);
    EXPECT_EQ(end_of(hello() + kConnect + packet('M')), ServerEnd::malformed);
    EXPECT_EQ(end_of(hello() + kConnect + packet('M', "<a@b>")), ServerEnd::malformed) << "no NUL";
    EXPECT_EQ(end_of(hello() + packet('D', std::string("Mi\0", 3))), ServerEnd::malformed) << "a name without a value";
    EXPECT_EQ(end_of(hello() + std::string(4, '\0')), ServerEnd::malformed);
    EXPECT_EQ(end_of(hello() + std::string("\x7f\xff\xff\xff", 4)), ServerEnd::malformed);
}

TEST(MilterServer, KeepsItsLimits) {
    ServerSettings settings;
    settings.max_recipients = 2;
    EXPECT_EQ(end_of(hello() + kConnect + kMail + kRcpt + kRcpt + kRcpt, settings), ServerEnd::limit);
    EXPECT_EQ(end_of(hello() + kConnect + kMail + kRcpt + kRcpt + packet('A') + kMail + kRcpt + packet('Q'), settings),
              ServerEnd::quit);
    settings.max_macro_bytes = 10;
    EXPECT_EQ(end_of(hello() + packet('D', "M" + std::string(10, 'x')), settings), ServerEnd::limit);
}

TEST(MilterServer, AnMtaThatWaitsEverywhereGetsAReplyEverywhere) {
    RecordingFilter filter;
    const auto whole = hello(0) + kConnect + packet('H', std::string("me\0", 3)) + kMail + kRcpt + packet('T') +
                       packet('L', std::string("A\0b\0", 4)) + packet('N') + packet('B', "x") + packet('E', "last") +
                       packet('Q');
    EXPECT_EQ(serve_text(whole, filter).replies, "Occccccccc");
    EXPECT_EQ(filter.steps.at(filter.steps.size() - 3), "body last") << "the end may bring octets";
}

TEST(MilterServer, AnMtaThatAgreesGetsRepliesToSenderRecipientAndEnd) {
    RecordingFilter filter;
    const auto whole = hello() + kConnect + packet('H', std::string("me\0", 3)) + kMail + kRcpt + packet('N') +
                       packet('E') + packet('Q');
    EXPECT_EQ(serve_text(whole, filter).replies, "Occc");
}

TEST(MilterServer, AFilterWithoutUseForABodyNeedNotSeeIt) {
    RecordingFilter filter;
    ServerSettings settings;
    settings.wants_body = false;
    const auto without = hello(step::kNoBody) + kConnect + kMail + kRcpt + packet('N') + packet('E') + packet('Q');
    EXPECT_EQ(serve_text(without, filter, settings).replies, "Occccc");
    const auto cannot =
        hello(0) + kConnect + kMail + kRcpt + packet('N') + packet('B', "x") + packet('E') + packet('Q');
    EXPECT_EQ(serve_text(cannot, filter, settings).replies, "Occcccc");
}

TEST(MilterServer, TheNextClientOfAConnectionBeginsBehindTheNegotiation) {
    RecordingFilter filter;
    const auto macro = packet('D', std::string("Ci\0x\0", 5));
    const auto message = kMail + kRcpt + packet('N') + packet('E');
    filter.wanted_macro = "i";
    const auto end = serve_text(
        hello() + macro + kConnect + message + packet('K') + kConnect + message + packet('K') + packet('Q'), filter);
    EXPECT_EQ(end.end, ServerEnd::quit);
    EXPECT_EQ(end.replies, "Occcccc");
    EXPECT_EQ(filter.steps.at(4), "macro x");
    EXPECT_EQ(filter.steps.at(7), "client over");
    EXPECT_EQ(filter.steps.at(12), "macro ") << "what was told of the first client";
    EXPECT_EQ(end_of(packet('K')), ServerEnd::order);
    EXPECT_EQ(end_of(hello() + kConnect + packet('K') + kMail), ServerEnd::order) << "nobody connected";
    EXPECT_EQ(end_of(hello() + packet('K') + packet('K') + kConnect + packet('Q')), ServerEnd::quit);
}

TEST(MilterServer, AMessageThatIsCutByTheNextClientIsOver) {
    RecordingFilter filter;
    filter.answers["connect"] = Answer(Answer::Kind::reject, "550 5.7.1 no");
    serve_text(hello() + kConnect + packet('K') + packet('Q'), filter);
    filter.answers.clear();
    const auto end =
        serve_text(hello() + kConnect + kMail + kRcpt + packet('K') + kConnect + kMail + packet('Q'), filter);
    EXPECT_EQ(end.replies, "Occc") << "a refusal is of the client that it was told";
    EXPECT_EQ(filter.steps.at(5), "over");
    EXPECT_EQ(filter.steps.at(6), "client over");
}

TEST(MilterServer, ABrokenConnectionEndsTheMessage) {
    RecordingFilter filter;
    serve_text(hello() + kConnect + kMail + kRcpt + packet('X'), filter);
    EXPECT_EQ(filter.steps.back(), "over");
}

TEST(MilterServer, AMailWithoutAWordOfAbortBeginsAnewWithItsOwnMacros) {
    RecordingFilter filter;
    filter.wanted_macro = "i";
    const auto whole = hello() + kConnect + packet('D', std::string("Mi\0one\0", 7)) + kMail +
                       packet('D', std::string("Mi\0two\0", 7)) + kMail + kRcpt + packet('N') + packet('E') +
                       packet('Q');
    EXPECT_EQ(serve_text(whole, filter).end, ServerEnd::quit);
    EXPECT_EQ(std::count(filter.steps.begin(), filter.steps.end(), "macro two"), 1);
    EXPECT_EQ(std::count(filter.steps.begin(), filter.steps.end(), "over"), 2);
}

}  // namespace
}  // namespace md::milter
