// tests/unit/mdqueue/local_delivery_test.cc - the folder of a subaddress, and a message that was delivered before

#include "mdqueue/local_delivery.h"

#include <gtest/gtest.h>

#include "store/account.h"
#include "store/mailbox.h"
#include "support/temporary_directory.h"

namespace md::mdqueue {
namespace {

struct LocalDeliveryTest : testing::Test {
    LocalDeliveryTest() {
        store::StoreOptions options;
        options.root = directory / "store";
        store.emplace(options);
        const std::string path = directory / "message";
        real_files().open(path, OpenMode::create_new)->write_at(0, "Subject: 1\n\nbody\n");
        message = real_files().open(path, OpenMode::read);
    }
    DeliveryResult deliver(const std::string& detail, How how = How::first, std::uint64_t id = 1) {
        Delivery delivery;
        delivery.id = QueueId(id);
        delivery.account = kAnna;
        delivery.folder = detail;
        delivery.internal_date = 1'790'000'000;
        delivery.size = 17;
        delivery.how = how;
        return deliver_into(*store, delivery, *message);
    }
    /// "FOLDER=MESSAGES ..." of those that have any.
    std::string where() {
        std::string out;
        for (const auto& folder : store->account(kAnna)->folders())
            if (folder.messages > 0) out += folder.name + "=" + std::to_string(folder.messages) + " ";
        return out;
    }
    void make(const std::string& folder) { ASSERT_TRUE(store->account(kAnna)->create(folder)); }

    const store::AccountName kAnna{"example.org", "anna"};
    test::TemporaryDirectory directory;
    std::optional<store::Store> store;
    std::unique_ptr<File> message;
};

TEST_F(LocalDeliveryTest, ADetailMeansTheFolderOfThatNameOrInbox) {
    make("Lists/C++ News");
    make("work");
    std::uint64_t id = 0;
    for (const auto* detail : {"", "nothing", "work", "WORK", "lists/c++_news", "Lists+C++ News"})
        EXPECT_EQ(deliver(detail, How::first, ++id).kind, DeliveryResult::Kind::delivered) << detail;
    EXPECT_EQ(where(), "INBOX=2 Lists/C++ News=2 work=2 ");
}

TEST_F(LocalDeliveryTest, AnAccountAndItsSubaddressAreTwo) {
    make("work");
    (void)deliver("");
    EXPECT_EQ(deliver("work", How::look).kind, DeliveryResult::Kind::delivered);
    EXPECT_EQ(deliver("nothing", How::look).kind, DeliveryResult::Kind::delivered);
    EXPECT_EQ(where(), "INBOX=2 work=1 ");
    for (const auto* detail : {"", "work", "nothing"}) (void)deliver(detail, How::look);
    EXPECT_EQ(where(), "INBOX=2 work=1 ");
}

TEST_F(LocalDeliveryTest, AFolderThatWasMadeSinceGetsNoSecondCopy) {
    for (const auto how : {How::look, How::anew}) {
        const auto id = 1 + static_cast<std::uint64_t>(how);
        (void)deliver("work" + std::to_string(id), How::first, id);
        make("work" + std::to_string(id));
        EXPECT_EQ(deliver("work" + std::to_string(id), how, id).kind, DeliveryResult::Kind::delivered);
    }
    EXPECT_EQ(where(), "INBOX=2 ");
}

TEST_F(LocalDeliveryTest, NorAFolderThatWasRenamedSince) {
    make("work");
    (void)deliver("work");
    ASSERT_TRUE(store->account(kAnna)->rename("work", "old"));
    for (const auto how : {How::look, How::anew}) EXPECT_EQ(deliver("work", how).kind, DeliveryResult::Kind::delivered);
    EXPECT_EQ(where(), "old=1 ");
}

TEST_F(LocalDeliveryTest, WhatWasNotDeliveredBeforeIs) {
    make("work");
    for (const auto how : {How::look, How::anew})
        EXPECT_EQ(deliver("work", how, 1 + static_cast<std::uint64_t>(how)).kind, DeliveryResult::Kind::delivered);
    EXPECT_EQ(where(), "work=2 ");
}

}  // namespace
}  // namespace md::mdqueue
