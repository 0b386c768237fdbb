// tests/unit/net/stream_test.cc - net/stream.h without TLS

#include "net/stream.h"

#include <gtest/gtest.h>

#include "async/loop.h"
#include "async/scope.h"
#include "async/sync.h"
#include "net/peer_closed.h"
#include "unit/net/pair.h"

namespace md::net {
namespace {

using async::after;
using async::Loop;
using async::Scope;
using async::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

Task<void> send(Stream* stream, std::string text) {
    stream->put(text);
    const auto deadline = after(seconds(5));
    co_await stream->flush(deadline);
    stream->close();
}

Task<EndReason> receive_all(Stream* stream, std::string* got, async::Duration patience) {
    EndReason reason = EndReason::stopped;
    try {
        for (;;) {
            const auto deadline = after(patience);
            co_await stream->fill(deadline);
            got->append(stream->buffered());
            stream->consume(stream->buffered().size());
        }
    } catch (const Disconnected& over) {
        reason = over.reason;
    }
    co_return reason;
}

Task<void> transfer(Scope& scope, test::Pair* pair, std::string text, std::string* got, EndReason* reason) {
    scope.spawn(send(&pair->a, std::move(text)));
    *reason = co_await receive_all(&pair->b, got, seconds(5));
}

TEST(Stream, CarriesMoreThanTheSocketHoldsAndTellsTheEnd) {
    Loop loop;
    test::Pair pair;
    std::string text(5'000'000, 'x');
    text[4'999'999] = 'y';
    std::string got;
    EndReason reason = EndReason::stopped;
    auto body = [&](Scope& scope) { return transfer(scope, &pair, text, &got, &reason); };
    loop.run(async::scoped(body));
    EXPECT_EQ(got, text);
    EXPECT_EQ(reason, EndReason::closed);
}

TEST(Stream, SilenceEndsByTheDeadline) {
    Loop loop;
    test::Pair pair;
    std::string got;
    EXPECT_EQ(loop.run(receive_all(&pair.a, &got, milliseconds(10))), EndReason::timed_out);
    EXPECT_EQ(loop.run(receive_all(&pair.a, &got, seconds(5))), EndReason::timed_out) << "over stays over";
}

Task<EndReason> write_without_reader(Stream* stream) {
    EndReason reason = EndReason::stopped;
    stream->put(std::string(10'000'000, 'x'));
    try {
        const auto deadline = after(milliseconds(20));
        co_await stream->flush(deadline);
    } catch (const Disconnected& over) {
        reason = over.reason;
    }
    co_return reason;
}

TEST(Stream, APeerThatDoesNotReadEndsByTheDeadline) {
    Loop loop;
    test::Pair pair;
    EXPECT_EQ(loop.run(write_without_reader(&pair.a)), EndReason::timed_out);
}

Task<std::string> ask_and_answer(test::Pair* pair) {
    pair->a.put("question");
    const auto deadline = after(seconds(1));
    pair->b.put("answer");
    co_await pair->b.flush(deadline);
    co_await pair->a.fill(deadline);  // flushes the question first
    co_await pair->b.fill(deadline);
    co_return std::string(pair->b.buffered()) + "/" + std::string(pair->a.buffered());
}

TEST(Stream, FillFlushesWhatWasPut) {
    Loop loop;
    test::Pair pair;
    EXPECT_EQ(loop.run(ask_and_answer(&pair)), "question/answer");
}

Task<async::Woken> wait_for_input_or(Stream* stream, async::Signal* signal) {
    const auto deadline = after(milliseconds(20));
    const auto woken = co_await stream->wait_input(signal->point(), deadline);
    co_return woken;
}

TEST(Stream, WaitInputTellsWhichCame) {
    Loop loop;
    test::Pair pair;
    async::Signal signal;
    EXPECT_EQ(loop.run(wait_for_input_or(&pair.a, &signal)), async::Woken::timed_out);
    signal.set();
    EXPECT_EQ(loop.run(wait_for_input_or(&pair.a, &signal)), async::Woken::second);
    ASSERT_EQ(::send(pair.b.descriptor(), "x", 1, 0), 1);
    EXPECT_EQ(loop.run(wait_for_input_or(&pair.a, &signal)), async::Woken::first);
    EXPECT_EQ(pair.a.buffered(), "x");
}

TEST(Stream, APeerThatClosedIsSeenBehindWhatItSent) {
    Loop loop;
    test::Pair pair;
    EXPECT_FALSE(peer_has_closed(pair.a));
    ASSERT_EQ(::send(pair.b.descriptor(), "x", 1, 0), 1);
    EXPECT_FALSE(peer_has_closed(pair.a));
    ASSERT_EQ(::shutdown(pair.b.descriptor(), SHUT_WR), 0);
    EXPECT_TRUE(peer_has_closed(pair.a));
}

}  // namespace
}  // namespace md::net
