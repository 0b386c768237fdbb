// tests/unit/mdqueue/destinations_view_test.cc - the rows of `mdctl queue destinations`

#include "mdqueue/destinations_view.h"

#include <gtest/gtest.h>

namespace md::mdqueue {
namespace {

using std::chrono::seconds;

struct DestinationsViewTest : testing::Test {
    ipc::Json rows(std::vector<Destinations::View> known, std::vector<std::pair<std::string, std::size_t>> messages) {
        return describe_destinations(known, messages, now, wall);
    }
    static Destinations::View view(const std::string& name) {
        Destinations::View out;
        out.destination = name;
        out.window = 5;
        return out;
    }
    Destinations::Time now{seconds(1000)};
    WallTime wall{seconds(1'800'000'000)};
};

TEST_F(DestinationsViewTest, NothingIsAnEmptyList) {
    EXPECT_EQ(rows({}, {}).dump(), "[]");
}

TEST_F(DestinationsViewTest, RowsAreWhatIsKnownAndWhatIsWaitedForByName) {
    auto open = view("example.org");
    open.under_way = 3;
    const auto all = rows({open}, {{"route *", 7}, {"example.org", 2}, {"a.example", 1}});
    ASSERT_EQ(all.items().size(), 3U);
    EXPECT_EQ(all.items()[0].dump(), R"({"destination":"a.example","messages":1,"state":"idle"})");
    EXPECT_EQ(all.items()[1].text("destination"), "example.org");
    EXPECT_EQ(all.items()[1].integer("messages"), 2);
    EXPECT_EQ(all.items()[1].integer("under_way"), 3);
    EXPECT_EQ(all.items()[1].integer("window"), 5);
    EXPECT_EQ(all.items()[1].text("state"), "open");
    EXPECT_TRUE(all.items()[1].find("rests_until")->is_null());
    EXPECT_EQ(all.items()[2].text("destination"), "route *");
}

TEST_F(DestinationsViewTest, ARestHasAnEndAndThenAProbe) {
    auto one = view("example.org");
    one.resting = true;
    one.until = now + seconds(60);
    one.troubles = 3;
    one.reason = "connection refused";
    auto all = rows({one}, {});
    EXPECT_EQ(all.items()[0].text("state"), "resting");
    EXPECT_EQ(all.items()[0].text("rests_until"), rfc3339(wall + seconds(60)));
    EXPECT_EQ(all.items()[0].text("last_trouble"), "connection refused");
    EXPECT_EQ(all.items()[0].integer("troubles"), 3);
    now += seconds(60);
    all = rows({one}, {});
    EXPECT_EQ(all.items()[0].text("state"), "probing");
    EXPECT_TRUE(all.items()[0].find("rests_until")->is_null());
}

}  // namespace
}  // namespace md::mdqueue
