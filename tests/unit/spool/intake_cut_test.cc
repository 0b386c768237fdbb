// The power is cut at every step of receipt and take-over: each acknowledged message is finished exactly once

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "spool/intake_reader.h"
#include "spool/intake_writer.h"
#include "spool/spool.h"
#include "spool/taken.h"
#include "support/lossy_files.h"
#include "unit/spool/samples.h"

namespace md::spool {
namespace {

constexpr std::uint64_t kMessages = 10;
constexpr std::size_t kSize = 500;

/// What survives every cut: what the client was told, and how often each message was taken over by whom.
struct Ledger {
    std::set<std::uint64_t> acknowledged;
    std::map<std::uint64_t, unsigned> finished;  ///< seen as finished in the spool after the last restart
};

IntakeSettings settings() {
    IntakeSettings out;
    out.directory = "/intake";
    out.segment_size_bytes = 4096;
    out.large_bytes = 1024;
    return out;
}

/// A worker: batches of one to three, every fifth message in a file of its own.
void receive(test::LossyFiles& files, std::uint64_t first, std::uint64_t count, Ledger& ledger) {
    IntakeWriter writer(files, settings(), files.clock());
    for (std::uint64_t id = first; id < first + count;) {
        const auto size = std::min<std::uint64_t>(id % 3 + 1, first + count - id);
        std::vector<Envelope> envelopes;
        std::vector<std::string> messages;
        std::vector<std::unique_ptr<LargeFile>> larges(size);
        std::vector<OutgoingRecord> records;
        envelopes.reserve(size);
        messages.reserve(size);
        for (std::uint64_t i = 0; i < size; ++i) {
            envelopes.push_back(test::simple_envelope(id + i));
            messages.push_back(test::message_of(id + i, kSize));
            auto& record = records.emplace_back(envelopes.back(), messages.back());
            if ((id + i) % 5 != 0) continue;
            larges[i] = writer.create_large(QueueId(id + i));
            larges[i]->append(messages.back());
            larges[i]->finish();
            record.octets = {};
            record.large = true;
            record.large_size_bytes = larges[i]->size_bytes();
            record.large_crc = larges[i]->crc();
        }
        const auto appended = writer.append_batch(records);
        for (std::size_t i = 0; i < appended.stored; ++i) {
            ledger.acknowledged.insert(id + i);
            if (larges[i]) larges[i]->keep();
        }
        id += size;
    }
}

/// The manager, as far as the spool: takes over every entry, syncs, notes, frees. A spool file stands for "finished".
void take_over(test::LossyFiles& files) {
    Spool spool(files, "/spool");
    IntakeReader reader(files, "/intake");
    std::map<std::uint64_t, Taken> taken;
    reader.look();
    for (;;) {
        const auto entries = reader.read(3000);
        if (entries.empty()) break;
        for (const auto& entry : entries) {
            const auto serial = entry.segment.serial;
            auto log = taken.find(serial);
            if (log == taken.end())
                log = taken
                          .emplace(serial,
                                   Taken(files, spool.taken_directory() + "/" + Taken::file_name(serial), serial, 1))
                          .first;
            if (log->second.finished(entry.id)) continue;
            ASSERT_FALSE(entry.damaged) << entry.id.text();
            const auto envelope = decode_envelope(entry.envelope);
            ASSERT_TRUE(envelope);
            const MessagePiece piece(reader.open_message(entry), entry.message_offset, entry.message_size);
            spool.add(state::kIncoming, *envelope, std::span(&piece, 1), Durable::later);
            log->second.finish(entry.id);
        }
        spool.sync();
        for (auto& [serial, log] : taken) log.flush();
        for (const auto& entry : entries) reader.remove_large(entry);
        const auto exhausted = reader.exhausted();
        reader.release(exhausted);
        for (const auto& segment : exhausted) {
            const auto log = taken.find(segment.serial);
            if (log != taken.end()) log->second.remove();
        }
    }
    reader.remove_dead();
}

/// The message leaves the spool as if delivered: from then on only `taken` remembers it.
std::vector<std::uint64_t> deliver_all(test::LossyFiles& files) {
    Spool spool(files, "/spool");
    std::vector<std::uint64_t> out;
    for (unsigned number = 0; number < Spool::kFolders; ++number)
        for (const auto& found : spool.scan(state::kIncoming, number)) {
            if (!found.stored || !found.has_message) continue;
            EXPECT_EQ(spool.open_message(state::kIncoming, found.id)->read_all(1 << 20),
                      test::message_of(found.id.value(), kSize));
            out.push_back(found.id.value());
            spool.remove(state::kIncoming, found.id);
        }
    spool.sync();
    return out;
}

struct Counts {
    std::size_t cuts = 0;
    std::size_t acknowledged = 0;
};

void cut_everywhere(test::Restart mode, std::uint64_t seeds, Counts& counts) {
    for (std::uint64_t step = 1;; ++step) {
        bool cut = false;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            test::LossyFiles files;
            files.put("/intake/.keep", "");
            files.put("/.keep", "");
            Ledger ledger;
            files.cut_at(step, (step + seed) % 2 == 0 ? test::Cut::before : test::Cut::halfway);
            try {
                receive(files, 1, kMessages / 2, ledger);
                take_over(files);
                receive(files, kMessages / 2 + 1, kMessages / 2, ledger);
                take_over(files);
            } catch (const test::PowerCut&) {
            }
            if (!files.is_cut()) break;
            cut = true;
            ++counts.cuts;
            files.restart(mode, seed);
            take_over(files);
            std::map<std::uint64_t, unsigned> delivered;
            for (const auto id : deliver_all(files)) ++delivered[id];
            // The same replay once more: nothing may come back.
            take_over(files);
            for (const auto id : deliver_all(files)) ++delivered[id];
            for (const auto id : ledger.acknowledged)
                ASSERT_EQ(delivered[id], 1U)
                    << "message " << id << ", step " << step << ", seed " << seed << ", " << files.last_step();
            for (const auto& [id, times] : delivered) ASSERT_EQ(times, 1U) << id << " step " << step;
            counts.acknowledged += ledger.acknowledged.size();
        }
        if (!cut) break;
    }
}

TEST(IntakePowerCut, ForgettingWhatWasNotSynced) {
    Counts counts;
    cut_everywhere(test::Restart::forget, 1, counts);
    RecordProperty("cuts", static_cast<int>(counts.cuts));
    RecordProperty("acknowledged", static_cast<int>(counts.acknowledged));
    EXPECT_GT(counts.cuts, 100U);
}

TEST(IntakePowerCut, KeepingAnyPartOfItInAnyOrder) {
    Counts counts;
    cut_everywhere(test::Restart::any_subset, 2, counts);
    RecordProperty("cuts", static_cast<int>(counts.cuts));
    RecordProperty("acknowledged", static_cast<int>(counts.acknowledged));
    EXPECT_GT(counts.cuts, 200U);
}

TEST(IntakePowerCut, OnlyTheProcessesDied) {
    Counts counts;
    cut_everywhere(test::Restart::process, 1, counts);
    EXPECT_GT(counts.cuts, 100U);
}

}  // namespace
}  // namespace md::spool
