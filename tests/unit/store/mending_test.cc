// tests/unit/store/mending_test.cc - `rebuild` and `undelete` after each kind of damage
//
// One row a kind. Whatever is damaged: every message is there once, what was expunged comes back once, no number that
// was told stands for another message, HIGHESTMODSEQ goes back only under a new UIDVALIDITY, and the check is content.

#include <functional>
#include <map>
#include <set>

#include "store/mailbox_core.h"
#include "store/maintenance.h"
#include "store/undeletion.h"
#include "store_fixture.h"

namespace md::store::test {

namespace {

using Validity = std::pair<std::string, std::uint32_t>;  // MAILBOXID, UIDVALIDITY

std::string text_of(std::uint64_t number) {
    return "Subject: " + std::to_string(number) + "\n\nbody\n";
}

}  // namespace

class MendingTest;

struct Damage {
    const char* name;
    void (*damage)(MendingTest& test);
};

class MendingTest : public StoreTest, public ::testing::WithParamInterface<Damage> {
  public:
    // What the rows do

    using StoreTest::files;
    [[nodiscard]] std::string content_of(const std::string& path) { return files.content(path).value_or(""); }
    void overwrite(const std::string& path, std::string_view content) {
        const auto file = files.open(path, OpenMode::read_write);
        file->truncate(content.size());
        file->write_at(0, content);
    }
    void cut(const std::string& path, std::size_t percent) {
        const auto whole = content_of(path);
        overwrite(path, whole.substr(0, whole.size() * percent / 100));
    }
    void flip(const std::string& path, std::size_t percent) {
        auto octets = content_of(path);
        octets[octets.size() * percent / 100] ^= 0x10;
        overwrite(path, octets);
    }
    void lose(const std::string& path) { EXPECT_TRUE(files.unlink(path)) << path; }
    /// By what a backup has: another file of the same name.
    void bring_back(const std::string& path, std::string_view content) { files.replace(path, content); }
    void each_message(const std::function<void(const std::string& directory, const std::string& name)>& act) {
        for (const auto* part : {"/cur", "/new"})
            for (const auto& name : listed(inbox_path + part)) act(inbox_path + part + "/", name);
    }
    [[nodiscard]] std::string number_file() {
        return "/store/.numbers/" + inbox_id.substr(inbox_id.size() - 2) + "/" + inbox_id;
    }
    [[nodiscard]] std::vector<std::string> indexes() {
        std::vector<std::string> out;
        for (const auto& path : files.tree())
            if (path.ends_with("/index")) out.push_back(path);
        return out;
    }

    std::string inbox_path = kInbox;
    std::string journal = inbox_path + "/mdmail.journal";
    std::string account = inbox_path + "/mdmail.account";
    std::string inbox_id;
    std::string older_journal;
    std::string older_account;
    std::string older_numbers;

  protected:
    void append(Mailbox& mailbox, std::uint64_t number) {
        auto writer = mailbox.start_message();
        writer.write(text_of(number));
        (void)mailbox.append(std::move(writer), 1'000'000, flag::flagged, {"$Work"});
    }
    /// Live in INBOX: 1, 3, 5, 6; in Archive: 7; expunged: 2, 4, 8 (with its folder).
    void live() {
        auto store = process();
        auto mailbox = inbox(*store);
        inbox_id = mailbox->id();
        for (std::uint64_t number = 1; number <= 4; ++number) append(*mailbox, number);
        (void)mailbox->expunge({{2, 2}}, false);
        older_journal = content_of(journal);
        older_account = content_of(account);
        older_numbers = content_of(number_file());
        wait(std::chrono::hours(2));
        append(*mailbox, 5);
        append(*mailbox, 6);
        (void)mailbox->expunge({{4, 4}}, false);
        auto archive = *store->account(kBob)->create("Archive");
        append(*archive, 7);
        append(**store->account(kBob)->create("Gone"), 8);
        ASSERT_TRUE(store->account(kBob)->remove("Gone"));
        mailbox->look_again();
        SummaryKinds kinds;
        kinds.header = kinds.body = true;
        (void)mailbox->summaries(std::vector<Uid>{1, 3, 5}, kinds);
        note(*store, false);
        store->close();
    }
    /// What is told now, against what was told before.
    void note(Store& store, bool judge) {
        found.clear();
        auto account_now = store.account(kBob);
        account_now->look();
        for (const auto& folder : account_now->folders()) {
            auto mailbox = *account_now->open(folder.name);
            mailbox->look_again();
            const Validity validity{mailbox->id(), mailbox->uid_validity()};
            const auto highest = mailbox->numbers().highest_modseq;
            if (judge) {
                EXPECT_GE(highest, modseqs[validity]) << folder.name;
            }
            modseqs[validity] = highest;
            for (const auto& message : mailbox->messages({{1, UINT32_MAX}})) {
                const auto number = read(*mailbox, message.uid);
                EXPECT_NE(number, 0U) << folder.name << " UID " << message.uid << " is not whole";
                ++found[number];
                const auto [at, fresh] = told.emplace(std::pair(validity, message.uid), number);
                EXPECT_EQ(at->second, number) << folder.name << " UID " << message.uid;
            }
        }
    }
    static std::uint64_t read(Mailbox& mailbox, Uid uid) {
        auto open = mailbox.open(uid);
        if (!open) return 0;
        const auto text = open->file->read_all(1'000);
        const auto number = text.starts_with("Subject: ") ? std::strtoull(text.c_str() + 9, nullptr, 10) : 0;
        return text == text_of(number) ? number : 0;
    }
    void expect_found(const std::set<std::uint64_t>& numbers) {
        for (std::uint64_t number = 1; number <= 8; ++number)
            EXPECT_EQ(found[number], numbers.contains(number) ? 1 : 0) << "message " << number;
    }
    void expect_content(Store& store) {
        const auto report = examine(store, kBob, std::nullopt);
        for (const auto& fault : report->faults) ADD_FAILURE() << fault;
        for (const auto& mailbox : report->mailboxes)
            for (const auto& fault : mailbox.faults) ADD_FAILURE() << mailbox.status.name << ": " << fault;
    }

    std::map<std::pair<Validity, Uid>, std::uint64_t> told;
    std::map<Validity, ModSeq> modseqs;
    std::map<std::uint64_t, int> found;
};

namespace {

const Damage kDamages[] = {
    {"nothing", [](MendingTest&) {}},
    {"journal_cut", [](MendingTest& t) { t.cut(t.journal, 60); }},
    {"journal_cut_in_its_header",
     [](MendingTest& t) { t.overwrite(t.journal, t.content_of(t.journal).substr(0, 20)); }},
    {"journal_empty", [](MendingTest& t) { t.overwrite(t.journal, ""); }},
    {"journal_flipped", [](MendingTest& t) { t.flip(t.journal, 50); }},
    {"journal_flipped_at_its_end", [](MendingTest& t) { t.flip(t.journal, 97); }},
    {"journal_flipped_in_its_magic", [](MendingTest& t) { t.flip(t.journal, 0); }},
    {"journal_lost", [](MendingTest& t) { t.lose(t.journal); }},
    {"journal_older", [](MendingTest& t) { t.bring_back(t.journal, t.older_journal); }},
    {"journal_older_in_place", [](MendingTest& t) { t.overwrite(t.journal, t.older_journal); }},
    {"journal_of_zeros", [](MendingTest& t) { t.overwrite(t.journal, std::string(4'096, '\0')); }},
    {"cache_flipped", [](MendingTest& t) { t.flip(t.inbox_path + "/mdmail.cache", 70); }},
    {"cache_garbage", [](MendingTest& t) { t.overwrite(t.inbox_path + "/mdmail.cache", std::string(999, 'x')); }},
    {"cache_lost", [](MendingTest& t) { t.lose(t.inbox_path + "/mdmail.cache"); }},
    {"account_lost", [](MendingTest& t) { t.lose(t.account); }},
    {"account_cut", [](MendingTest& t) { t.cut(t.account, 50); }},
    {"account_flipped", [](MendingTest& t) { t.flip(t.account, 40); }},
    {"account_older", [](MendingTest& t) { t.bring_back(t.account, t.older_account); }},
    {"numbers_lost", [](MendingTest& t) { t.lose(t.number_file()); }},
    {"numbers_cut", [](MendingTest& t) { t.cut(t.number_file(), 50); }},
    {"numbers_flipped", [](MendingTest& t) { t.flip(t.number_file(), 50); }},
    {"numbers_older", [](MendingTest& t) { t.bring_back(t.number_file(), t.older_numbers); }},
    {"numbers_and_journal_older",
     [](MendingTest& t) {
         t.bring_back(t.journal, t.older_journal);
         t.bring_back(t.number_file(), t.older_numbers);
     }},
    {"journal_account_and_numbers_lost",
     [](MendingTest& t) {
         t.lose(t.journal);
         t.lose(t.account);
         t.lose(t.number_file());
     }},
    {"names_with_other_flags",
     [](MendingTest& t) {
         t.each_message([&](const std::string& directory, const std::string& name) {
             t.files.rename(directory + name, directory + name.substr(0, name.find(':')) + ":2,ZSSTx");
         });
     }},
    {"names_without_flags",
     [](MendingTest& t) {
         t.each_message([&](const std::string& directory, const std::string& name) {
             t.files.rename(directory + name, directory + name.substr(0, name.find(':')));
         });
     }},
    {"names_lost",
     [](MendingTest& t) {
         int number = 0;
         t.each_message([&](const std::string& directory, const std::string& name) {
             t.files.rename(directory + name, directory + "#" + std::to_string(++number));
         });
     }},
    {"names_with_wrong_sizes",
     [](MendingTest& t) {
         t.each_message([&](const std::string& directory, const std::string& name) {
             auto other = name;
             other.replace(other.find("S=") + 2, 1, "9");
             t.files.rename(directory + name, directory + other);
         });
     }},
    {"index_lost",
     [](MendingTest& t) {
         for (const auto& path : t.indexes()) t.overwrite(path, "");
     }},
    {"index_flipped",
     [](MendingTest& t) {
         for (const auto& path : t.indexes()) t.flip(path, 30);
     }},
};

}  // namespace

TEST_P(MendingTest, RebuildAndUndeleteMakeItWhole) {
    live();
    GetParam().damage(*this);
    wait(std::chrono::minutes(10));
    auto store = process();
    (void)store->account(kBob);
    note(*store, true);
    expect_found({1, 3, 5, 6, 7});
    for (const auto& folder : store->account(kBob)->folders()) (void)rebuild(**store->account(kBob)->open(folder.name));
    note(*store, true);
    expect_found({1, 3, 5, 6, 7});
    const bool index_damaged = std::string(GetParam().name).starts_with("index");  // for the check to tell, for ever
    if (!index_damaged) expect_content(*store);
    const auto kept = kept_messages(files, store->account(kBob)->undelete_directory());
    EXPECT_EQ(kept.size(), 3U);
    EXPECT_EQ(undelete(*store->account(kBob), kept, {}).back.size(), 3U);
    note(*store, true);
    expect_found({1, 2, 3, 4, 5, 6, 7, 8});
    EXPECT_TRUE(kept_messages(files, store->account(kBob)->undelete_directory()).empty());
    for (const auto& folder : store->account(kBob)->folders()) append(**store->account(kBob)->open(folder.name), 9);
    note(*store, true);
    wait(std::chrono::seconds(5));
    note(*store, true);
    if (!index_damaged) expect_content(*store);
}

INSTANTIATE_TEST_SUITE_P(EachKind, MendingTest, ::testing::ValuesIn(kDamages),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace md::store::test
