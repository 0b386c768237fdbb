// tests/unit/store/summary_test.cc - store/summary.h, store/summary_cache.h and Mailbox::summaries

#include "store/summary.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "store/record.h"
#include "store/summary_cache.h"

#include "store_fixture.h"

namespace md::store::test {

namespace {

constexpr const char* kCache = "/store/example.org/bob/Maildir/mdmail.cache";
constexpr SummaryKinds kHeader{true, false};
constexpr SummaryKinds kBody{false, true};
constexpr SummaryKinds kBoth{true, true};

constexpr std::string_view kMessage =
    "Received: from x\r\nSubject: a\r\n b\r\nFrom: Alice <alice@example.org>\r\nX-Other: y\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n";

std::string_view payload_of(const std::string& frame) {
    return std::string_view(frame).substr(kFrameHeader);
}

}  // namespace

TEST(Summary, OfAHeader) {
    const auto s = summarise_header("Received: x\nSUBJECT: a\n b\nbroken\nX-Other: y\nFrom: a@b\n\nTo: body\n");
    EXPECT_EQ(
        s.envelope,
        "(NIL \"a b\" ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) NIL NIL NIL NIL NIL)");
    EXPECT_EQ(s.fields, "SUBJECT: a\n b\nFrom: a@b\n\n");
    EXPECT_EQ(summarise_header("Subject: x\r\n\r\n").fields, "Subject: x\r\n\r\n");
    EXPECT_EQ(summarise_header("Subject: x\n").fields, "Subject: x\n");
    for (const auto* name : {"From",
                             "to",
                             "CC",
                             "Bcc",
                             "Reply-To",
                             "Sender",
                             "Subject",
                             "Date",
                             "Message-ID",
                             "In-Reply-To",
                             "References",
                             "Content-Type",
                             "Content-Transfer-Encoding",
                             "List-Post",
                             "X-Priority",
                             "Importance",
                             "Priority",
                             "Newsgroups",
                             "Delivered-To",
                             "List-Id",
                             "X-Label"})
        EXPECT_TRUE(is_common_field(name)) << name;
    EXPECT_FALSE(is_common_field("Received"));
}

TEST(Summary, RecordsComeBackAsTheyWere) {
    mail::StructureParser parser;
    parser.feed(kMessage);
    const auto body = summarise_body(parser.finish());
    ASSERT_EQ(body.parts.size(), 3U);
    EXPECT_EQ(body.parts[2].encoding, mail::Encoding::base64);
    EXPECT_EQ(body.file_size, kMessage.size());
    const auto body_frame = encode_frame(7, body);
    EXPECT_EQ(decode_body(payload_of(body_frame)), body);
    EXPECT_EQ(decode_key(payload_of(body_frame))->uid, 7U);
    EXPECT_FALSE(decode_header(payload_of(body_frame)));
    const auto header = summarise_header(kMessage);
    const auto header_frame = encode_frame(UINT32_MAX, header);
    EXPECT_EQ(decode_header(payload_of(header_frame)), header);
    EXPECT_EQ(decode_key(payload_of(header_frame).substr(0, 12))->type, CacheRecord::header);
    EXPECT_FALSE(decode_key(payload_of(header_frame).substr(0, 3)));
}

TEST(Summary, KeysOfAHeader) {
    const auto keys = keys_of(
        "subject: Re: [list] =?UTF-8?Q?=C3=84pfel?= (fwd)\r\nDate: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
        "From: Group: Alice <ALICE@example.org>;\r\nbroken\r\nTo: \"Bob.B\"@example.org, x@y\r\nCc:\r\n"
        "Subject: second\r\nDate: Sat, 22 Nov 1997 00:00:00 +0000\r\nCc: late@example.org\r\n\r\nTo: body\r\n");
    EXPECT_EQ(keys.sent, (mail::SentDate{880'127'706, -360}));
    EXPECT_TRUE(keys.is_reply);
    // RFC 5051 §2: titlecase, then decomposed.
    EXPECT_EQ(keys.subject, "A\xCC\x88PFEL");
    EXPECT_EQ(keys.from, "GROUP");
    EXPECT_EQ(keys.to, "BOB.B");
    EXPECT_EQ(keys.cc, "");
    EXPECT_EQ(keys_of(""), HeaderKeys());
    EXPECT_EQ(keys_of("Subject: " + std::string(5000, 'x') + "\n").subject, std::string(HeaderKeys::kTextLimit, 'X'));
}

TEST(Summary, KeysComeBackAsTheyWere) {
    HeaderKeys keys;
    EXPECT_EQ(decode_keys(encode_keys(keys)), keys);
    keys.is_reply = true;
    keys.subject = std::string("a\0b", 3);
    keys.cc = std::string(HeaderKeys::kTextLimit, 'c');
    for (const std::int64_t seconds : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{-62'135'596'800}, INT64_MAX / 8})
        for (const int zone : {0, -5999, 5999}) {
            keys.sent = {seconds, zone};
            EXPECT_EQ(decode_keys(encode_keys(keys)), keys);
        }
}

TEST(Summary, KeysThatAreNoneAreRefused) {
    HeaderKeys keys;
    keys.sent = {1, 2};
    keys.subject = "subject";
    const auto whole = encode_keys(keys);
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(decode_keys(whole.substr(0, size))) << size;
    EXPECT_FALSE(decode_keys(whole + "x"));
    EXPECT_FALSE(decode_keys("\x04" + whole.substr(1)));
    keys.sent = {INT64_MIN, 0};
    EXPECT_FALSE(decode_keys(encode_keys(keys)));
    keys.sent = {0, 1'000'000};
    EXPECT_FALSE(decode_keys(encode_keys(keys)));
    keys.sent.reset();
    keys.to = std::string(HeaderKeys::kTextLimit + 1, 't');
    EXPECT_FALSE(decode_keys(encode_keys(keys)));
}

TEST(Summary, ARecordWithoutKeysGetsThem) {
    const auto summary = summarise_header(kMessage);
    for (const std::string_view keys : {"", "damaged"}) {
        FrameWriter frame;
        frame.record(static_cast<std::uint32_t>(CacheRecord::header))
            .number(1, 7)
            .text(2, summary.envelope)
            .text(3, summary.fields)
            .text(keys.empty() ? 99 : 8, keys);
        EXPECT_EQ(decode_header(payload_of(frame.finish())), summary);
    }
}

TEST(Summary, PartsThatAreNoTreeAreRefused) {
    BodySummary body;
    body.structure = body.extended_structure = "x";
    const auto refused = [&](std::vector<PartPlace> parts) {
        body.parts = std::move(parts);
        return !decode_body(payload_of(encode_frame(1, body)));
    };
    PartPlace leaf;
    leaf.next = 1;
    EXPECT_FALSE(refused({leaf}));
    EXPECT_TRUE(refused({}));
    EXPECT_TRUE(refused({leaf, leaf}));
    leaf.next = 2;
    EXPECT_TRUE(refused({leaf}));
    auto multi = leaf;
    multi.kind = mail::Part::Kind::multipart;
    EXPECT_FALSE(refused({multi, leaf}));
    leaf.next = 3;
    EXPECT_TRUE(refused({multi, leaf}));
    auto message = multi;
    message.kind = mail::Part::Kind::message;
    message.next = 1;
    EXPECT_TRUE(refused({message}));
}

class SummaryTest : public StoreTest {
  protected:
    std::string cache() { return files.content(kCache).value_or(""); }
};

TEST_F(SummaryTest, ComputedOnceThenFromTheCache) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) (void)deliver(*mailbox, incoming(i), kMessage);
    const std::vector<Uid> uids{1, 2, 3, 99};
    const auto first = mailbox->summaries(uids, kBoth);
    ASSERT_EQ(first.size(), 4U);
    ASSERT_TRUE(first[0].header && first[0].body);
    EXPECT_NE(first[0].header->envelope.find("\"alice\" \"example.org\""), std::string::npos);
    EXPECT_EQ(first[0].body->parts.size(), 3U);
    EXPECT_FALSE(first[3].header || first[3].body);
    const auto size = cache().size();
    EXPECT_GT(size, 500U);
    const auto second = mailbox->summaries(uids, kBoth);
    EXPECT_EQ(second[2].header, first[2].header);
    EXPECT_EQ(second[2].body, first[2].body);
    EXPECT_EQ(cache().size(), size);
    // Another process finds it, too, without opening a message.
    files.unlink(std::string(kInbox) + "/new/" + listed(std::string(kInbox) + "/new")[0]);
    auto other = process();
    auto again = inbox(*other);
    const auto third = again->summaries(std::vector<Uid>{1, 2, 3}, kBoth);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(third[i].header, first[i].header);
        EXPECT_EQ(third[i].body, first[i].body);
    }
}

TEST_F(SummaryTest, EachKindByItself) {
    auto store = process();
    auto mailbox = inbox(*store);
    (void)deliver(*mailbox, incoming(1), kMessage);
    const std::vector<Uid> one{1};
    EXPECT_FALSE(mailbox->summaries(one, kHeader)[0].body);
    const auto size = cache().size();
    EXPECT_FALSE(mailbox->summaries(one, kBody)[0].header);
    EXPECT_GT(cache().size(), size);
    EXPECT_TRUE(mailbox->summaries(one, kBoth)[0].header);
}

TEST_F(SummaryTest, TwoProcessesAppend) {
    auto a = process();
    auto b = process();
    auto first = inbox(*a);
    auto second = inbox(*b);
    for (std::uint64_t i = 1; i <= 4; ++i) (void)deliver(*first, incoming(i), kMessage);
    (void)first->summaries(std::vector<Uid>{4}, kHeader);
    (void)second->summaries(std::vector<Uid>{2}, kHeader);
    (void)first->summaries(std::vector<Uid>{3, 1}, kHeader);
    const auto size = cache().size();
    EXPECT_TRUE(second->summaries(std::vector<Uid>{1, 2, 3, 4}, kHeader)[0].header);
    EXPECT_TRUE(first->summaries(std::vector<Uid>{1, 2, 3, 4}, kHeader)[1].header);
    EXPECT_EQ(cache().size(), size);
}

TEST_F(SummaryTest, WhatIsDamagedIsComputedAgain) {
    std::vector<MessageSummary> expected;
    std::string whole;
    {
        auto store = process();
        auto mailbox = inbox(*store);
        for (std::uint64_t i = 1; i <= 3; ++i) (void)deliver(*mailbox, incoming(i), kMessage);
        expected = mailbox->summaries(std::vector<Uid>{1, 2, 3}, kBoth);
        whole = cache();
    }
    const auto check = [&](const std::string& damaged) {
        files.put(kCache, damaged);
        for (int round = 0; round < 2; ++round) {
            auto store = process();
            auto mailbox = inbox(*store);
            const auto found = mailbox->summaries(std::vector<Uid>{1, 2, 3}, kBoth);
            for (std::size_t i = 0; i < 3; ++i) {
                ASSERT_EQ(found[i].header, expected[i].header);
                ASSERT_EQ(found[i].body, expected[i].body);
            }
        }
    };
    for (std::size_t at = 0; at < whole.size(); at += 29) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        check(damaged);
        check(whole.substr(0, at));
    }
    check("");
    check(whole + std::string(100, '\0'));
    check(whole + "\x20\0\0\0garbage");
    check("something else entirely, and longer than a header");
}

TEST_F(SummaryTest, DamageIsToldOnceAndWhatIsMissingOrOldIsNone) {
    const std::vector<Uid> uids{1, 2, 3};
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) (void)deliver(*mailbox, incoming(i), kMessage);
    (void)mailbox->summaries(uids, kBoth);
    const auto whole = cache();
    const auto told = [&](const std::string& content) {
        files.put(kCache, content);
        repairs.clear();
        for (int round = 0; round < 2; ++round) {
            auto next = process();
            auto again = inbox(*next);
            for (int times = 0; times < 2; ++times) (void)again->summaries(uids, kBoth);
        }
        return repairs.size();
    };
    const auto flipped = [&](std::size_t at) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
        return damaged;
    };
    EXPECT_EQ(told(whole), 0U);
    EXPECT_EQ(told(flipped(whole.size() / 2)), 1U) << "in a record";
    ASSERT_EQ(repairs.size(), 1U);
    EXPECT_EQ(repairs[0].path, kInbox);
    EXPECT_NE(repairs[0].found.find("mdmail.cache"), std::string::npos);
    EXPECT_EQ(told(flipped(3)), 1U) << "in the magic";
    EXPECT_EQ(told(flipped(20)), 1U) << "in the owner";
    const auto head = 8 + next_frame(whole.substr(8)).size;
    EXPECT_EQ(told(whole.substr(0, head) + std::string(100, '\0')), 1U) << "where records stood";
    EXPECT_EQ(told(whole + std::string(100, '\0')), 2U)
        << "it stays until something is kept behind: each process tells";
    EXPECT_EQ(told("mdcache0 of long ago, and longer than a header"), 0U);
    EXPECT_EQ(told(whole.substr(0, whole.size() - 7)), 0U) << "as a writer leaves it that died";
    EXPECT_EQ(told(""), 0U);
    files.unlink(kCache);
    EXPECT_EQ(told(whole), 0U);
}

TEST_F(SummaryTest, ACacheOfAnotherMailboxIsNotBelieved) {
    auto store = process();
    auto mailbox = inbox(*store);
    (void)deliver(*mailbox, incoming(1), kMessage);
    SummaryCache foreign(files, kCache);
    SummaryCache::Living living;
    HeaderSummary lie;
    lie.envelope = "(lie)";
    foreign.append({"another", 1}, {{{CacheRecord::header, 1}, encode_frame(1, lie)}}, living);
    EXPECT_EQ(foreign.read({"another", 1}, std::vector<Uid>{1}, kHeader, 1000)[0].header, lie);
    EXPECT_NE(mailbox->summaries(std::vector<Uid>{1}, kHeader)[0].header->envelope, "(lie)");
    EXPECT_NE(mailbox->summaries(std::vector<Uid>{1}, kHeader)[0].header->envelope, "(lie)");
}

TEST_F(SummaryTest, FramesOfMessagesThatAreGoneAreThrownAway) {
    SummaryCache cache(files, kCache);
    files.make_directories(kInbox);
    const SummaryCache::Owner owner{"m", 1};
    std::vector<SummaryCache::Frame> frames;
    HeaderSummary summary;
    for (Uid uid = 1; uid <= 3000; ++uid) {
        summary.envelope = "(" + std::to_string(uid) + ")";
        frames.push_back({{CacheRecord::header, uid}, encode_frame(uid, summary)});
    }
    SummaryCache::Living living;
    living.messages = 3000;
    living.is_live = [](Uid uid) { return uid % 30 == 0; };
    cache.append(owner, frames, living);
    const auto before = this->cache().size();
    living.messages = 100;
    summary.envelope = "(new)";
    cache.append(owner, {{{CacheRecord::header, 3030}, encode_frame(3030, summary)}}, living);
    EXPECT_LT(this->cache().size(), before / 20);
    const auto found = cache.read(owner, std::vector<Uid>{30, 31, 3000, 3030}, kHeader, 1U << 20);
    EXPECT_EQ(found[0].header->envelope, "(30)");
    EXPECT_FALSE(found[1].header);
    EXPECT_EQ(found[2].header->envelope, "(3000)");
    EXPECT_EQ(found[3].header->envelope, "(new)");
    EXPECT_EQ(listed(kInbox), (std::vector<std::string>{"mdmail.cache"}));
}

TEST_F(SummaryTest, LargeOnesComeInPortions) {
    auto store = process();
    auto mailbox = inbox(*store);
    std::string large = "Subject: " + std::string(900'000, 'x') + "\r\n\r\n";
    std::vector<Uid> uids;
    for (std::uint64_t i = 1; i <= 12; ++i) uids.push_back(deliver(*mailbox, incoming(i), large));
    for (int round = 0; round < 3; ++round) {
        const auto found = mailbox->summaries(uids, kHeader);
        EXPECT_GE(found.size(), 1U);
        EXPECT_LT(found.size(), 8U);
        for (const auto& summary : found) EXPECT_TRUE(summary.header);
    }
}

TEST_F(SummaryTest, AFullDiskKeepsNobodyFromReading) {
    auto store = process();
    auto mailbox = inbox(*store);
    (void)deliver(*mailbox, incoming(1), kMessage);
    (void)mailbox->numbers();
    for (const int code : {ENOSPC, EIO, EROFS}) {
        md::test::Fault fault;
        fault.matches = [](auto, const std::string& path) { return path.find("mdmail.cache") != std::string::npos; };
        fault.code = code;
        files.fail(std::move(fault));
        EXPECT_TRUE(mailbox->summaries(std::vector<Uid>{1}, kBoth)[0].body);
        EXPECT_TRUE(mailbox->summaries(std::vector<Uid>{1}, kBoth)[0].header);
        files.mend();
    }
    EXPECT_TRUE(mailbox->summaries(std::vector<Uid>{1}, kBoth)[0].body);
}

TEST_F(SummaryTest, TheFileOfVersionOneIsRead) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/mailbox-cache/v1.cache",
                     std::ios::binary);
    std::stringstream content;
    content << in.rdbuf();
    ASSERT_FALSE(content.str().empty());
    files.make_directories(kInbox);
    files.put(kCache, content.str());
    SummaryCache cache(files, kCache);
    const auto found = cache.read({"fixture", 1'790'000'000}, std::vector<Uid>{1, 2, 3}, kBoth, 1U << 20);
    mail::StructureParser parser;
    parser.feed(kMessage);
    EXPECT_EQ(found[0].header, summarise_header(kMessage));
    EXPECT_EQ(found[0].body, summarise_body(parser.finish()));
    EXPECT_FALSE(found[1].header);
    ASSERT_TRUE(found[2].header);
    EXPECT_EQ(found[2].header->fields, "Subject: third\n\n");
    EXPECT_FALSE(found[2].body);
}

}  // namespace md::store::test
