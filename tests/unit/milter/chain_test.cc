// tests/unit/milter/chain_test.cc - milter/chain.h

#include "milter/chain.h"

#include <gtest/gtest.h>

#include "unit/milter/filter_room.h"

namespace md::milter {
namespace {

using async::Scope;
using async::Task;
using test::a_client;
using test::no_macros;
using test::RecordingFilter;
using test::words;
using Kind = Answer::Kind;

struct Member {
    RecordingFilter filter;
    std::string path;
    Fd fd;
    async::Signal stop;
};

Task<void> serve_one(std::unique_ptr<net::Stream> stream, Filter* filter) {
    ServerSettings settings;
    settings.offer_verdicts = true;
    settings.actions = 0x1ff;
    try {
        const auto end = co_await serve(*stream, *filter, settings);
        static_cast<void>(end);
    } catch (const net::Disconnected&) {
        // The chain went.
    }
}

struct Said {
    std::vector<Kind> recipients;
    Answer mail;
    Outcome outcome;
    std::string speaker;
};

class ChainTest : public ::testing::Test {
  protected:
    Member& add() {
        auto member = std::make_unique<Member>();
        member->path = directory_ / std::to_string(members_.size());
        member->fd = net::listen_unix(member->path, 0600);
        members_.push_back(std::move(member));
        endpoints_.push_back(Endpoint::own(members_.back()->path));
        return *members_.back();
    }
    void add_absent() { endpoints_.push_back(Endpoint::own(directory_ / "absent")); }

    Said run(std::vector<std::string> recipients) {
        Said said;
        auto body = [&](Scope& scope) { return live(&scope, std::move(recipients), &said); };
        loop_.run(async::scoped(body));
        return said;
    }

    bool session_refuses_second_ = false;

  private:
    Task<void> live(Scope* scope, std::vector<std::string> recipients, Said* said) {
        for (auto& member : members_) {
            std::function<void(net::Accepted)> take = [scope, &member](net::Accepted one) {
                auto stream = std::make_unique<net::Stream>(std::move(one.fd), one.peer, one.local);
                scope->spawn(serve_one(std::move(stream), &member->filter));
            };
            scope->spawn(net::accept_loop(member->fd.get(), member->stop.point(), take));
        }
        co_await talk(std::move(recipients), said);
        scope->cancel();
    }

    Task<void> talk(std::vector<std::string> recipients, Said* said) {
        Chain chain(endpoints_, Settings());
        auto answer = co_await chain.connect(a_client(), no_macros());
        answer = co_await chain.helo("mx", no_macros());
        const auto from = words("<a@b>");
        said->mail = co_await chain.mail(from, no_macros());
        for (const auto& recipient : recipients) {
            const auto to = words(recipient);
            answer = co_await chain.rcpt(to, no_macros());
            said->recipients.push_back(answer.kind);
            if (session_refuses_second_ && said->recipients.size() == 2) chain.refused_after_all();
        }
        answer = co_await chain.data(no_macros());
        answer = co_await chain.header("Subject", " x");
        answer = co_await chain.end_of_header(no_macros());
        answer = co_await chain.body("x\r\n");
        said->outcome = co_await chain.end_of_message(no_macros());
        said->speaker = chain.last_speaker();
        chain.quit();
    }

    async::Loop loop_;
    md::test::TemporaryDirectory directory_;
    std::vector<std::unique_ptr<Member>> members_;
    std::vector<Endpoint> endpoints_;
};

RecipientVerdict verdict(std::uint32_t recipient, std::string reason) {
    RecipientVerdict one;
    one.recipient = recipient;
    one.reason = std::move(reason);
    return one;
}

TEST_F(ChainTest, AnEmptyChainLetsEverythingPass) {
    const auto said = run({"<x@y>"});
    EXPECT_EQ(said.mail.kind, Kind::proceed);
    EXPECT_EQ(said.outcome.answer.kind, Kind::proceed);
}

TEST_F(ChainTest, MergesTheChangesInOrder) {
    auto& one = add();
    auto& two = add();
    HeaderChange change;
    change.name = "X-One";
    one.filter.outcome.headers = {change};
    one.filter.outcome.quarantine = "first";
    change.name = "X-Two";
    two.filter.outcome.headers = {change};
    two.filter.outcome.quarantine = "second";
    const auto outcome = run({"<x@y>"}).outcome;
    ASSERT_EQ(outcome.headers.size(), 2u);
    EXPECT_EQ(outcome.headers[0].name, "X-One");
    EXPECT_EQ(outcome.headers[1].name, "X-Two");
    EXPECT_EQ(outcome.quarantine, "first");
}

TEST_F(ChainTest, TheFirstRefusalWinsAndTheNextIsNotAsked) {
    auto& one = add();
    auto& two = add();
    one.filter.answers["mail"] = Answer(Kind::reject, "550 5.7.1 one");
    two.filter.answers["mail"] = Answer(Kind::reject, "550 5.7.1 two");
    const auto said = run({});
    EXPECT_EQ(said.mail.reply, "550 5.7.1 one");
    const auto& steps = two.filter.steps;
    EXPECT_TRUE(std::none_of(steps.begin(), steps.end(), [](const auto& step) { return step.starts_with("mail"); }));
}

TEST_F(ChainTest, ARefusalAtTheEndOverridesWhatTheFirstWantedChanged) {
    auto& one = add();
    auto& two = add();
    one.filter.outcome.quarantine = "first";
    two.filter.outcome.answer = Answer(Kind::reject, "550 5.7.1 two");
    const auto said = run({"<x@y>"});
    EXPECT_EQ(said.outcome.answer.reply, "550 5.7.1 two");
    EXPECT_FALSE(said.outcome.quarantine);
    EXPECT_NE(said.speaker.find("/1"), std::string::npos);
}

TEST_F(ChainTest, AcceptsOnlyIfAllAreContent) {
    auto& one = add();
    auto& two = add();
    one.filter.answers["mail"] = Answer(Kind::accept);
    EXPECT_EQ(run({"<x@y>"}).mail.kind, Kind::proceed);
    two.filter.answers["mail"] = Answer(Kind::accept);
    EXPECT_EQ(run({"<x@y>"}).mail.kind, Kind::accept);
}

TEST_F(ChainTest, IsUnavailableIfAnyIs) {
    add();
    add_absent();
    const auto said = run({"<x@y>"});
    EXPECT_EQ(said.mail.kind, Kind::unavailable);
    EXPECT_EQ(said.outcome.answer.kind, Kind::unavailable);
}

TEST_F(ChainTest, VerdictsAreByTheRecipientsThatPassedAll) {
    auto& one = add();
    auto& two = add();
    two.filter.answers["rcpt <first@x>"] = Answer(Kind::reject);
    one.filter.outcome.verdicts = {verdict(0, "refused by two"), verdict(1, "one on second"),
                                   verdict(2, "one on third")};
    two.filter.outcome.verdicts = {verdict(1, "two on third")};
    const auto outcome = run({"<first@x>", "<second@x>", "<third@x>"}).outcome;
    ASSERT_EQ(outcome.verdicts.size(), 3u);
    EXPECT_EQ(outcome.verdicts[0].recipient, 0u);
    EXPECT_EQ(outcome.verdicts[0].reason, "one on second");
    EXPECT_EQ(outcome.verdicts[1].recipient, 1u);
    EXPECT_EQ(outcome.verdicts[2].recipient, 1u);
    EXPECT_EQ(outcome.verdicts[2].reason, "two on third");
}

TEST_F(ChainTest, ARecipientThatTheSessionRefusesIsNotCounted) {
    auto& one = add();
    session_refuses_second_ = true;
    one.filter.outcome.verdicts = {verdict(1, "second"), verdict(2, "third")};
    const auto outcome = run({"<first@x>", "<second@x>", "<third@x>"}).outcome;
    ASSERT_EQ(outcome.verdicts.size(), 1u);
    EXPECT_EQ(outcome.verdicts[0].recipient, 1u);
    EXPECT_EQ(outcome.verdicts[0].reason, "third");
}

TEST(MilterEndpoints, AFilterThatCannotBeReadIsAlwaysAway) {
    const auto all = endpoints({"mdfilterd", "unix:/x", "rubbish"}, "/run/filter.sock");
    ASSERT_EQ(all.size(), 3u);
    EXPECT_TRUE(all[0].ours);
    EXPECT_EQ(all[0].path, "/run/filter.sock");
    EXPECT_FALSE(all[1].ours);
    EXPECT_EQ(all[2].path, "rubbish");
}

}  // namespace
}  // namespace md::milter
