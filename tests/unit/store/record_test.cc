// tests/unit/store/record_test.cc - store/record.h and store/mailbox_state.h: frames on disk, and what they add up to

#include "store/record.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/crc32c.h"
#include "store/journal_file.h"
#include "store/mailbox_state.h"
#include "store/number_bounds.h"
#include "store/undelete.h"
#include "support/lossy_files.h"

namespace md::store {

namespace {

std::string fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void apply_all(MailboxState& state, std::string_view frames) {
    for (auto step = next_frame(frames); step.state == FrameStep::State::whole; step = next_frame(frames)) {
        state.apply(step.payload);
        frames.remove_prefix(step.size);
    }
}

record::Added added(Uid uid, ModSeq modseq, const std::string& name, Flags flags = 0) {
    record::Added r;
    r.entry.name = name;
    r.entry.message.uid = uid;
    r.entry.message.modseq = modseq;
    r.entry.message.flags = flags;
    r.entry.message.size_lf = 10;
    return r;
}

}  // namespace

TEST(Record, NumbersOfSevenBitsAnOctet) {
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{300}, UINT64_MAX}) {
        std::string out;
        put_varint(out, value);
        std::string_view rest(out);
        EXPECT_EQ(take_varint(rest), value);
        EXPECT_TRUE(rest.empty());
        rest = std::string_view(out).substr(0, out.size() - 1);
        EXPECT_FALSE(take_varint(rest)) << "cut short";
    }
    std::string_view too_large("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
    EXPECT_FALSE(take_varint(too_large));
}

TEST(Record, AFrameIsWholeOrNotThere) {
    FrameWriter writer;
    writer.record(5).number(1, 7).text(2, "abc");
    writer.record(6).ranges(1, {{1, 3}, {9, 9}});
    const auto frame = writer.finish();
    EXPECT_TRUE(writer.finish().empty());
    for (std::size_t size = 0; size < frame.size(); ++size)
        EXPECT_EQ(next_frame(std::string_view(frame).substr(0, size)).state, FrameStep::State::incomplete);
    for (std::size_t at = 0; at < frame.size() * 8; ++at) {
        auto flipped = frame;
        flipped[at / 8] = static_cast<char>(flipped[at / 8] ^ (1 << at % 8));
        EXPECT_NE(next_frame(flipped).state, FrameStep::State::whole) << "bit " << at;
    }
    RecordReader records(next_frame(frame).payload);
    const auto first = records.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->type, 5U);
    const auto second = records.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(FieldReader(second->fields).next()->ranges(), (UidRanges{{1, 3}, {9, 9}}));
    EXPECT_FALSE(records.next());
}

TEST(Record, ZerosAreNoFrame) {
    EXPECT_EQ(next_frame(std::string(64, '\0')).state, FrameStep::State::damaged);
}

TEST(Record, BehindDamageTheNextFrameIsFound) {
    FrameWriter writer;
    writer.record(5).number(1, 7);
    const auto frame = writer.finish();
    EXPECT_EQ(find_frame("damage" + frame + frame, 1), 6U);
    EXPECT_FALSE(find_frame("damage" + frame.substr(1), 1));
}

/// As a scan of a large Maildir once made them: one frame of megabytes.
std::string large_frame(Uid from, Uid to) {
    FrameWriter writer;
    for (auto uid = from; uid <= to; ++uid)
        encode(writer, added(uid, 2, std::to_string(uid) + ".M1P2.host,S=1234,W=1260"));
    return writer.finish();
}

// The octets of records look like lengths of frames: the search once gave up among them.
TEST(Record, ALargeDamagedFrameDoesNotHideTheNext) {
    auto damaged = large_frame(1, 8'000);
    const auto whole = large_frame(8'001, 8'010);
    damaged[damaged.size() / 2] ^= 1;
    bool gave_up = false;
    EXPECT_EQ(find_frame(damaged + whole, 1, &gave_up), damaged.size());
    EXPECT_FALSE(gave_up);
}

/// Octets of which every fourth may begin a frame of 64 KiB: they are records, and only checksums tell.
std::string misleading(std::size_t size) {
    std::string out;
    while (out.size() < size) out.append("\x02\x00\x01\x00", 4);
    return out;
}

// What the search gave up on was once taken for the end of a write, and cut off with all whole frames behind it.
TEST(JournalFile, WhatIsTooDearToSearchIsNotCutOff) {
    md::test::LossyFiles files;
    const auto octets = misleading(128U << 10) + large_frame(1, 10);
    bool gave_up = false;
    EXPECT_FALSE(find_frame(octets, 0, &gave_up));
    ASSERT_TRUE(gave_up);
    files.put("/journal", std::string(kMailboxMagic) + octets);
    JournalFile journal(files, "/journal", kMailboxMagic);
    ASSERT_EQ(journal.reopen(), JournalFile::Open::replaced);
    EXPECT_EQ(journal.read([](std::string_view) {}, true), JournalFile::End::damaged);
}

TEST(MailboxState, ASnapshotLosesLittleToOneFlippedBit) {
    MailboxState state;
    state.apply(record::Header{"F1", 7, 0});
    constexpr Uid kMessages = 5'000;
    for (Uid uid = 1; uid <= kMessages; ++uid) state.apply(added(uid, 2, std::to_string(uid) + ".host"));
    auto frames = state.snapshot(0);
    frames[frames.size() / 2] ^= 1;
    MailboxState again;
    std::string_view rest = frames;
    while (const auto at = find_frame(rest, 0)) {
        rest.remove_prefix(*at);
        const auto step = next_frame(rest);
        EXPECT_LE(step.size, kFrameSplit + 1'000);
        again.apply(step.payload);
        rest.remove_prefix(step.size);
    }
    EXPECT_EQ(again.header().mailbox_id, "F1");
    EXPECT_GT(again.entries().size(), kMessages / 2);
    EXPECT_LT(again.entries().size(), kMessages);
}

TEST(MailboxState, UnknownRecordsAndFieldsAreSkipped) {
    FrameWriter writer;
    writer.record(999).text(1, "of a later version");
    encode(writer, added(1, 2, "a"));
    writer.record(5).number(1, 2).number(2, 3).text(3, "b").text(77, "a field of a later version");
    MailboxState state;
    apply_all(state, writer.finish());
    EXPECT_EQ(state.entries().size(), 2U);
}

TEST(MailboxState, WhatContradictsIsSkipped) {
    MailboxState state;
    state.apply(added(1, 2, "a"));
    state.apply(added(1, 3, "b"));           // the UID again
    state.apply(added(2, 3, "a,S=5:2,S"));   // the key again
    state.apply(added(UINT32_MAX, 3, "c"));  // no UID could follow
    EXPECT_EQ(state.entries().size(), 1U);
    EXPECT_EQ(state.uid_next(), 2U);
    state.apply(record::Removed{9, {{1, UINT32_MAX}}, 0, Reason::expunged, {}});
    EXPECT_TRUE(state.entries().empty());
    EXPECT_EQ(state.expunged().size(), 1U);
    EXPECT_EQ(state.bytes(), 0U);
    EXPECT_EQ(state.unseen(), 0U);
}

TEST(MailboxState, ChangesSinceAModSeqAreThoseAfterIt) {
    MailboxState state;
    for (Uid uid = 1; uid <= 5; ++uid) state.apply(added(uid, uid + 1, std::string(uid, 'k')));
    record::FlagsChanged change;
    change.modseq = 7;
    change.uids = {{2, 3}};
    change.add = flag::seen;
    state.apply(change);
    EXPECT_EQ(state.changed_since(6), (std::vector<Uid>{2, 3}));
    EXPECT_EQ(state.changed_since(5), (std::vector<Uid>{2, 3, 5}));
    EXPECT_EQ(state.unseen(), 3U);
    state.apply(record::Floor{20, 6});
    EXPECT_EQ(state.changed_since(10).size(), 5U) << "behind the floor all count as changed";
    EXPECT_EQ(state.told(*state.find(1)).modseq, 20U);
    EXPECT_FALSE(state.knows_expunges_since(10));
}

TEST(MailboxState, ASnapshotIsTheSameState) {
    MailboxState state;
    state.apply(record::Header{"Fabc", 77, 5});
    state.apply(record::Bounds{1, 1'000, 2, 10'000, "boot"});
    for (Uid uid = 1; uid <= 50; ++uid)
        state.apply(added(uid, uid + 1, "k" + std::to_string(uid), uid % 2 == 0 ? flag::seen : 0));
    state.apply(record::Removed{60, {{10, 19}}, 1'000, Reason::expunged, {}});
    state.apply(record::Removed{61, {{20, 20}}, 2'000, Reason::gone, {}});
    state.apply(record::Recent{30});
    MailboxState again;
    apply_all(again, state.snapshot(1'500));
    EXPECT_EQ(again.header().mailbox_id, "Fabc");
    EXPECT_EQ(again.uid_next(), state.uid_next());
    EXPECT_EQ(again.highest_modseq(), state.highest_modseq());
    EXPECT_EQ(again.entries().size(), 39U);
    EXPECT_EQ(again.unseen(), state.unseen());
    EXPECT_EQ(again.bytes(), state.bytes());
    EXPECT_EQ(again.first_recent(), 30U);
    EXPECT_EQ(again.changed_since(45), state.changed_since(45));
    EXPECT_EQ(again.find_expunged_key("k20")->reason, Reason::gone);
    EXPECT_EQ(again.find_expunged_key("k10"), nullptr) << "too old to be kept";
    EXPECT_FALSE(again.knows_expunges_since(59));
    EXPECT_TRUE(again.knows_expunges_since(60));
}

TEST(MailboxState, ReadsTheJournalOfVersion1) {
    const auto content = fixture("mailbox-journal/v1.journal");
    ASSERT_TRUE(content.starts_with(kMailboxMagic));
    MailboxState state;
    apply_all(state, std::string_view(content).substr(kMailboxMagic.size()));
    EXPECT_EQ(state.header().mailbox_id, "Fixture0123456789abcd");
    EXPECT_EQ(state.header().uid_validity, 1'790'000'000U);
    EXPECT_EQ(state.bounds().uid_end, 1'001U);
    ASSERT_EQ(state.entries().size(), 2U);
    const auto known = state.find(1);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->flags, flag::seen | flag::flagged);
    EXPECT_EQ(state.told(*known).keywords, (std::vector<std::string>{"$Forwarded", "Work"}));
    EXPECT_EQ(known->letters, "FPS");
    EXPECT_EQ(known->where, Where::in_cur);
    EXPECT_EQ(known->size_crlf, 40U);
    EXPECT_EQ(known->uidl, "old-uidl");
    ASSERT_NE(state.find_expunged(2), nullptr);
    EXPECT_EQ(state.find_expunged(2)->reason, Reason::expunged);
    EXPECT_EQ(state.floor(), 3U);
    EXPECT_TRUE(state.scanned().certain);
    EXPECT_EQ(state.first_recent(), 3U);
    EXPECT_TRUE(state.closed());
}

TEST(NumberBounds, ReadsVersion1AndOneTornSlotLeavesTheOther) {
    md::test::LossyFiles files;
    files.put("/n/ab/Fab", fixture("mailbox-journal/v1.numbers"));
    NumberBounds bounds(files, "/n");
    ASSERT_TRUE(bounds.read("Fab"));
    EXPECT_EQ(bounds.read("Fab")->uid_end, 2'001U);
    EXPECT_EQ(bounds.read("Fab")->modseq_end, 20'002U);
    EXPECT_EQ(bounds.read("Fab")->journal_inode, 42U);
    bounds.write("Fab", {3'001, 30'002, 43});
    EXPECT_EQ(bounds.read("Fab")->uid_end, 3'001U);
    // The third generation went into the first slot.
    files.open("/n/ab/Fab", OpenMode::read_write)->write_at(512 + 12, "torn");
    EXPECT_EQ(bounds.read("Fab")->uid_end, 2'001U);
    EXPECT_FALSE(bounds.read("Fother"));
}

TEST(Undelete, ReadsVersion1) {
    const auto buried = parse_buried(fixture("maildir/v1.undelete-index"));
    ASSERT_EQ(buried.size(), 1U);
    EXPECT_EQ(buried[0].folder, "Archive/2026");
    EXPECT_EQ(buried[0].expunged, 1'790'000'100);
    EXPECT_EQ(buried[0].entry.message.uid, 2U);
    EXPECT_EQ(buried[0].entry.message.flags, flag::deleted);
}

}  // namespace md::store
