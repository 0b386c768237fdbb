// tests/unit/mdfilterd/session_test.cc - mdfilterd/session.h behind a real socket, asked by our own milter client

#include "mdfilterd/session.h"

#include <gtest/gtest.h>

#include "checks/lists_check.h"
#include "support/memory_sink.h"
#include "unit/checks/scripted_check.h"
#include "unit/milter/filter_room.h"

namespace md::mdfilterd {
namespace {

using async::Scope;
using async::Task;
using checks::Action;
using checks::Finding;
using checks::Stage;
using checks::Terms;
using checks::test::always;
using checks::test::decided;
using checks::test::found;
using checks::test::Script;
using checks::test::ScriptedCheck;
using milter::Answer;
using milter::Client;
using milter::Macro;
using milter::Outcome;
using milter::test::words;
using Kind = Answer::Kind;
using Told = milter::RecipientVerdict::Action;

/// mdfilterd's session behind a socket.
class Room {
  public:
    Room() : room_([this](net::Stream& stream) { return serve(&stream); }) {}

    void add(const Terms& terms, Script script) {
        pipeline.add(std::make_unique<ScriptedCheck>(terms, std::move(script)));
    }
    void run(const std::function<Task<void>(Client* client)>& talk) {
        room_.run([&](milter::Endpoint) { return talk_to(talk); });
    }

    bool own = true;
    config::ConfigPointer config = *config::load_text("[trusted]\nnetworks = [\"198.51.100.0/24\"]\n", "/mdmail.conf");
    checks::Pipeline pipeline{checks::Limits()};
    md::test::MemorySink sink;
    int busy = 0;
    int begun = 0;

  private:
    Task<void> talk_to(const std::function<Task<void>(Client* client)>& talk) {
        Client client(own ? room_.own() : room_.foreign(), milter::Settings());
        auto said = talk(&client);
        co_await said;
        client.quit();
    }
    Task<void> serve(net::Stream* stream) {
        auto body = [&](Scope& scope) { return converse(&scope, stream); };
        co_await async::scoped(body);
    }
    Task<void> converse(Scope* scope, net::Stream* stream) {
        Session session(pipeline, *scope, *config, log::Logger(sink), [this](int change) { count(change); });
        auto settings = server_settings(pipeline, own);
        co_await milter::serve(*stream, session, settings);
        scope->cancel();
    }
    void count(int change) {
        busy += change;
        begun += change > 0 ? 1 : 0;
    }

    milter::test::FilterRoom room_;
};

struct Message {
    std::string address = "192.0.2.7";
    char family = '4';
    std::string account;
    std::string sender = "<a@b.test>";
    std::vector<std::string> recipients{"<r@example.com>"};
};

struct Heard {
    Answer mail;
    std::vector<Answer> rcpt;
    bool wants_body = false;
    Outcome end;
};

Task<void> send_message(Client* client, Message message, Heard* heard) {
    milter::ConnectInfo info;
    info.host = "mx.example.net";
    info.family = message.family;
    info.address = message.address;
    std::vector<Macro> macros;
    if (!message.account.empty()) macros.push_back({"{auth_authen}", message.account});
    auto answer = co_await client->connect(info, macros);
    EXPECT_EQ(answer.kind, Kind::proceed);
    answer = co_await client->helo("mx.example.net", macros);
    EXPECT_EQ(answer.kind, Kind::proceed);
    auto sender = words(message.sender);
    heard->mail = co_await client->mail(std::move(sender), macros);
    for (const auto& one : message.recipients) {
        auto recipient = words(one);
        answer = co_await client->rcpt(std::move(recipient), macros);
        heard->rcpt.push_back(answer);
    }
    answer = co_await client->data(macros);
    answer = co_await client->header("Subject", " hi");
    answer = co_await client->end_of_header(macros);
    heard->wants_body = client->wants_body();
    answer = co_await client->body("text\r\n");
    heard->end = co_await client->end_of_message(macros);
}

Heard send(Room& room, const Message& message = {}) {
    Heard heard;
    room.run([&](Client* client) { return send_message(client, message, &heard); });
    return heard;
}

/// For tests alone: what becomes of a message stands in the recipient's name.
Task<Finding> by_name(std::shared_ptr<const checks::Subject> subject) {
    Finding finding;
    finding.found = "names";
    finding.score_hundredths = 150;
    for (std::uint32_t place = 0; place < subject->recipients.size(); ++place) {
        const auto& name = subject->recipients[place];
        const auto action = name.starts_with("refuse")       ? Action::refuse
                            : name.starts_with("quarantine") ? Action::quarantine
                            : name.starts_with("discard")    ? Action::discard
                            : name.starts_with("tag")        ? Action::tag
                                                             : Action::none;
        finding.by_recipient.emplace_back(place, checks::Decision(action, "because of " + name));
    }
    co_return finding;
}

void judge_by_name(Room& room) {
    room.add({.name = "names"}, [](auto subject, auto) { return by_name(std::move(subject)); });
}

Message to(const std::vector<std::string>& names) {
    Message message;
    message.recipients.clear();
    for (const auto& name : names) message.recipients.push_back("<" + name + "@example.com>");
    return message;
}

TEST(FilterSession, OurOwnDaemonsGetAVerdictForEachRecipient) {
    Room room;
    judge_by_name(room);
    const auto heard = send(room, to({"refuse", "quarantine", "tag", "accept"}));
    EXPECT_EQ(heard.end.answer.kind, Kind::proceed);
    ASSERT_EQ(heard.end.verdicts.size(), 4u);
    EXPECT_EQ(heard.end.verdicts[0].action, Told::refuse);
    EXPECT_EQ(heard.end.verdicts[0].reason, "550 5.7.1 because of refuse@example.com");
    EXPECT_EQ(heard.end.verdicts[1].action, Told::quarantine);
    EXPECT_EQ(heard.end.verdicts[1].reason, "because of quarantine@example.com");
    EXPECT_EQ(heard.end.verdicts[2].action, Told::tag);
    EXPECT_EQ(heard.end.verdicts[3].action, Told::accept);
    EXPECT_EQ(heard.end.verdicts[3].score_hundredths, 150);
    EXPECT_TRUE(heard.end.headers.empty()) << "Sieve learns the verdict from the envelope";
    EXPECT_FALSE(heard.end.quarantine.has_value());
}

TEST(FilterSession, OthersGetWhatTheMilterProtocolHas) {
    Room room;
    room.own = false;
    judge_by_name(room);
    const auto heard = send(room, to({"discard", "tag", "accept"}));
    EXPECT_EQ(heard.end.answer.kind, Kind::proceed);
    EXPECT_TRUE(heard.end.verdicts.empty());
    EXPECT_EQ(heard.end.deleted_recipients, std::vector<std::string>{"discard@example.com"});
    ASSERT_EQ(heard.end.headers.size(), 2u);
    EXPECT_EQ(heard.end.headers[0].name, "X-Mdmail-Verdict");
    EXPECT_EQ(heard.end.headers[0].value, " tag");
    EXPECT_EQ(heard.end.headers[1].value, " 1.50");
    EXPECT_FALSE(heard.end.quarantine.has_value());
}

TEST(FilterSession, OthersHoldAMessageThatOneRecipientRefuses) {
    Room room;
    room.own = false;
    judge_by_name(room);
    const auto heard = send(room, to({"accept", "refuse"}));
    EXPECT_EQ(heard.end.answer.kind, Kind::proceed);
    EXPECT_EQ(heard.end.quarantine, "refuse@example.com: because of refuse@example.com");
}

TEST(FilterSession, WhatAllRefuseIsRefusedForEverybody) {
    for (const bool own : {true, false}) {
        Room room;
        room.own = own;
        judge_by_name(room);
        const auto heard = send(room, to({"refuse1", "refuse2"}));
        EXPECT_EQ(heard.end.answer.kind, Kind::reject);
        EXPECT_EQ(heard.end.answer.reply, "550 5.7.1 because of refuse1@example.com");
    }
}

TEST(FilterSession, WhatAllDiscardIsDiscarded) {
    Room room;
    judge_by_name(room);
    EXPECT_EQ(send(room, to({"discard"})).end.answer.kind, Kind::discard);
}

TEST(FilterSession, WhatCannotBeJudgedNowIsTemporarilyRefused) {
    Room room;
    room.add({.name = "down"}, always(decided(Action::temp_fail, "come back")));
    const auto heard = send(room);
    EXPECT_EQ(heard.end.answer.kind, Kind::temp_fail);
    EXPECT_EQ(heard.end.answer.reply, "451 4.7.1 come back");
}

TEST(FilterSession, AnExemptMessageIsAcceptedAtItsFirstRecipientWithoutFurtherChecks) {
    Room room;
    int asked = 0;
    room.add({.name = "white", .begins = Stage::mail, .due = Stage::mail}, always(decided(Action::exempt, "listed")));
    room.add({.name = "later"}, [&](auto, auto) {
        ++asked;
        return checks::test::say(decided(Action::refuse));
    });
    const auto heard = send(room);
    EXPECT_EQ(heard.mail.kind, Kind::proceed) << "the MTA does not wait there";
    EXPECT_EQ(heard.rcpt.front().kind, Kind::accept);
    EXPECT_EQ(heard.end.answer.kind, Kind::accept);
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(room.sink.count(Event::FilterExempted), 1u);
    EXPECT_EQ(room.busy, 0);
}

TEST(FilterSession, IsSentABodyOnlyForChecksThatLookAtIt) {
    Room without;
    EXPECT_FALSE(send(without).wants_body);
}

TEST(FilterSession, ShowsTheWholeBodyToWhoWantsIt) {
    Room room;
    std::string body;
    room.add({.name = "virus", .wants_body = true}, [&](std::shared_ptr<const checks::Subject> subject, auto) {
        body = subject->body;
        return checks::test::say(Finding());
    });
    EXPECT_TRUE(send(room).wants_body);
    EXPECT_EQ(body, "text\r\n");
}

TEST(FilterSession, CountsItsMessagesForAStopInOrder) {
    Room room;
    send(room);
    EXPECT_EQ(room.begun, 1);
    EXPECT_EQ(room.busy, 0);
}

TEST(FilterSession, ChangesOfChecksReachTheMta) {
    Room room;
    Finding finding = found("spf=pass");
    milter::HeaderChange change;
    change.kind = milter::HeaderChange::Kind::insert;
    change.name = "Received-SPF";
    change.value = " pass";
    finding.changes.push_back(change);
    room.add({.name = "spf"}, always(finding));
    const auto heard = send(room);
    ASSERT_EQ(heard.end.headers.size(), 1u);
    EXPECT_EQ(heard.end.headers[0].name, "Received-SPF");
}

TEST(FilterSession, SaysInTheLogWhatEachCheckFound) {
    Room room;
    room.add({.name = "one"}, always(found("a word", 250)));
    send(room);
    const auto lines = room.sink.lines();
    const auto judged = std::find_if(lines.begin(), lines.end(),
                                     [](const auto& line) { return line.find("filter-judged") != std::string::npos; });
    ASSERT_NE(judged, lines.end());
    EXPECT_NE(judged->find("score=2.50"), std::string::npos) << *judged;
    EXPECT_NE(judged->find("one 2.50 in "), std::string::npos) << *judged;
    EXPECT_NE(judged->find("a word"), std::string::npos) << *judged;
}

/// The lists behind the session.
class ListedRoom : public Room {
  public:
    ListedRoom() {
        const auto source = [this] { return known ? &lists : nullptr; };
        pipeline.add(std::make_unique<checks::WhiteListCheck>(source, real_clock()));
        pipeline.add(std::make_unique<checks::ListsCheck>(source, real_clock()));
    }
    void put(policy::List list, policy::Kind kind, const std::string& value, const std::string& scope = {}) {
        policy::Entry entry;
        entry.list = list;
        entry.scope = scope;
        entry.kind = kind;
        entry.value = *policy::canonical(kind, value);
        lists.put(entry);
    }
    void black(const std::string& network) { put(policy::List::black, policy::Kind::ip, network); }

    policy::Lists lists;
    bool known = true;
};

TEST(FilterSession, ABlackAddressIsRefusedAtEachRecipient) {
    ListedRoom room;
    room.black("192.0.2.0/24");
    const auto heard = send(room, to({"one", "two"}));
    EXPECT_EQ(heard.mail.kind, Kind::proceed);
    ASSERT_EQ(heard.rcpt.size(), 2u);
    for (const auto& answer : heard.rcpt) {
        EXPECT_EQ(answer.kind, Kind::reject);
        EXPECT_EQ(answer.reply, "550 5.7.1 mail from 192.0.2.7 is refused here: 192.0.2.0/24 is on the black list");
    }
    EXPECT_EQ(room.sink.count(Event::FilterRefused), 2u);
}

TEST(FilterSession, EachRecipientIsServedByItsOwnLists) {
    ListedRoom room;
    room.put(policy::List::black, policy::Kind::ip, "192.0.2.0/24", "one@example.com");
    room.put(policy::List::white, policy::Kind::ip, "192.0.2.0/24", "two@example.com");
    const auto heard = send(room, to({"one", "two"}));
    ASSERT_EQ(heard.rcpt.size(), 2u);
    EXPECT_EQ(heard.rcpt[0].kind, Kind::reject);
    EXPECT_EQ(heard.rcpt[1].kind, Kind::proceed);
    EXPECT_EQ(heard.end.answer.kind, Kind::proceed);
}

TEST(FilterSession, IPv6AddressesAreLookedUp) {
    ListedRoom room;
    room.black("2001:db8::/32");
    Message message;
    message.family = '6';
    message.address = "2001:db8::7";
    EXPECT_EQ(send(room, message).rcpt.at(0).kind, Kind::reject);
}

TEST(FilterSession, SendmailsIPv6AddressesAreKnown) {
    ListedRoom room;
    room.black("2001:db8::/32");
    Message message;
    message.family = '6';
    message.address = "IPv6:2001:db8::7";
    EXPECT_EQ(send(room, message).rcpt.at(0).kind, Kind::reject);
}

TEST(FilterSession, WhoLoggedInIsNotRefusedByTheLists) {
    ListedRoom room;
    room.black("192.0.2.0/24");
    Message message;
    message.account = "ann@example.com";
    const auto heard = send(room, message);
    EXPECT_EQ(heard.rcpt.at(0).kind, Kind::proceed);
    EXPECT_EQ(heard.end.answer.kind, Kind::proceed);
}

TEST(FilterSession, TrustedNetworksAreNotRefusedByTheLists) {
    ListedRoom room;
    room.black("198.51.100.0/24");
    Message message;
    message.address = "198.51.100.1";
    EXPECT_EQ(send(room, message).rcpt.at(0).kind, Kind::proceed);
}

TEST(FilterSession, WhileTheListsAreNotKnownStrangersComeAgain) {
    ListedRoom room;
    room.known = false;
    const auto heard = send(room);
    EXPECT_EQ(heard.rcpt.at(0).kind, Kind::temp_fail);
    EXPECT_EQ(heard.rcpt.at(0).reply, "451 4.7.1 mail cannot be examined now, try again later");
}

TEST(FilterSession, WhileTheListsAreNotKnownWhoLoggedInPasses) {
    ListedRoom room;
    room.known = false;
    Message message;
    message.account = "ann@example.com";
    EXPECT_EQ(send(room, message).rcpt.at(0).kind, Kind::proceed);
}

Task<void> two_messages(Client* client, ListedRoom* room, Heard* first, Heard* second) {
    Message message;
    co_await send_message(client, message, first);
    room->black("192.0.2.7");
    auto sender = words("<a@b.test>");
    auto none = milter::test::no_macros();
    second->mail = co_await client->mail(std::move(sender), none);
    auto recipient = words("<r@example.com>");
    const auto answer = co_await client->rcpt(std::move(recipient), none);
    second->rcpt.push_back(answer);
}

TEST(FilterSession, AChangeOfTheListsActsOnTheNextMessageOfAConnection) {
    ListedRoom room;
    Heard first;
    Heard second;
    room.run([&](Client* client) { return two_messages(client, &room, &first, &second); });
    EXPECT_EQ(first.rcpt.at(0).kind, Kind::proceed);
    EXPECT_EQ(second.rcpt.at(0).kind, Kind::reject);
}

Task<void> long_header(Client* client, Heard* heard) {
    auto none = milter::test::no_macros();
    auto answer = co_await client->connect(milter::test::a_client(), none);
    auto sender = words("<a@b.test>");
    heard->mail = co_await client->mail(std::move(sender), none);
    auto recipient = words("<r@example.com>");
    answer = co_await client->rcpt(std::move(recipient), none);
    const std::string value(60'000, 'x');
    for (int i = 0; i < 20; ++i) answer = co_await client->header("X-Long", value);
    answer = co_await client->end_of_header(none);
    heard->end = co_await client->end_of_message(none);
}

TEST(FilterSession, AHeaderWithoutEndIsRefused) {
    Room room;
    Heard heard;
    room.run([&](Client* client) { return long_header(client, &heard); });
    EXPECT_EQ(heard.end.answer.kind, Kind::reject);
    EXPECT_EQ(heard.end.answer.reply, "552 5.3.4 header too large");
}

}  // namespace
}  // namespace md::mdfilterd
