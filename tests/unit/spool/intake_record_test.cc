// The octets of segments: what was written is read, and nothing else is

#include "spool/intake_record.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/crc32c.h"
#include "spool/intake_names.h"
#include "unit/spool/samples.h"

namespace md::spool {
namespace {

RecordHeader sample_header() {
    RecordHeader header;
    header.serial = 0x1122334455667788;
    header.id = QueueId(99);
    header.envelope_size = 13;
    header.envelope_crc = 7;
    header.message_size = 20;
    header.message_crc = 8;
    return header;
}

std::string read_fixture(const std::string& name) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(IntakeRecord, EnvelopeComesBackWithEveryField) {
    const auto envelope = test::full_envelope();
    const auto back = decode_envelope(encode(envelope));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, envelope);
}

TEST(IntakeRecord, EnvelopeCutAnywhereIsRefusedOrShorterAndNeverReadBeyond) {
    const auto whole = encode(test::full_envelope());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto back = decode_envelope(std::string(whole, 0, size));
        EXPECT_TRUE(!back || *back != test::full_envelope()) << size;
    }
}

TEST(IntakeRecord, EnvelopeFieldsOfLaterReleasesAreSkipped) {
    auto octets = encode(test::simple_envelope(5));
    octets += std::string("\xff\x7f\x03\0\0\0new", 9);
    const auto back = decode_envelope(octets);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, test::simple_envelope(5));
}

TEST(IntakeRecord, HeaderComesBackOnlyUnderItsSerial) {
    const auto octets = encode(sample_header());
    ASSERT_EQ(octets.size(), kRecordHeaderSize);
    const auto back = decode_record_header(octets, sample_header().serial);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->id, QueueId(99));
    EXPECT_EQ(back->message_size, 20U);
    EXPECT_EQ(back->whole_size(), 88U);  // 48 + 13 + 20, filled to a multiple of 8
    EXPECT_FALSE(decode_record_header(octets, sample_header().serial + 1));
}

TEST(IntakeRecord, EveryFlippedBitOfAHeaderIsSeen) {
    const auto octets = encode(sample_header());
    for (std::size_t bit = 0; bit < octets.size() * 8; ++bit) {
        auto damaged = octets;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
        EXPECT_FALSE(decode_record_header(damaged, sample_header().serial)) << bit;
    }
}

TEST(IntakeRecord, NextHeaderIsFoundBehindAnythingAtAMultipleOfEight) {
    const auto header = encode(sample_header());
    for (std::size_t before = 0; before < 40; ++before) {
        const auto octets = std::string(before, 'x') + header;
        EXPECT_EQ(find_record_header(octets, sample_header().serial), before % 8 == 0 ? before : std::string::npos);
    }
}

TEST(IntakeRecord, SegmentHeaderOfAnotherVersionIsNone) {
    SegmentHeader header;
    header.serial = 1;
    header.size_bytes = 1U << 20;
    auto octets = encode(header);
    ASSERT_EQ(octets.size(), kSegmentHeaderSize);
    ASSERT_TRUE(decode_segment_header(octets));
    EXPECT_EQ(decode_segment_header(octets)->size_bytes, 1U << 20);
    octets[8] = 2;
    EXPECT_FALSE(decode_segment_header(octets));
}

TEST(IntakeRecord, NamesComeBackAndOtherSpellingsAreNotOurs) {
    const std::string journal = "20261125T103000Z-ab12cd34";
    for (const auto& text : {lock_name(journal), starting_name(journal), segment_name(journal, 0xabc), free_name(7),
                             failed_name(journal, 0xabc, 4096), large_name(journal, QueueId(12345))}) {
        const auto name = parse_intake_name(text);
        ASSERT_TRUE(name) << text;
        EXPECT_EQ(name->text(), text);
    }
    for (const auto* text : {"", "lock", ".lock", "j.seg", "j.0000000000000ABC.seg", "j.0000000000000abc.007.failed",
                             "../x.lock", "j.0000000000000abc.seg.x", "abc.free", "j.0abcdefghjkmn.msg"})
        EXPECT_FALSE(parse_intake_name(text)) << text;
}

TEST(IntakeRecord, SegmentOfTheFirstReleaseIsStillRead) {
    const auto segment = read_fixture("intake-segment/v1.seg");
    const auto header = decode_segment_header(segment);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->serial, 0x0102030405000001U);
    const auto record = decode_record_header(std::string_view(segment).substr(kSegmentHeaderSize), header->serial);
    ASSERT_TRUE(record);
    const auto body = std::string_view(segment).substr(kSegmentHeaderSize + kRecordHeaderSize);
    const auto envelope = decode_envelope(body.substr(0, record->envelope_size));
    ASSERT_TRUE(envelope);
    EXPECT_EQ(*envelope, test::full_envelope());
    EXPECT_EQ(crc32c(body.substr(record->envelope_size, record->message_size)), record->message_crc);
    EXPECT_EQ(body.substr(record->envelope_size, record->message_size), test::message_of(1));
    const auto mark = decode_record_header(std::string_view(segment).substr(kSegmentHeaderSize + record->whole_size()),
                                           header->serial);
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->kind, RecordKind::mark);
}

}  // namespace
}  // namespace md::spool
