// tests/unit/store/restart_test.cc - power cuts, other boots, damage and restored copies: no number is told twice, no
// message is lost

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "store/maildrop.h"
#include "store_fixture.h"

namespace md::store::test {

using Uids = std::vector<Uid>;
using md::test::Cut;
using md::test::PowerCut;
using md::test::Restart;

class RestartTest : public StoreTest {
  protected:
    std::string journal = std::string(kInbox) + "/mdmail.journal";
};

TEST_F(RestartTest, AfterACutNumbersGoOnBehindTheBlock) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    const auto told = mailbox->numbers();
    power_cut();
    auto later = process();
    auto again = inbox(*later);
    EXPECT_EQ(again->uid_validity(), told.uid_validity);
    EXPECT_GT(again->numbers().uid_next, 1'000U);
    EXPECT_GT(again->numbers().highest_modseq, told.highest_modseq);
    EXPECT_FALSE(again->served(incoming(1), content("Subject: x\r\n\r\nbody\r\n"), Compare::bytes));
    EXPECT_GT(deliver(*again, incoming(1)), told.uid_next);
}

TEST_F(RestartTest, AfterAStopInOrderNumbersGoOnWithoutALeap) {
    auto store = process();
    ASSERT_EQ(deliver(*inbox(*store), incoming(1)), 1U);
    store->close();
    store->sync();
    power_cut();
    auto later = process();
    EXPECT_EQ(deliver(*inbox(*later), incoming(2)), 2U);
    power_cut();  // not closed this time, and the record of the block may be lost: the end outside knows
    auto last = process();
    EXPECT_GT(deliver(*inbox(*last), incoming(3)), 1'000U);
}

TEST_F(RestartTest, AProcessThatDiedLosesNothing) {
    auto store = process();
    ASSERT_EQ(deliver(*inbox(*store), incoming(1)), 1U);
    store.reset();
    auto next = process();
    EXPECT_EQ(deliver(*inbox(*next), incoming(2)), 2U);
}

TEST_F(RestartTest, AMessageLostWithItsFileIsDeliveredAgainThoughAScanMissedItFirst) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, incoming(1)), 1U);
    mailbox->sync_soon();  // the journal is on disk, the file is not
    power_cut();
    auto later = process();
    auto again = inbox(*later);
    again->look();
    EXPECT_TRUE(uids(*again).empty());
    EXPECT_FALSE(again->served(incoming(1), content("Subject: x\r\n\r\nbody\r\n"), Compare::bytes));
    const auto uid = deliver(*again, incoming(1));
    EXPECT_GT(uid, 1'000U);
    EXPECT_EQ(uids(*again), Uids{uid});
    again->look();
    EXPECT_EQ(uids(*again), Uids{uid});
}

TEST_F(RestartTest, ARestoredOlderJournalIsRecognised) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 10; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    const auto backup = *files.content(journal);
    for (std::uint64_t i = 11; i <= 1'500; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    files.unlink(journal);
    files.put(journal, backup);
    auto later = process();
    auto again = inbox(*later);
    again->look();
    const auto all = uids(*again);
    EXPECT_EQ(all.size(), 1'500U);
    EXPECT_TRUE(std::none_of(all.begin(), all.end(), [](Uid uid) { return uid > 10 && uid <= 1'500; }));
}

TEST_F(RestartTest, ATreeFromElsewhereGetsANewUidValidity) {
    auto store = process();
    ASSERT_EQ(deliver(*inbox(*store), incoming(1)), 1U);
    const auto validity = inbox(*store)->uid_validity();
    const auto id = inbox(*store)->id();
    store.reset();
    for (const auto& path : files.tree())
        if (path.starts_with("/store/.numbers") && !path.ends_with("/")) files.unlink(path);
    auto later = process();
    EXPECT_GT(inbox(*later)->uid_validity(), validity);
    EXPECT_NE(inbox(*later)->id(), id);
    EXPECT_EQ(uids(*inbox(*later)), Uids{1});
    EXPECT_EQ(later->account(kBob)->folders().size(), 1U);
}

TEST_F(RestartTest, AJournalCutAtAnyOctetIsReadAndMended) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    FlagChange seen;
    seen.flags = flag::seen;
    (void)mailbox->change_flags({{1, 2}}, seen);
    std::map<Uid, std::string> email_ids;
    for (const auto& message : mailbox->messages({{1, 3}})) email_ids[message.uid] = message.email_id;
    const auto validity = mailbox->uid_validity();
    store.reset();
    const auto whole = *files.content(journal);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        files.unlink(journal);
        files.put(journal, whole.substr(0, size));
        auto later = process();
        auto again = inbox(*later);
        again->look();
        const auto all = uids(*again);
        ASSERT_EQ(all.size(), 3U) << "cut at " << size;
        // Whatever message a UID up to 3 stood for, it stands for it again or for none.
        for (const auto uid : all) {
            if (again->uid_validity() != validity || uid > 1'000) continue;
            EXPECT_EQ(again->message(uid)->email_id, email_ids[uid]) << "cut at " << size;
        }
        files.unlink(journal + ".damaged");
    }
}

TEST_F(RestartTest, AFlippedBitCostsOneRecordAndNoNumberIsToldTwice) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    store.reset();
    const auto whole = *files.content(journal);
    std::map<std::string, Uid> told;
    for (std::size_t at = 0; at < whole.size(); at += 3) {
        auto flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        files.unlink(journal);
        files.put(journal, flipped);
        auto later = process();
        auto again = inbox(*later);
        again->look();
        const auto all = again->messages({{1, UINT32_MAX}});
        EXPECT_EQ(all.size(), 3U) << "flipped at " << at;
        std::size_t kept = 0;
        for (const auto& message : all) kept += message.uid <= 3 ? 1 : 0;
        // The header's own frame holds nothing else; any other frame is one message, or the block.
        if (at > 8 && again->uid_validity() != 0 && kept < 2) {
            EXPECT_TRUE(files.content(journal + ".damaged").has_value()) << "flipped at " << at;
        }
        files.unlink(journal + ".damaged");
    }
}

TEST_F(RestartTest, AJournalWithoutItsBeginningKeepsWhatStandsBehind) {
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(deliver(*mailbox, incoming(i)), i);
    FlagChange change;
    change.keywords = {"$Label1"};
    (void)mailbox->change_flags({{2, 2}}, change);
    const auto numbers = mailbox->numbers();
    const auto id = mailbox->id();
    store.reset();
    const auto whole = *files.content(journal);
    for (const std::size_t at : {2U, 12U, 20U}) {  // in the magic number, the frame's checksum, the header
        auto flipped = whole;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        files.unlink(journal);
        files.put(journal, flipped);
        repairs.clear();
        auto later = process();
        auto again = inbox(*later);
        again->look();
        EXPECT_EQ(again->id(), id);
        EXPECT_EQ(again->uid_validity(), numbers.uid_validity);
        EXPECT_EQ(uids(*again), (Uids{1, 2, 3})) << "flipped at " << at;
        EXPECT_EQ(again->message(2)->keywords, std::vector<std::string>{"$Label1"});
        EXPECT_GT(again->numbers().uid_next, 1'000U);
        EXPECT_GT(again->numbers().highest_modseq, numbers.highest_modseq);
        EXPECT_EQ(files.content(journal + ".damaged"), flipped);
        EXPECT_EQ(repairs.size(), 1U);
    }
}

/// Delivers, syncs, changes flags and expunges, with a cut at every step; what was told before is checked after.
struct Told {
    std::map<Uid, std::uint64_t> uids;      // which message a UID was told for
    std::set<std::uint64_t> durable;        // deliveries before a good sync
    std::set<std::uint64_t> expunge_asked;  // an expunge begun: may be there or not
    std::set<std::uint64_t> expunged;       // acknowledged
    std::set<std::uint64_t> appended;
};

class CutTest : public StoreTest {
  protected:
    static std::string text(std::uint64_t i) { return "Subject: " + std::to_string(i) + "\n\nbody\n"; }

    void tell(std::uint64_t i, Uid uid) {
        const auto [at, fresh] = told.uids.emplace(uid, i);
        EXPECT_TRUE(fresh || at->second == i) << "UID " << uid << " told for " << at->second << " and for " << i;
    }

    void work(Store& store, std::uint64_t from) {
        auto mailbox = inbox(store);
        std::set<std::uint64_t> batch;
        for (auto i = from; i < from + 4; ++i) {
            tell(i, deliver(*mailbox, incoming(i), text(i)));
            batch.insert(i);
        }
        store.sync();
        told.durable.insert(batch.begin(), batch.end());
        FlagChange seen;
        seen.flags = flag::seen;
        (void)mailbox->change_flags({{1, UINT32_MAX}}, seen);
        mailbox->follow_names();
        auto writer = mailbox->start_message();
        writer.write(text(from + 500));
        const auto appended = mailbox->append(std::move(writer), 1, 0, {});
        tell(from + 500, appended.uid);
        told.appended.insert(from + 500);
        for (const auto& [uid, i] : told.uids) {
            if (i != from + 1 || !mailbox->message(uid)) continue;
            told.expunge_asked.insert(i);
            if (!mailbox->expunge({{uid, uid}}, false).empty()) told.expunged.insert(i);
            break;
        }
    }

    /// After the boot: what the queue would replay, then what must be there.
    void check(Store& store, std::uint64_t replay_from, const std::string& where) {
        auto mailbox = inbox(store);
        mailbox->look();
        for (auto i = replay_from; i < replay_from + 4; ++i) {
            if (told.expunged.contains(i)) continue;
            if (!mailbox->served(incoming(i), content(text(i)), Compare::bytes))
                tell(i, deliver(*mailbox, incoming(i), text(i)));
        }
        mailbox->look();
        std::map<std::string, int> found;
        for (const auto& message : mailbox->messages({{1, UINT32_MAX}})) {
            auto open = mailbox->open(message.uid);
            ASSERT_TRUE(open) << where;
            auto body = read_crlf(*open);
            const auto at = body.find("Subject: ");
            ++found[at == std::string::npos ? "damaged" : body.substr(at + 9, body.find('\r', at) - at - 9)];
            const auto known = told.uids.find(message.uid);
            if (known != told.uids.end()) {
                EXPECT_EQ(body.substr(at + 9, body.find('\r', at) - at - 9), std::to_string(known->second)) << where;
            }
        }
        for (auto i = replay_from; i < replay_from + 4; ++i)
            EXPECT_TRUE(found[std::to_string(i)] == 1 || told.expunge_asked.contains(i)) << where << " message " << i;
        for (const auto i : told.appended) EXPECT_EQ(found[std::to_string(i)], 1) << where << " appended " << i;
        for (const auto i : told.expunged) EXPECT_EQ(found[std::to_string(i)], 0) << where << " expunged " << i;
    }

    /// How many steps a round takes.
    std::uint64_t rehearse() {
        auto store = process();
        work(*store, 1);
        store->sync();
        const auto begin = files.steps();
        auto second = process();
        work(*second, 100);
        return files.steps() - begin;
    }

    Told told;
};

TEST_F(CutTest, AtEveryStepNothingAcknowledgedIsLostAndNoUidRepeats) {
    const auto total = rehearse();
    ASSERT_GT(total, 20U);
    std::uint64_t cuts = 0;
    for (const auto mode : {Restart::forget, Restart::any_subset}) {
        for (std::uint64_t step = 1; step <= total; ++step) {
            const auto from = 1'000 + 10 * cuts++ * 200;
            const auto where = "step " + std::to_string(step) + (mode == Restart::forget ? " forget" : " any subset");
            files.cut_at(files.steps() + step, step % 2 == 0 ? Cut::before : Cut::halfway);
            try {
                auto store = process();
                work(*store, from);
            } catch (const PowerCut&) {
            } catch (const SystemError&) {
            }
            power_cut(mode, step);
            auto store = process();
            ASSERT_NO_FATAL_FAILURE(check(*store, from, where));
            store->sync();
            if (::testing::Test::HasFailure()) FAIL() << where;
            // Small again, so that a hundred boots do not slow each other down.
            auto mailbox = inbox(*store);
            (void)mailbox->expunge({{1, UINT32_MAX}}, false);
            told.appended.clear();
            for (const auto& [uid, i] : told.uids) told.expunge_asked.insert(i);
        }
    }
    std::printf("restart: %llu cuts, 0 findings\n", static_cast<unsigned long long>(cuts));
}

}  // namespace md::store::test
