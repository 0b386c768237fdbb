// tests/crash/mailbox_cut_test.cc - the power goes, a process is killed or the disk refuses, at every step of APPEND,
// COPY, MOVE, STORE and EXPUNGE: what was answered OK is there, once and whole
//
// Each family ends with its counts. MDMAIL_LONG=1 does all runs, else an even selection that is the same each time.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "store/account.h"
#include "store/appending.h"
#include "store/crlf_reader.h"
#include "store/mailbox.h"
#include "store/maildir_name.h"
#include "store/store.h"
#include "store/uid_view.h"
#include "support/lossy_files.h"

namespace md::test::crash {
namespace {

using store::Mailbox;
using store::Missing;
using store::Uid;

constexpr std::uint64_t kMany = 20;  ///< beyond this one sync of the file system serves all
/// Never met, so that nothing is refused; what is used must be right all the same.
constexpr store::QuotaLimits kQuota{1U << 20, 1'000};

/// How often a message may be in one mailbox.
struct Copies {
    int least = 0;
    int most = 0;
};

/// What a message must still have.
struct Kept {
    bool known = false;
    store::Flags flags = 0;
    std::vector<std::string> keywords;
    std::int64_t date = 0;
    std::string email_id;
};

/// What its clients were told, by the number in each message.
struct Ledger {
    std::map<std::string, std::map<std::uint64_t, Copies>> expected;  ///< by folder
    std::map<std::string, std::map<Uid, std::uint64_t>> uids;         ///< told: which message each is
    std::map<std::string, std::map<std::uint64_t, Kept>> kept;
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;
    std::vector<std::string> faults;
};

std::string text_of(std::uint64_t number) {
    return "Subject: " + std::to_string(number) + "\n\n" + std::string(200 + number % 50, 'b') + "\n";
}

class Day {
  public:
    Day() {
        files.put("/store/.keep", "");
        begin();
        // More than the first blocks' worth of numbers is not needed: what is cut are the days' own steps.
        for (std::uint64_t number = 1; number <= 2 * kMany + 12; ++number) {
            store::Incoming incoming;
            incoming.id = QueueId(number << 22);
            incoming.recipient = "bob@example.org";
            incoming.internal_date = 1'700'000'000 + static_cast<std::int64_t>(number);
            store::Content content;
            const auto text = text_of(number);
            content.memory = text;
            (void)inbox->deliver(incoming, content);
            expect("INBOX", number, {1, 1});
        }
        (void)archive->numbers();
        store->sync();
        number_all();
    }

    void begin() {
        store::StoreOptions options;
        options.root = "/store";
        options.files = &files;
        options.clock = &files.clock();
        options.boot_id = "boot" + std::to_string(boot_);
        store = std::make_unique<store::Store>(std::move(options));
        account = store->account({"example.org", "bob"});
        inbox = *account->open("INBOX");
        auto folder = account->open("Archive");
        archive = folder ? *folder : *account->create("Archive");
    }

    /// The night: everything in memory is gone.
    void end() noexcept {
        inbox.reset();
        archive.reset();
        account.reset();
        store.reset();
        ++boot_;
    }

    void append(std::uint64_t first, std::uint64_t count) {
        const bool done = act([&] {
            for (auto number = first; number < first + count; ++number) expect("Archive", number, {0, 1});
            store::Appending appending(*archive, kQuota);
            for (auto number = first; number < first + count; ++number) {
                const auto text = text_of(number);
                if (!appending.make_room(store::stored_size_of(text.size()))) fault("quota", "no room");
                auto writer = appending.start();
                writer.write(text);
                appending.add(std::move(writer), 800'000'000 + static_cast<std::int64_t>(number), store::flag::draft,
                              {});
            }
            const auto placed = appending.place();
            auto uid = placed->front().uid;
            for (auto number = first; number < first + count; ++number) {
                expect("Archive", number, {1, 1});
                tell("Archive", uid++, number);
                auto& kept = ledger.kept["Archive"][number];
                kept.known = true;
                kept.flags = store::flag::draft;
                kept.date = 800'000'000 + static_cast<std::int64_t>(number);
            }
        });
        if (!done) expect_none(first, count);
    }

    void copy(std::uint64_t first, std::uint64_t count) {
        const bool done = act([&] {
            for (auto number = first; number < first + count; ++number) expect("Archive", number, {0, 1});
            const auto copied = archive->copy_from(*inbox, uids_of(first, count), Missing::refuse, kQuota);
            told_copies(*copied);
        });
        if (!done) expect_none(first, count);
    }

    void move(std::uint64_t first, std::uint64_t count) {
        act([&] {
            for (auto number = first; number < first + count; ++number) {
                moving_.push_back(number);
                expect("Archive", number, {0, 1});
                expect("INBOX", number, {0, 1});
            }
            std::map<std::uint64_t, store::Message> before;
            for (auto& message : inbox->messages(uids_of(first, count)))
                before[ledger.uids["INBOX"].at(message.uid)] = message;
            const auto moved = archive->move_from(*inbox, uids_of(first, count), Missing::refuse);
            told_copies(*moved);
            for (const auto& [number, message] : before) {
                expect("INBOX", number, {0, 0});
                ledger.kept["INBOX"].erase(number);
                ledger.kept["Archive"][number] = {true, message.flags, message.keywords, message.internal_date,
                                                  message.email_id};
            }
            moving_.clear();
        });
    }

    void flag(std::uint64_t first, std::uint64_t count) {
        act([&] {
            for (auto number = first; number < first + count; ++number) ledger.kept["INBOX"].erase(number);
            store::FlagChange change;
            change.flags = store::flag::seen;
            change.keywords = {"$Label"};
            (void)inbox->change_flags(uids_of(first, count), change);
            inbox->sync_soon();
            for (auto number = first; number < first + count; ++number) {
                auto& kept = ledger.kept["INBOX"][number];
                kept.known = true;
                kept.flags = store::flag::seen;
                kept.keywords = {"$Label"};
                kept.date = 1'700'000'000 + static_cast<std::int64_t>(number);
            }
            inbox->follow_names();
        });
    }

    void expunge(std::uint64_t first, std::uint64_t count) {
        act([&] {
            for (auto number = first; number < first + count; ++number) {
                expect("INBOX", number, {0, 1});
                ledger.kept["INBOX"].erase(number);
            }
            (void)inbox->expunge(uids_of(first, count), false);
            for (auto number = first; number < first + count; ++number) expect("INBOX", number, {0, 0});
        });
    }

    void work() {
        append(1'001, 1);
        append(1'002, 3);
        flag(1, 6);
        copy(1, 3);
        copy(11, kMany);
        move(4, 3);
        move(kMany + 12, kMany);
        expunge(7, 2);
        archive->compact();
        append(1'005, 1);
    }

    /// The morning after: what is there, against what was told. `cut`: what had no answer may be done by half.
    void check(bool cut) {
        for (const auto& [name, mailbox] : {std::pair("INBOX", inbox), std::pair("Archive", archive)}) {
            mailbox->look();
            std::map<std::uint64_t, int> found;
            for (const auto& message : mailbox->messages({{1, UINT32_MAX}})) {
                const auto number = read(*mailbox, message);
                if (!number) {
                    // A message that nobody was told of may be half; it had no answer.
                    if (ledger.uids[name].contains(message.uid)) fault(name, "a message told is half");
                    continue;
                }
                ++found[*number];
                look_at(name, message, *number);
            }
            for (const auto& [number, copies] : ledger.expected[name]) {
                const auto count = found[number];
                if (count < copies.least) fault(name, std::to_string(number) + " lost");
                if (count > copies.most) fault(name, std::to_string(number) + " doubled");
            }
            found_[name] = std::move(found);
        }
        for (const auto number : moving_) {
            const auto copies = found_["INBOX"][number] + found_["Archive"][number];
            if (copies == 0) fault("both", std::to_string(number) + " lost on its way");
            if (copies == 2 && !cut) fault("both", std::to_string(number) + " doubled by a MOVE that was refused");
        }
        check_quota();
    }

    LossyFiles files;
    Ledger ledger;
    std::unique_ptr<store::Store> store;
    std::shared_ptr<store::Account> account;
    std::shared_ptr<Mailbox> inbox;
    std::shared_ptr<Mailbox> archive;

  private:
    /// What the account says it uses is what lies there: nothing stays reserved, nothing is left out.
    void check_quota() {
        store::QuotaUse there;
        std::set<std::string, std::less<>> on_disk;  // one that has two names after a cut is one
        for (const auto& mailbox : {inbox, archive})
            for (const auto& message : mailbox->messages({{1, UINT32_MAX}})) {
                ++there.messages;
                there.bytes += message.size_lf;
            }
        for (const auto* part : {"/new", "/cur", "/.Archive/new", "/.Archive/cur"}) {
            const auto names = files.list("/store/example.org/bob/Maildir" + std::string(part));
            for (const auto& name : *names) on_disk.emplace(store::parse_maildir_name(name)->key);
        }
        const auto text = [](const store::QuotaUse& use) {
            return std::to_string(use.messages) + " messages of " + std::to_string(use.bytes) + " octets";
        };
        const auto used = account->quota_use();
        if (used != there) fault("quota", text(used) + " told, " + text(there) + " in the mailboxes");
        if (on_disk.size() != there.messages)
            fault("quota", std::to_string(on_disk.size()) + " in new/ and cur/, " + text(there));
    }

    /// One command; a disk's refusal is its NO. False: that.
    template <class Body>
    bool act(const Body& body) {
        try {
            body();
            ++ledger.answered;
            return true;
        } catch (const SystemError&) {
            ++ledger.refused;
            return false;
        }
    }

    /// RFC 3501 §6.4.7: "the server MUST restore the destination mailbox to its state before the COPY attempt".
    void expect_none(std::uint64_t first, std::uint64_t count) {
        for (auto number = first; number < first + count; ++number) expect("Archive", number, {0, 0});
    }

    void expect(const std::string& folder, std::uint64_t number, Copies copies) {
        ledger.expected[folder][number] = copies;
    }
    void fault(const std::string& folder, const std::string& what) { ledger.faults.push_back(folder + ": " + what); }
    void tell(const std::string& folder, Uid uid, std::uint64_t number) {
        const auto [at, fresh] = ledger.uids[folder].emplace(uid, number);
        if (!fresh && at->second != number) fault(folder, "UID " + std::to_string(uid) + " told twice");
    }

    void number_all() {
        for (const auto& message : inbox->messages({{1, UINT32_MAX}})) {
            const auto number = read(*inbox, message);
            if (number) tell("INBOX", message.uid, *number);
        }
    }

    store::UidRanges uids_of(std::uint64_t first, std::uint64_t count) {
        std::vector<Uid> uids;
        for (const auto& [uid, number] : ledger.uids["INBOX"])
            if (number >= first && number < first + count) uids.push_back(uid);
        return store::ranges_of(std::move(uids));
    }

    void told_copies(const store::Copied& copied) {
        auto to = copied.to.front().first;
        for (const auto& [first, last] : copied.from) {
            for (auto uid = first; uid <= last; ++uid, ++to) {
                const auto number = ledger.uids["INBOX"].at(uid);
                expect("Archive", number, {1, 1});
                tell("Archive", to, number);
            }
        }
    }

    /// The number in the message, if it is whole.
    static std::optional<std::uint64_t> read(Mailbox& mailbox, const store::Message& message) {
        auto open = mailbox.open(message.uid);
        if (!open) return std::nullopt;
        std::string octets(open->size, '\0');
        octets.resize(open->file->read_at(0, octets.data(), octets.size()));
        if (!octets.starts_with("Subject: ")) return std::nullopt;
        const auto number = std::strtoull(octets.c_str() + 9, nullptr, 10);
        return octets == text_of(number) ? std::optional<std::uint64_t>(number) : std::nullopt;
    }

    void look_at(const std::string& folder, const store::Message& message, std::uint64_t number) {
        const auto told = ledger.uids[folder].find(message.uid);
        if (told != ledger.uids[folder].end() && told->second != number)
            fault(folder, "UID " + std::to_string(message.uid) + " is another message than was told");
        const auto kept = ledger.kept[folder].find(number);
        if (kept == ledger.kept[folder].end() || !kept->second.known) return;
        const auto& [known, flags, keywords, date, email_id] = kept->second;
        if ((message.flags & flags) != flags) fault(folder, std::to_string(number) + " lost its flags");
        if (!keywords.empty() && message.keywords != keywords)
            fault(folder, std::to_string(number) + " lost its keywords");
        if (message.internal_date != date) fault(folder, std::to_string(number) + " lost its date");
        if (!email_id.empty() && message.email_id != email_id)
            fault(folder, std::to_string(number) + " has another EMAILID");
    }

    int boot_ = 1;
    std::vector<std::uint64_t> moving_;
    std::map<std::string, std::map<std::uint64_t, int>> found_;
};

struct Totals {
    std::uint64_t runs = 0;
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;
    std::uint64_t faults = 0;

    void add(const Day& day, const std::string& run) {
        ++runs;
        answered += day.ledger.answered;
        refused += day.ledger.refused;
        for (const auto& fault : day.ledger.faults)
            if (++faults <= 10) ADD_FAILURE() << run << ": " << fault;
    }
    void print(const char* family) const {
        std::printf("%s: %llu runs, %llu commands answered OK, %llu refused, %llu findings\n", family,
                    static_cast<unsigned long long>(runs), static_cast<unsigned long long>(answered),
                    static_cast<unsigned long long>(refused), static_cast<unsigned long long>(faults));
    }
};

bool long_tests() {
    const auto* value = std::getenv("MDMAIL_LONG");
    return value != nullptr && std::string(value) == "1";
}

std::uint64_t steps_of_day() {
    Day day;
    const auto before = day.files.steps();
    day.work();
    return day.files.steps() - before;
}

void cut_run(Totals& totals, std::uint64_t step, Cut where, Restart mode, std::uint64_t seed) {
    Day day;
    day.files.cut_at(day.files.steps() + step, where);
    try {
        day.work();
    } catch (const PowerCut&) {
    }
    const auto last = day.files.last_step();
    day.end();
    day.files.restart(mode, seed);
    day.files.advance(std::chrono::minutes(1));
    day.begin();
    day.check(true);
    totals.add(day, "step " + std::to_string(step) + " (" + last + ") mode " + std::to_string(static_cast<int>(mode)) +
                        " seed " + std::to_string(seed));
}

TEST(MailboxCut, AnUndisturbedDayLosesNothing) {
    Day day;
    day.work();
    EXPECT_EQ(day.ledger.answered, 9U);
    day.check(false);
    EXPECT_EQ(day.ledger.faults, std::vector<std::string>());
}

TEST(MailboxCut, EveryStepEveryMode) {
    const auto steps = steps_of_day();
    const std::uint64_t orders = long_tests() ? 20 : 1;
    Totals totals;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        for (std::uint64_t order = 0; order < orders; ++order) {
            const auto number = step + order;
            const auto mode = number % 3 == 0   ? Restart::forget
                              : number % 3 == 1 ? Restart::any_subset
                                                : Restart::process;
            if (!long_tests() && step % 2 == 0 && mode != Restart::any_subset) continue;
            cut_run(totals, step, number % 2 == 0 ? Cut::before : Cut::halfway, mode, step * orders + order);
        }
    }
    totals.print("mailbox cut at every step");
    EXPECT_EQ(totals.faults, 0U);
}

TEST(MailboxCut, EveryStepRefused) {
    const auto steps = steps_of_day();
    Totals totals;
    for (std::uint64_t step = 1; step <= steps; ++step) {
        for (const auto code : {ENOSPC, EIO}) {
            if (!long_tests() && step % 4 != (code == EIO ? 1U : 3U)) continue;
            Day day;
            day.files.fail_at_step(day.files.steps() + step, code);
            day.work();
            day.files.mend();
            day.check(false);
            totals.add(day, "step " + std::to_string(step) + " errno " + std::to_string(code));
        }
    }
    totals.print("mailbox refused at every step");
    EXPECT_EQ(totals.faults, 0U);
}

}  // namespace
}  // namespace md::test::crash
