// The spool: a message is where its envelope is, and stays whole whatever happens between

#include "spool/spool.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "base/error.h"
#include "support/lossy_files.h"
#include "unit/spool/samples.h"

namespace md::spool {
namespace {

Progress note(std::uint32_t recipient, Progress::Kind kind) {
    Progress out;
    out.time = WallTime(std::chrono::seconds(1'795'602'600));
    out.recipient = recipient;
    out.kind = kind;
    return out;
}

struct SpoolFolder : testing::Test {
    SpoolFolder() {
        files.put("/var/.keep", "");
        spool.emplace(files, "/var/spool");
    }
    void add(std::uint64_t id, std::string_view to = state::kIncoming, Durable durable = Durable::now) {
        const MessagePiece piece(test::message_of(id));
        spool->add(to, test::simple_envelope(id), std::span(&piece, 1), durable);
    }
    std::string text(std::string_view from, std::uint64_t id) {
        const auto file = spool->open_message(from, QueueId(id));
        return file ? file->read_all(1 << 20) : "none";
    }
    std::vector<std::uint64_t> scan(std::string_view from) {
        std::vector<std::uint64_t> ids;
        for (unsigned number = 0; number < Spool::kFolders; ++number)
            for (const auto& found : spool->scan(from, number)) {
                EXPECT_TRUE(found.stored && found.has_message);
                ids.push_back(found.id.value());
            }
        return ids;
    }
    void reopen(test::Restart mode = test::Restart::forget, std::uint64_t seed = 0) {
        spool.reset();
        files.restart(mode, seed);
        spool.emplace(files, "/var/spool");
    }
    test::LossyFiles files;
    std::optional<Spool> spool;
};

using Ids = std::vector<std::uint64_t>;

TEST_F(SpoolFolder, KeepsAMessageThroughAPowerCut) {
    add(1);
    files.cut_now();
    reopen();
    EXPECT_EQ(scan(state::kIncoming), Ids{1});
    EXPECT_EQ(text(state::kIncoming, 1), test::message_of(1));
    EXPECT_EQ(spool->read(state::kIncoming, QueueId(1))->envelope, test::simple_envelope(1));
    EXPECT_EQ(spool->find(QueueId(1)), "incoming");
    EXPECT_FALSE(spool->find(QueueId(2)));
}

TEST_F(SpoolFolder, AReplayWritesAnewWhateverIsThere) {
    add(1);
    files.fail_operation(test::Operation::sync_directory, EIO);
    EXPECT_THROW(add(1), SystemError);
    add(1);
    files.cut_now();
    reopen();
    EXPECT_EQ(scan(state::kIncoming), Ids{1});
    EXPECT_EQ(text(state::kIncoming, 1), test::message_of(1));
}

TEST_F(SpoolFolder, WhatIsKnownOfItComesWithIt) {
    const MessagePiece piece(test::message_of(1));
    const auto done = note(0, Progress::Kind::delivered);
    spool->add(state::kIncoming, test::simple_envelope(1), std::span(&piece, 1), Durable::now, std::span(&done, 1));
    files.cut_now();
    reopen();
    EXPECT_TRUE(spool->read(state::kIncoming, QueueId(1))->states()[0].finished());
}

TEST_F(SpoolFolder, ProgressWhoseSyncFailedIsWrittenAnewBeforeAnythingRestsOnIt) {
    for (const bool moves : {true, false}) {
        add(1);
        const auto done = note(0, Progress::Kind::delivered);
        files.fail_operation(test::Operation::sync_data, EIO);
        EXPECT_THROW(spool->append_progress(state::kIncoming, QueueId(1), std::span(&done, 1), Durable::now),
                     SystemError);
        if (moves)
            spool->move(QueueId(1), state::kIncoming, state::kRetry, Durable::now);
        else
            spool->append_progress(state::kIncoming, QueueId(1), {}, Durable::now);
        files.cut_now();
        reopen();
        const auto stored = spool->read(moves ? state::kRetry : state::kIncoming, QueueId(1));
        ASSERT_TRUE(stored);
        EXPECT_TRUE(stored->states()[0].finished());
        spool->remove(state::kRetry, QueueId(1), Durable::now);
    }
}

TEST_F(SpoolFolder, AMessageMayComeFromARangeOfAFile) {
    files.put("/var/segment", "xxxxbody of itxxxx");
    const std::shared_ptr<const File> segment = files.open("/var/segment", OpenMode::read);
    const std::vector<MessagePiece> pieces{MessagePiece("Header: 1\n\n"), MessagePiece(segment, 4, 10)};
    spool->add(state::kRemote, test::simple_envelope(1), pieces, Durable::now);
    EXPECT_EQ(text(state::kRemote, 1), "Header: 1\n\nbody of it");
    EXPECT_EQ(spool->read(state::kRemote, QueueId(1))->message_size, 21U);
    const std::vector<MessagePiece> beyond{MessagePiece(segment, 4, 100)};
    EXPECT_THROW(spool->add(state::kRemote, test::simple_envelope(2), beyond, Durable::now), SystemError);
    EXPECT_EQ(scan(state::kRemote), Ids{1});
}

TEST_F(SpoolFolder, ProgressIsAppendedBehindHalfALine) {
    add(1);
    auto one = note(0, Progress::Kind::deferred);
    EXPECT_TRUE(spool->append_progress(state::kIncoming, QueueId(1), std::span(&one, 1), Durable::now));
    const auto envelope = spool->envelope_path(state::kIncoming, QueueId(1));
    files.put(envelope, *files.content(envelope) + "2026-11-25T10:30:0");
    one.kind = Progress::Kind::delivered;
    EXPECT_TRUE(spool->append_progress(state::kIncoming, QueueId(1), std::span(&one, 1), Durable::now));
    const auto stored = spool->read(state::kIncoming, QueueId(1));
    EXPECT_EQ(stored->progress.size(), 2U);
    EXPECT_EQ(stored->damaged_lines, 0U);
    EXPECT_TRUE(stored->states()[0].finished());
    EXPECT_FALSE(spool->append_progress(state::kIncoming, QueueId(2), std::span(&one, 1), Durable::now));
}

TEST_F(SpoolFolder, MovesBetweenStatesAndToCustomOnes) {
    add(1);
    spool->create_state("slow");
    EXPECT_TRUE(spool->move(QueueId(1), state::kIncoming, "slow", Durable::now));
    EXPECT_FALSE(spool->move(QueueId(1), state::kIncoming, state::kRetry, Durable::now));
    EXPECT_EQ(scan(state::kIncoming), Ids());
    EXPECT_EQ(scan("slow"), Ids{1});
    EXPECT_EQ(text("slow", 1), test::message_of(1));
    EXPECT_EQ(text(state::kIncoming, 1), "none");
    EXPECT_FALSE(spool->remove_state("slow"));
    EXPECT_TRUE(spool->move(QueueId(1), "slow", state::kRetry, Durable::later));
    spool->sync();
    EXPECT_TRUE(spool->remove_state("slow"));
    EXPECT_FALSE(spool->remove_state("retry"));
    EXPECT_EQ(spool->states().size(), 6U);
}

TEST_F(SpoolFolder, RemovesWhatIsDone) {
    add(1);
    EXPECT_TRUE(spool->remove(state::kIncoming, QueueId(1)));
    EXPECT_FALSE(spool->remove(state::kIncoming, QueueId(1)));
    EXPECT_EQ(scan(state::kIncoming), Ids());
}

TEST_F(SpoolFolder, WhatMayComeBackComesBackWhole) {
    add(1);
    EXPECT_TRUE(spool->remove(state::kIncoming, QueueId(1), Durable::later));
    EXPECT_EQ(scan(state::kIncoming), Ids());
    EXPECT_NE(text(state::kIncoming, 1), "none") << "its envelope is still on the disk";
    spool->sync();
    EXPECT_EQ(text(state::kIncoming, 1), "none");
}

TEST_F(SpoolFolder, WhatComesBackBeforeTheSyncIsNotUnlinkedByIt) {
    add(1);
    for (const bool within : {false, true}) {
        EXPECT_TRUE(spool->move(QueueId(1), state::kIncoming, state::kRetry, Durable::later));
        if (within) {
            EXPECT_TRUE(spool->begin_sync());
        }
        EXPECT_TRUE(spool->move(QueueId(1), state::kRetry, state::kIncoming, Durable::later));
        if (within) spool->end_sync(true);
        spool->sync();
        EXPECT_EQ(text(state::kIncoming, 1), test::message_of(1)) << within;
        EXPECT_EQ(text(state::kRetry, 1), "none");
    }
}

TEST_F(SpoolFolder, ALaterSyncThatFailedLeavesProgressInDoubt) {
    add(1);
    const auto done = note(0, Progress::Kind::delivered);
    spool->append_progress(state::kIncoming, QueueId(1), std::span(&done, 1), Durable::later);
    files.fail_operation(test::Operation::sync_filesystem, EIO);
    EXPECT_THROW(spool->sync(), SystemError);
    EXPECT_TRUE(spool->move(QueueId(1), state::kIncoming, state::kRetry, Durable::later));
    spool->sync();
    files.cut_now();
    reopen();
    EXPECT_TRUE(spool->read(state::kRetry, QueueId(1))->states()[0].finished()) << "it was written anew";
}

TEST_F(SpoolFolder, ASyncCoversWhatWasDoneBeforeItAndNotBeside) {
    spool->sync();
    EXPECT_FALSE(spool->begin_sync());
    add(1, state::kIncoming, Durable::later);
    ASSERT_TRUE(spool->begin_sync());
    EXPECT_FALSE(spool->is_behind());
    add(2, state::kIncoming, Durable::later);
    spool->end_sync(true);
    EXPECT_TRUE(spool->is_behind());
}

TEST_F(SpoolFolder, WhatEarlierProcessesDidIsSyncedToo) {
    add(1, state::kIncoming, Durable::later);
    spool.emplace(files, "/var/spool");
    spool->sync();
    files.cut_now();
    reopen();
    EXPECT_EQ(scan(state::kIncoming), Ids{1});
}

TEST_F(SpoolFolder, WhatCannotBeUnderstoodIsKeptInBad) {
    const MessagePiece piece(std::string("\0\1\2", 3));
    spool->add_raw(QueueId(9), WallTime(), std::span(&piece, 1), "damaged record");
    files.cut_now();
    reopen();
    EXPECT_EQ(text(state::kBad, 9), std::string("\0\1\2", 3));
    EXPECT_EQ(spool->read(state::kBad, QueueId(9))->progress.at(0).text, "damaged record");
}

TEST_F(SpoolFolder, AnUnreadableEnvelopeIsFoundAndNamed) {
    add(1);
    const auto envelope = spool->envelope_path(state::kIncoming, QueueId(1));
    files.put(envelope, "rubbish\n");
    EXPECT_THROW((void)spool->read(state::kIncoming, QueueId(1)), CorruptFile);
    const auto found = spool->scan(state::kIncoming, folder_number(QueueId(1)));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_FALSE(found[0].stored);
    EXPECT_TRUE(found[0].has_message);
}

TEST_F(SpoolFolder, IsOwnedByOne) {
    Spool other(files, "/var/spool");
    EXPECT_TRUE(spool->try_lock());
    EXPECT_FALSE(other.try_lock());
    spool.reset();
    EXPECT_TRUE(other.try_lock());
}

TEST_F(SpoolFolder, NamesOfStatesAreCheapToJudge) {
    for (const auto* good : {"incoming", "a", "slow-2"}) EXPECT_TRUE(is_state_name(good)) << good;
    for (const auto* bad : {"", "taken", "index", "lock", "../x", "A", "2slow", "a.b", "a/b"})
        EXPECT_FALSE(is_state_name(bad)) << bad;
}

/// Every step of adding, moving and marking is cut; what was told done is there afterwards, whole and once.
TEST(SpoolPowerCut, NothingAcknowledgedIsLostHalfOrTwice) {
    std::size_t cuts = 0;
    for (const auto mode : {test::Restart::forget, test::Restart::any_subset}) {
        for (std::uint64_t step = 1;; ++step) {
            test::LossyFiles files;
            files.put("/var/.keep", "");
            files.cut_at(step, step % 2 == 0 ? test::Cut::before : test::Cut::halfway);
            std::size_t done = 0;
            const MessagePiece piece(test::message_of(1));
            const auto finished = note(0, Progress::Kind::delivered);
            try {
                Spool spool(files, "/var/spool");
                spool.add(state::kIncoming, test::simple_envelope(1), std::span(&piece, 1), Durable::now);
                done = 1;
                spool.move(QueueId(1), state::kIncoming, state::kRetry, Durable::now);
                done = 2;
                spool.append_progress(state::kRetry, QueueId(1), std::span(&finished, 1), Durable::now);
                done = 3;
            } catch (const test::PowerCut&) {
            }
            if (!files.is_cut()) break;
            ++cuts;
            files.restart(mode, step);
            Spool spool(files, "/var/spool");
            std::vector<std::string> where;
            for (const auto& state : spool.states())
                for (unsigned number = 0; number < Spool::kFolders; ++number)
                    for (const auto& found : spool.scan(state, number)) {
                        if (!found.stored && done == 0) continue;
                        where.push_back(state);
                        ASSERT_TRUE(found.stored && found.has_message) << files.last_step();
                        EXPECT_EQ(spool.open_message(state, QueueId(1))->read_all(1 << 20), test::message_of(1));
                        EXPECT_TRUE(done < 3 || found.stored->states()[0].finished());
                    }
            EXPECT_LE(where.size(), 1U);
            EXPECT_GE(where.size(), std::min<std::size_t>(done, 1)) << "step " << step << " " << files.last_step();
            EXPECT_TRUE(done < 2 || where == std::vector<std::string>{"retry"});
        }
    }
    RecordProperty("cuts", static_cast<int>(cuts));
    EXPECT_GT(cuts, 40U);
}

}  // namespace
}  // namespace md::spool
