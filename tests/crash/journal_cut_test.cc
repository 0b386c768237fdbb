// tests/crash/journal_cut_test.cc - the intake journal alone: what was acknowledged is yielded, whole, until it was
// released

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <set>

#include "crash/ledger.h"
#include "spool/intake_reader.h"
#include "spool/intake_writer.h"
#include "spool/taken.h"
#include "support/lossy_files.h"

namespace md::test::crash {
namespace {

constexpr const char* kTaken = "/spool/taken";

struct Post {
    Post() {
        files.make_directories("/intake");
        files.make_directories(kTaken);
    }
    LossyFiles files;
    std::map<std::uint64_t, std::string> acknowledged;
    std::map<std::uint64_t, std::string> sent;
    std::set<std::uint64_t> elsewhere;  ///< on disk in mailbox or spool
    std::set<std::uint64_t> safe;       ///< and the log that says so too
    std::uint64_t last = 0;
    std::vector<std::string> faults;
};

spool::IntakeSettings settings() {
    spool::IntakeSettings settings;
    settings.directory = "/intake";
    settings.segment_size_bytes = 16U << 10U;
    settings.large_bytes = 8U << 10U;
    return settings;
}

/// False: the writer got an error.
bool receive(Post& post, spool::IntakeWriter& writer, const std::vector<std::size_t>& sizes) {
    std::vector<spool::Envelope> envelopes(sizes.size());
    std::vector<std::unique_ptr<spool::LargeFile>> large(sizes.size());
    std::vector<spool::OutgoingRecord> records;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        const auto id = ++post.last;
        auto& octets = post.sent[id] = message("m" + std::to_string(id), sizes[i]);
        envelopes[i].id = QueueId(id);
        envelopes[i].recipients.emplace_back(kTaken);
        auto& record = records.emplace_back(envelopes[i], octets);
        if (octets.size() <= settings().large_bytes) continue;
        large[i] = writer.create_large(QueueId(id));
        large[i]->append(octets);
        large[i]->finish();
        record.octets = {};
        record.large = true;
        record.large_size_bytes = large[i]->size_bytes();
        record.large_crc = large[i]->crc();
    }
    const auto appended = writer.append_batch(records);
    for (std::size_t i = 0; i < appended.stored; ++i) {
        if (large[i]) large[i]->keep();
        post.acknowledged[envelopes[i].id.value()] = post.sent[envelopes[i].id.value()];
    }
    return !appended.failure;
}

struct Reader {
    explicit Reader(Post& to) : post(to), reader(to.files, "/intake") {}

    spool::Taken& log(const spool::SegmentId& segment) {
        const auto path = std::string(kTaken) + "/" + spool::Taken::file_name(segment.serial);
        return logs.try_emplace(segment, spool::Taken(post.files, path, segment.serial, 1)).first->second;
    }

    void read() {
        reader.look();
        for (auto entries = reader.read(); !entries.empty(); entries = reader.read())
            for (auto& entry : entries) {
                auto& taken = log(entry.segment);
                if (taken.finished(entry.id)) continue;
                check(entry);
                taken.finish(entry.id);
                waiting.push_back(entry);
            }
    }

    void check(const spool::IntakeEntry& entry) {
        const auto id = entry.id.value();
        if (entry.damaged) return post.faults.push_back(std::to_string(id) + " damaged");
        std::string octets(entry.message_size, '\0');
        const auto file = spool::IntakeReader(post.files, "/intake").open_message(entry);
        octets.resize(file->read_at(entry.message_offset, octets.data(), octets.size()));
        if (octets != post.sent[id]) post.faults.push_back(std::to_string(id) + " is not what was sent");
        if (post.safe.contains(id)) post.faults.push_back(std::to_string(id) + " again");
        seen.insert(id);
    }

    void release() {
        for (const auto& entry : waiting) post.elsewhere.insert(entry.id.value());
        for (auto& [segment, taken] : logs) taken.flush();
        for (const auto& entry : waiting) post.safe.insert(entry.id.value());
        for (const auto& entry : waiting) reader.remove_large(entry);
        waiting.clear();
        const auto free = reader.exhausted();
        reader.release(free, 1);
        for (const auto& segment : free) log(segment).remove();
        (void)reader.remove_dead();
    }

    Post& post;
    spool::IntakeReader reader;
    std::map<spool::SegmentId, spool::Taken> logs;
    std::vector<spool::IntakeEntry> waiting;
    std::set<std::uint64_t> seen;
};

void day(Post& post) {
    spool::IntakeWriter writer(post.files, settings(), post.files.clock());
    Reader reader(post);
    receive(post, writer, {500, 3'000});
    reader.read();
    receive(post, writer, {9'000, 200});
    writer.prepare();
    receive(post, writer, {5'000, 6'000, 5'000});
    reader.read();
    reader.release();
    receive(post, writer, {7'000, 7'000, 7'000, 100});
    reader.read();
    reader.release();
    writer.prepare();
    receive(post, writer, {7'000, 7'000, 7'000});
    receive(post, writer, {100});
    writer.close();
    reader.read();
    reader.release();
}

void morning(Post& post) {
    Reader reader(post);
    reader.read();
    for (const auto& [id, octets] : post.acknowledged)
        if (!reader.seen.contains(id) && !post.elsewhere.contains(id))
            post.faults.push_back(std::to_string(id) + " lost");
    reader.release();
    spool::IntakeWriter writer(post.files, settings(), post.files.clock());
    if (!receive(post, writer, {100})) post.faults.push_back("nothing can be received any more");
    writer.close();
    reader.read();
    reader.release();
    for (const auto& path : post.files.tree())
        if (path.ends_with(".seg") || path.ends_with(".failed") || path.ends_with(".msg"))
            post.faults.push_back("left over: " + path);
}

template <class Body>
void live(Post& post, const Body& body) {
    try {
        body(post);
    } catch (const PowerCut&) {
    }
}

std::uint64_t steps_of_day() {
    Post post;
    const auto before = post.files.steps();
    day(post);
    return post.files.steps() - before;
}

TEST(JournalCut, AnUndisturbedDayLosesNothing) {
    Post post;
    day(post);
    EXPECT_EQ(post.acknowledged.size(), 15U);
    EXPECT_EQ(post.safe.size(), 15U);
    morning(post);
    EXPECT_EQ(post.faults, std::vector<std::string>());
}

bool long_tests() {
    const auto* value = std::getenv("MDMAIL_LONG");
    return value != nullptr && std::string(value) == "1";
}

TEST(JournalCut, EveryStepEveryMode) {
    const auto steps = steps_of_day();
    const std::uint64_t orders = long_tests() ? 100 : 6;
    std::size_t shown = 0;
    for (std::uint64_t step = 1; step <= steps; ++step)
        for (std::uint64_t order = 0; order < orders; ++order) {
            Post post;
            post.files.cut_at(post.files.steps() + step, (step + order) % 2 == 0 ? Cut::before : Cut::halfway);
            live(post, day);
            const auto where = post.files.last_step();
            const auto mode = order == 0 ? Restart::forget : order == 1 ? Restart::process : Restart::any_subset;
            const bool extreme = order > 1 && (orders > 6 ? order < 7 : order < 4);
            post.files.restart(mode, extreme ? (step + order) % 5 : step * orders + order);
            live(post, morning);
            for (const auto& fault : post.faults)
                if (++shown < 20)
                    ADD_FAILURE() << "step " << step << " order " << order << " (" << where << "): " << fault;
        }
}

void refuse_every_step(std::uint64_t times) {
    const auto steps = steps_of_day();
    std::size_t shown = 0;
    for (std::uint64_t step = 1; step <= steps; ++step)
        for (const auto code : {ENOSPC, EIO, EROFS}) {
            Post post;
            post.files.fail_at_step(post.files.steps() + step, code, times);
            std::string where = "the journal told it by value";
            try {
                day(post);
            } catch (const SystemError& error) {
                where = error.what();
            }
            post.files.mend();
            post.files.restart(Restart::forget);
            live(post, morning);
            for (const auto& fault : post.faults)
                if (++shown < 20)
                    ADD_FAILURE() << "step " << step << " errno " << code << " (" << where << "): " << fault;
        }
}

TEST(JournalCut, EveryStepRefusedOnce) {
    refuse_every_step(1);
}
TEST(JournalCut, EveryStepRefusedForGood) {
    refuse_every_step(UINT64_MAX);
}

}  // namespace
}  // namespace md::test::crash
