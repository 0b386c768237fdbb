// tests/unit/auth/remembered_test.cc - auth/remembered.h

#include "auth/remembered.h"

#include <gtest/gtest.h>

namespace md::auth {
namespace {

using std::chrono::seconds;

const accounts::Stamp kStamp{1, 2, 3};
const async::Deadline kNow{seconds(1000)};

TEST(Remembered, KnowsWhatWasAddedUntilItsEnd) {
    Remembered remembered(seconds(10));
    EXPECT_FALSE(remembered.knows("a@x", "p", kStamp, kNow));
    remembered.add("a@x", "p", kStamp, kNow);
    EXPECT_TRUE(remembered.knows("a@x", "p", kStamp, kNow + seconds(9)));
    EXPECT_FALSE(remembered.knows("a@x", "p", kStamp, kNow + seconds(10)));
}

TEST(Remembered, AnyOtherAccountPasswordOrFileIsUnknown) {
    Remembered remembered(seconds(10));
    remembered.add("a@x", "p", kStamp, kNow);
    EXPECT_FALSE(remembered.knows("b@x", "p", kStamp, kNow));
    EXPECT_FALSE(remembered.knows("a@x", "q", kStamp, kNow));
    EXPECT_FALSE(remembered.knows("a@", "xp", kStamp, kNow));
    accounts::Stamp changed = kStamp;
    changed.changed_ns = 4;
    EXPECT_FALSE(remembered.knows("a@x", "p", changed, kNow)) << "the password was changed meanwhile";
}

TEST(Remembered, NothingIfItIsSwitchedOff) {
    Remembered remembered(seconds(0));
    remembered.add("a@x", "p", kStamp, kNow);
    EXPECT_FALSE(remembered.knows("a@x", "p", kStamp, kNow));
}

}  // namespace
}  // namespace md::auth
