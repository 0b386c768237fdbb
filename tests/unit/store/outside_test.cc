// tests/unit/store/outside_test.cc - a real Maildir that other processes change meanwhile: programs of others, and our
// own
//
// PURPOSE
//   The processes are real ones, on the system's own files. MDMAIL_LONG does 100,000 renames, and minutes of changes.

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "store/account.h"
#include "store/maildir_name.h"
#include "store/store.h"
#include "store/view.h"
#include "support/temporary_directory.h"

namespace md::store::test {

namespace {

const AccountName kBob{"example.org", "bob"};

bool is_long() {
    return std::getenv("MDMAIL_LONG") != nullptr;
}

/// A process that runs `work` and ends with 0 if it returned.
template <class Work>
pid_t start(Work work) {
    const auto pid = ::fork();
    if (pid != 0) return pid;
    try {
        work();
        ::_exit(0);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        ::_exit(1);
    }
}

bool ended(pid_t pid, bool wait, int& status) {
    return ::waitpid(pid, &status, wait ? 0 : WNOHANG) == pid;
}

/// As another program sees a Maildir: by the calls of the system alone.
class OtherProgram {
  public:
    OtherProgram(std::string maildir, std::uint64_t seed) : maildir_(std::move(maildir)), random_(seed) {}

    /// So many renames, each to other flags, now and then from new/ to cur/.
    void rename_much(std::uint64_t count) {
        while (count > 0) {
            for (const auto* part : {"/new/", "/cur/"}) {
                for (const auto& name : names(maildir_ + part)) {
                    if (count == 0) return;
                    if (rename_one(part, name)) --count;
                }
            }
        }
    }

    void live(std::uint64_t acts) {
        for (std::uint64_t i = 0; i < acts; ++i) {
            const auto what = random_() % 4;
            if (what == 0) deliver(i);
            const std::string part = random_() % 2 == 0 ? "/new/" : "/cur/";
            const auto all = names(maildir_ + part);
            if (all.empty()) continue;
            const auto& name = all[random_() % all.size()];
            if (what == 1) ::unlink((maildir_ + part + name).c_str());
            if (what > 1) rename_one(part, name);
            ::usleep(500);
        }
    }

  private:
    static std::vector<std::string> names(const std::string& directory) {
        std::vector<std::string> out;
        auto* const stream = ::opendir(directory.c_str());
        if (stream == nullptr) return out;
        while (const auto* entry = ::readdir(stream))
            if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
        ::closedir(stream);
        return out;
    }

    bool rename_one(const std::string& part, const std::string& name) {
        static constexpr std::array kLetters{"", "S", "F", "FS", "RS"};
        const auto to = name.substr(0, name.find(':')) + ":2," + kLetters[random_() % kLetters.size()];
        if (part == "/cur/" && to == name) return false;
        return ::rename((maildir_ + part + name).c_str(), (maildir_ + "/cur/" + to).c_str()) == 0;
    }

    void deliver(std::uint64_t number) {
        const auto name = "1." + std::to_string(::getpid()) + "_" + std::to_string(number) + ".elsewhere";
        const auto temporary = maildir_ + "/tmp/" + name;
        auto* const file = std::fopen(temporary.c_str(), "w");
        if (file == nullptr) return;
        std::fputs("Subject: from elsewhere\n\nbody\n", file);
        std::fclose(file);
        ::rename(temporary.c_str(), (maildir_ + "/new/" + name).c_str());
    }

    std::string maildir_;
    std::mt19937_64 random_;
};

class OutsideTest : public ::testing::Test {
  protected:
    static const char* outcome() { return HasFailure() ? "with findings" : "0 findings"; }
    [[nodiscard]] std::unique_ptr<Store> process() const {
        StoreOptions options;
        options.root = root_;
        return std::make_unique<Store>(std::move(options));
    }
    static std::shared_ptr<Mailbox> inbox(Store& store) { return *store.account(kBob)->open("INBOX"); }
    static Uid deliver(Mailbox& mailbox, std::uint64_t id) {
        Incoming in;
        in.id = QueueId(id << 22);
        in.recipient = "bob@example.org";
        Content content;
        content.memory = "Subject: ours\n\nbody\n";
        return mailbox.deliver(in, content)->uid;
    }

    /// What a process of ours does to the mailbox.
    static void live(Store& store, std::uint64_t seed, std::uint64_t acts) {
        std::mt19937_64 random(seed);
        auto mailbox = inbox(store);
        for (std::uint64_t i = 0; i < acts; ++i) {
            const auto all = mailbox->messages({{1, UINT32_MAX}});
            const auto uid = all.empty() ? Uid{1} : all[random() % all.size()].uid;
            FlagChange change;
            change.how = random() % 2 == 0 ? FlagChange::How::add : FlagChange::How::remove;
            change.flags = static_cast<Flags>(1U << (random() % 5));
            switch (random() % 6) {
                case 0: (void)deliver(*mailbox, seed * 1'000'000 + i); break;
                case 1: (void)mailbox->expunge({{uid, uid}}, false); break;
                case 2: mailbox->follow_names(); break;
                case 3: mailbox->look(); break;
                default: (void)mailbox->change_flags({{uid, uid}}, change);
            }
        }
    }

    md::test::TemporaryDirectory tmp_;
    std::string root_ = tmp_ / "store";
    std::string maildir_ = root_ + "/example.org/bob/Maildir";
};

}  // namespace

TEST_F(OutsideTest, AScanDuringRenamesNeverReportsAnExpunge) {
    const std::uint64_t renames = is_long() ? 100'000 : 2'000;
    auto store = process();
    auto mailbox = inbox(*store);
    constexpr std::uint32_t kMessages = 300;
    constexpr std::uint64_t kScans = 12;
    for (std::uint64_t i = 1; i <= kMessages; ++i) ASSERT_EQ(deliver(*mailbox, i), i);
    View session(mailbox, View::Access::read_write);
    const auto enough = tmp_ / "enough";
    const auto other = start([&] {
        OtherProgram program(maildir_, 1);
        do program.rename_much(renames);
        while (::access(enough.c_str(), F_OK) != 0);
    });
    ASSERT_GT(other, 0);
    int status = 0;
    std::uint64_t scans = 0;
    do {
        mailbox->look_again();
        if (++scans == kScans) real_files().replace(enough, "");
        ASSERT_TRUE(session.sync(Expunges::tell).expunged.empty()) << "in scan " << scans;
    } while (!ended(other, false, status));
    EXPECT_EQ(status, 0);
    EXPECT_GE(scans, kScans);
    mailbox->look_again();
    EXPECT_EQ(session.exists(), kMessages);
    for (Uid uid = 1; uid <= kMessages; ++uid) EXPECT_TRUE(mailbox->open(uid)) << "UID " << uid;
    std::printf("renames by another program: %llu at least, %llu scans beside them, %s\n",
                static_cast<unsigned long long>(renames), static_cast<unsigned long long>(scans), outcome());
}

TEST_F(OutsideTest, ManyProcessesAndAnotherProgramEndWithOneTruth) {
    const std::uint64_t acts = is_long() ? 20'000 : 250;
    auto store = process();
    auto mailbox = inbox(*store);
    for (std::uint64_t i = 1; i <= 50; ++i) ASSERT_EQ(deliver(*mailbox, i), i);
    View session(mailbox, View::Access::read_write);
    std::vector<pid_t> running;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) running.push_back(start([&] { live(*process(), seed, acts); }));
    running.push_back(start([&] { OtherProgram(maildir_, 9).live(acts); }));
    while (!running.empty()) {
        (void)session.sync(Expunges::tell);
        std::erase_if(running, [&](pid_t pid) {
            int status = 0;
            if (!ended(pid, false, status)) return false;
            EXPECT_EQ(status, 0);
            return true;
        });
    }
    mailbox->look_again();
    mailbox->follow_names();
    mailbox->look_again();
    (void)session.sync(Expunges::tell);

    std::map<std::string, std::string> on_disk;  // key: letters
    for (const auto* part : {"/new", "/cur"}) {
        const auto files = real_files().list(maildir_ + part).value_or(std::vector<std::string>{});
        for (const auto& file : files) {
            const auto name = parse_maildir_name(file);
            EXPECT_TRUE(on_disk.emplace(name->key, name->letters).second) << file << " is there twice";
        }
    }
    auto fresh = process();
    auto again = inbox(*fresh);
    const auto all = again->messages({{1, UINT32_MAX}});
    EXPECT_EQ(all.size(), on_disk.size());
    EXPECT_EQ(session.exists(), on_disk.size());
    EXPECT_EQ(fresh->account(kBob)->status("INBOX")->messages, on_disk.size());
    const auto here = mailbox->messages({{1, UINT32_MAX}});
    ASSERT_EQ(here.size(), all.size());
    std::multiset<Flags> told;
    std::multiset<Flags> named;
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(all[i].uid, here[i].uid);
        EXPECT_EQ(all[i].flags, here[i].flags);
        EXPECT_TRUE(again->open(all[i].uid)) << "UID " << all[i].uid;
        EXPECT_EQ(session.uid_of(static_cast<std::uint32_t>(i + 1)), all[i].uid);
        told.insert(all[i].flags);
    }
    for (const auto& [key, letters] : on_disk) named.insert(flags_of_letters(letters));
    EXPECT_EQ(told, named);
    std::printf("two processes of ours and another program: %llu acts each, %zu messages at the end, %s\n",
                static_cast<unsigned long long>(acts), all.size(), outcome());
}

TEST_F(OutsideTest, WhatIsNoMessageOrMayNotBeReadHindersNobody) {
    auto store = process();
    auto mailbox = inbox(*store);
    ASSERT_EQ(deliver(*mailbox, 1), 1U);
    ASSERT_EQ(::mkdir((maildir_ + "/cur/2.directory:2,").c_str(), 0700), 0);
    ASSERT_EQ(::mkfifo((maildir_ + "/cur/3.pipe:2,").c_str(), 0600), 0);
    ASSERT_EQ(::symlink("/etc/passwd", (maildir_ + "/cur/4.link:2,").c_str()), 0);
    ASSERT_EQ(::link((maildir_ + "/new/" + real_files().list(maildir_ + "/new")->front()).c_str(),
                     (maildir_ + "/cur/5.hard.link:2,S").c_str()),
              0);
    // Names with sizes are believed of files alone.
    struct stat directory;
    ASSERT_EQ(::stat((maildir_ + "/cur/2.directory:2,").c_str(), &directory), 0);
    const auto size = std::to_string(directory.st_size);
    ASSERT_EQ(::mkdir((maildir_ + "/cur/6.directory,S=" + size + ",W=" + size + ":2,").c_str(), 0700), 0);
    ASSERT_EQ(::mkfifo((maildir_ + "/cur/7.pipe,S=0,W=0:2,").c_str(), 0600), 0);
    ASSERT_EQ(::symlink("/etc/passwd", (maildir_ + "/cur/8.link,S=11,W=11:2,").c_str()), 0);
    // No ":2," has room behind it.
    auto* const file = std::fopen((maildir_ + "/cur/" + std::string(255, 'x')).c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fclose(file);
    const View session(mailbox, View::Access::read_write);
    mailbox->look_again();
    const auto all = mailbox->messages({{1, UINT32_MAX}});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].flags, flag::seen);
    (void)mailbox->expunge({{1, 1}}, false);
    EXPECT_TRUE(mailbox->open(2));  // the other name of the same file
    // A link or a directory in the place of a message hinders this one alone.
    const auto place = maildir_ + "/cur/5.hard.link:2,S";
    for (const bool as_directory : {false, true}) {
        ASSERT_EQ(std::remove(place.c_str()), 0);
        ASSERT_EQ(as_directory ? ::mkdir(place.c_str(), 0700) : ::symlink("/etc/passwd", place.c_str()), 0);
        EXPECT_FALSE(mailbox->open(2));
        store::SummaryKinds header;
        header.header = true;
        const std::vector<Uid> two{2};
        EXPECT_FALSE(mailbox->summaries(two, header).front().header);
    }
}

TEST_F(OutsideTest, ALinkInTheMailRootIsNoFolder) {
    auto store = process();
    auto account = store->account(kBob);
    real_files().make_directories(tmp_ / "elsewhere/cur");
    real_files().make_directories(maildir_ + "/.Folder/cur");
    ASSERT_EQ(::symlink((tmp_ / "elsewhere").c_str(), (maildir_ + "/.Link").c_str()), 0);
    account->look();
    EXPECT_FALSE(account->status("Link"));
    EXPECT_TRUE(account->status("Folder"));
    EXPECT_EQ(real_files().list(tmp_ / "elsewhere")->size(), 1U) << "nothing was made there";
}

}  // namespace md::store::test
