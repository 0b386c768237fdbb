// tests/unit/checks/pipeline_test.cc - checks/pipeline.h with checks that wait, fail, hang and disagree

#include "checks/pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "async/loop.h"
#include "async/worker_pool.h"
#include "net/disconnected.h"
#include "support/memory_sink.h"
#include "unit/checks/scripted_check.h"

namespace md::checks {
namespace {

using async::Scope;
using async::Task;
using test::always;
using test::decided;
using test::found;
using test::no_parameters;
using test::Script;
using test::ScriptedCheck;
using namespace std::chrono_literals;

/// A pipeline and one connection to it.
class Room {
  public:
    using Talk = std::function<Task<void>(Examination* examination)>;

    void add(const Terms& terms, Script script) {
        pipeline.add(std::make_unique<ScriptedCheck>(terms, std::move(script)));
    }
    void run(const Talk& talk) {
        auto body = [&](Scope& scope) { return live(scope, talk); };
        loop.run(async::scoped(body));
    }

    async::Loop loop;
    md::test::MemorySink sink;
    Pipeline pipeline{Limits()};

  private:
    Task<void> live(Scope& scope, const Talk& talk) {
        Examination examination(pipeline, scope, log::Logger(sink));
        auto said = talk(&examination);
        co_await said;
        examination.message_over();
        co_await async::sleep_for(1ms);  // what was abandoned ends
    }
};

Client stranger() {
    Client client;
    client.address = IpAddress::parse("192.0.2.7");
    return client;
}

struct Seen {
    Decision mail;
    std::vector<Action> rcpt;
    Judgement judgement;
    std::vector<std::string> notes;
};

Task<void> begin_message(Examination* to, Seen* seen, std::string account = {}) {
    std::string id = "id";
    std::string sender = "a@b.test";
    seen->mail = co_await to->mail(std::move(id), std::move(account), std::move(sender), no_parameters());
}

Task<void> add_recipient(Examination* to, Seen* seen, std::string recipient) {
    const auto decision = co_await to->rcpt(std::move(recipient));
    seen->rcpt.push_back(decision.action);
}

Task<void> end_message(Examination* to, Seen* seen) {
    EXPECT_TRUE(to->header("Subject", " hi"));
    to->end_of_header();
    to->body("text\r\n");
    seen->judgement = co_await to->end_of_message();
}

/// One message to one recipient.
Task<void> whole_message(Examination* to, Seen* seen, std::string account = {}) {
    to->connect(stranger());
    to->helo("mx.example.net");
    co_await begin_message(to, seen, std::move(account));
    co_await add_recipient(to, seen, "r@example.com");
    co_await end_message(to, seen);
}

Seen one_message(Room& room, std::string account = {}) {
    Seen seen;
    room.run([&](Examination* to) { return whole_message(to, &seen, account); });
    return seen;
}

TEST(Pipeline, WithoutChecksEverythingIsTaken) {
    Room room;
    const auto seen = one_message(room);
    EXPECT_EQ(seen.mail.action, Action::none);
    EXPECT_EQ(seen.rcpt, std::vector{Action::none});
    EXPECT_EQ(seen.judgement.whole.action, Action::none);
    EXPECT_EQ(seen.judgement.recipients.size(), 1u);
}

Task<Finding> note_stage(Seen* seen, std::string stage, std::shared_ptr<const Subject> subject) {
    seen->notes.push_back(stage + " " + subject->client.helo + " " + std::to_string(subject->recipients.size()) + " " +
                          std::to_string(subject->header.size()) + " " + std::to_string(subject->body_size));
    co_return Finding();
}

TEST(Pipeline, AsksEachCheckWhenItsStageIsThere) {
    Room room;
    Seen notes;
    const auto add = [&](const char* name, Stage stage) {
        room.add({.name = name, .begins = stage},
                 [&notes, name](auto subject, auto) { return note_stage(&notes, name, std::move(subject)); });
    };
    add("end", Stage::end_of_message);
    add("headers", Stage::headers);
    add("rcpt", Stage::rcpt);
    add("mail", Stage::mail);
    add("helo", Stage::helo);
    add("connect", Stage::connect);
    one_message(room);
    EXPECT_EQ(notes.notes, (std::vector<std::string>{"connect  0 0 0", "helo mx.example.net 0 0 0",
                                                     "mail mx.example.net 0 0 0", "rcpt mx.example.net 1 0 0",
                                                     "headers mx.example.net 1 1 0", "end mx.example.net 1 1 6"}));
}

TEST(Pipeline, LinesStandInTheOrderInWhichTheyBegan) {
    Room room;
    room.add({.name = "one"}, always(found("1", 10)));
    room.add({.name = "two"}, always(found("2", -5)));
    room.add({.name = "early", .begins = Stage::connect}, always(found("0")));
    const auto seen = one_message(room);
    ASSERT_EQ(seen.judgement.lines.size(), 3u);
    EXPECT_EQ(seen.judgement.lines[0].check, "early");
    EXPECT_EQ(seen.judgement.lines[1].check, "one");
    EXPECT_EQ(seen.judgement.lines[1].found, "1");
    EXPECT_EQ(seen.judgement.lines[2].score_hundredths, -5);
    EXPECT_EQ(seen.judgement.score_hundredths, 5);
}

Task<Finding> meet(async::Signal* mine, async::Signal* other) {
    mine->set();
    const auto deadline = async::after(5s);
    const auto met = co_await other->wait(deadline);
    co_return found(met == async::Woken::first ? "met" : "alone");
}

TEST(Pipeline, ChecksOfOneStageRunBesideEachOther) {
    Room room;
    async::Signal a;
    async::Signal b;
    room.add({.name = "a"}, [&](auto, auto) { return meet(&a, &b); });
    room.add({.name = "b"}, [&](auto, auto) { return meet(&b, &a); });
    const auto seen = one_message(room);
    EXPECT_EQ(seen.judgement.lines[0].found, "met");
    EXPECT_EQ(seen.judgement.lines[1].found, "met");
}

Task<void> answer_with_the_body(Examination* to, async::Signal* asked, async::Signal* answered, Seen* seen) {
    to->connect(stranger());
    co_await begin_message(to, seen);
    co_await add_recipient(to, seen, "r@example.com");
    seen->notes.emplace_back(asked->is_set() ? "asked before the body" : "not asked");
    to->end_of_header();
    to->body("first");
    answered->set();
    seen->judgement = co_await to->end_of_message();
}

TEST(Pipeline, WhatBeganEarlyRunsWhileTheMessageArrives) {
    Room room;
    async::Signal asked;
    async::Signal answered;
    Seen seen;
    room.add({.name = "early", .begins = Stage::connect}, [&](auto, auto) { return meet(&asked, &answered); });
    room.run([&](Examination* to) { return answer_with_the_body(to, &asked, &answered, &seen); });
    EXPECT_EQ(seen.notes, std::vector<std::string>{"asked before the body"});
    EXPECT_EQ(seen.judgement.lines.at(0).found, "met");
}

Task<Finding> hang(int* ended) {
    struct Ending {
        ~Ending() { ++*count; }
        int* count;
    };
    const Ending ending{ended};
    co_await async::sleep_for(1h);
    co_return Finding();
}

TEST(Pipeline, ACheckThatTakesTooLongIsALineAndIsCancelled) {
    Room room;
    int ended = 0;
    room.add({.name = "slow", .time = 10ms}, [&](auto, auto) { return hang(&ended); });
    room.add({.name = "quick"}, always(found("here")));
    const auto seen = one_message(room);
    EXPECT_EQ(seen.judgement.whole.action, Action::none);
    EXPECT_EQ(seen.judgement.lines.at(0).ended, Ended::timed_out);
    EXPECT_EQ(seen.judgement.lines.at(0).found, "no answer after 10 ms");
    EXPECT_GE(seen.judgement.lines.at(0).took, 10ms);
    EXPECT_EQ(seen.judgement.lines.at(1).found, "here");
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(room.sink.count(Event::FilterCheckFailed), 1u);
}

TEST(Pipeline, ACheckWithoutATimeOfItsOwnHasThatOfAll) {
    Room room;
    Limits limits;
    limits.check_time = 10ms;
    room.pipeline = Pipeline(limits);
    int ended = 0;
    room.add({.name = "slow"}, [&](auto, auto) { return hang(&ended); });
    EXPECT_EQ(one_message(room).judgement.lines.at(0).ended, Ended::timed_out);
}

Task<Finding> block(async::WorkerPool* pool, std::atomic<bool>* over) {
    auto work = [over] {
        std::this_thread::sleep_for(300ms);
        over->store(true);
    };
    co_await async::offload(*pool, work);
    co_return Finding();
}

Task<void> note_when_judged(Examination* to, Seen* seen, std::atomic<bool>* over) {
    co_await whole_message(to, seen);
    seen->notes.emplace_back(over->load() ? "waited" : "did not wait");
}

TEST(Pipeline, AJobThatCannotBeCancelledDoesNotHoldTheMessageUp) {
    Room room;
    async::WorkerPool pool(1);
    std::atomic<bool> over = false;
    Seen seen;
    room.add({.name = "blocks", .time = 5ms}, [&](auto, auto) { return block(&pool, &over); });
    room.run([&](Examination* to) { return note_when_judged(to, &seen, &over); });
    EXPECT_EQ(seen.notes, std::vector<std::string>{"did not wait"});
    EXPECT_TRUE(over.load()) << "the room waits for it";
}

Task<Finding> fail_now() {
    throw std::runtime_error("the disk is on fire");
    co_return Finding();
}

TEST(Pipeline, ACheckThatFailsIsALineAndTheMessageIsTaken) {
    Room room;
    room.add({.name = "broken"}, [](auto, auto) { return fail_now(); });
    const auto seen = one_message(room);
    EXPECT_EQ(seen.judgement.whole.action, Action::none);
    EXPECT_EQ(seen.judgement.lines.at(0).ended, Ended::failed);
    EXPECT_EQ(seen.judgement.lines.at(0).found, "the disk is on fire");
    EXPECT_EQ(room.sink.count(Event::FilterCheckFailed), 1u);
}

TEST(Pipeline, ACheckThatMustAnswerDelaysTheMessageWhenItFails) {
    Room room;
    room.add({.name = "virus", .on_failure = OnFailure::temp_fail}, [](auto, auto) { return fail_now(); });
    EXPECT_EQ(one_message(room).judgement.whole.action, Action::temp_fail);
}

Task<Finding> lose_connection() {
    throw net::Disconnected(nullptr, net::EndReason::reset);
    co_return Finding();
}

TEST(Pipeline, AConnectionOfACheckThatBreaksEndsTheCheckAlone) {
    Room room;
    room.add({.name = "remote"}, [](auto, auto) { return lose_connection(); });
    EXPECT_EQ(one_message(room).judgement.lines.at(0).found, "a connection of its own ended: reset");
}

/// Of a message with a body of six octets.
Line line_of(const Terms& terms, Seen& notes) {
    Room room;
    room.add(terms, [&notes](std::shared_ptr<const Subject> subject, auto) {
        notes.notes.push_back(subject->body + "/" + std::to_string(subject->body_size));
        return test::say(Finding());
    });
    return one_message(room).judgement.lines.at(0);
}

TEST(Pipeline, ABodyIsHeldOnlyForACheckThatTakesOneOfItsSize) {
    Seen notes;
    line_of({.name = "header"}, notes);
    line_of({.name = "all", .wants_body = true, .largest_body = 6}, notes);
    const auto line = line_of({.name = "small", .wants_body = true, .largest_body = 5}, notes);
    EXPECT_EQ(notes.notes, (std::vector<std::string>{"/6", "text\r\n/6"}));
    EXPECT_EQ(line.ended, Ended::passed_by);
    EXPECT_EQ(line.found, "not asked: the body has more than 5 octets");
}

Task<void> long_header(Examination* to, Seen* seen) {
    co_await begin_message(to, seen);
    const std::string value(500, 'x');
    for (int i = 0; i < 4; ++i) seen->notes.emplace_back(to->header("A", value) ? "taken" : "too much");
}

TEST(Pipeline, AHeaderBeyondTheLimitIsNotHeld) {
    Room room;
    Limits limits;
    limits.header_octets = 1'512;
    room.pipeline = Pipeline(limits);
    Seen seen;
    room.run([&](Examination* to) { return long_header(to, &seen); });
    EXPECT_EQ(seen.notes, (std::vector<std::string>{"taken", "taken", "taken", "too much"}));
}

TEST(Pipeline, AnExemptionIsSaidAtMail) {
    Room room;
    room.add({.name = "lists", .begins = Stage::mail, .due = Stage::mail}, always(decided(Action::exempt, "white")));
    const auto seen = one_message(room);
    EXPECT_EQ(seen.mail.action, Action::exempt);
    EXPECT_EQ(seen.mail.reason, "white");
}

TEST(Pipeline, ARefusalThatIsKnownAtMailIsSaidAtEachRecipient) {
    Room room;
    room.add({.name = "lists", .begins = Stage::mail, .due = Stage::mail}, always(decided(Action::refuse, "black")));
    const auto seen = one_message(room);
    EXPECT_EQ(seen.mail.action, Action::none);
    EXPECT_EQ(seen.rcpt, std::vector{Action::refuse});
    EXPECT_TRUE(seen.judgement.recipients.empty());
}

Task<Finding> by_name(std::shared_ptr<const Subject> subject, std::uint32_t recipient) {
    const auto& name = subject->recipients.at(recipient);
    co_return name.starts_with("no") ? decided(Action::refuse) : found(name, 100);
}

Task<void> five_recipients(Examination* to, Seen* seen) {
    co_await begin_message(to, seen);
    for (const auto* name : {"no1", "yes1", "no2", "yes2", "no3"}) co_await add_recipient(to, seen, name);
    co_await end_message(to, seen);
}

TEST(Pipeline, RefusedRecipientsAreNotAmongThoseOfTheMessage) {
    Room room;
    room.add({.name = "each", .begins = Stage::rcpt, .due = Stage::rcpt},
             [](auto subject, auto recipient) { return by_name(std::move(subject), *recipient); });
    Seen seen;
    room.run([&](Examination* to) { return five_recipients(to, &seen); });
    EXPECT_EQ(seen.rcpt, (std::vector{Action::refuse, Action::none, Action::refuse, Action::none, Action::refuse}));
    ASSERT_EQ(seen.judgement.recipients.size(), 2u);
    EXPECT_EQ(seen.judgement.recipients[1].score_hundredths, 100) << "its own line alone";
    ASSERT_EQ(seen.judgement.lines.size(), 2u);
    EXPECT_EQ(seen.judgement.lines[1].found, "yes2");
    EXPECT_EQ(seen.judgement.lines[1].recipient, 1u);
}

Task<void> two_messages(Examination* to, Seen* first, Seen* second, std::string second_account) {
    co_await whole_message(to, first);
    to->message_over();
    co_await begin_message(to, second, std::move(second_account));
    co_await add_recipient(to, second, "r@example.com");
    co_await end_message(to, second);
}

TEST(Pipeline, WhatWasFoundOfTheClientHoldsForEachMessage) {
    Room room;
    int asked = 0;
    room.add({.name = "dnsbl", .begins = Stage::connect, .strangers_only = false}, [&](auto, auto) {
        ++asked;
        return test::say(found("listed", 300));
    });
    Seen first;
    Seen second;
    room.run([&](Examination* to) { return two_messages(to, &first, &second, ""); });
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(first.judgement.score_hundredths, 300);
    EXPECT_EQ(second.judgement.score_hundredths, 300);
}

TEST(Pipeline, WhoLogsInIsJudgedByWhatIsNotForStrangersAlone) {
    Room room;
    room.add({.name = "dnsbl", .begins = Stage::connect}, always(found("listed", 300)));
    room.add({.name = "virus", .strangers_only = false}, always(found("clean", 1)));
    Seen first;
    Seen second;
    room.run([&](Examination* to) { return two_messages(to, &first, &second, "ann@example.com"); });
    EXPECT_EQ(first.judgement.score_hundredths, 301);
    EXPECT_EQ(second.judgement.score_hundredths, 1);
}

Task<void> give_up(Examination* to, Seen* seen) {
    co_await begin_message(to, seen);
    to->message_over();
}

TEST(Pipeline, AMessageThatIsOverCancelsItsChecks) {
    Room room;
    int ended = 0;
    room.add({.name = "slow", .begins = Stage::mail}, [&](auto, auto) { return hang(&ended); });
    Seen seen;
    room.run([&](Examination* to) { return give_up(to, &seen); });
    EXPECT_EQ(ended, 1);
}

TEST(Pipeline, ScoresDecideByTheThresholdsOfThePipeline) {
    Room room;
    Limits limits;
    limits.thresholds.junk = 200;
    room.pipeline = Pipeline(limits);
    room.add({.name = "a"}, always(found("a", 100)));
    room.add({.name = "b"}, always(found("b", 100)));
    EXPECT_EQ(one_message(room).judgement.recipients.at(0).decision.action, Action::junk);
}

}  // namespace
}  // namespace md::checks
