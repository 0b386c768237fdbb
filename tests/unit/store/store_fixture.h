// tests/unit/store/store_fixture.h - a store on a disk that forgets, with processes and boots to spare
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/account.h"
#include "store/crlf_reader.h"
#include "store/mailbox.h"
#include "store/store.h"
#include "store/view.h"
#include "support/lossy_files.h"

namespace md::store::test {

inline const AccountName kBob{"example.org", "bob"};
inline constexpr const char* kInbox = "/store/example.org/bob/Maildir";

inline std::string read_crlf(OpenMessage& message) {
    CrlfReader reader(*message.file, message.size);
    std::string out;
    for (auto chunk = reader.read(); !chunk.empty(); chunk = reader.read()) out.append(chunk);
    return out;
}

class StoreTest : public ::testing::Test {
  protected:
    StoreTest() { files.put("/store/.keep", ""); }

    /// As another process of the same boot would see it.
    [[nodiscard]] std::unique_ptr<Store> process() {
        StoreOptions options;
        options.root = "/store";
        options.files = &files;
        options.clock = &files.clock();
        options.boot_id = "boot" + std::to_string(boot);
        options.changed = [this](const std::string& id) {
            const std::lock_guard lock(changing);
            changed.push_back(id);
        };
        options.repaired = [this](const Repair& repair) { repairs.push_back(repair); };
        return std::make_unique<Store>(std::move(options));
    }
    void power_cut(md::test::Restart mode = md::test::Restart::forget, std::uint64_t seed = 0) {
        files.cut_now();
        files.restart(mode, seed);
        ++boot;
        wait(std::chrono::minutes(1));
    }
    void wait(std::chrono::nanoseconds time) { files.advance(time); }

    [[nodiscard]] static std::shared_ptr<Mailbox> inbox(Store& store) { return *store.account(kBob)->open("INBOX"); }
    [[nodiscard]] Incoming incoming(std::uint64_t id, const std::string& recipient = "bob@example.org") const {
        Incoming in;
        in.id = QueueId(id << 22);
        in.recipient = recipient;
        in.internal_date = unix_seconds(files.clock().now());
        return in;
    }
    [[nodiscard]] static Content content(std::string_view text) {
        Content c;
        c.memory = text;
        c.prefix = "Return-Path: <a@b>\n";
        return c;
    }
    [[nodiscard]] static Uid deliver(Mailbox& mailbox, const Incoming& in,
                                     std::string_view text = "Subject: x\r\n\r\nbody\r\n") {
        const auto placed = mailbox.deliver(in, content(text));
        return placed ? placed->uid : 0;
    }
    [[nodiscard]] static std::vector<Uid> uids(Mailbox& mailbox) {
        std::vector<Uid> out;
        for (const auto& message : mailbox.messages({{1, UINT32_MAX}})) out.push_back(message.uid);
        return out;
    }
    [[nodiscard]] std::vector<std::string> listed(const std::string& directory) {
        return files.list(directory).value_or(std::vector<std::string>{});
    }

    md::test::LossyFiles files;
    int boot = 1;
    std::mutex changing;  ///< some tests have processes on several threads
    std::vector<std::string> changed;
    std::vector<Repair> repairs;
};

}  // namespace md::store::test
