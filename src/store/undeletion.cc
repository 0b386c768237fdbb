// store/undeletion.cc - see undeletion.h
//
// CONTRACT
//   A file moves from the undelete area into the Maildir, in the mailbox's lock, and has its record before the lock is
//   given back. Whoever dies between the two leaves a file that the next scan takes in, with the flags of its name and
//   the date of the file. The index stays as it is: what it names without a file is back. A power cut may leave a file
//   under both names: the key of what comes back says from where, so that the next undelete sees that it is back.

#include "store/undeletion.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/error.h"
#include "base/strings.h"
#include "store/core.h"
#include "store/mailbox_core.h"
#include "store/maildir_name.h"
#include "store/scan.h"

namespace md::store {

namespace {

constexpr std::size_t kMovesAtOnce = 64;  // under one hold of the lock

/// Where the messages of one index are now.
class Area {
  public:
    Area(Files& files, std::string directory)
        : files_(files),
          directory_(std::move(directory)),
          folder_(directory_ + "/" + std::string(kBuriedFolder)),
          removed_with_its_folder_(files.info(folder_) ? list_maildir(files, folder_) : Listing{}),
          by_key_(by_key(removed_with_its_folder_)) {}
    Area(const Area&) = delete;
    Area& operator=(const Area&) = delete;

    [[nodiscard]] std::optional<std::string> find(const Entry& entry) const {
        auto own = directory_ + "/" + std::to_string(entry.message.uid);
        if (files_.info(own)) return own;
        const auto there = by_key_.find(key_of(entry.name));
        if (there == by_key_.end()) return std::nullopt;
        auto path = folder_ + "/" + found_path(*there->second.back());
        if (!files_.info(path)) return std::nullopt;
        return path;
    }

  private:
    Files& files_;
    std::string directory_;
    std::string folder_;
    Listing removed_with_its_folder_;
    std::unordered_map<std::string_view, std::vector<const SeenFile*>> by_key_;
};

/// Files whose entry in the index was lost: better in a likely folder than nowhere.
void add_nameless(Files& files, const std::string& directory, std::map<Uid, Buried>& known) {
    const auto folder = known.empty() ? std::string("INBOX") : known.begin()->second.folder;
    for (const auto& name : files.list(directory).value_or(std::vector<std::string>{})) {
        const auto uid = parse_number<Uid>(name);
        const auto info = uid ? files.info(directory + "/" + name) : std::nullopt;
        if (!info || known.contains(*uid)) continue;
        Buried buried{folder, info->changed_ns / 1'000'000'000, {}};
        buried.entry.message.uid = *uid;
        buried.entry.message.internal_date = info->modified_ns / 1'000'000'000;
        buried.entry.name = name;
        known[*uid] = std::move(buried);
    }
}

/// Of a folder that was removed as a whole its own journal knows what its messages were.
void add_from_journal(Files& files, const std::string& directory, std::map<Uid, Buried>& known) {
    const auto path = directory + "/" + std::string(kBuriedFolder) + "/mdmail.journal";
    const auto info = files.info(path);
    const auto content = info ? files.read(path, SIZE_MAX) : std::nullopt;
    if (!content) return;
    const auto folder = known.empty() ? std::string("INBOX") : known.begin()->second.folder;
    MailboxState state;
    std::string_view rest = *content;
    while (const auto at = find_frame(rest, 0)) {
        rest.remove_prefix(*at);
        const auto step = next_frame(rest);
        state.apply(step.payload);
        rest.remove_prefix(step.size);
    }
    for (const auto& entry : state.entries())
        known.try_emplace(entry.uid, Buried{folder, info->modified_ns / 1'000'000'000, state.entry(entry)});
}

void add_kept(Files& files, const std::string& directory, const std::string& id, std::vector<Kept>& out) {
    const auto index = files.read(directory + "/index", kUndeleteIndexLimit);
    if (!index) return;
    bool damaged = false;
    std::map<Uid, Buried> latest;  // a UID may stand there twice: the later counts
    for (auto& buried : parse_buried(*index, &damaged)) latest[buried.entry.message.uid] = std::move(buried);
    if (damaged) {
        add_nameless(files, directory, latest);
        add_from_journal(files, directory, latest);
    }
    const Area area(files, directory);
    for (auto& [uid, buried] : latest) {
        auto path = area.find(buried.entry);
        if (!path) continue;
        const auto info = files.info(*path);
        if (!info || info->directory) continue;
        out.push_back({std::move(buried), id, std::move(*path), info->size_bytes});
    }
}

/// What comes back, with another key than it had: that is known as expunged.
Entry fresh_entry(const Kept& kept, std::int64_t now) {
    Entry entry;
    entry.message = kept.what.entry.message;
    auto& m = entry.message;
    m.flags = static_cast<Flags>(m.flags & ~flag::deleted);
    if (m.size_lf != kept.bytes || m.size_crlf < m.size_lf) {
        m.size_lf = kept.bytes;
        m.size_crlf = 0;
    }
    if (m.email_id.empty()) m.email_id = "M" + random_name(24);
    m.uidl.clear();
    entry.name = is_object_id(kept.mailbox_id) ? return_key(kept.mailbox_id, m.uid) : fresh_key(now);
    return entry;
}

class Return {
  public:
    Return(Mailbox& mailbox, const QuotaLimits& quota) : core_(mailbox.core()), files_(core_.files()), quota_(quota) {}
    ~Return() { release(); }
    Return(const Return&) = delete;
    Return& operator=(const Return&) = delete;

    void bring(std::vector<Kept> messages, Undeleted& result) {
        for (std::size_t at = 0; at < messages.size(); at += kMovesAtOnce) {
            const auto end = std::min(messages.size(), at + kMovesAtOnce);
            std::vector<Kept> some(std::make_move_iterator(messages.begin() + static_cast<std::ptrdiff_t>(at)),
                                   std::make_move_iterator(messages.begin() + static_cast<std::ptrdiff_t>(end)));
            bring_some(std::move(some), result);
        }
        core_.sync_names(Where::in_cur);
        core_.sync_names(Where::in_new);
        for (const auto& directory : emptied_) files_.sync_directory(directory);
        core_.sync();
    }

  private:
    /// Room is taken for each by itself: as many as fit come back.
    [[nodiscard]] bool has_room(const Kept& kept) {
        if (quota_.none()) return true;
        auto room = core_.account().reserve({kept.bytes, 1}, kept.bytes, quota_);
        if (!room) return false;
        tokens_.push_back(std::move(room->token));
        return true;
    }

    void bring_some(std::vector<Kept> messages, Undeleted& result) {
        std::vector<std::pair<Kept, Entry>> coming;
        for (auto& kept : messages) {
            if (!has_room(kept)) {
                result.no_room.push_back(std::move(kept));
                continue;
            }
            auto entry = fresh_entry(kept, core_.core().now_seconds());
            if (entry.message.size_crlf == 0) {
                const auto file = files_.open_if_there(kept.path, OpenMode::read);
                if (file) entry.message.size_crlf = crlf_size(*file, file->info().size_bytes);
            }
            coming.emplace_back(std::move(kept), std::move(entry));
        }
        place(coming, result);
        release();
    }

    void release() noexcept {
        for (const auto& token : tokens_) core_.account().release(token);
        tokens_.clear();
    }

    void place(std::vector<std::pair<Kept, Entry>>& coming, Undeleted& result) {
        MailboxCore::Writing writing(core_);
        writing.need(static_cast<Uid>(coming.size()), 1);
        auto uid = writing.state().uid_next();
        const auto modseq = writing.state().modseq_next();
        writing.before_names();
        const auto back_before = result.back.size();
        std::vector<std::pair<std::string, std::string>> moved;
        std::set<std::string> keys;
        try {
            for (auto& [kept, entry] : coming) {
                if (!keys.insert(entry.name).second || is_back(writing.state(), entry.name)) {
                    files_.unlink(kept.path);
                    continue;
                }
                auto& m = entry.message;
                m.uid = uid;
                m.modseq = modseq;
                m.keywords = writing.state().acceptable(m.keywords);
                entry.name = with_sizes(entry.name, m.size_lf, m.size_crlf);
                entry.letters = letters_of(m);
                entry.where = entry.letters.empty() ? Where::in_new : Where::in_cur;
                if (!move(kept, entry)) continue;  // another brought it back, or its time was over
                moved.emplace_back(core_.path_of(entry), kept.path);
                writing.add(record::Added{entry});
                result.back.push_back({std::move(kept), uid++});
            }
            writing.after_names();
            writing.commit();
        } catch (const SystemError&) {
            result.back.resize(back_before);
            for (const auto& [there, back] : moved) put_back(there, back);
            throw;
        }
    }

    /// By an undelete that did not come to the end of its move; perhaps removed again since.
    [[nodiscard]] static bool is_back(const MailboxState& state, std::string_view key) {
        if (state.find_key(key)) return true;
        const auto* grave = state.find_expunged_key(key);
        return grave != nullptr && grave->reason != Reason::lost;
    }

    [[nodiscard]] bool move(const Kept& kept, const Entry& entry) {
        const auto info = files_.info(kept.path);
        if (!info) return false;
        // For the scan that would take it in if this process died now; not of a file that others share.
        if (info->links == 1) files_.set_modified(kept.path, entry.message.internal_date * 1'000'000'000);
        files_.rename(kept.path, core_.path_of(entry));
        emptied_.insert(parent_directory(kept.path));
        return true;
    }

    void put_back(const std::string& there, const std::string& back) noexcept {
        try {
            files_.rename(there, back);
        } catch (const SystemError&) {
            // The next scan takes it in: it is back, after all.
        }
    }

    MailboxCore& core_;
    Files& files_;
    const QuotaLimits& quota_;
    std::vector<std::string> tokens_;
    std::set<std::string> emptied_;
};

std::shared_ptr<Mailbox> folder_again(Account& account, const std::string& name) {
    if (auto known = account.open(name)) return *known;
    auto made = account.create(name);
    return made ? *made : nullptr;
}

}  // namespace

std::vector<Kept> kept_messages(Files& files, const std::string& undelete_directory) {
    std::vector<Kept> out;
    for (const auto& day : files.list(undelete_directory).value_or(std::vector<std::string>{})) {
        const auto path = undelete_directory + "/" + day;
        for (const auto& id : files.list(path).value_or(std::vector<std::string>{}))
            add_kept(files, path + "/" + id, id, out);
    }
    std::sort(out.begin(), out.end(), [](const Kept& a, const Kept& b) {
        return std::tie(a.what.folder, a.mailbox_id, a.what.entry.message.uid) <
               std::tie(b.what.folder, b.mailbox_id, b.what.entry.message.uid);
    });
    return out;
}

Undeleted undelete(Account& account, std::vector<Kept> messages, const QuotaLimits& quota) {
    std::map<std::string, std::vector<Kept>> by_folder;
    for (auto& kept : messages) by_folder[kept.what.folder].push_back(std::move(kept));
    Undeleted result;
    for (auto& [name, kept] : by_folder) {
        const auto mailbox = folder_again(account, name);
        if (mailbox) {
            mailbox->look_again();  // what an undelete that died has left there
            Return(*mailbox, quota).bring(std::move(kept), result);
        } else {
            std::move(kept.begin(), kept.end(), std::back_inserter(result.no_folder));
        }
    }
    return result;
}

}  // namespace md::store
