// tests/crash/folder_cut_test.cc - the power goes, or a process is killed, at every step of RENAME, compaction, rebuild
// and undelete: no message is lost or doubled, no number told twice, and the next holder finishes what was begun
//
// A day of its own for each act: folders with messages, then the act, cut at one step. The next morning the account is
// looked at, and all that was told before is held against what is told now; then work goes on. Each family ends with
// its counts. MDMAIL_LONG=1 does all orders of what the disk kept, else one a step.
// RENAME is src/store/account_renaming.cc, that of INBOX src/store/account_inbox.cc.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "store/account.h"
#include "store/account_journal.h"
#include "store/appending.h"
#include "store/mailbox.h"
#include "store/maintenance.h"
#include "store/store.h"
#include "store/undeletion.h"
#include "support/lossy_files.h"

namespace md::test::crash {
namespace {

using store::ModSeq;
using store::Uid;

const store::AccountName kBob{"example.org", "bob"};
constexpr store::UidRange kAll{1, UINT32_MAX};
/// Never met, so that nothing is refused; what is used must be right all the same.
constexpr store::QuotaLimits kQuota{1U << 20, 1'000};

/// A message as it was told.
struct Told {
    std::string folder;
    store::Flags flags = 0;
    std::vector<std::string> keywords;
    std::int64_t date = 0;
    std::string email_id;
    friend bool operator==(const Told&, const Told&) = default;
};

using Validity = std::pair<std::string, std::uint32_t>;  ///< MAILBOXID and UIDVALIDITY

/// Messages are known by the number in them.
struct Account {
    std::multimap<std::uint64_t, Told> messages;
    std::map<std::pair<Validity, Uid>, std::uint64_t> uids;
    std::map<Validity, ModSeq> modseqs;
};

std::string text_of(std::uint64_t number) {
    return "Subject: " + std::to_string(number) + "\n\nbody\n";
}

class World {
  public:
    World() {
        files.put("/store/.keep", "");
        begin();
    }

    void begin() {
        store::StoreOptions options;
        options.root = "/store";
        options.files = &files;
        options.clock = &files.clock();
        options.boot_id = "boot" + std::to_string(boot_);
        store = std::make_unique<store::Store>(std::move(options));
    }
    /// The night, and the next morning.
    void restart(Restart mode, std::uint64_t seed) {
        store.reset();
        files.restart(mode, seed);
        if (mode != Restart::process) ++boot_;
        files.advance(std::chrono::minutes(1));
        begin();
    }

    [[nodiscard]] std::shared_ptr<store::Account> account() { return store->account(kBob); }
    [[nodiscard]] std::shared_ptr<store::Mailbox> open(const std::string& folder) { return *account()->open(folder); }

    void fill(const std::string& folder, int count) {
        auto mailbox = folder == "INBOX" ? open(folder) : *account()->create(folder);
        for (int i = 0; i < count; ++i) append(*mailbox);
        store::FlagChange change;
        change.keywords = {"$Work"};
        change.flags = store::flag::seen;
        (void)mailbox->change_flags({{1, 1}}, change);
        mailbox->follow_names();
        mailbox->sync_soon();
    }
    void append(store::Mailbox& mailbox) {
        const auto text = text_of(++number_);
        store::Appending appending(mailbox, kQuota);
        ASSERT_TRUE(appending.make_room(store::stored_size_of(text.size())));
        auto writer = appending.start();
        writer.write(text);
        appending.add(std::move(writer), 800'000'000 + static_cast<std::int64_t>(number_), store::flag::flagged, {});
        ASSERT_TRUE(appending.place());
    }

    /// What clients are told now. A message that cannot be read is a finding, and so is a quota that counts others.
    Account told(std::vector<std::string>& faults) {
        Account out;
        store::QuotaUse there;
        account()->look();
        for (const auto& folder : account()->folders()) {
            auto mailbox = open(folder.name);
            mailbox->look_again();
            const Validity validity{mailbox->id(), mailbox->uid_validity()};
            out.modseqs[validity] = mailbox->numbers().highest_modseq;
            for (const auto& message : mailbox->messages({kAll})) {
                const auto number = read(*mailbox, message.uid);
                if (number == 0) faults.push_back(folder.name + ": a message is half");
                out.uids[{validity, message.uid}] = number;
                out.messages.emplace(number, Told{folder.name, message.flags, message.keywords, message.internal_date,
                                                  message.email_id});
                ++there.messages;
                there.bytes += message.size_lf;
            }
        }
        const auto used = account()->quota_use();
        if (used != there)
            faults.push_back("quota: " + std::to_string(used.messages) + " messages of " + std::to_string(used.bytes) +
                             " octets told, " + std::to_string(there.messages) + " of " + std::to_string(there.bytes) +
                             " in the mailboxes");
        return out;
    }

    [[nodiscard]] std::vector<store::Kept> kept() {
        return store::kept_messages(files, account()->undelete_directory());
    }

    LossyFiles files;
    std::unique_ptr<store::Store> store;

  private:
    static std::uint64_t read(store::Mailbox& mailbox, Uid uid) {
        auto open = mailbox.open(uid);
        if (!open) return 0;
        const auto text = open->file->read_all(1'000);
        const auto number = text.starts_with("Subject: ") ? std::strtoull(text.c_str() + 9, nullptr, 10) : 0;
        return text == text_of(number) ? number : 0;
    }

    int boot_ = 1;
    std::uint64_t number_ = 0;
};

/// One kind of act, and what may become of it.
struct Family {
    const char* name;
    void (*prepare)(World& world);
    void (*act)(World& world);
    /// Faults beside those that all acts have in common.
    void (*judge)(World& world, const Account& before, const Account& after, std::vector<std::string>& faults);
};

void judge_numbers(const Account& before, const Account& after, std::vector<std::string>& faults) {
    for (const auto& [place, number] : after.uids) {
        const auto known = before.uids.find(place);
        if (known != before.uids.end() && known->second != number)
            faults.push_back("UID " + std::to_string(place.second) + " stands for another message");
    }
    for (const auto& [validity, modseq] : before.modseqs) {
        const auto now = after.modseqs.find(validity);
        if (now != after.modseqs.end() && now->second < modseq) faults.emplace_back("HIGHESTMODSEQ went back");
    }
}

void judge_messages(const Account& before, const Account& after, bool details, std::vector<std::string>& faults) {
    for (const auto& [number, was] : before.messages) {
        const auto mark = std::to_string(number);
        const auto copies = after.messages.count(number);
        if (copies == 0) faults.push_back(mark + " lost");
        if (copies > 1) faults.push_back(mark + " doubled");
        if (copies != 1 || !details) continue;
        auto is = after.messages.find(number)->second;
        is.folder = was.folder;
        if (is != was) faults.push_back(mark + " lost flags, keywords, date or EMAILID");
    }
}

/// After all was looked at, `mdctl store check` is content.
void judge_examination(World& world, std::vector<std::string>& faults) {
    const auto report = examine(*world.store, kBob, std::nullopt);
    for (const auto& fault : report->faults) faults.push_back("check: " + fault);
    for (const auto& mailbox : report->mailboxes)
        for (const auto& fault : mailbox.faults) faults.push_back("check: " + mailbox.status.name + ": " + fault);
}

struct Totals {
    std::uint64_t runs = 0;
    std::uint64_t done = 0;
    std::uint64_t findings = 0;
};

void run(const Family& family, std::uint64_t step, Cut where, Restart mode, std::uint64_t seed, Totals& totals) {
    World world;
    family.prepare(world);
    std::vector<std::string> faults;
    const auto before = world.told(faults);
    // What was told is on disk: the sessions have left.
    world.store->sync();
    world.files.cut_at(world.files.steps() + step, where);
    bool done = false;
    try {
        family.act(world);
        done = true;
        world.files.cut_now();
    } catch (const PowerCut&) {
    }
    const auto last = world.files.last_step();
    world.restart(mode, seed);
    auto after = world.told(faults);
    judge_numbers(before, after, faults);
    family.judge(world, before, after, faults);
    if (world.account()->journal().renaming()) faults.emplace_back("the renaming is not finished");
    judge_examination(world, faults);
    // Work goes on, and what was told this morning is still so.
    for (const auto& folder : world.account()->folders()) world.append(*world.open(folder.name));
    const auto later = world.told(faults);
    judge_numbers(before, later, faults);
    judge_numbers(after, later, faults);
    judge_messages(after, later, true, faults);
    ++totals.runs;
    totals.done += done ? 1 : 0;
    for (const auto& fault : faults) {
        if (++totals.findings > 10) continue;
        ADD_FAILURE() << family.name << " step " << step << " (" << last << ") cut " << static_cast<int>(where)
                      << " mode " << static_cast<int>(mode) << " seed " << seed << ": " << fault;
    }
}

std::uint64_t steps_of(const Family& family) {
    World world;
    family.prepare(world);
    std::vector<std::string> faults;
    (void)world.told(faults);
    world.store->sync();
    const auto before = world.files.steps();
    family.act(world);
    return world.files.steps() - before;
}

void cut_everywhere(const Family& family) {
    const auto* value = std::getenv("MDMAIL_LONG");
    const std::uint64_t orders = value != nullptr && std::string(value) == "1" ? 20 : 2;
    const auto steps = steps_of(family);
    Totals totals;
    for (std::uint64_t step = 1; step <= steps + 1; ++step) {
        const auto where = step % 2 == 0 ? Cut::before : Cut::halfway;
        run(family, step, where, Restart::forget, 0, totals);
        run(family, step, where, Restart::process, 0, totals);
        for (std::uint64_t order = 0; order < orders; ++order)
            run(family, step, order % 2 == 0 ? Cut::halfway : Cut::before, Restart::any_subset, step * orders + order,
                totals);
    }
    std::printf("%s: %llu steps, %llu runs, %llu done before the cut, %llu findings\n", family.name,
                static_cast<unsigned long long>(steps), static_cast<unsigned long long>(totals.runs),
                static_cast<unsigned long long>(totals.done), static_cast<unsigned long long>(totals.findings));
    EXPECT_GT(totals.done, 0U);
}

void judge_all(World&, const Account& before, const Account& after, std::vector<std::string>& faults) {
    judge_messages(before, after, true, faults);
}

TEST(FolderCut, RenameOfATree) {
    const Family family{
        "RENAME of a tree",
        [](World& world) {
            for (const auto* folder : {"Work", "Work/2025", "Work/2025/May", "Workshop"}) world.fill(folder, 2);
        },
        [](World& world) { ASSERT_TRUE(world.account()->rename("Work", "Job")); },
        [](World& world, const Account& before, const Account& after, std::vector<std::string>& faults) {
            judge_messages(before, after, true, faults);
            const bool renamed = world.account()->status("Job").has_value();
            for (const auto* rest : {"", "/2025", "/2025/May"}) {
                const bool old_name = world.account()->status(std::string("Work") + rest).has_value();
                const bool new_name = world.account()->status(std::string("Job") + rest).has_value();
                if (new_name != renamed || old_name == renamed) faults.push_back("half renamed: " + std::string(rest));
            }
            if (!world.account()->status("Workshop")) faults.emplace_back("another folder has lost its name");
            // The numbers are those of before.
            for (const auto& [place, number] : before.uids)
                if (!after.uids.contains(place)) faults.push_back(std::to_string(number) + " has another number");
        }};
    cut_everywhere(family);
}

TEST(FolderCut, RenameOfInbox) {
    const Family family{
        "RENAME of INBOX",
        [](World& world) {
            world.fill("INBOX", 5);
            world.fill("INBOX/kids", 1);
        },
        [](World& world) { ASSERT_TRUE(world.account()->rename("INBOX", "Old/Mail")); },
        [](World& world, const Account& before, const Account& after, std::vector<std::string>& faults) {
            judge_messages(before, after, true, faults);
            const bool renamed = world.account()->status("Old/Mail").has_value();
            for (const auto& [number, was] : before.messages) {
                const auto is = after.messages.find(number);
                const auto wanted = was.folder == "INBOX" && renamed ? "Old/Mail" : was.folder;
                if (is != after.messages.end() && is->second.folder != wanted)
                    faults.push_back(std::to_string(number) + " is in " + is->second.folder);
            }
        }};
    cut_everywhere(family);
}

TEST(FolderCut, RenameOfManyInInbox) {
    const Family family{"RENAME of an INBOX of many messages", [](World& world) { world.fill("INBOX", 20); },
                        [](World& world) { ASSERT_TRUE(world.account()->rename("INBOX", "Old")); }, judge_all};
    cut_everywhere(family);
}

TEST(FolderCut, Compaction) {
    const Family family{"compaction",
                        [](World& world) {
                            world.fill("INBOX", 4);
                            store::FlagChange change;
                            for (int i = 0; i < 20; ++i) {
                                change.flags = i % 2 == 0 ? store::flag::answered : store::flag::draft;
                                (void)world.open("INBOX")->change_flags({{2, 3}}, change);
                            }
                            (void)world.open("INBOX")->expunge({{4, 4}}, false);
                        },
                        [](World& world) {
                            EXPECT_LE(compact_now(*world.open("INBOX")).after, 4'000U);
                            world.account()->journal().remake();
                        },
                        judge_all};
    cut_everywhere(family);
}

TEST(FolderCut, Rebuild) {
    const Family family{"rebuild",
                        [](World& world) {
                            world.fill("INBOX", 4);
                            (void)world.open("INBOX")->expunge({{3, 3}}, false);
                        },
                        [](World& world) { EXPECT_EQ(rebuild(*world.open("INBOX")), 3U); }, judge_all};
    cut_everywhere(family);
}

/// Whatever an undelete that was cut short has left, the next one brings back what is not back, and nothing twice.
void judge_undelete(World& world, const Account&, const Account&, std::vector<std::string>& faults) {
    (void)undelete(*world.account(), world.kept(), kQuota);
    const auto now = world.told(faults);
    for (std::uint64_t number = 1; number <= 5; ++number) {
        if (now.messages.count(number) != 1)
            faults.push_back(std::to_string(number) + " is there " + std::to_string(now.messages.count(number)) +
                             " times");
    }
    if (!world.kept().empty()) faults.emplace_back("something is kept though it is back");
}

TEST(FolderCut, Undelete) {
    const Family family{
        "undelete",
        [](World& world) {
            world.fill("INBOX", 4);
            world.fill("Gone", 1);
            (void)world.open("INBOX")->expunge({{2, 4}}, false);
            ASSERT_TRUE(world.account()->remove("Gone"));
        },
        [](World& world) { EXPECT_EQ(undelete(*world.account(), world.kept(), kQuota).back.size(), 4U); },
        judge_undelete};
    cut_everywhere(family);
}

}  // namespace
}  // namespace md::test::crash
