// tests/unit/daemon/connection_table_test.cc - daemon/connection_table.h

#include "daemon/connection_table.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

namespace md::daemon {
namespace {

TEST(ConnectionTable, CountsAnAddressOverAllRows) {
    ConnectionTable table;
    const auto first = *table.take_row();
    const auto second = *table.take_row();
    EXPECT_EQ(table.add(first, "abcd"), 1U);
    EXPECT_EQ(table.add(second, "abcd"), 2U);
    EXPECT_EQ(table.add(second, "wxyz"), 1U);
    table.remove(first, "abcd");
    EXPECT_EQ(table.add(second, "abcd"), 2U);
}

TEST(ConnectionTable, ManyOthersHardlyCountForOne) {
    ConnectionTable table;
    const auto row = *table.take_row();
    for (unsigned i = 0; i < 20'000; ++i) table.add(row, "account " + std::to_string(i));
    EXPECT_LT(table.add(row, "account bob"), 12U);
}

TEST(ConnectionTable, IsSharedWithAForkedChildAndForgetsItsRow) {
    ConnectionTable table;
    const auto ours = *table.take_row();
    const auto childs = *table.take_row();
    const auto pid = ::fork();
    if (pid == 0) {
        for (int i = 0; i < 5; ++i) table.add(childs, "abcd");
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(table.add(ours, "abcd"), 6U);
    table.give_back(childs);
    EXPECT_EQ(table.add(ours, "abcd"), 2U);
}

TEST(ConnectionTable, HasABoundedNumberOfRowsThatComeBack) {
    ConnectionTable table;
    for (unsigned i = 0; i < ConnectionTable::kRows; ++i) ASSERT_TRUE(table.take_row());
    EXPECT_FALSE(table.take_row());
    table.give_back(7);
    EXPECT_EQ(table.take_row(), 7U);
}

}  // namespace
}  // namespace md::daemon
