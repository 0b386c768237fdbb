// tests/unit/mdctl/queue_verbs_test.cc - `mdctl queue` and `mdctl quarantine` while mdqueue is down

#include "base/files.h"
#include "spool/intake_writer.h"
#include "spool/spool.h"
#include "support/mdctl_instance.h"

namespace md::mdctl {
namespace {

const std::string kText = "Return-Path: <ann@example.net>\nSubject: x\n\nbody\n";

class QueueVerbsTest : public InstanceTest {
  protected:
    std::string put(std::uint64_t id, std::string_view queue, const std::string& from, const std::string& to,
                    const std::string& reply = "", int hours_ago = 0) {
        spool::Spool spool(real_files(), root_ + "/spool");
        spool::Envelope envelope;
        envelope.id = QueueId(id);
        envelope.arrived = real_clock().now() - std::chrono::hours(hours_ago);
        envelope.reverse_path = from;
        envelope.recipients.emplace_back(to);
        envelope.client.account = from;
        std::vector<spool::Progress> progress;
        if (!reply.empty()) {
            spool::Progress deferred;
            deferred.time = envelope.arrived;
            deferred.recipient = 0;
            deferred.kind = spool::Progress::Kind::deferred;
            deferred.next = envelope.arrived + std::chrono::hours(1);
            deferred.text = reply;
            progress.push_back(deferred);
        }
        const spool::MessagePiece piece(kText);
        spool.add(queue, envelope, std::span(&piece, 1), spool::Durable::now, progress);
        return envelope.id.text();
    }
    std::string queue_of(const std::string& id) {
        spool::Spool spool(real_files(), root_ + "/spool");
        return spool.find(*QueueId::parse(id)).value_or("");
    }
    /// How many the selection finds.
    std::size_t found(std::vector<std::string> flags) {
        flags.insert(flags.begin(), {"queue", "list"});
        return json(flags).items().size();
    }
};

TEST_F(QueueVerbsTest, AListShowsWhatIsSelected) {
    const auto one = put(1, "retry", "ann@example.net", "bob@example.org", "mailbox full: 2 of 1 octets used", 5);
    put(2, "remote", "", "carl@elsewhere.test");
    put(3, "quarantine", "Ann@example.net", "dora@example.org");
    EXPECT_EQ(found({}), 3U);
    EXPECT_EQ(found({"--queue", "retry"}), 1U);
    EXPECT_EQ(found({"--from", "ann@*"}), 2U);
    EXPECT_EQ(found({"--from", "<>"}), 1U);
    EXPECT_EQ(found({"--to", "*@example.org", "--from", "ann@example.net"}), 2U);
    EXPECT_EQ(found({"--domain", "Elsewhere.test"}), 1U);
    EXPECT_EQ(found({"--auth", "ann@example.net"}), 2U);
    EXPECT_EQ(found({"--older", "4h"}), 1U);
    EXPECT_EQ(found({"--larger", "1K"}), 0U);
    EXPECT_EQ(found({"--larger", "10"}), 3U);
    EXPECT_EQ(found({"--reason", "FULL"}), 1U);
    EXPECT_EQ(run({"queue", "list", "--older", "soon"}), Exit::usage);
    EXPECT_NE(complaint_.find("2h"), std::string::npos) << complaint_;
    EXPECT_EQ(json({"quarantine", "list"}).items().size(), 1U);
    const auto shown = json({"queue", "show", one});
    EXPECT_EQ(shown.text("queue"), "retry");
    EXPECT_EQ(shown.find("history")->items().size(), 1U);
    EXPECT_EQ(run({"queue", "show", "0000000000000"}), Exit::not_there);
    EXPECT_EQ(run({"queue", "show", "?"}), Exit::usage);
    EXPECT_EQ(run({"queue", "cat", one}), Exit::done);
    EXPECT_EQ(out_, kText);
}

TEST_F(QueueVerbsTest, WhatLeavesIsFoundByItsDestination) {
    real_files().replace(conf_,
                         *real_files().read(conf_) + "\n[[route]]\ndomain = \"*.test\"\nto = \"smtp:[192.0.2.9]\"\n");
    put(1, "retry", "ann@example.net", "carl@elsewhere.test", "refused");
    put(2, "retry", "ann@example.net", "carl@Elsewhere.example");
    put(3, "retry", "ann@example.net", "bob@example.org");
    put(4, "bad", "ann@example.net", "carl@[192.0.2.7]");
    std::string names;
    const auto listed = json({"queue", "list"});
    for (const auto& row : listed.items())
        names += row.text("id").back() + row.find("recipients")->items()[0].text("destination") + ";";
    for (const auto* each : {"1route *.test;", "2elsewhere.example;", "3;", "4[192.0.2.7];"})
        EXPECT_NE(names.find(each), std::string::npos) << names;
    EXPECT_EQ(found({"--destination", "elsewhere.example"}), 1U);
    EXPECT_EQ(found({"--destination", "route \\*.test"}), 0U);
    EXPECT_EQ(found({"--destination", "route *.test"}), 1U);
    EXPECT_EQ(found({"--destination", "else*"}), 1U);
    EXPECT_EQ(found({"--destination", "example.org"}), 0U) << "it stays here";
    const auto rows = json({"queue", "stats", "--by", "destination"});
    std::string counted;
    for (const auto& row : rows.items()) counted += row.text("destination") + ";";
    EXPECT_EQ(counted, "[192.0.2.7];elsewhere.example;route *.test;");
    EXPECT_EQ(run({"queue", "destinations"}), Exit::no_daemon);
}

TEST_F(QueueVerbsTest, StatsCount) {
    put(1, "retry", "ann@example.net", "bob@example.org", "no room", 30);
    put(2, "retry", "ann@example.net", "carl@elsewhere.test", "no route");
    put(3, "bad", "", "carl@elsewhere.test", "no room");
    const auto count = [this](const char* by, const std::string& key) {
        const auto rows = json({"queue", "stats", "--by", by});
        for (const auto& row : rows.items())
            if (row.text(by) == key) return row.integer("messages");
        return std::int64_t{0};
    };
    EXPECT_EQ(count("queue", "retry"), 2);
    EXPECT_EQ(count("domain", "elsewhere.test"), 2);
    EXPECT_EQ(count("sender", "<>"), 1);
    EXPECT_EQ(count("reason", "no room"), 2);
    EXPECT_EQ(count("age", "1d to 3d"), 1);
    EXPECT_EQ(run({"queue", "stats", "--by", "colour"}), Exit::usage);
}

TEST_F(QueueVerbsTest, WhatIsMeantMustBeSaid) {
    put(1, "retry", "ann@example.net", "bob@example.org");
    EXPECT_EQ(run({"queue", "hold"}), Exit::usage);
    EXPECT_EQ(run({"queue", "hold", "0000000000001", "--all"}), Exit::usage);
    EXPECT_EQ(run({"queue", "hold", "x"}), Exit::usage);
    EXPECT_EQ(run({"queue", "hold", "0000000000009"}), Exit::not_there);
    EXPECT_EQ(run({"queue", "run", "--all"}), Exit::no_daemon);
    EXPECT_EQ(run({"queue", "remove", "--yes", "--from", ""}), Exit::usage) << "a variable that is not set";
    EXPECT_EQ(found({}), 1U);
}

TEST_F(QueueVerbsTest, EachVerbPutsAMessageWhereItBelongs) {
    const auto one = put(1, "retry", "ann@example.net", "bob@example.org", "later");
    EXPECT_EQ(run({"queue", "hold", one}), Exit::done) << complaint_;
    EXPECT_EQ(queue_of(one), "holding");
    EXPECT_EQ(run({"queue", "release", one}), Exit::done) << complaint_;
    EXPECT_EQ(queue_of(one), "incoming");
    EXPECT_EQ(run({"queue", "release", one}), Exit::no);
    EXPECT_NE(complaint_.find("not held"), std::string::npos) << complaint_;
    EXPECT_EQ(run({"queue", "move", "bad", one}), Exit::done) << complaint_;
    EXPECT_EQ(queue_of(one), "bad");
    EXPECT_EQ(run({"queue", "move", "nowhere", one}), Exit::not_there);
    EXPECT_EQ(run({"queue", "move", "No Queue", one}), Exit::usage);
    EXPECT_EQ(run({"queue", "requeue", "-"}, one + "\n\n"), Exit::done) << complaint_;
    EXPECT_EQ(queue_of(one), "incoming");
    EXPECT_EQ(run({"queue", "bounce", one}), Exit::usage) << "nobody can be asked here";
    EXPECT_EQ(run({"queue", "bounce", one, "--yes", "--dry-run"}), Exit::done);
    EXPECT_EQ(queue_of(one), "incoming");
    EXPECT_EQ(run({"queue", "bounce", one, "--yes"}), Exit::done) << complaint_;
    EXPECT_EQ(queue_of(one), "retry") << "the report is made by mdqueue";
    EXPECT_EQ(run({"queue", "bounce", one, "--yes"}), Exit::no) << "its recipient waits no more";
    EXPECT_EQ(run({"queue", "remove", "--queue", "retry", "--yes"}), Exit::done) << complaint_;
    EXPECT_EQ(queue_of(one), "");
}

TEST_F(QueueVerbsTest, ARouteIsGivenShownAndTakenBack) {
    const auto one = put(1, "retry", "ann@example.net", "carl@elsewhere.test", "refused");
    const auto two = put(2, "retry", "ann@example.net", "dora@elsewhere.test", "refused");
    EXPECT_EQ(run({"queue", "reroute", one, "smtp:[192.0.2.1]:2525"}), Exit::done) << complaint_;
    EXPECT_EQ(json({"queue", "show", one}).text("route"), "smtp:[192.0.2.1]:2525");
    EXPECT_EQ(run({"queue", "show", one}), Exit::done);
    EXPECT_TRUE(says("route    smtp:[192.0.2.1]:2525\n")) << out_;
    EXPECT_EQ(json({"queue", "show", two}).find("route"), nullptr);
    EXPECT_EQ(run({"queue", "reroute", "default", one}), Exit::done) << complaint_;
    EXPECT_EQ(json({"queue", "show", one}).find("route"), nullptr);
    EXPECT_EQ(run({"queue", "reroute", "smtp:mx.example.org", "--domain", "elsewhere.test"}), Exit::done);
    EXPECT_EQ(json({"queue", "show", two}).text("route"), "smtp:mx.example.org");
    EXPECT_EQ(queue_of(two), "retry");
    EXPECT_EQ(run({"queue", "reroute", "lmtp:unix:/run/x", "0000000000009"}), Exit::not_there);
}

TEST_F(QueueVerbsTest, ARouteThatIsNoneIsToldSo) {
    const auto one = put(1, "retry", "ann@example.net", "carl@elsewhere.test");
    for (const auto* text :
         {"smtp:[192.0.2.1", "smtp:[192.0.2.1]:70000", "192.0.2.1", "mx.example.org", "lmtp:mx", "*"}) {
        EXPECT_EQ(run({"queue", "reroute", one, text}), Exit::usage) << text;
        EXPECT_TRUE(complains("is no route")) << complaint_;
    }
    real_files().replace(conf_, *real_files().read(conf_) + "\n[[route]]\ndomain = \"*\"\nto = \"smtp:[192.0.2.9]\"\n");
    EXPECT_EQ(run({"queue", "reroute", one, "*"}), Exit::done) << complaint_;
    EXPECT_EQ(json({"queue", "show", one}).text("route"), "*");
    EXPECT_EQ(run({"queue", "reroute", one}), Exit::usage);
    EXPECT_EQ(run({"queue", "reroute", "*"}), Exit::usage) << "of which messages?";
}

TEST_F(QueueVerbsTest, TimesAreSet) {
    const auto one = put(1, "retry", "ann@example.net", "carl@elsewhere.test", "refused");
    const auto next = [&] { return json({"queue", "show", one}).find("recipients")->items()[0].text("next_attempt"); };
    const auto expires = [&] { return json({"queue", "show", one}).text("expires"); };
    EXPECT_EQ(run({"queue", "schedule", one, "--next", "2999-12-24T18:00:00Z"}), Exit::usage) << "in ten years at most";
    const auto soon = rfc3339(real_clock().now() + std::chrono::hours(48)).substr(0, 10);
    EXPECT_EQ(run({"queue", "schedule", one, "--next", soon + "T18:00:00Z"}), Exit::done) << complaint_;
    EXPECT_EQ(next(), soon + "T18:00:00.000000Z");
    EXPECT_EQ(run({"queue", "schedule", one, "--next", soon + "T18:00:00.5+01:30"}), Exit::done) << complaint_;
    EXPECT_EQ(next(), soon + "T16:30:00.500000Z");
    EXPECT_EQ(run({"queue", "schedule", one, "--next", soon + "T18:00:00-02:00"}), Exit::done) << complaint_;
    EXPECT_EQ(next(), soon + "T20:00:00.000000Z");
    const auto arrived = json({"queue", "show", one}).text("arrived");
    EXPECT_EQ(expires(), rfc3339(*parse_rfc3339(arrived) + std::chrono::hours(120))) << "queue.expire";
    EXPECT_EQ(run({"queue", "schedule", "--all", "--expire", "+2h"}), Exit::done) << complaint_;
    EXPECT_LT(expires(), rfc3339(real_clock().now() + std::chrono::minutes(121)));
    EXPECT_GT(expires(), rfc3339(real_clock().now() + std::chrono::minutes(119)));
    EXPECT_EQ(next(), soon + "T20:00:00.000000Z") << "what is not said stays";
    EXPECT_EQ(run({"queue", "schedule", one, "--next", "now"}), Exit::done) << complaint_;
    EXPECT_LE(next(), rfc3339(real_clock().now()));
    const auto end = expires();
    EXPECT_EQ(run({"queue", "show", one}), Exit::done);
    EXPECT_TRUE(says("expires  " + end)) << out_;
}

TEST_F(QueueVerbsTest, TimesThatAreNoneAreToldSo) {
    const auto one = put(1, "retry", "ann@example.net", "carl@elsewhere.test");
    for (const auto* text : {"soon", "2h", "+", "-2h", "+4000d", "2026-02-30T10:00:00Z", "2026-12-24T18:00:00",
                             "2026-12-24T18:00:00+24:00", "2026-12-24T18:00:00+1:00", "9999-12-31T00:00:00Z"})
        EXPECT_EQ(run({"queue", "schedule", one, "--next", text}), Exit::usage) << text;
    EXPECT_EQ(run({"queue", "schedule", one, "--expire", "+99999999999999999d"}), Exit::usage);
    EXPECT_EQ(run({"queue", "schedule", one}), Exit::usage);
    EXPECT_TRUE(complains("--next")) << complaint_;
    EXPECT_EQ(run({"queue", "schedule", "--next", "+1h"}), Exit::usage) << "of which messages?";
}

TEST_F(QueueVerbsTest, ManyAreDoneTogetherAndTheRefusedAreNamed) {
    const auto one = put(1, "holding", "ann@example.net", "bob@example.org");
    const auto two = put(2, "retry", "ann@example.net", "bob@example.org");
    const auto answer = [this](std::vector<std::string> words, Exit expected) {
        return json(std::move(words), expected);
    };
    const auto result = answer({"queue", "release", one, two}, Exit::no);
    EXPECT_EQ(result.integer("done"), 1);
    EXPECT_EQ(result.find("results")->items()[0].text("queue"), "incoming");
    EXPECT_EQ(result.find("results")->items()[1].text("result"), "refused");
    EXPECT_NE(complaint_.find(two), std::string::npos);
}

TEST_F(QueueVerbsTest, QuarantineIsLeftByReleaseAndRemove) {
    const auto one = put(1, "quarantine", "ann@example.net", "bob@example.org");
    const auto two = put(2, "quarantine", "ann@example.net", "bob@example.org");
    const auto other = put(3, "retry", "ann@example.net", "bob@example.org");
    EXPECT_EQ(run({"quarantine", "release", one, other}), Exit::not_there) << "it is not in quarantine";
    EXPECT_EQ(queue_of(one), "incoming");
    EXPECT_EQ(queue_of(other), "retry");
    EXPECT_EQ(run({"quarantine", "remove", "--all", "--yes"}), Exit::done) << complaint_;
    EXPECT_EQ(queue_of(two), "");
    EXPECT_EQ(queue_of(other), "retry");
}

TEST_F(QueueVerbsTest, AFreezeStays) {
    EXPECT_EQ(run({"queue", "freeze", "retry"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"queue", "freeze", "--domain", "Elsewhere.test"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"queue", "freeze", "--sender", "<>"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"queue", "freeze", "retry", "--domain", "x.test"}), Exit::usage);
    EXPECT_EQ(run({"queue", "freeze", "--domain", "not a domain"}), Exit::usage);
    EXPECT_EQ(json({"queue", "freeze"}).items().size(), 3U);
    EXPECT_EQ(run({"queue", "thaw", "--domain", "elsewhere.test"}), Exit::done) << complaint_;
    EXPECT_EQ(run({"queue", "thaw", "--domain", "elsewhere.test"}), Exit::not_there);
    EXPECT_EQ(json({"queue", "freeze"}).items().size(), 2U);
}

TEST_F(QueueVerbsTest, WhoseLockItIsDecides) {
    spool::Spool spool(real_files(), root_ + "/spool");
    ASSERT_TRUE(spool.try_lock());
    EXPECT_EQ(run({"queue", "list"}), Exit::again);
}

TEST_F(QueueVerbsTest, WhatTheNextManagerMakesAnewIsLeftToIt) {
    const auto one = put(1, "retry", "ann@example.net", "bob@example.org");
    const auto two = put(2, "retry", "ann@example.net", "bob@example.org");
    spool::IntakeSettings settings;
    settings.directory = root_ + "/intake";
    settings.segment_size_bytes = 16 << 10;
    spool::IntakeWriter writer(real_files(), settings, real_clock());
    spool::Envelope envelope;
    envelope.id = QueueId(1);
    envelope.recipients.emplace_back("bob@example.org");
    const spool::OutgoingRecord record(envelope, kText);
    ASSERT_EQ(writer.append_batch(std::span(&record, 1)).stored, 1U);
    EXPECT_EQ(run({"queue", "hold", one}), Exit::no);
    EXPECT_TRUE(complains("start mdqueue"));
    EXPECT_EQ(queue_of(one), "retry");
    EXPECT_EQ(run({"queue", "hold", two}), Exit::done) << complaint_;
}

}  // namespace
}  // namespace md::mdctl
