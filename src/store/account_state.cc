// store/account_state.cc - see account_state.h

#include "store/account_state.h"

#include <algorithm>
#include <utility>

#include "store/folder_name.h"
#include "store/mailbox_record.h"

namespace md::store {

namespace {

enum Type : std::uint32_t {
    t_validity = 1,
    t_folder = 2,
    t_numbers = 3,
    t_removed = 4,
    t_reserved = 5,
    t_released = 6,
    t_counted = 7,
    t_closed = 8,
    t_subscribed = 9,
    t_renaming = 10,
    t_renamed = 11,
    t_defaults = 12,
    t_emptying = 13,
};

std::uint32_t small(const Field& field) noexcept {
    const auto value = field.number();
    return value <= UINT32_MAX ? static_cast<std::uint32_t>(value) : 0;
}

/// What the folder is.
void read_folder(const Record& record, FolderStatus& folder) {
    FieldReader fields(record.fields);
    while (const auto field = fields.next()) {
        switch (field->tag) {
            case 1: folder.mailbox_id = field->octets; break;
            case 2: folder.name = field->octets; break;
            case 3: folder.directory = field->octets; break;
            case 4: folder.uid_validity = small(*field); break;
            case 11: folder.uses = static_cast<SpecialUses>(field->number() & special_use::all); break;
            default: break;
        }
    }
}

/// What is in it.
void read_numbers(const Record& record, FolderStatus& folder) {
    FieldReader fields(record.fields);
    while (const auto field = fields.next()) {
        switch (field->tag) {
            case 5: folder.messages = small(*field); break;
            case 6: folder.unseen = small(*field); break;
            case 7: folder.recent = small(*field); break;
            case 8: folder.bytes = field->number(); break;
            case 9: folder.uid_next = small(*field); break;
            case 10: folder.highest_modseq = field->number(); break;
            case 12: folder.bytes_crlf = field->number(); break;
            case 13: folder.deleted = small(*field); break;
            case 14: folder.deleted_bytes = field->number(); break;
            case 15: folder.looked.new_mtime = static_cast<std::int64_t>(field->number()); break;
            case 16: folder.looked.cur_mtime = static_cast<std::int64_t>(field->number()); break;
            case 17: folder.looked.certain = field->number() == 1; break;
            default: break;
        }
    }
}

struct Pair {
    std::string text;
    std::uint64_t number = 0;
};

/// 1: a text, 2: a number.
Pair read_pair(const Record& record) {
    Pair pair;
    FieldReader fields(record.fields);
    while (const auto field = fields.next()) {
        if (field->tag == 1) pair.text = field->octets;
        if (field->tag == 2) pair.number = field->number();
    }
    return pair;
}

std::uint32_t first_number(const Record& record) {
    FieldReader fields(record.fields);
    while (const auto field = fields.next())
        if (field->tag == 1) return small(*field);
    return 0;
}

/// What becomes part of a path is looked at, wherever it comes from.
bool is_sound(const FolderStatus& folder) {
    if (!is_object_id(folder.mailbox_id) || canonical_folder(folder.name) != folder.name) return false;
    if (folder.directory.find('/') != std::string::npos || folder.directory.find('\0') != std::string::npos)
        return false;
    return folder.directory.empty() ||
           (folder.directory.size() > 1 && folder.directory.front() == '.' && folder.directory != "..");
}

}  // namespace

std::optional<std::string> Renaming::renamed(std::string_view name) const {
    if (empties_inbox() || !name.starts_with(from)) return std::nullopt;
    const auto rest = name.substr(from.size());
    if (!rest.empty() && rest.front() != '/') return std::nullopt;
    return to + std::string(rest);
}

void AccountState::apply(std::string_view payload) {
    RecordReader records(payload);
    while (const auto record = records.next()) apply(*record);
}

void AccountState::apply(const Record& record) {
    switch (record.type) {
        case t_validity: last_validity_ = std::max(last_validity_, first_number(record)); break;
        case t_folder: on_folder(record); break;
        case t_numbers: on_numbers(record); break;
        case t_removed: forget(read_pair(record).text); break;
        case t_reserved: on_reserved(record); break;
        case t_released: reservations_.erase(read_pair(record).text); break;
        case t_counted: on_counted(record); break;
        case t_closed: closed_ = true; break;
        case t_subscribed: on_subscribed(record); break;
        case t_renaming: on_renaming(record, ""); break;
        case t_emptying: on_renaming(record, "INBOX"); break;
        case t_renamed: renaming_.reset(); break;
        case t_defaults: has_defaults_ = true; break;
        default: break;
    }
}

void AccountState::on_folder(const Record& record) {
    FolderStatus folder;
    read_folder(record, folder);
    if (!is_sound(folder)) return;
    last_validity_ = std::max(last_validity_, folder.uid_validity);
    if (const auto* known = by_id(folder.mailbox_id)) {
        // Another name, directory or use; what is in it stays.
        auto moved = *known;
        read_folder(record, moved);
        folder = std::move(moved);
    }
    keep(std::move(folder));
}

void AccountState::on_numbers(const Record& record) {
    const auto* known = by_id(read_pair(record).text);
    if (known == nullptr) return;
    auto folder = *known;
    read_numbers(record, folder);
    keep(std::move(folder));
    closed_ = false;
}

void AccountState::on_reserved(const Record& record) {
    Reservation reservation;
    FieldReader fields(record.fields);
    while (const auto field = fields.next()) {
        if (field->tag == 2) reservation.room.bytes = field->number();
        if (field->tag == 3) reservation.time = static_cast<std::int64_t>(field->number());
        if (field->tag == 4) reservation.room.messages = field->number();
        if (field->tag == 5) reservation.process = field->octets;
    }
    reservations_[read_pair(record).text] = reservation;
}

void AccountState::on_counted(const Record& record) {
    auto pair = read_pair(record);
    sums_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(pair.number, UINT32_MAX));
    counted_in_ = std::move(pair.text);
    closed_ = false;
}

void AccountState::on_subscribed(const Record& record) {
    const auto [name, on] = read_pair(record);
    if (on == 0) {
        subscriptions_.erase(name);
    } else if (canonical_folder(name) == name) {
        subscriptions_.insert(name);
    }
}

/// `from`: of a record that does not say it.
void AccountState::on_renaming(const Record& record, std::string from) {
    Renaming renaming;
    renaming.from = std::move(from);
    const bool says_it = renaming.from.empty();
    FieldReader fields(record.fields);
    while (const auto field = fields.next()) {
        if (field->tag == 1 && says_it) renaming.from = field->octets;
        if (field->tag == 2) renaming.to = field->octets;
        if (field->tag == 3) renaming.end = small(*field);
    }
    if (says_it && renaming.empties_inbox()) return;
    const bool sound = canonical_folder(renaming.from) == renaming.from && canonical_folder(renaming.to) == renaming.to;
    if (sound && !renaming.renamed(renaming.to)) renaming_ = std::move(renaming);
}

void AccountState::keep(FolderStatus folder) {
    forget(by_name_, folder.name, folder.mailbox_id);
    forget(by_directory_, folder.directory, folder.mailbox_id);
    forget(folder.mailbox_id);
    sum_.bytes += folder.bytes;
    sum_.messages += folder.messages;
    by_name_[folder.name] = folder.mailbox_id;
    by_directory_[folder.directory] = folder.mailbox_id;
    auto id = folder.mailbox_id;
    folders_[std::move(id)] = std::move(folder);
}

/// Whoever else has that name.
void AccountState::forget(const Names& names, const std::string& name, const std::string& mailbox_id) {
    const auto at = names.find(name);
    if (at == names.end() || at->second == mailbox_id) return;
    forget(std::string(at->second));
}

void AccountState::forget(const std::string& mailbox_id) {
    const auto at = folders_.find(mailbox_id);
    if (at == folders_.end()) return;
    sum_.bytes -= at->second.bytes;
    sum_.messages -= at->second.messages;
    by_name_.erase(at->second.name);
    by_directory_.erase(at->second.directory);
    folders_.erase(at);
}

const FolderStatus* AccountState::by_id(std::string_view mailbox_id) const {
    const auto at = folders_.find(std::string(mailbox_id));
    return at == folders_.end() ? nullptr : &at->second;
}

const FolderStatus* AccountState::find(const Names& names, std::string_view key) const {
    const auto at = names.find(key);
    return at == names.end() ? nullptr : by_id(at->second);
}

const FolderStatus* AccountState::by_name(std::string_view name) const {
    return find(by_name_, name);
}

const FolderStatus* AccountState::by_directory(std::string_view directory) const {
    return find(by_directory_, directory);
}

bool AccountState::has_below(std::string_view name) const {
    const auto prefix = std::string(name) + "/";
    const auto at = by_name_.lower_bound(prefix);
    return at != by_name_.end() && at->first.starts_with(prefix);
}

SpecialUses AccountState::free_uses() const noexcept {
    auto free = special_use::all;
    for (const auto& [id, folder] : folders_) free = static_cast<SpecialUses>(free & ~folder.uses);
    return free;
}

QuotaUse AccountState::used(std::int64_t now, const std::set<std::string>& without) const {
    auto sum = sum_;
    for (const auto& [token, reservation] : reservations_) {
        if (!reservation.is_live(now) || without.contains(token)) continue;
        sum.bytes += reservation.room.bytes;
        sum.messages += reservation.room.messages;
    }
    return sum;
}

std::string AccountState::snapshot(std::int64_t now) const {
    std::string out;
    FrameWriter frame;
    const auto split = [&] {
        if (frame.size() > kFrameSplit) out += frame.finish();
    };
    put_validity(frame, last_validity_);
    for (const auto& [id, folder] : folders_) {
        put_folder(frame, folder);
        put_numbers(frame, folder);
        split();
    }
    for (const auto& name : subscriptions_) {
        put_subscribed(frame, name, true);
        split();
    }
    if (renaming_) put_renaming(frame, *renaming_);
    if (has_defaults_) put_defaults(frame);
    for (const auto& [token, reservation] : reservations_)
        if (reservation.is_live(now)) put_reserved(frame, token, reservation);
    put_counted(frame, counted_in_, sums_);
    if (closed_) put_closed(frame);
    return out + frame.finish();
}

void AccountState::put_validity(FrameWriter& frame, std::uint32_t last) {
    frame.record(t_validity).number(1, last);
}

void AccountState::put_folder(FrameWriter& frame, const FolderStatus& folder) {
    frame.record(t_folder)
        .text(1, folder.mailbox_id)
        .text(2, folder.name)
        .text(3, folder.directory)
        .number(4, folder.uid_validity)
        .number(11, folder.uses);
}

void AccountState::put_numbers(FrameWriter& frame, const FolderStatus& folder, const FolderStatus* known) {
    auto record = frame.record(t_numbers);
    record.text(1, folder.mailbox_id);
    const auto put = [&](std::uint32_t tag, auto number) {
        if (known == nullptr || known->*number != folder.*number) record.number(tag, folder.*number);
    };
    put(5, &FolderStatus::messages);
    put(6, &FolderStatus::unseen);
    put(7, &FolderStatus::recent);
    put(8, &FolderStatus::bytes);
    put(9, &FolderStatus::uid_next);
    put(10, &FolderStatus::highest_modseq);
    put(12, &FolderStatus::bytes_crlf);
    put(13, &FolderStatus::deleted);
    put(14, &FolderStatus::deleted_bytes);
    const auto before = known == nullptr ? DirectoryTimes() : known->looked;
    const auto& looked = folder.looked;
    if (looked.new_mtime != before.new_mtime) record.number(15, static_cast<std::uint64_t>(looked.new_mtime));
    if (looked.cur_mtime != before.cur_mtime) record.number(16, static_cast<std::uint64_t>(looked.cur_mtime));
    if (looked.certain != before.certain) record.number(17, looked.certain ? 1 : 0);
}

void AccountState::put_removed(FrameWriter& frame, std::string_view mailbox_id) {
    frame.record(t_removed).text(1, mailbox_id);
}

void AccountState::put_reserved(FrameWriter& frame, std::string_view token, const Reservation& reservation) {
    auto record = frame.record(t_reserved);
    record.text(1, token)
        .number(2, reservation.room.bytes)
        .number(3, static_cast<std::uint64_t>(reservation.time))
        .number(4, reservation.room.messages);
    if (!reservation.process.empty()) record.text(5, reservation.process);
}

void AccountState::put_released(FrameWriter& frame, std::string_view token) {
    frame.record(t_released).text(1, token);
}
void AccountState::put_counted(FrameWriter& frame, std::string_view boot_id, std::uint32_t sums) {
    frame.record(t_counted).text(1, boot_id).number(2, sums);
}
void AccountState::put_closed(FrameWriter& frame) {
    frame.record(t_closed).text(1, "");
}
void AccountState::put_subscribed(FrameWriter& frame, std::string_view name, bool on) {
    frame.record(t_subscribed).text(1, name).number(2, on ? 1 : 0);
}
void AccountState::put_renaming(FrameWriter& frame, const Renaming& renaming) {
    if (renaming.empties_inbox())
        frame.record(t_emptying).text(2, renaming.to).number(3, renaming.end);
    else
        frame.record(t_renaming).text(1, renaming.from).text(2, renaming.to);
}
void AccountState::put_renamed(FrameWriter& frame) {
    frame.record(t_renamed).text(1, "");
}
void AccountState::put_defaults(FrameWriter& frame) {
    frame.record(t_defaults).text(1, "");
}

}  // namespace md::store
