// tests/unit/store/lines_test.cc - store/lf_filter.h, message_writer.h, crlf_reader.h and uid_view.h

#include <gtest/gtest.h>

#include <set>

#include "store/crlf_reader.h"
#include "store/message_writer.h"
#include "store/uid_view.h"
#include "support/lossy_files.h"

namespace md::store {

namespace {

std::string read_all(CrlfReader& reader) {
    std::string out;
    for (auto chunk = reader.read(); !chunk.empty(); chunk = reader.read()) out.append(chunk);
    return out;
}

}  // namespace

TEST(MessageWriter, EveryCutOfTheChunksStoresTheSame) {
    md::test::LossyFiles files;
    files.put("/tmp/.keep", "");
    const std::string wire = "a\r\nb\nc\rd\r\r\n\r\ne\r";
    const std::string stored = "a\nb\nc\rd\r\n\ne\r";
    for (std::size_t one = 0; one <= wire.size(); ++one) {
        for (std::size_t two = one; two <= wire.size(); ++two) {
            MessageWriter writer(files, "/tmp/m");
            writer.write(std::string_view(wire).substr(0, one));
            writer.write(std::string_view(wire).substr(one, two - one));
            writer.write(std::string_view(wire).substr(two));
            writer.finish();
            EXPECT_EQ(files.content("/tmp/m"), stored) << one << " " << two;
            EXPECT_EQ(writer.size_lf(), stored.size());
            // Three LFs become CRLF; the one that has a CR already does not, and readers must find what was told.
            EXPECT_EQ(writer.size_crlf(), stored.size() + 3);
            const auto file = files.open("/tmp/m", OpenMode::read);
            CrlfReader reader(*file, stored.size());
            EXPECT_EQ(read_all(reader).size(), writer.size_crlf());
        }
    }
    EXPECT_FALSE(files.content("/tmp/m")) << "not placed: removed";
}

TEST(MessageWriter, LargeMessagesGoThroughASmallBuffer) {
    md::test::LossyFiles files;
    files.put("/tmp/.keep", "");
    MessageWriter writer(files, "/tmp/m");
    std::string line(1'000, 'x');
    line += "\r\n";
    std::string expected;
    for (int i = 0; i < 500; ++i) {
        writer.write(line);
        expected += line.substr(0, 1'000) + "\n";
    }
    writer.write(std::string(200'000, 'y'));
    expected += std::string(200'000, 'y');
    writer.finish();
    EXPECT_TRUE(files.content("/tmp/m") == expected);
}

TEST(CrlfReader, ExpandsAcrossChunksAndLeavesCrlfAlone) {
    md::test::LossyFiles files;
    for (const std::size_t pad : {0, 65'534, 65'535, 65'536}) {
        files.put("/m", std::string(pad, 'x') + "\r\na\nb\rc\n");
        const auto file = files.open("/m", OpenMode::read);
        CrlfReader reader(*file, file->info().size_bytes);
        EXPECT_TRUE(read_all(reader) == std::string(pad, 'x') + "\r\na\r\nb\rc\r\n") << pad;
    }
}

TEST(CrlfReader, SkipsExpandedOctets) {
    md::test::LossyFiles files;
    files.put("/m", "a\nb\nc\n");
    const auto file = files.open("/m", OpenMode::read);
    CrlfReader reader(*file, 6);
    EXPECT_EQ(reader.skip(2), 2U);
    EXPECT_EQ(read_all(reader), "\nb\r\nc\r\n");
    CrlfReader another(*file, 6);
    EXPECT_EQ(another.skip(100), 9U);
    EXPECT_TRUE(another.read().empty());
}

TEST(UidView, CountsAsASetDoes) {
    UidView view;
    std::set<Uid> model;
    std::uint64_t random = 1;
    for (int i = 0; i < 3'000; ++i) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const auto uid = static_cast<Uid>(random >> 33) % 200 + 1;
        if ((random >> 20) % 3 != 0) {
            view.insert(uid);
            model.insert(uid);
        } else {
            EXPECT_EQ(view.erase(uid), model.erase(uid) > 0);
        }
        ASSERT_EQ(view.size(), model.size());
    }
    std::uint32_t position = 0;
    for (const auto uid : model) {
        ++position;
        EXPECT_EQ(view.at(position), uid);
        EXPECT_EQ(view.position(uid), position);
    }
    EXPECT_FALSE(view.at(0));
    EXPECT_FALSE(view.at(position + 1));
    for (const auto& range : view.ranges()) EXPECT_LE(range.first, range.last);
}

TEST(UidView, KnowsWhatIsMissing) {
    UidView view;
    for (const Uid uid : {2U, 3U, 7U, 9U}) view.insert(uid);
    EXPECT_EQ(view.missing_of({{1, UINT32_MAX}}, 12), (UidRanges{{1, 1}, {4, 6}, {8, 8}, {10, 11}}));
    EXPECT_EQ(view.missing_of({{1, UINT32_MAX}}, 10), (UidRanges{{1, 1}, {4, 6}, {8, 8}}));
    EXPECT_EQ(view.missing_of({{2, 3}, {5, 7}, {20, 30}}, 12), (UidRanges{{5, 6}}));
    EXPECT_EQ(view.missing_of({{3, 9}}, 12), (UidRanges{{4, 6}, {8, 8}}));
    EXPECT_EQ(UidView().missing_of({{1, UINT32_MAX}}, 4), (UidRanges{{1, 3}}));
    EXPECT_EQ(UidView().missing_of({{1, UINT32_MAX}}, 1), UidRanges{});
}

TEST(UidView, ErasesManyAsItErasesOne) {
    std::uint64_t random = 7;
    const auto next = [&random](Uid below) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        return static_cast<Uid>(random >> 33) % below;
    };
    for (int round = 0; round < 300; ++round) {
        UidView one;
        UidView many;
        for (Uid uid = 1; uid <= 60; ++uid) {
            if (next(4) == 0) continue;
            one.insert(uid);
            many.insert(uid);
        }
        UidRanges gone;
        for (auto from = next(10); from < 70; from += 2 + next(12)) gone.push_back({from, from + next(8)});
        gone = normalised(std::move(gone));
        for (const auto& [first, last] : gone)
            for (auto uid = first; uid <= last; ++uid) one.erase(uid);
        many.erase(gone);
        ASSERT_EQ(many.ranges(), one.ranges()) << round;
        ASSERT_EQ(many.size(), one.size()) << round;
        for (std::uint32_t at = 1; at <= one.size(); ++at) ASSERT_EQ(many.at(at), one.at(at));
    }
}

TEST(UidView, RangesAreSortedAndMerged) {
    EXPECT_EQ(normalised({{5, 6}, {1, 2}, {3, 4}, {9, 8}}), (UidRanges{{1, 6}}));
    EXPECT_EQ(ranges_of({3, 1, 2, 9, 3}), (UidRanges{{1, 3}, {9, 9}}));
    EXPECT_EQ(normalised({{1, UINT32_MAX}, {7, 9}}), (UidRanges{{1, UINT32_MAX}}));
    EXPECT_TRUE(contains({{1, 3}, {9, 9}}, 9));
    EXPECT_FALSE(contains({{1, 3}, {9, 9}}, 4));
}

}  // namespace md::store
