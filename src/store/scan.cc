// store/scan.cc - see scan.h; Mailbox::look takes the difference in

#include "store/scan.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <tuple>
#include <unordered_set>

#include "base/error.h"
#include "base/ids.h"
#include "store/lf_filter.h"
#include "store/mailbox.h"
#include "store/mailbox_core.h"
#include "store/maildir_name.h"
#include "store/uid_view.h"
#include "store/undelete.h"

namespace md::store {

namespace {
constexpr std::int64_t kCertainAfterNs =
    2'000'000'000;  // a directory's time is no finer than a kernel's tick, or 2 s on old file systems
constexpr std::string_view kLettersAfter = ":2,";
constexpr std::size_t kIdSize = 24;
constexpr std::size_t kNamesForOneLook = 8;  // that are listed while one file is looked for
}  // namespace

std::string file_name(Where where, std::string_view base, std::string_view letters) {
    std::string name(base);
    if (where == Where::in_cur || !letters.empty()) name.append(kLettersAfter).append(letters);
    return name;
}

namespace {

/// `name`: what parse_maildir_name() makes of `file`.
SeenFile seen_file(Where where, std::string&& file, const MaildirName& name) {
    SeenFile seen{where, {}, std::string(name.letters), {}};
    const auto base = name.base.size();
    const auto behind = std::string_view(file).substr(base);
    const bool bare = behind.empty();
    const bool odd = bare ? where == Where::in_cur
                          : !behind.starts_with(kLettersAfter) || (where == Where::in_new && seen.letters.empty());
    if (odd) seen.odd = file;
    seen.base = std::move(file);
    seen.base.resize(base);
    return seen;
}

}  // namespace

Listing list_maildir(Files& files, const std::string& path, bool* whole) {
    Listing out;
    if (whole != nullptr) *whole = true;
    for (const auto where : {Where::in_new, Where::in_cur}) {
        auto names = files.list(path + (where == Where::in_new ? "/new" : "/cur"));
        if (whole != nullptr && !names) *whole = false;
        if (!names) continue;
        out.reserve(out.size() + names->size());
        for (auto& file : *names)
            if (const auto name = parse_maildir_name(file)) out.push_back(seen_file(where, std::move(file), *name));
    }
    return out;
}

DirectoryTimes times_of(Files& files, const std::string& path, std::int64_t now_ns) {
    DirectoryTimes now;
    const auto in_new = files.info(path + "/new");
    const auto in_cur = files.info(path + "/cur");
    now.new_mtime = in_new ? in_new->modified_ns : 0;
    now.cur_mtime = in_cur ? in_cur->modified_ns : 0;
    now.certain = now_ns - std::max(now.new_mtime, now.cur_mtime) >= kCertainAfterNs;
    return now;
}

bool is_looked_at(const DirectoryTimes& last, const DirectoryTimes& now) noexcept {
    const bool same = last.new_mtime == now.new_mtime && last.cur_mtime == now.cur_mtime;
    return same && (last.certain || !now.certain);
}

std::unordered_map<std::string_view, std::vector<const SeenFile*>> by_key(const Listing& listing) {
    std::unordered_map<std::string_view, std::vector<const SeenFile*>> out;
    for (const auto& file : listing) out[key_of(file.base)].push_back(&file);
    return out;
}

std::string found_path(const SeenFile& file) {
    const auto name = file.odd.empty() ? file_name(file.where, file.base, file.letters) : file.odd;
    return (file.where == Where::in_new ? "new/" : "cur/") + name;
}

bool is_no_message(const SystemError& error) noexcept {
    constexpr std::array kCodes{ELOOP, EISDIR, ENXIO, ESPIPE, EACCES, EPERM};
    return std::find(kCodes.begin(), kCodes.end(), error.code()) != kCodes.end();
}

bool is_maildir(Files& files, const std::string& path) {
    const auto in_cur = files.info(path + "/cur");
    if (!in_cur || !in_cur->directory) return false;
    try {
        const auto itself = files.open_if_there(path, OpenMode::read);
        return itself && itself->info().directory;
    } catch (const SystemError& error) {
        if (error.code() != ELOOP) throw;
        return false;
    }
}

std::uint64_t crlf_size(const File& file, std::uint64_t size) {
    std::array<char, 32U << 10> chunk;  // not cleared: a mailbox is taken in by reading each of its files
    LfFilter filter;
    const auto nothing = [](std::string_view) {};
    for (std::uint64_t offset = 0; offset == 0 || offset < size;) {
        // One octet at least: what is no file says so when it is read.
        const auto wanted = static_cast<std::size_t>(std::clamp<std::uint64_t>(size - offset, 1, chunk.size()));
        const auto got = file.read_at(offset, chunk.data(), wanted);
        filter.feed({chunk.data(), got}, nothing);
        offset += got;
        if (got < wanted) break;
    }
    filter.finish(nothing);
    return filter.octets() + filter.lines();
}

namespace {

struct Sorted {
    std::vector<Uid> as_known;
    std::vector<SeenFile*> others;
};

Sorted sort_out(const MailboxState& state, Listing& listing) {
    Sorted out;
    out.as_known.reserve(listing.size());
    for (auto& file : listing) {
        const auto known = state.find_key(key_of(file.base));
        if (known && file.where == known->where && file.base == known->name && file.letters == known->letters) {
            out.as_known.push_back(known->uid);
        } else {
            out.others.push_back(&file);
        }
    }
    std::sort(out.as_known.begin(), out.as_known.end());
    out.as_known.erase(std::unique(out.as_known.begin(), out.as_known.end()), out.as_known.end());
    return out;
}

}  // namespace

Difference compare(const MailboxState& state, Listing listing) {
    const auto [as_known, others] = sort_out(state, listing);
    const auto is_as_known = [&sorted = as_known](Uid uid) {
        return std::binary_search(sorted.begin(), sorted.end(), uid);
    };
    Difference out;
    std::map<Uid, SeenFile*> renamed;  // the last of several names
    std::unordered_set<std::string> arrived;
    for (auto* file : others) {
        const auto key = key_of(file->base);
        if (const auto known = state.find_key(key)) {
            if (!is_as_known(known->uid)) renamed[known->uid] = file;
            continue;
        }
        const auto* grave = state.find_expunged_key(key);
        if (grave != nullptr && by_owner(grave->reason)) {
            out.doubtful.push_back(std::move(*file));
        } else if (arrived.emplace(key).second) {
            out.arrived.push_back(std::move(*file));
        }
    }
    for (const auto& [uid, file] : renamed) out.renamed.push_back({uid, std::move(*file)});
    if (as_known.size() + renamed.size() == state.entries().size()) return out;
    for (const auto& known : state.entries())
        if (!is_as_known(known.uid) && !renamed.contains(known.uid)) out.missing.push_back(known.uid);
    return out;
}

std::optional<record::FlagsChanged> outside_change(const Known& known, const SeenFile& file) {
    const auto before = flags_of_letters(known.letters);
    const auto now = flags_of_letters(file.letters);
    const bool passed_before = forwarded_in_letters(known.letters);
    const bool passed_now = forwarded_in_letters(file.letters);
    if (before == now && passed_before == passed_now) return std::nullopt;
    record::FlagsChanged change;
    change.add = static_cast<Flags>(now & ~before);
    change.remove = static_cast<Flags>(before & ~now);
    if (passed_now && !passed_before) change.add_keywords.emplace_back("$Forwarded");
    if (passed_before && !passed_now) change.remove_keywords.emplace_back("$Forwarded");
    return change;
}

namespace {

/// Sizes and date of a message that another program delivered. False: its file is gone again, or is none (a directory,
/// a link, a socket or a pipe is no message), or may not be read: what one program leaves there is not to close the
/// mailbox to its owner.
bool measure_arrival(MailboxCore& core, const SeenFile& seen, Message& message) {
    try {
        const auto file = core.files().open_if_there(core.path_of(seen.where, seen.base, seen.letters), OpenMode::read);
        if (!file) return false;
        const auto info = file->info();
        if (info.directory) return false;
        const auto name = parse_maildir_name(seen.base);
        message.internal_date = info.modified_ns / 1'000'000'000;
        message.size_lf = info.size_bytes;
        // A file that is as long as its name says need not be read. A pipe has no length, and reading it is ESPIPE.
        const bool as_named =
            name && name->size_lf == info.size_bytes && info.size_bytes > 0 && may_be_size_crlf(*name);
        message.size_crlf = as_named ? *name->size_crlf : crlf_size(*file, info.size_bytes);
        return true;
    } catch (const SystemError& error) {
        if (!is_no_message(error)) throw;
        return false;
    }
}

/// Messages that another program delivered, as records without numbers; without those of measure_arrival() that are
/// none. Takes the names of those that arrived.
std::vector<Entry> read_arrivals(MailboxCore& core, Difference& difference) {
    std::vector<Entry> entries;
    const auto many = difference.arrived.size() + difference.doubtful.size();
    entries.reserve(many);
    const auto ids = random_name(many * kIdSize);
    const auto read = [&](SeenFile file) {
        Message m;
        if (!measure_arrival(core, file, m)) return;
        m.flags = flags_of_letters(file.letters);
        if (forwarded_in_letters(file.letters)) m.keywords.emplace_back("$Forwarded");
        m.email_id.assign("M").append(ids, entries.size() * kIdSize, kIdSize);
        entries.push_back({std::move(m), std::move(file.base), file.where, std::move(file.letters)});
    };
    for (auto& file : difference.arrived) read(std::move(file));
    for (const auto& file : difference.doubtful) read(file);
    return entries;
}

bool there(MailboxCore& core, Where where, std::string_view base, std::string_view letters) {
    return core.files().info(core.path_of(where, base, letters)).has_value();
}

bool is_same_file(const FileInfo& a, const FileInfo& b) noexcept {
    return a.inode == b.inode && a.device == b.device;
}

/// Whether the file at `path`, under the name of an expunged message, is a message: restored, or another copy. It is
/// left over if its own move to the undelete area may be outstanding, or undone by a power cut.
bool comes_again(MailboxCore& core, const MailboxState& state, const Expunged& grave, const std::string& path) {
    if (!by_owner(grave.reason)) return true;
    const auto here = core.files().info(path);
    if (!here) return false;
    const auto kept = core.files().info(core.undelete_directory(grave.time) + "/" + std::to_string(grave.uid));
    if (kept) return !is_same_file(*here, *kept);
    const auto keep = std::chrono::duration_cast<std::chrono::seconds>(core.core().options().undelete_keep).count();
    return grave.modseq <= state.scanned().cleared || core.core().now_seconds() - grave.time > keep;
}

std::unordered_set<std::string> names_in(MailboxCore& core, Where where) {
    auto names = core.files().list(core.directory_of(where)).value_or(std::vector<std::string>());
    return {std::make_move_iterator(names.begin()), std::make_move_iterator(names.end())};
}

/// Takes out those whose files are not there any more. To read the directories costs less than to ask for each of many.
void drop_gone(MailboxCore& core, std::size_t known, std::vector<Entry>& arrived) {
    if (arrived.size() * kNamesForOneLook <= known) {
        std::erase_if(arrived, [&core](const Entry& e) { return !there(core, e.where, e.name, e.letters); });
        return;
    }
    const auto in_new = names_in(core, Where::in_new);
    const auto in_cur = names_in(core, Where::in_cur);
    std::erase_if(arrived, [&in_new, &in_cur](const Entry& e) {
        return !(e.where == Where::in_new ? in_new : in_cur).contains(file_name(e.where, e.name, e.letters));
    });
}

void take_arrivals(MailboxCore& core, MailboxCore::Writing& writing, std::vector<Entry> arrived) {
    const auto& state = writing.state();
    drop_gone(core, state.entries().size(), arrived);
    std::set<std::string> again;  // several files may have the name of one grave
    std::erase_if(arrived, [&](const Entry& entry) {
        const auto key = key_of(entry.name);
        if (key.empty() || state.entries().has_key(key)) return true;
        const auto* grave = state.find_expunged_key(key);  // since the listing, it may be
        if (grave == nullptr) return false;
        return !comes_again(core, state, *grave, core.path_of(entry)) || !again.emplace(key).second;
    });
    if (arrived.empty()) return;
    std::sort(arrived.begin(), arrived.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.message.internal_date, a.name) < std::tie(b.message.internal_date, b.name);
    });
    // Never more MODSEQs than messages.
    writing.need(static_cast<Uid>(arrived.size()), arrived.size());
    auto uid = state.uid_next();
    auto modseq = state.modseq_next();
    for (auto& entry : arrived) {
        entry.message.uid = uid++;
        entry.message.modseq = modseq;
        writing.add(record::Added{std::move(entry)});
        if (writing.part()) ++modseq;
    }
    writing.commit();
}

void take_renames(MailboxCore& core, MailboxCore::Writing& writing, const std::vector<Difference::Renamed>& renamed) {
    writing.need(0, 1);
    const auto& state = writing.state();
    const auto modseq = state.modseq_next();
    for (const auto& [uid, file] : renamed) {
        const auto known = state.find(uid);
        // Only what is so at this moment: one of us may have given it another name since.
        if (!known || there(core, known->where, known->name, known->letters)) continue;
        if (!there(core, file.where, file.base, file.letters)) continue;
        if (auto change = state.name_is_doubtful(uid) ? std::nullopt : outside_change(*known, file)) {
            change->modseq = modseq;
            change->uids = {{uid, uid}};
            writing.add(std::move(*change));
        }
        writing.add(record::Seen{{{uid, uid}}, file.where, file.letters, file.base});
    }
    writing.commit();
}

/// Gone only if a second scan, under the lock, does not show it either.
void take_missing(MailboxCore& core, MailboxCore::Writing& writing, const std::vector<Uid>& missing) {
    const auto& state = writing.state();
    std::vector<Uid> doubtful;
    for (const auto uid : missing)
        if (const auto known = state.find(uid); known && !there(core, known->where, known->name, known->letters))
            doubtful.push_back(uid);
    if (doubtful.empty()) return;
    bool whole = false;
    auto listing = list_maildir(core.files(), core.place().path, &whole);
    if (!whole) return;
    const auto again = compare(state, std::move(listing));
    std::vector<Uid> gone;
    std::vector<Uid> lost;
    for (const auto uid : again.missing) {
        if (!std::binary_search(doubtful.begin(), doubtful.end(), uid)) continue;
        (uid < state.floor_uid() ? lost : gone).push_back(uid);
    }
    writing.need(0, 1);
    const auto modseq = state.modseq_next();
    const auto now = core.core().now_seconds();
    if (!gone.empty()) writing.add(record::Removed{modseq, ranges_of(gone), now, Reason::gone, {}});
    if (!lost.empty()) writing.add(record::Removed{modseq, ranges_of(lost), now, Reason::lost, {}});
    writing.commit();
}

/// A place in the undelete area that no file has. That of its UID, unless another has come to it under the same name:
/// then a UID that no mailbox gets to.
Uid free_uid(MailboxCore& core, const std::string& directory, Uid uid) {
    constexpr Uid kBeyond = 0xf0000000;
    while (core.files().info(directory + "/" + std::to_string(uid))) {
        static thread_local std::minstd_rand random{std::random_device{}()};
        uid = std::uniform_int_distribution<Uid>(kBeyond, UINT32_MAX - 1)(random);
    }
    return uid;
}

/// Never under a day that is over already: what is kept is kept from now on.
void take_leftover(MailboxCore& core, const Expunged& grave, const SeenFile& file) {
    constexpr std::int64_t kDay = 86'400;
    const auto path = core.path_of(file.where, file.base, file.letters);
    const auto info = core.files().info(path);
    if (!info) return;
    const auto now = core.core().now_seconds();
    const auto time = now - grave.time < kDay ? grave.time : now;
    const auto directory = core.undelete_directory(time);
    const auto kept = core.files().info(directory + "/" + std::to_string(grave.uid));
    if (kept && is_same_file(*kept, *info)) {
        core.files().unlink(path);  // its other name, which a rename would leave
        return;
    }
    Entry entry{grave.last ? grave.last->message : Message{}, file.base, file.where, file.letters};
    if (!grave.last) {
        entry.message.flags = flags_of_letters(file.letters);
        entry.message.internal_date = info->modified_ns / 1'000'000'000;
    }
    entry.message.uid = free_uid(core, directory, grave.uid);
    const auto place = directory + "/" + std::to_string(entry.message.uid);
    make_undelete(core.files(), directory);
    const Buried buried{core.folder_name(), time, std::move(entry)};
    if (grave.reason != Reason::moved) note_buried(core.files(), directory, {&buried, 1});
    core.files().rename(path, place);
}

/// Of expunged messages: whoever expunged them died, or had no room, before their files were moved. False: there is no
/// room yet, which is no reason to close the mailbox to its owner.
bool take_leftovers(MailboxCore& core, MailboxCore::Writing& writing, const std::vector<SeenFile>& doubtful) {
    const auto& state = writing.state();
    try {
        for (const auto& file : doubtful) {
            const auto key = key_of(file.base);
            const auto* grave = state.find_expunged_key(key);
            if (grave == nullptr || state.find_key(key)) continue;
            const auto path = core.path_of(file.where, file.base, file.letters);
            if (!comes_again(core, state, *grave, path)) take_leftover(core, *grave, file);
        }
        return true;
    } catch (const SystemError&) {
        return false;
    }
}

/// Gives files that other programs left under odd names the name that the format wants, so that the journal can say
/// where they are. What cannot be renamed now is looked at again by the next scan.
void straighten(MailboxCore& core, const Listing& listing) {
    for (const auto& file : listing) {
        if (file.odd.empty()) continue;
        const auto path = core.path_of(file.where, file.base, file.letters);
        try {
            if (!core.files().info(path)) core.files().rename(core.directory_of(file.where) + "/" + file.odd, path);
        } catch (const SystemError&) {
        }
    }
}

}  // namespace

void Mailbox::look() {
    // One that is being moved away and back is no reason to call its messages gone.
    if (!core_->has_directories()) return;
    const auto now = times_of(core_->files(), core_->place().path, core_->core().now_ns());
    DirectoryTimes last;
    {
        const MailboxCore::Reading reading(*core_);
        last = reading.state().scanned();
    }
    if (!is_looked_at(last, now)) look_now();
}

void Mailbox::look_now() {
    record::Scanned scanned;
    static_cast<DirectoryTimes&>(scanned) = times_of(core_->files(), core_->place().path, core_->core().now_ns());
    {
        // Before the listing: the files of a later expunge may yet be in it.
        const MailboxCore::Reading reading(*core_);
        scanned.cleared = std::max(reading.state().scanned().cleared, reading.state().last_removal());
    }
    bool whole = false;
    auto listing = list_maildir(core_->files(), core_->place().path, &whole);
    straighten(*core_, listing);
    if (!whole) return;
    Difference difference;
    {
        const MailboxCore::Reading reading(*core_);
        difference = compare(reading.state(), std::move(listing));
        if (difference.empty() && reading.state().scanned() == scanned) return;
    }
    auto arrived = read_arrivals(*core_, difference);
    MailboxCore::Writing writing(*core_);
    if (!difference.renamed.empty()) take_renames(*core_, writing, difference.renamed);
    if (!difference.missing.empty()) take_missing(*core_, writing, difference.missing);
    const bool cleared = take_leftovers(*core_, writing, difference.doubtful);
    take_arrivals(*core_, writing, std::move(arrived));
    scanned.cleared = std::max(scanned.cleared, writing.state().scanned().cleared);
    // What is left over is looked for again at the next look.
    if (!cleared || writing.state().scanned() == scanned) return;
    try {
        writing.add(scanned);
        writing.commit();
    } catch (const SystemError&) {
        // A full disk: all of it is looked at again.
    }
}

}  // namespace md::store
