// tests/unit/async/slow_files_test.cc - support/slow_files.h: it finds what it is for, and nothing else

#include "support/slow_files.h"

#include <gtest/gtest.h>

#include "async/scope.h"
#include "async/worker_pool.h"
#include "support/temporary_directory.h"

namespace md::test {
namespace {

using async::Scope;
using async::Task;
using async::WorkerPool;

class SlowFilesTest : public testing::Test {
  protected:
    /// Runs `work` on the loop beside the other session.
    void run(Task<void> (*work)(SlowFilesTest&)) {
        const auto body = [&](Scope& scope) { return beside(scope, work); };
        loop_.run(async::scoped(body));
    }
    Task<void> beside(Scope& scope, Task<void> (*work)(SlowFilesTest&)) {
        scope.spawn(other_.live());
        other_.begin();
        co_await work(*this);
        other_.end();
        scope.cancel();
    }

  public:
    void replace() { files_.replace(folder_ / "f", "text"); }

  protected:
    async::Loop loop_;
    TemporaryDirectory folder_;
    OtherSession other_;
    SlowFiles files_{real_files(), other_};
    WorkerPool pool_{2};
    friend Task<void> on_the_pool(SlowFilesTest& test);
};

Task<void> on_the_pool(SlowFilesTest& test) {
    auto work = [&] { test.replace(); };
    co_await async::offload(test.pool_, work);
}

Task<void> on_the_loop(SlowFilesTest& test) {
    test.replace();
    co_return;
}

Task<void> nothing(SlowFilesTest&) {
    co_return;
}

TEST_F(SlowFilesTest, WhatAWorkerDoesIsNotFelt) {
    run(on_the_pool);
    EXPECT_TRUE(other_.felt().empty());
    EXPECT_GE(other_.unfelt(), 5U);  // unlink, open, write, fsync, rename, fsync of the folder
    EXPECT_EQ(real_files().read(folder_ / "f"), "text");
}

TEST_F(SlowFilesTest, WhatIsDoneOnTheLoopIsFeltCallByCall) {
    run(on_the_loop);
    const auto felt = other_.felt();
    EXPECT_GE(felt.size(), 5U);
    EXPECT_EQ(other_.unfelt(), 0U);
    EXPECT_TRUE(felt.back() == "fsync " + folder_.path()) << felt.back();
}

TEST_F(SlowFilesTest, NothingIsCountedBeforeTheBeginAndAfterTheEnd) {
    replace();
    run(nothing);
    replace();
    EXPECT_TRUE(other_.felt().empty());
}

}  // namespace
}  // namespace md::test
