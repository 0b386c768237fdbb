// tests/unit/store/wake_test.cc - store/wake.h: datagrams between processes, and what their loss does

#include "store/wake.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "support/temporary_directory.h"

namespace md::store {

using Ids = std::vector<std::string>;

TEST(Wake, EverySocketGetsTheMailboxIdOnce) {
    const md::test::TemporaryDirectory directory;
    WakeSender sender(directory.path());
    WakeSocket one(directory.path());
    WakeSocket two(directory.path());
    sender.send("Fabc");
    sender.send("Fdef");
    sender.send("Fabc");
    EXPECT_EQ(one.drain().mailbox_ids, (Ids{"Fabc", "Fdef"}));
    const auto drained = two.drain();
    EXPECT_EQ(drained.mailbox_ids, (Ids{"Fabc", "Fdef"}));
    EXPECT_FALSE(drained.look_at_all);
    EXPECT_TRUE(two.drain().mailbox_ids.empty());
}

TEST(Wake, ASocketThatComesLaterIsFound) {
    const md::test::TemporaryDirectory directory;
    WakeSender sender(directory.path());
    sender.send("Fabc");
    WakeSocket late(directory.path());
    sender.send("Fdef");
    EXPECT_EQ(late.drain().mailbox_ids, Ids{"Fdef"});
}

TEST(Wake, AFullSocketLosesAndItsOwnerKnows) {
    const md::test::TemporaryDirectory directory;
    WakeSender sender(directory.path());
    WakeSocket socket(directory.path());
    for (int i = 0; i < 5'000; ++i) sender.send("F" + std::to_string(i));
    EXPECT_TRUE(socket.drain().look_at_all);
    while (!socket.drain().mailbox_ids.empty()) {
    }
    sender.send("Flater");
    EXPECT_EQ(socket.drain().mailbox_ids, Ids{"Flater"});
}

TEST(Wake, TheSocketOfADeadOwnerIsRemoved) {
    const md::test::TemporaryDirectory directory;
    std::string path;
    {
        WakeSocket socket(directory.path());
        path = socket.path();
        ASSERT_EQ(::rename(path.c_str(), (path + ".left").c_str()), 0);  // as if its owner had not come to remove it
    }
    WakeSender sender(directory.path());
    sender.send("Fabc");
    struct stat info;
    EXPECT_NE(::stat((path + ".left").c_str(), &info), 0);
}

TEST(Wake, WithoutADirectoryNothingHappens) {
    WakeSender("/nonexistent/wake").send("Fabc");
}

TEST(Wake, ForeignDatagramsAreNone) {
    EXPECT_EQ(parse_wake(format_wake("Fabc")), "Fabc");
    for (const char* text : {"", "MDWAKE1 ", "MDWAKE2 Fabc", "MDWAKE1 ../x", "MDWAKE1 a b"})
        EXPECT_FALSE(parse_wake(text)) << text;
}

TEST(Wake, ReadsTheDatagramOfVersion1) {
    const char* source = std::getenv("srcdir");
    std::ifstream in(std::string(source != nullptr ? source : ".") + "/tests/fixtures/wake/v1.datagram",
                     std::ios::binary);
    const std::string datagram{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(parse_wake(datagram), "Fixture0123456789abcd");
}

}  // namespace md::store
