// tests/unit/net/deflate_test.cc - net/deflate.h, and streams that use it

#include "net/deflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "async/loop.h"
#include "async/scope.h"
#include "net/stream.h"
#include "unit/net/pair.h"

namespace md::net {
namespace {

using async::after;
using async::Loop;
using async::Scope;
using async::Task;
using std::chrono::seconds;

std::string unpack_all(Inflater& inflater, std::string_view packed, std::size_t limit) {
    std::string out;
    do {
        if (!inflater.unpack(packed, out, limit)) return "broken";
    } while (!packed.empty() || inflater.holds_more());
    return out;
}

TEST(Deflate, GivesBackWhatWasPackedPieceByPieceAndAfterARelease) {
    Deflater deflater;
    Inflater inflater;
    for (const auto* text : {"a1 NOOP\r\n", "a2 NOOP\r\n", "", "* OK\r\n"}) {
        std::string packed;
        deflater.pack(text, packed);
        EXPECT_EQ(unpack_all(inflater, packed, 3), text);
        deflater.release();
    }
}

TEST(Deflate, ABombGivesNoMoreThanItIsAskedFor) {
    Deflater deflater;
    std::string packed;
    deflater.pack(std::string(10'000'000, 'x'), packed);
    EXPECT_LT(packed.size(), 20'000U);
    Inflater inflater;
    std::string_view rest = packed;
    std::size_t size = 0;
    do {
        std::string out;
        ASSERT_TRUE(inflater.unpack(rest, out, 4096));
        EXPECT_LE(out.size(), 4096U);
        size += out.size();
    } while (!rest.empty() || inflater.holds_more());
    EXPECT_EQ(size, 10'000'000U);
}

TEST(Deflate, WhatIsNoDeflateIsBroken) {
    Inflater inflater;
    std::string out;
    std::string_view text = "a1 NOOP\r\n";
    EXPECT_FALSE(inflater.unpack(text, out, 100));
}

/// As zlib's own client would: one window for the whole conversation, and octets of several packs cut anywhere.
TEST(Deflate, ReadsAnEndlessWindow) {
    z_stream client{};
    ASSERT_EQ(deflateInit2(&client, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    Inflater inflater;
    std::string sent;
    std::string got;
    for (int i = 0; i < 2000; ++i) {
        auto line =
            "a" + std::to_string(i % 7) + " FETCH " + std::to_string(i) + " BODY.PEEK[HEADER.FIELDS (FROM)]\r\n";
        sent += line;
        std::string packed(1000, '\0');
        client.next_in = reinterpret_cast<Bytef*>(line.data());
        client.avail_in = static_cast<uInt>(line.size());
        client.next_out = reinterpret_cast<Bytef*>(packed.data());
        client.avail_out = 1000;
        ASSERT_EQ(deflate(&client, i % 3 == 0 ? Z_SYNC_FLUSH : Z_NO_FLUSH), Z_OK);
        packed.resize(1000 - client.avail_out);
        for (const char c : packed) got += unpack_all(inflater, std::string_view(&c, 1), 10);
    }
    EXPECT_EQ(got, sent.substr(0, got.size()));
    EXPECT_GT(got.size(), sent.size() - 300);
    deflateEnd(&client);
}

Task<void> talk(Stream* stream, std::string text) {
    const auto deadline = after(seconds(20));
    co_await stream->start_compression(deadline);
    for (std::size_t at = 0; at < text.size(); at += 100'000) {
        stream->put(std::string_view(text).substr(at, 100'000));
        co_await stream->flush(deadline);
    }
    stream->close();
}

/// What came, and how it ended.
Task<void> listen(Stream* stream, std::size_t* got, EndReason* reason, std::size_t* most) {
    const auto deadline = after(seconds(20));
    try {
        co_await stream->start_compression(deadline);
        for (;;) {
            co_await stream->fill(deadline);
            *most = std::max(*most, stream->buffered().size());
            *got += stream->buffered().size();
            stream->consume(stream->buffered().size());
        }
    } catch (const Disconnected& over) {
        *reason = over.reason;
    }
}

struct Heard {
    std::size_t octets = 0;
    std::size_t most = 0;
    EndReason reason = EndReason::stopped;
    std::uint64_t on_the_wire = 0;
};

Task<void> converse(Scope& scope, test::Pair* pair, std::string text, Heard* heard) {
    scope.spawn(talk(&pair->a, std::move(text)));
    co_await listen(&pair->b, &heard->octets, &heard->reason, &heard->most);
    heard->on_the_wire = pair->b.received();
    scope.cancel();
}

Heard hear(std::string text) {
    Loop loop;
    test::Pair pair;
    Heard heard;
    auto body = [&](Scope& scope) { return converse(scope, &pair, std::move(text), &heard); };
    loop.run(async::scoped(body));
    return heard;
}

TEST(CompressedStream, CarriesALongConversationInPieces) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919) + "\r\n";
    const auto heard = hear(text);
    EXPECT_EQ(heard.octets, text.size());
    EXPECT_LE(heard.most, Stream::kReadAtOnce);
    EXPECT_EQ(heard.reason, EndReason::closed);
    EXPECT_LT(heard.on_the_wire, text.size() / 2);
}

TEST(CompressedStream, ABombEndsTheStream) {
    const auto heard = hear(std::string(120U << 20U, 'x'));
    EXPECT_EQ(heard.reason, EndReason::compression);
    EXPECT_LE(heard.most, Stream::kReadAtOnce);
    EXPECT_LT(heard.octets, 100U << 20U);
}

Task<void> say_plainly(Stream* stream) {
    stream->put("a1 NOOP\r\n");
    const auto deadline = after(seconds(5));
    co_await stream->flush(deadline);
}

Task<void> mistake(Scope& scope, test::Pair* pair, Heard* heard) {
    scope.spawn(say_plainly(&pair->a));
    co_await listen(&pair->b, &heard->octets, &heard->reason, &heard->most);
}

TEST(CompressedStream, PlainTextEndsIt) {
    Loop loop;
    test::Pair pair;
    Heard heard;
    auto body = [&](Scope& scope) { return mistake(scope, &pair, &heard); };
    loop.run(async::scoped(body));
    EXPECT_EQ(heard.reason, EndReason::compression);
}

}  // namespace
}  // namespace md::net
