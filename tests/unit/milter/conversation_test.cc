// tests/unit/milter/conversation_test.cc - milter/client.h and milter/server.h with each other

#include <gtest/gtest.h>

#include "unit/milter/filter_room.h"

namespace md::milter {
namespace {

using async::Task;
using test::a_client;
using test::FilterRoom;
using test::no_macros;
using test::RecordingFilter;
using test::words;
using Kind = Answer::Kind;
using Steps = std::vector<std::string>;

Task<void> serve_recording(net::Stream* stream, RecordingFilter* filter, ServerSettings settings, ServerEnd* end) {
    *end = co_await serve(*stream, *filter, settings);
}

struct Both {
    explicit Both(bool offer_verdicts = true) {
        settings.offer_verdicts = offer_verdicts;
        settings.actions = 0x1ff;
    }
    test::Serve serve() {
        return [this](net::Stream& stream) { return serve_recording(&stream, &filter, settings, &end); };
    }

    RecordingFilter filter;
    ServerSettings settings;
    ServerEnd end = ServerEnd::malformed;
};

struct Said {
    std::vector<Answer> answers;
    Outcome outcome;

    [[nodiscard]] Kind kind(std::size_t at) const { return answers.at(at).kind; }
};

Task<void> introduce(Client* client, Said* said) {
    auto answer = co_await client->connect(a_client(), no_macros());
    said->answers.push_back(answer);
    answer = co_await client->helo("mx.example.net", no_macros());
    said->answers.push_back(answer);
}

Task<void> send_message(Client* client, Said* said) {
    const auto from = words("<alice@example.net>", "SIZE=99");
    auto answer = co_await client->mail(from, no_macros());
    said->answers.push_back(answer);
    for (const char* const to : {"<bob@example.org>", "<carol@example.org>"}) {
        const auto path = words(to);
        answer = co_await client->rcpt(path, no_macros());
        said->answers.push_back(answer);
    }
    answer = co_await client->data(no_macros());
    answer = co_await client->header("Subject", " hello\n\tworld");
    answer = co_await client->header("X-Empty", "");
    answer = co_await client->end_of_header(no_macros());
    answer = co_await client->body("one\r\n");
    answer = co_await client->body("two\r\n");
    said->answers.push_back(answer);
    said->outcome = co_await client->end_of_message(no_macros());
}

Task<void> whole_session(Endpoint endpoint, Said* said) {
    Client client(endpoint, Settings());
    co_await introduce(&client, said);
    co_await send_message(&client, said);
    client.quit();
}

Said talk_to(FilterRoom& room, const Endpoint& endpoint) {
    Said said;
    room.run([&](const Endpoint&) { return whole_session(endpoint, &said); });
    return said;
}

const Steps kWholeSession{"connect mx.example.net 4 192.0.2.7 4711",
                          "helo mx.example.net",
                          "mail <alice@example.net> SIZE=99",
                          "rcpt <bob@example.org>",
                          "rcpt <carol@example.org>",
                          "data",
                          "header Subject: hello\n\tworld",
                          "header X-Empty:",
                          "eoh",
                          "body one\r\n",
                          "body two\r\n",
                          "end",
                          "over"};

TEST(MilterConversation, TheFilterSeesEachStepAsItWasSent) {
    Both both;
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.own());
    EXPECT_EQ(both.filter.steps, kWholeSession);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(both.end, ServerEnd::quit);
    EXPECT_EQ(room.connections(), 1);
}

TEST(MilterConversation, CarriesEveryChangeOfTheOutcome) {
    Both both;
    auto& outcome = both.filter.outcome;
    HeaderChange insert;
    insert.kind = HeaderChange::Kind::insert;
    insert.index = 1;
    insert.name = "X-Judged";
    insert.value = " yes";
    HeaderChange remove;
    remove.kind = HeaderChange::Kind::change;
    remove.index = 2;
    remove.name = "Received";
    outcome.headers = {insert, remove};
    outcome.added_recipients = {"dave@example.org"};
    outcome.deleted_recipients = {"carol@example.org"};
    outcome.reverse_path = "";
    outcome.body = std::string(kBodyChunk + 10, 'x');
    outcome.quarantine = "looks odd";
    RecipientVerdict verdict;
    verdict.recipient = 1;
    verdict.action = RecipientVerdict::Action::junk;
    verdict.score_hundredths = -250;
    verdict.reason = "because";
    outcome.verdicts = {verdict};
    FilterRoom room(both.serve());
    const auto got = talk_to(room, room.own()).outcome;
    EXPECT_TRUE(both.filter.verdicts);
    ASSERT_EQ(got.headers.size(), 2u);
    EXPECT_EQ(got.headers[0].kind, HeaderChange::Kind::insert);
    EXPECT_EQ(got.headers[0].index, 1u);
    EXPECT_EQ(got.headers[0].value, " yes");
    EXPECT_EQ(got.headers[1].name, "Received");
    EXPECT_EQ(got.headers[1].value, "");
    EXPECT_EQ(got.added_recipients, outcome.added_recipients);
    EXPECT_EQ(got.deleted_recipients, outcome.deleted_recipients);
    EXPECT_EQ(got.reverse_path, "");
    EXPECT_EQ(got.body, outcome.body);
    EXPECT_EQ(got.quarantine, "looks odd");
    ASSERT_EQ(got.verdicts.size(), 1u);
    EXPECT_EQ(got.verdicts[0].recipient, 1u);
    EXPECT_EQ(got.verdicts[0].score_hundredths, -250);
    EXPECT_EQ(got.verdicts[0].reason, "because");
}

TEST(MilterConversation, VerdictsByRecipientAreOnlyForOurOwnSocket) {
    Both both;
    both.filter.outcome.verdicts.resize(1);
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.foreign());
    EXPECT_FALSE(both.filter.verdicts);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_TRUE(said.outcome.verdicts.empty());
}

TEST(MilterConversation, ARefusedRecipientLeavesTheMessage) {
    Both both;
    both.filter.answers["rcpt <bob@example.org>"] = Answer(Kind::reject, "550 5.7.1 not 100% welcome");
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.own());
    EXPECT_EQ(said.kind(3), Kind::reject);
    EXPECT_EQ(said.answers[3].reply, "550 5.7.1 not 100% welcome");
    EXPECT_EQ(said.kind(4), Kind::proceed);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(both.filter.steps.back(), "over");
}

TEST(MilterConversation, ARefusedSenderEndsTheMessageAndNothingMoreIsSent) {
    Both both;
    both.filter.answers["mail"] = Answer(Kind::temp_fail, "451 4.7.1 later");
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.own());
    EXPECT_EQ(said.kind(2), Kind::temp_fail);
    EXPECT_EQ(said.kind(3), Kind::temp_fail);
    EXPECT_EQ(said.outcome.answer.reply, "451 4.7.1 later");
    EXPECT_EQ(both.filter.steps, (Steps{kWholeSession[0], kWholeSession[1], kWholeSession[2], "over"}));
}

TEST(MilterConversation, AnAcceptedSenderEndsTheQuestions) {
    Both both;
    both.filter.answers["mail"] = Answer(Kind::accept);
    FilterRoom room(both.serve());
    const auto said = talk_to(room, room.own());
    EXPECT_EQ(said.kind(3), Kind::accept);
    EXPECT_EQ(said.outcome.answer.kind, Kind::accept);
    EXPECT_EQ(both.filter.steps.size(), 4u);
}

TEST(MilterConversation, WhatIsSaidWhereNobodyWaitsIsGivenAtTheNextReply) {
    for (const char* const step : {"connect", "helo", "data", "header", "eoh", "body"}) {
        Both both;
        both.filter.answers[step] = Answer(Kind::reject, "554 5.7.1 no");
        FilterRoom room(both.serve());
        const auto said = talk_to(room, room.own());
        EXPECT_EQ(said.outcome.answer.kind, Kind::reject) << step;
        EXPECT_EQ(said.outcome.answer.reply, "554 5.7.1 no") << step;
    }
}

Task<void> two_messages(Endpoint endpoint, Said* said) {
    Client client(endpoint, Settings());
    co_await introduce(&client, said);
    const auto from = words("<>");
    const auto answer = co_await client.mail(from, no_macros());
    said->answers.push_back(answer);
    co_await client.abort();
    co_await send_message(&client, said);
    client.quit();
}

TEST(MilterConversation, AnAbortedMessageIsOverAndTheNextBegins) {
    Both both;
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return two_messages(room.own(), &said); });
    ASSERT_EQ(both.filter.steps.size(), kWholeSession.size() + 2);
    EXPECT_EQ(both.filter.steps[2], "mail <>");
    EXPECT_EQ(both.filter.steps[3], "over");
    EXPECT_EQ(both.filter.steps[4], "mail <alice@example.net> SIZE=99");
}

TEST(MilterConversation, AConnectionRefusedForGoodRefusesEveryMessage) {
    Both both;
    both.filter.answers["connect"] = Answer(Kind::reject, "550 5.7.1 go away");
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return two_messages(room.own(), &said); });
    EXPECT_EQ(said.kind(2), Kind::reject);
    EXPECT_EQ(said.kind(3), Kind::reject) << "the next message too";
}

Task<void> with_macros(Endpoint endpoint, Said* said) {
    Client client(endpoint, Settings());
    co_await introduce(&client, said);
    std::vector<Macro> macros;
    macros.push_back({"{auth_authen}", "alice"});
    const auto from = words("<alice@example.net>");
    auto answer = co_await client.mail(from, macros);
    const auto to = words("<bob@example.org>");
    answer = co_await client.rcpt(to, no_macros());
    answer = co_await client.end_of_header(no_macros());
    said->outcome = co_await client.end_of_message(no_macros());
    co_await send_message(&client, said);
    client.quit();
}

TEST(MilterConversation, MacrosOfAMessageEndWithIt) {
    Both both;
    both.filter.wanted_macro = "{auth_authen}";
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return with_macros(room.own(), &said); });
    EXPECT_EQ(std::count(both.filter.steps.begin(), both.filter.steps.end(), "macro alice"), 1);
    EXPECT_EQ(std::count(both.filter.steps.begin(), both.filter.steps.end(), "macro "), 1);
}

Task<void> session_with_patience(Endpoint endpoint, Said* said, Settings settings) {
    Client client(endpoint, settings);
    co_await introduce(&client, said);
    co_await send_message(&client, said);
    client.quit();
}

TEST(MilterConversation, AJudgeThatTakesLongKeepsTheMtaWaiting) {
    Both both;
    both.settings.progress_interval = std::chrono::milliseconds(10);
    both.filter.end_takes = std::chrono::milliseconds(120);
    FilterRoom room(both.serve());
    Said said;
    Settings settings;
    settings.end_timeout = std::chrono::milliseconds(60);
    room.run([&](const Endpoint&) { return session_with_patience(room.own(), &said, settings); });
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed) << said.outcome.answer.reply;
}

TEST(MilterConversation, ProgressDoesNotLastForEver) {
    Both both;
    both.settings.progress_interval = std::chrono::milliseconds(10);
    both.filter.end_takes = std::chrono::seconds(30);
    FilterRoom room(both.serve());
    Said said;
    Settings settings;
    settings.progress_limit = std::chrono::milliseconds(60);
    room.run([&](const Endpoint&) { return session_with_patience(room.own(), &said, settings); });
    EXPECT_EQ(said.outcome.answer.kind, Kind::unavailable);
}

// ---- connections that are kept for the next session

Task<void> kept_session(Endpoint endpoint, Connections* kept, Said* said) {
    Client client(endpoint, Settings(), kept);
    co_await introduce(&client, said);
    co_await send_message(&client, said);
    client.quit();
}

Task<void> session_of_nothing(Endpoint endpoint, Connections* kept) {
    Client client(endpoint, Settings(), kept);
    Said said;
    co_await introduce(&client, &said);
    client.quit();
}

Task<void> sessions(Endpoint endpoint, int count, async::Duration between, Said* said) {
    Connections kept;
    for (int i = 0; i < count; ++i) {
        co_await kept_session(endpoint, &kept, said);
        async::Loop::current().advance(between);
    }
}

TEST(MilterConnections, TheNextSessionUsesTheSameConnectionAndBeginsAnew) {
    Both both;
    both.filter.wanted_macro = "{auth_authen}";
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return sessions(room.own(), 2, async::Duration(0), &said); });
    EXPECT_EQ(room.connections(), 1);
    std::erase(both.filter.steps, "macro ");
    auto expected = kWholeSession;
    expected.emplace_back("client over");
    expected.insert(expected.end(), kWholeSession.begin(), kWholeSession.end());
    EXPECT_EQ(both.filter.steps, expected);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    EXPECT_EQ(both.end, ServerEnd::quit) << "what is kept no longer is told so";
}

TEST(MilterConnections, AnOldConnectionIsNotUsed) {
    Both both;
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return sessions(room.own(), 3, Connections::kAge, &said); });
    EXPECT_EQ(room.connections(), 3);
    EXPECT_EQ(both.end, ServerEnd::quit);
}

TEST(MilterConnections, AForeignFilterIsGivenAConnectionOfItsOwnForEachSession) {
    Both both;
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint& foreign) { return sessions(foreign, 2, async::Duration(0), &said); });
    EXPECT_EQ(room.connections(), 2);
}

TEST(MilterConnections, SoIsOneThatDoesNotKnowOurExtension) {
    Both both(false);
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return sessions(room.own(), 2, async::Duration(0), &said); });
    EXPECT_EQ(room.connections(), 2);
}

Task<void> until_a_message_is_over(async::Scope* scope, net::Stream* stream, RecordingFilter* filter, ServerEnd* end) {
    ServerSettings settings;
    settings.offer_verdicts = true;
    scope->spawn(serve_recording(stream, filter, settings, end));
    while (filter->steps.empty() || filter->steps.back() != "over")
        co_await async::sleep_for(std::chrono::milliseconds(1));
    filter->steps.clear();
    co_await async::sleep_for(std::chrono::milliseconds(1));  // lets the last reply leave
    scope->cancel();
}

Task<void> serve_one_message(net::Stream* stream, RecordingFilter* filter, int* closed) {
    ServerEnd end = ServerEnd::malformed;
    const auto body = [&](async::Scope& scope) { return until_a_message_is_over(&scope, stream, filter, &end); };
    co_await async::scoped(body);
    stream->close();
    ++*closed;
}

Task<void> sessions_apart(Endpoint endpoint, Said* said, const int* closed) {
    Connections kept;
    for (int i = 0; i < 3; ++i) {
        co_await kept_session(endpoint, &kept, said);
        while (*closed <= i) co_await async::sleep_for(std::chrono::milliseconds(1));
    }
}

TEST(MilterConnections, WhatTheFilterHasClosedIsNotUsed) {
    RecordingFilter filter;
    int closed = 0;
    FilterRoom room([&](net::Stream& stream) { return serve_one_message(&stream, &filter, &closed); });
    Said said;
    room.run([&](const Endpoint&) { return sessions_apart(room.own(), &said, &closed); });
    EXPECT_EQ(room.connections(), 3);
    for (const auto& answer : said.answers) EXPECT_EQ(answer.kind, Kind::proceed) << answer.reply;
}

Task<void> many_at_once(Endpoint endpoint, Connections* kept, std::size_t left) {
    Client client(endpoint, Settings(), kept);
    Said said;
    co_await introduce(&client, &said);
    if (left > 1) co_await many_at_once(endpoint, kept, left - 1);
    client.quit();
}

Task<void> more_than_are_kept(Endpoint endpoint, int* first_round, const FilterRoom* room) {
    Connections kept;
    co_await many_at_once(endpoint, &kept, Connections::kMost + 4);
    *first_round = room->connections();
    co_await many_at_once(endpoint, &kept, Connections::kMost + 4);
}

TEST(MilterConnections, SoManyAreKeptAndTheOthersClosed) {
    Both both;
    FilterRoom room(both.serve());
    int first_round = 0;
    room.run([&](const Endpoint&) { return more_than_are_kept(room.own(), &first_round, &room); });
    EXPECT_EQ(first_round, static_cast<int>(Connections::kMost) + 4);
    EXPECT_EQ(room.connections(), first_round + 4);
}

Task<void> sessions_of_nothing(Endpoint endpoint, Said* said) {
    Connections kept;
    for (int i = 0; i < 1000; ++i) co_await session_of_nothing(endpoint, &kept);
    co_await kept_session(endpoint, &kept, said);
}

TEST(MilterConnections, SessionsWithoutAMessageLeaveALittleAtMostForTheNext) {
    Both both;
    FilterRoom room(both.serve());
    Said said;
    room.run([&](const Endpoint&) { return sessions_of_nothing(room.own(), &said); });
    EXPECT_GT(room.connections(), 5);
    EXPECT_LT(room.connections(), 100);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
    const auto tail = both.filter.steps.end() - static_cast<std::ptrdiff_t>(kWholeSession.size());
    EXPECT_EQ(Steps(tail, both.filter.steps.end()), kWholeSession);
}

Task<void> let_it_age(async::Scope* scope, Connections* kept, Endpoint endpoint, const Both* both, ServerEnd* then) {
    scope->spawn(kept->run());
    Said said;
    co_await kept_session(endpoint, kept, &said);
    co_await async::yield();
    async::Loop::current().advance(Connections::kAge);
    co_await async::sleep_for(std::chrono::milliseconds(20));
    *then = both->end;
    scope->cancel();
}

Task<void> keep_and_wait(Endpoint endpoint, const Both* both, ServerEnd* then) {
    Connections kept;
    const auto body = [&](async::Scope& scope) { return let_it_age(&scope, &kept, endpoint, both, then); };
    co_await async::scoped(body);
}

TEST(MilterConnections, WhatNobodyTakesIsClosedInTime) {
    Both both;
    FilterRoom room(both.serve());
    auto end = ServerEnd::malformed;
    room.run([&](const Endpoint&) { return keep_and_wait(room.own(), &both, &end); });
    EXPECT_EQ(end, ServerEnd::quit);
}

}  // namespace
}  // namespace md::milter
