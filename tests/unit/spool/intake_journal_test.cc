// Writer and reader of intake journals together: what is told, when, and what comes back into use

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <thread>

#include "base/crc32c.h"
#include "spool/intake_reader.h"
#include "spool/intake_writer.h"
#include "spool/segment_scan.h"
#include "spool/taken.h"
#include "spool/unsettled.h"
#include "support/lossy_files.h"
#include "support/temporary_directory.h"
#include "unit/spool/samples.h"

namespace md::spool {
namespace {

IntakeSettings small_settings(const std::string& directory) {
    IntakeSettings settings;
    settings.directory = directory;
    settings.segment_size_bytes = 16 << 10;
    settings.large_bytes = 2 << 10;
    return settings;
}

std::string text_of(IntakeReader& reader, const IntakeEntry& entry) {
    const auto file = reader.open_message(entry);
    if (!file) return "gone";
    std::string text(entry.message_size, '\0');
    text.resize(file->read_at(entry.message_offset, text.data(), text.size()));
    return text;
}

struct Journal : testing::Test {
    Journal() {
        files.put("/intake/.keep", "");
        writer.emplace(files, small_settings("/intake"), files.clock());
    }

    IntakeWriter::Appended append(std::uint64_t first, std::size_t count = 1, std::size_t size = 300) {
        std::vector<Envelope> envelopes;
        std::vector<std::string> messages;
        for (std::size_t i = 0; i < count; ++i) {
            envelopes.push_back(test::simple_envelope(first + i));
            messages.push_back(test::message_of(first + i, size));
        }
        std::vector<OutgoingRecord> records;
        for (std::size_t i = 0; i < count; ++i) records.emplace_back(envelopes[i], messages[i]);
        return writer->append_batch(records);
    }

    /// Ids of all that a look now gives, checked octet by octet.
    std::vector<std::uint64_t> read(std::size_t size = 300) {
        reader.look();
        std::vector<std::uint64_t> ids;
        for (const auto& entry : reader.read()) {
            ids.push_back(entry.id.value());
            EXPECT_FALSE(entry.damaged);
            EXPECT_EQ(text_of(reader, entry), test::message_of(entry.id.value(), size));
            const auto envelope = decode_envelope(entry.envelope);
            EXPECT_TRUE(envelope && envelope->id == entry.id);
        }
        return ids;
    }

    std::vector<std::string> names(const std::string& suffix) {
        auto all = *files.list("/intake");
        std::erase_if(all, [&](const std::string& name) { return !name.ends_with(suffix); });
        return all;
    }

    void die() { writer.reset(); }

    test::LossyFiles files;
    std::optional<IntakeWriter> writer;
    IntakeReader reader{files, "/intake"};
};

using Ids = std::vector<std::uint64_t>;

TEST_F(Journal, TellsEachMessageOnce) {
    EXPECT_EQ(append(1, 3).stored, 3U);
    EXPECT_EQ(read(), (Ids{1, 2, 3}));
    EXPECT_EQ(read(), Ids());
    append(4);
    EXPECT_EQ(read(), Ids{4});
}

TEST_F(Journal, OneSyncServesTheWholeBatch) {
    writer->prepare();
    files.reset_counters();
    EXPECT_EQ(append(1, 20).stored, 20U);
    EXPECT_EQ(files.counters().of(test::Operation::sync_data), 1U);
    EXPECT_EQ(files.counters().syncs(), 1U);
}

TEST_F(Journal, OfALivingWriterNothingCountsThatNoMarkCovers) {
    append(1);
    // The sync fails, so that the mark is never written: the writer says so itself.
    files.fail_operation(test::Operation::sync_data, EIO);
    EXPECT_EQ(append(2).stored, 0U);
    EXPECT_EQ(read(), Ids{1});
}

TEST_F(Journal, AFailedSyncIsFinalAndTheNextSegmentIsBegun) {
    EXPECT_EQ(append(1).stored, 1U);
    files.fail_operation(test::Operation::sync_data, EIO);
    const auto failed = append(2, 2);
    EXPECT_EQ(failed.stored, 0U);
    ASSERT_TRUE(failed.failure);
    EXPECT_EQ(failed.failure->code(), EIO);
    ASSERT_EQ(names(".failed").size(), 1U);
    EXPECT_EQ(append(4).stored, 1U);
    die();
    EXPECT_EQ(read(), (Ids{1, 4}));
    reader.release(reader.exhausted());
    EXPECT_TRUE(names(".failed").empty());
    EXPECT_EQ(names(".free").size(), 1U);
}

TEST_F(Journal, TakesNothingUntilAFailedSegmentIsPutAsideDurably) {
    append(1);
    files.fail_operation(test::Operation::sync_data, EIO);
    files.fail_operation(test::Operation::rename, EROFS, 2);
    EXPECT_EQ(append(2).stored, 0U);
    EXPECT_EQ(append(3).failure->code(), EROFS);
    EXPECT_EQ(append(4).stored, 1U);
    die();
    EXPECT_EQ(read(), (Ids{1, 4}));
}

TEST_F(Journal, AMessageWhoseMarkCannotBeWrittenIsTakenAllTheSame) {
    append(1);
    test::Fault fault;
    fault.matches = [](test::Operation operation, const std::string&) { return operation == test::Operation::write; };
    fault.code = EIO;
    fault.skip = 1;  // the record; the mark is the next
    fault.times = 1;
    files.fail(fault);
    EXPECT_EQ(append(2).stored, 1U);
    EXPECT_EQ(append(3).stored, 1U);
    EXPECT_EQ(read(), (Ids{1, 2, 3}));
}

TEST_F(Journal, GoesOnFromSegmentToSegmentAndUsesThemAgain) {
    Ids written;
    Ids seen;
    for (std::uint64_t i = 1; i <= 400; ++i) {
        ASSERT_EQ(append(i).stored, 1U);
        written.push_back(i);
        const auto now = read();
        seen.insert(seen.end(), now.begin(), now.end());
        reader.release(reader.exhausted());
    }
    EXPECT_EQ(seen, written);
    EXPECT_LE(names(".seg").size() + names(".free").size(), 3U);
}

TEST_F(Journal, WhatAnEarlierUseLeftBehindIsNotTaken) {
    for (std::uint64_t i = 1; i <= 60; ++i) append(i);
    die();
    EXPECT_EQ(read().size(), 60U);
    reader.release(reader.exhausted());
    EXPECT_EQ(reader.remove_dead(), 1U);
    EXPECT_TRUE(names(".lock").empty());

    writer.emplace(files, small_settings("/intake"), files.clock());
    append(1000);
    die();
    EXPECT_EQ(read(), Ids{1000});
}

TEST_F(Journal, ABatchLargerThanASegmentIsStoredInSeveral) {
    EXPECT_EQ(append(1, 100).stored, 100U);
    EXPECT_EQ(read().size(), 100U);
}

TEST_F(Journal, AMessageThatFitsNoSegmentIsRefusedAlone) {
    const auto refused = append(1, 1, 20'000);
    EXPECT_EQ(refused.stored, 0U);
    EXPECT_EQ(refused.failure->code(), EFBIG);
    EXPECT_EQ(append(2).stored, 1U);
    EXPECT_EQ(read(), Ids{2});
}

TEST_F(Journal, LargeMessageLiesInItsOwnFileAndIsRemovedAfterwards) {
    const auto envelope = test::simple_envelope(7);
    const auto message = test::message_of(7, 50'000);
    auto large = writer->create_large(envelope.id);
    for (std::size_t at = 0; at < message.size(); at += 1000) large->append(std::string_view(message).substr(at, 1000));
    large->finish();
    OutgoingRecord record(envelope, {});
    record.large = true;
    record.large_size_bytes = large->size_bytes();
    record.large_crc = large->crc();
    ASSERT_EQ(writer->append_batch(std::span(&record, 1)).stored, 1U);
    large->keep();
    large.reset();
    files.cut_now();
    files.restart(test::Restart::forget);
    reader.look();
    const auto entries = reader.read();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_FALSE(entries[0].damaged);
    EXPECT_EQ(text_of(reader, entries[0]), message);
    reader.remove_large(entries[0]);
    EXPECT_TRUE(names(".msg").empty());
    writer.reset();
}

TEST_F(Journal, LargeMessageThatWasNotAcceptedLeavesNothing) {
    writer->create_large(QueueId(7))->append("half");
    EXPECT_TRUE(names(".msg").empty());
}

TEST_F(Journal, PendingOctetsFallWhenSegmentsAreFreed) {
    for (std::uint64_t i = 1; i <= 60; ++i) append(i);
    const auto before = writer->pending_bytes();
    EXPECT_GT(before, 60U * 300U);
    read();
    reader.release(reader.exhausted());
    writer->count_pending();
    EXPECT_LT(writer->pending_bytes(), before / 2);
}

TEST_F(Journal, DiskFullIsAnErrorThatPasses) {
    append(1);
    files.limit_space(20 << 10);
    std::size_t stored = 1;
    std::optional<SystemError> failure;
    for (std::uint64_t i = 2; i <= 60 && !failure; ++i) {
        const auto appended = append(i);
        stored += appended.stored;
        failure = appended.failure;
    }
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), ENOSPC);
    files.limit_space(1 << 20);
    EXPECT_EQ(append(100).stored, 1U);
    EXPECT_EQ(read().size(), stored + 1);
}

TEST_F(Journal, LivingAndDeadAreToldByTheLock) {
    append(1);
    reader.look();
    ASSERT_EQ(reader.journals().size(), 1U);
    EXPECT_TRUE(reader.journals()[0].alive);
    die();
    reader.look();
    EXPECT_FALSE(reader.journals()[0].alive);
    EXPECT_EQ(reader.remove_dead(), 0U);  // its segment is not released
}

TEST_F(Journal, ReadsInPiecesAndMissesNothing) {
    for (std::uint64_t i = 1; i <= 30; ++i) append(i);
    reader.look();
    Ids ids;
    for (;;) {
        const auto some = reader.read(1);
        if (some.empty()) break;
        for (const auto& entry : some) ids.push_back(entry.id.value());
    }
    EXPECT_EQ(ids.size(), 30U);
    EXPECT_EQ(ids.back(), 30U);
}

/// The segment of a dead writer, as octets to be harmed.
struct DeadSegment : Journal {
    DeadSegment() {
        append(1);
        append(2);
        append(3);
        die();
        path = "/intake/" + names(".seg").at(0);
        whole = *files.content(path);
        used = kSegmentHeaderSize;
        while (const auto header = decode_record_header(std::string_view(whole).substr(used), serial()))
            used += header->whole_size();
    }
    [[nodiscard]] std::uint64_t serial() const { return decode_segment_header(whole)->serial; }
    std::vector<IntakeEntry> look_at(const std::string& octets) {
        files.put(path, octets);
        IntakeReader fresh(files, "/intake");
        fresh.look();
        return fresh.read();
    }
    std::string path;
    std::string whole;
    std::size_t used = 0;
};

TEST_F(DeadSegment, CutAtEveryOctetGivesWholeMessagesAlone) {
    std::size_t most = 0;
    for (std::size_t size = kSegmentHeaderSize; size <= used; ++size) {
        auto octets = whole.substr(0, size);
        octets.resize(whole.size(), '\0');
        const auto entries = look_at(octets);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            EXPECT_EQ(entries[i].id.value(), i + 1);
            EXPECT_FALSE(entries[i].damaged);
        }
        EXPECT_GE(entries.size(), most);
        most = std::max(most, entries.size());
    }
    EXPECT_EQ(most, 3U);
}

TEST_F(DeadSegment, AFlippedBitHarmsOneMessageAndIsTold) {
    for (std::size_t bit = kSegmentHeaderSize * 8; bit < used * 8; bit += 7) {
        auto octets = whole;
        octets[bit / 8] = static_cast<char>(octets[bit / 8] ^ 1 << bit % 8);
        const auto entries = look_at(octets);
        std::size_t good = 0;
        for (const auto& entry : entries) good += entry.damaged ? 0 : 1;
        EXPECT_GE(good, 2U) << bit;
        EXPECT_GE(entries.size(), 3U) << "a message is gone without a word: bit " << bit;
    }
}

TEST_F(DeadSegment, ADamagedSegmentHeaderCostsNothing) {
    auto octets = whole;
    std::fill_n(octets.begin(), kSegmentHeaderSize, 'x');
    EXPECT_EQ(look_at(octets).size(), 3U);
}

TEST_F(DeadSegment, ASegmentThatWasReadWhileItWasMadeIsReadWhole) {
    files.put(path, "");
    SegmentScan scan(files, "/intake", path, SegmentId("j", serial()));
    std::vector<IntakeEntry> entries;
    std::size_t budget = 1U << 20;
    scan.read(SegmentScan::Writer::alive, ~std::uint64_t{0}, budget, entries);
    EXPECT_TRUE(entries.empty());
    EXPECT_FALSE(scan.has_begun());
    files.open(path, OpenMode::read_write)->write_at(0, whole);
    EXPECT_TRUE(scan.has_begun());
    scan.read(SegmentScan::Writer::alive, ~std::uint64_t{0}, budget, entries);
    EXPECT_EQ(entries.size(), 3U);
}

TEST_F(Journal, AWriterThatHasGoneOnToAnotherSegmentIsNoticedWithoutALook) {
    append(1);
    EXPECT_EQ(read().size(), 1U);
    EXPECT_FALSE(reader.is_behind());
    for (std::uint64_t id = 2; names(".seg").size() < 2; ++id) append(id, 1, 1000);
    while (!reader.read().empty()) continue;
    EXPECT_TRUE(reader.is_behind());
    reader.look();
    EXPECT_FALSE(reader.is_behind());
    EXPECT_FALSE(reader.read().empty());
}

TEST(IntakeThreads, ReaderSeesEverythingOnceWhileTheWriterWrites) {
    test::TemporaryDirectory directory;
    constexpr std::uint64_t kBatches = 200;
    std::atomic<bool> done{false};
    std::uint64_t stored = 0;
    std::thread writing([&] {
        IntakeWriter writer(real_files(), small_settings(directory.path()), real_clock());
        for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
            std::vector<Envelope> envelopes;
            std::vector<std::string> messages;
            for (std::uint64_t i = 0; i < batch % 5 + 1; ++i) {
                envelopes.push_back(test::simple_envelope(stored + i + 1));
                messages.push_back(test::message_of(stored + i + 1, 200 + batch));
            }
            std::vector<OutgoingRecord> records;
            for (std::size_t i = 0; i < envelopes.size(); ++i) records.emplace_back(envelopes[i], messages[i]);
            stored += writer.append_batch(records).stored;
            writer.prepare();
        }
        writer.close();
        done = true;
    });
    IntakeReader reader(real_files(), directory.path());
    std::map<std::uint64_t, unsigned> seen;
    for (bool last = false; !last;) {
        last = done;
        reader.look();
        for (const auto& entry : reader.read()) {
            ++seen[entry.id.value()];
            EXPECT_FALSE(entry.damaged);
            EXPECT_EQ(crc32c(text_of(reader, entry)), entry.message_crc);
        }
        reader.release(reader.exhausted());
    }
    writing.join();
    EXPECT_EQ(seen.size(), stored);
    for (const auto& [id, times] : seen) EXPECT_EQ(times, 1U) << id;
    EXPECT_TRUE(reader.faults().empty());
}

TEST_F(Journal, UnsettledIsWhatTakenDoesNotName) {
    Spool spool(files, "/spool");
    EXPECT_TRUE(unsettled(files, "/nowhere", spool).empty());
    append(1, 3);
    die();
    reader.look();
    const auto entries = reader.read();
    ASSERT_EQ(entries.size(), 3U);
    const auto serial = entries[0].segment.serial;
    Taken taken(files, spool.taken_directory() + "/" + Taken::file_name(serial), serial, 1);
    taken.finish(QueueId(2));
    taken.flush();
    const auto open = unsettled(files, "/intake", spool);
    EXPECT_TRUE(open.contains(1) && open.contains(3));
    EXPECT_FALSE(open.contains(2));
    EXPECT_TRUE(open.contains(quarantine_copy(QueueId(1)).value()));
    EXPECT_FALSE(open.contains(quarantine_copy(QueueId(2)).value()));
}

}  // namespace
}  // namespace md::spool
