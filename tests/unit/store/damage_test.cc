// tests/unit/store/damage_test.cc - journals, numbers and file names that lost bits or their ends: whatever is damaged,
// the mailbox is mended, says so, keeps every message, and tells no number twice
//
// PURPOSE
//   Each case has a history of its own, made from its seed: deliveries, flags, expunges and folders; then one or two
//   files are damaged, a process (or the next boot) opens the account again, and goes on with it. A model that knows
//   only what was told judges what is told now. MDMAIL_LONG runs tens of thousands of cases, from MDMAIL_SEED on.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "base/error.h"
#include "base/strings.h"
#include "store/maildir_name.h"
#include "store/record.h"
#include "store/summary.h"
#include "store_fixture.h"

namespace md::store::test {

namespace {

using md::test::LossyFiles;
using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
}

/// What clients may believe.
struct Believed {
    std::map<std::pair<std::uint32_t, Uid>, std::string> messages;  ///< by UIDVALIDITY and UID: what it stands for
    std::map<std::uint32_t, std::pair<Uid, ModSeq>> ends;           ///< by UIDVALIDITY: UIDNEXT and HIGHESTMODSEQ
    std::set<std::string> alive;
    std::set<std::string> expunged;
};

std::string subject_of(std::string_view body) {
    const auto at = body.find("Subject: ");
    if (at == std::string_view::npos) return "no subject";
    return std::string(body.substr(at + 9, body.find_first_of("\r\n", at) - at - 9));
}

class Case {
  public:
    explicit Case(std::uint64_t seed) : random_(seed) {
        files_.put("/store/.keep", "");
        open();
    }

    void live(std::size_t acts) {
        for (std::size_t i = 0; i < acts; ++i) act();
        for (const auto* folder : kFolders) look_at(folder);
    }

    void damage() {
        const auto what = below(random_, 9);
        if (what < 4) damage_content("/mdmail.journal");
        if (what == 4) damage_content("/Maildir/mdmail.account");
        if (what == 5) damage_content("/.numbers/");
        if (what == 6) damage_pair();
        if (what == 7) damage_names();
        if (what == 8) damage_cache();
        if (below(random_, 3) == 0) damage_content("/index");
        // With its name a message loses its UID, and what is damaged of it in the cache is never read.
        if (what != 8 && below(random_, 4) == 0) damage_names();
    }

    /// A backup of all of the store.
    void back_up() {
        for (const auto& path : files_.tree())
            if (!path.ends_with("/")) backup_[path] = *files_.content(path);
        alive_in_backup_ = believed_.alive;
        expunged_in_backup_ = believed_.expunged;
    }

    enum class Part { tree, journals, messages, numbers, account, no_numbers };

    /// Hours later, by file tools, while nobody is at work.
    void bring_back(Part part, bool clock_jumps_back) {
        static constexpr std::array<std::string_view, 6> kNames{"tree",    "journals", "messages",
                                                                "numbers", "account",  "no numbers"};
        where_ += "; brought back: " + std::string(kNames[static_cast<std::size_t>(part)]);
        store_.reset();
        const auto now = files_.clock().now();
        files_.advance(std::chrono::hours(5));
        for (const auto& path : files_.tree())
            if (is_part(path, part)) files_.unlink(path);
        for (const auto& [path, content] : backup_)
            if (part != Part::no_numbers && is_part(path, part)) files_.put(path, content);
        if (clock_jumps_back)
            files_.set_time(std::chrono::nanoseconds(now.time_since_epoch() - std::chrono::hours(9)).count());
        if (part == Part::tree) {
            believed_.alive = alive_in_backup_;
            believed_.expunged = expunged_in_backup_;
        } else if (part == Part::messages) {
            std::erase_if(believed_.alive, [&](const auto& subject) { return !alive_in_backup_.contains(subject); });
            // Their owner expunged them, and then brought their files back: messages again, but once.
            std::erase_if(believed_.expunged, [&](const auto& subject) {
                const bool restored = alive_in_backup_.contains(subject);
                if (restored) restored_.insert(subject);
                return restored;
            });
        }
        open();
    }

    /// As the next process, or the next boot.
    void open() {
        const bool boots = below(random_, 4) == 0;
        if (store_ && boots) store_->sync();
        store_.reset();
        if (boots) ++boot_;
        files_.advance(std::chrono::seconds(3));
        StoreOptions options;
        options.root = "/store";
        options.files = &files_;
        options.clock = &files_.clock();
        options.boot_id = "boot" + std::to_string(boot_);
        options.repaired = [this](const Repair& repair) { repairs_.push_back(repair); };
        store_ = std::make_unique<Store>(std::move(options));
        (void)store_->account(kBob)->create("Archive");
    }

    void check() {
        std::map<std::string, int> found;
        for (const auto* folder : kFolders)
            for (const auto& subject : look_at(folder)) ++found[subject];
        for (const auto& subject : believed_.alive) EXPECT_EQ(found[subject], 1) << "message " << subject << where_;
        for (const auto& subject : believed_.expunged)
            EXPECT_EQ(found[subject], 0) << "expunged message " << subject << where_;
        for (const auto& subject : restored_) EXPECT_LE(found[subject], 1) << "restored message " << subject << where_;
    }

    /// What was mended once is whole.
    void expect_whole() {
        repairs_.clear();
        open();
        for (const auto* folder : kFolders) look_at(folder);
        for (const auto& repair : repairs_) ADD_FAILURE() << repair.path << ": " << repair.found << where_;
    }

    [[nodiscard]] const std::vector<Repair>& repairs() const noexcept { return repairs_; }
    [[nodiscard]] const std::string& where() const noexcept { return where_; }
    [[nodiscard]] bool must_be_noticed() const noexcept { return must_be_noticed_; }

  private:
    static constexpr std::array kFolders{"INBOX", "Archive"};
    static constexpr std::uint64_t kToCome = 32;

    std::shared_ptr<Mailbox> mailbox(const char* folder) { return *store_->account(kBob)->open(folder); }

    void act() {
        auto box = mailbox(kFolders[below(random_, kFolders.size())]);
        const auto all = box->messages({{1, UINT32_MAX}});
        const auto any = all.empty() ? Uid{0} : all[below(random_, all.size())].uid;
        switch (below(random_, 8)) {
            case 0:
            case 1:
            case 2: deliver(*box); break;
            case 3: append(*box); break;
            case 4:
                if (any != 0) expunge(*box, any);
                break;
            case 5: box->follow_names(); break;
            default: {
                FlagChange change;
                change.flags = static_cast<Flags>(1U << below(random_, 5));
                change.keywords = {below(random_, 2) == 0 ? "$Label1" : "$Forwarded"};
                if (any != 0) (void)box->change_flags({{any, any}}, change);
            }
        }
        files_.advance(std::chrono::milliseconds(700));
    }

    void tell(std::uint32_t validity, Uid uid, const std::string& subject) {
        const auto [at, fresh] = believed_.messages.emplace(std::pair(validity, uid), subject);
        EXPECT_EQ(at->second, subject) << "UID " << uid << " told again" << where_;
    }

    void deliver(Mailbox& box) {
        const auto subject = std::to_string(++serial_);
        Incoming in;
        in.id = QueueId(serial_ << 22);
        in.recipient = "bob@example.org";
        in.internal_date = unix_seconds(files_.clock().now());
        const auto text = "Subject: " + subject + "\n\nbody\n";
        Content content;
        content.memory = text;
        const auto placed = box.deliver(in, content);
        tell(placed->uid_validity, placed->uid, subject);
        believed_.alive.insert(subject);
    }

    void append(Mailbox& box) {
        const auto subject = std::to_string(++serial_);
        auto writer = box.start_message();
        writer.write("Subject: " + subject + "\n\nbody\n");
        const auto placed = box.append(std::move(writer), 1'700'000'000, flag::seen, {"$Label2"});
        tell(placed.uid_validity, placed.uid, subject);
        believed_.alive.insert(subject);
    }

    void expunge(Mailbox& box, Uid uid) {
        auto file = box.open(uid);
        ASSERT_TRUE(file) << where_;
        const auto subject = subject_of(read_crlf(*file));
        believed_.alive.erase(subject);
        if (!box.expunge({{uid, uid}}, false).empty()) believed_.expunged.insert(subject);
    }

    std::vector<std::string> look_at(const char* folder) {
        auto box = mailbox(folder);
        box->look();
        std::vector<std::string> subjects;
        std::vector<Uid> uids;
        for (const auto& message : box->messages({{1, UINT32_MAX}})) {
            auto file = box->open(message.uid);
            EXPECT_TRUE(file) << "UID " << message.uid << where_;
            if (!file) continue;
            subjects.push_back(subject_of(read_crlf(*file)));
            tell(box->uid_validity(), message.uid, subjects.back());
            uids.push_back(message.uid);
        }
        expect_summaries(*box, uids, subjects);
        const auto numbers = box->numbers();
        auto& [uid_next, highest] = believed_.ends[numbers.uid_validity];
        EXPECT_GE(numbers.uid_next, uid_next) << where_;
        EXPECT_GE(numbers.highest_modseq, highest) << where_;
        uid_next = numbers.uid_next;
        highest = numbers.highest_modseq;
        const auto status = store_->account(kBob)->status(folder);
        EXPECT_TRUE(status && status->messages == subjects.size() && status->unseen == numbers.unseen &&
                    status->bytes == numbers.bytes && status->uid_next == numbers.uid_next &&
                    status->uid_validity == numbers.uid_validity && status->highest_modseq == numbers.highest_modseq)
            << "STATUS " << folder << where_;
        return subjects;
    }

    /// What mdmail.cache says, or what is computed in its place.
    void expect_summaries(Mailbox& box, const std::vector<Uid>& uids, const std::vector<std::string>& subjects) {
        const auto all = box.summaries(uids, {true, true});
        ASSERT_EQ(all.size(), uids.size()) << where_;
        for (std::size_t i = 0; i < all.size(); ++i) {
            ASSERT_TRUE(all[i].header && all[i].body) << "UID " << uids[i] << where_;
            EXPECT_TRUE(all[i].header->envelope.starts_with("(NIL \"" + subjects[i] + "\" "))
                << all[i].header->envelope << where_;
        }
    }

    static bool is_part(const std::string& path, Part part) {
        if (path.ends_with("/") || path.ends_with(".lock")) return false;
        const auto has = [&](std::string_view what) { return path.find(what) != std::string::npos; };
        switch (part) {
            case Part::tree: return has("/example.org/");
            case Part::journals: return has("/mdmail.journal");
            case Part::messages: return has("/new/") || has("/cur/");
            case Part::account: return has("/mdmail.account");
            default: return has("/.numbers/");
        }
    }

    std::vector<std::string> paths_with(std::string_view part) {
        auto all = files_.tree();
        std::erase_if(all, [&](const std::string& path) {
            return path.find(part) == std::string::npos || path.ends_with("/") || path.ends_with(".lock");
        });
        return all;
    }

    /// In place: the file keeps its inode.
    void write(const std::string& path, std::string_view content) {
        const auto file = files_.open(path, OpenMode::read_write);
        file->truncate(content.size());
        file->write_at(0, content);
        file->sync();
    }

    void flip(std::string& content) {
        for (auto count = 1 + below(random_, 6); count > 0; --count) {
            auto& octet = content[below(random_, content.size())];
            octet = static_cast<char>(octet ^ (1 << below(random_, 8)));
        }
    }

    void damage_cache() {
        std::map<std::string, std::string> before;
        for (const auto& path : paths_with("/mdmail.cache")) before[path] = *files_.content(path);
        std::map<std::string, std::vector<Message>> messages;
        for (const auto* folder : kFolders) messages[folder] = mailbox(folder)->messages({{1, UINT32_MAX}});
        damage_content("/mdmail.cache");
        for (const auto& [path, content] : before) {
            const auto now = files_.content(path);
            const auto* folder = path.find("/.Archive/") == std::string::npos ? "INBOX" : "Archive";
            if (now && is_hurt(content, *now, messages[folder])) must_be_noticed_ = true;
        }
    }

    /// A record that is read, and to which the lengths of all before it lead, has other octets.
    static bool is_hurt(std::string_view before, std::string_view after, const std::vector<Message>& messages) {
        constexpr std::size_t kMagic = 8;
        std::map<std::pair<Uid, CacheRecord>, bool> hurt;
        for (std::size_t at = kMagic; at < before.size();) {
            const auto step = next_frame(before.substr(at));
            if (step.state != FrameStep::State::whole) break;
            const auto was = before.substr(at, step.size);
            const auto is = after.substr(std::min(at, after.size()), step.size);
            const bool head = at == kMagic;
            if (is.size() < was.size() || is.substr(0, 4) != was.substr(0, 4)) break;
            if (head && (is != was || after.substr(0, kMagic) != before.substr(0, kMagic))) break;
            if (const auto key = decode_key(step.payload)) hurt[{key->uid, key->type}] = is != was;
            at += step.size;
        }
        return std::any_of(messages.begin(), messages.end(), [&](const Message& message) {
            return hurt[{message.uid, CacheRecord::header}] || hurt[{message.uid, CacheRecord::body}];
        });
    }

    void damage_content(std::string_view part) {
        const auto paths = paths_with(part);
        if (paths.empty()) return;
        const auto& path = paths[below(random_, paths.size())];
        auto content = *files_.content(path);
        if (content.empty()) return;
        const auto how = below(random_, 6);
        where_ += "; " + std::to_string(how) + " " + path;
        if (part == "/mdmail.journal" && how != 0) must_be_noticed_ = true;
        switch (how) {
            case 0: content.resize(below(random_, content.size())); break;
            case 1: content.append("garbage"); break;
            case 2: {
                const auto from = below(random_, content.size());
                const auto size = std::min(content.size() - from, 1 + below(random_, 600));
                if (content.find_first_not_of('\0', from) >= from + size) must_be_noticed_ = false;
                content.replace(from, size, size, '\0');
                break;
            }
            case 3: files_.unlink(path); return;
            default: flip(content);
        }
        write(path, content);
    }

    /// The journal and the one thing that knows its numbers besides.
    void damage_pair() {
        for (const auto* part : {"/mdmail.journal", "/.numbers/"}) {
            for (const auto& path : paths_with(part)) {
                auto content = *files_.content(path);
                flip(content);
                where_ += "; pair " + path;
                write(path, content);
            }
        }
    }

    void damage_names() {
        auto paths = paths_with("/cur/");
        for (auto& path : paths_with("/new/")) paths.push_back(std::move(path));
        if (paths.empty()) return;
        std::set<std::string, std::less<>> keys;
        for (const auto& path : paths) keys.emplace(parse_maildir_name(path.substr(path.rfind('/') + 1))->key);
        // Nor is it that of a message yet to come, which would be taken for delivered.
        for (std::uint64_t next = 1; next <= kToCome; ++next)
            keys.emplace(delivery_key(QueueId((serial_ + next) << 22), "bob@example.org"));
        for (auto count = 1 + below(random_, 3); count > 0; --count) {
            const auto& path = paths[below(random_, paths.size())];
            auto name = path.substr(path.rfind('/') + 1);
            if (below(random_, 3) == 0) {
                name.resize(1 + below(random_, name.size()));
            } else {
                flip(name);
            }
            const auto parsed = parse_maildir_name(name);
            // What begins with a dot is no message, and one key is one message.
            if (!parsed || name.find_first_of(std::string("/\0", 2)) != std::string::npos) continue;
            if (keys.contains(parsed->key) || !files_.info(path)) continue;
            keys.emplace(parsed->key);
            where_ += "; " + path + " is now " + name;
            files_.rename(path, path.substr(0, path.rfind('/') + 1) + name);
        }
    }

    Random random_;
    LossyFiles files_;
    std::unique_ptr<Store> store_;
    int boot_ = 1;
    std::uint64_t serial_ = 0;
    Believed believed_;
    std::map<std::string, std::string> backup_;
    std::set<std::string> alive_in_backup_;
    std::set<std::string> expunged_in_backup_;
    std::set<std::string> restored_;
    std::vector<Repair> repairs_;
    std::string where_;
    bool must_be_noticed_ = false;
};

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* value = std::getenv(variable);
    return value == nullptr ? otherwise : parse_number<std::uint64_t>(value).value_or(otherwise);
}

}  // namespace

TEST(DamageTest, WhateverIsDamagedNothingIsLostAndNoNumberIsToldTwice) {
    const bool whole = std::getenv("MDMAIL_LONG") != nullptr;
    const auto first = number_from("MDMAIL_SEED", 1);
    const std::uint64_t cases = whole ? 20'000 : 150;
    std::uint64_t repaired = 0;
    for (auto seed = first; seed < first + cases; ++seed) {
        SCOPED_TRACE("MDMAIL_SEED=" + std::to_string(seed));
        Case one(seed);
        one.live(25);
        ASSERT_TRUE(one.repairs().empty());
        one.damage();
        one.open();
        one.check();
        if (one.must_be_noticed()) {
            EXPECT_FALSE(one.repairs().empty()) << one.where();
        }
        repaired += one.repairs().empty() ? 0 : 1;
        one.live(10);
        one.check();
        one.expect_whole();
        if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(repaired, cases / 3);
    std::printf("damage: %llu cases from seed %llu, %llu mended and told, 0 findings\n",
                static_cast<unsigned long long>(cases), static_cast<unsigned long long>(first),
                static_cast<unsigned long long>(repaired));
}

TEST(DamageTest, WhateverIsBroughtBackFromABackupNoNumberIsToldTwice) {
    using Part = Case::Part;
    const std::uint64_t rounds = std::getenv("MDMAIL_LONG") != nullptr ? 500 : 4;
    std::uint64_t cases = 0;
    for (std::uint64_t seed = 1; seed <= rounds; ++seed) {
        for (const auto part :
             {Part::tree, Part::journals, Part::messages, Part::numbers, Part::account, Part::no_numbers}) {
            for (const bool clock_jumps_back : {false, true}) {
                SCOPED_TRACE("seed " + std::to_string(seed));
                Case one(seed);
                one.live(15);
                one.back_up();
                one.live(20);
                one.bring_back(part, clock_jumps_back);
                one.check();
                one.live(10);
                one.check();
                one.expect_whole();
                if (::testing::Test::HasFailure()) return;
                ++cases;
            }
        }
    }
    std::printf("brought back from a backup: %llu cases, 0 findings\n", static_cast<unsigned long long>(cases));
}

// A Maildir that was taken in at once was one frame of megabytes: one flipped bit cost nearly all UIDs.
TEST_F(StoreTest, ALargeMaildirLosesLittleToOneFlippedBit) {
    const std::string inbox_path(kInbox);
    auto store = process();
    auto mailbox = inbox(*store);
    constexpr std::size_t kMessages = 2'000;
    for (std::size_t i = 0; i < kMessages; ++i)
        files.put(inbox_path + "/cur/" + std::to_string(i) + ".other.host,S=2,W=3:2,S", "a\n");
    mailbox->look();
    ASSERT_EQ(uids(*mailbox).size(), kMessages);
    auto octets = *files.content(inbox_path + "/mdmail.journal");
    octets[octets.size() / 2] ^= 1;
    const auto file = files.open(inbox_path + "/mdmail.journal", OpenMode::read_write);
    file->write_at(0, octets);
    auto later = process();
    auto again = inbox(*later);
    again->look_again();
    const auto now = uids(*again);
    EXPECT_EQ(now.size(), kMessages) << "each is there";
    const auto kept = std::count_if(now.begin(), now.end(), [](Uid uid) { return uid <= kMessages; });
    EXPECT_GT(kept, 1'000);
    EXPECT_LT(kept, 2'000);
}

}  // namespace md::store::test
