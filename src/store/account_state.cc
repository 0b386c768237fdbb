// store/account_state.cc - see account_state.h

#include "store/account_state.h"

#include <algorithm>

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
};

std::uint32_t small(const Field& field) noexcept {
    const auto value = field.number();
    return value <= UINT32_MAX ? static_cast<std::uint32_t>(value) : 0;
}

/// Both kinds of record about a folder: each fills what it has.
FolderStatus read_folder(const Record& record, FolderStatus folder) {
    FieldReader fields(record.fields);
    while (const auto field = fields.next()) {
        switch (field->tag) {
            case 2: folder.name = field->octets; break;
            case 3: folder.directory = field->octets; break;
            case 4: folder.uid_validity = small(*field); break;
            case 5: folder.messages = small(*field); break;
            case 6: folder.unseen = small(*field); break;
            case 7: folder.recent = small(*field); break;
            case 8: folder.bytes = field->number(); break;
            case 9: folder.uid_next = small(*field); break;
            case 10: folder.highest_modseq = field->number(); break;
            default: break;
        }
    }
    return folder;
}

std::string first_text(const Record& record) {
    FieldReader fields(record.fields);
    while (const auto field = fields.next())
        if (field->tag == 1) return std::string(field->octets);
    return {};
}

std::uint32_t first_number(const Record& record) {
    FieldReader fields(record.fields);
    while (const auto field = fields.next())
        if (field->tag == 1) return small(*field);
    return 0;
}

bool is_live(const Reservation& reservation, std::int64_t now) noexcept {
    return now < reservation.time || now - reservation.time < kReservationSeconds;
}

/// What becomes part of a path is looked at, wherever it comes from.
bool is_sound(const FolderStatus& folder) {
    if (canonical_folder(folder.name) != folder.name) return false;
    if (folder.directory.find('/') != std::string::npos || folder.directory.find('\0') != std::string::npos)
        return false;
    return folder.directory.empty() ||
           (folder.directory.size() > 1 && folder.directory.front() == '.' && folder.directory != "..");
}

}  // namespace

void AccountState::apply(std::string_view payload) {
    RecordReader records(payload);
    while (const auto record = records.next()) apply(*record);
}

void AccountState::apply(const Record& record) {
    const auto id = record.type == t_validity ? std::string() : first_text(record);
    switch (record.type) {
        case t_validity: last_validity_ = std::max(last_validity_, first_number(record)); break;
        case t_folder: {
            auto folder = read_folder(record, {});
            folder.mailbox_id = id;
            if (!is_object_id(id) || !is_sound(folder)) break;
            last_validity_ = std::max(last_validity_, folder.uid_validity);
            // One directory is one folder, and so is one name: what was written later is right.
            std::erase_if(folders_, [&](const auto& known) {
                return known.second.directory == folder.directory || known.second.name == folder.name;
            });
            folders_[id] = std::move(folder);
            break;
        }
        case t_numbers:
            if (const auto at = folders_.find(id); at != folders_.end()) {
                auto folder = read_folder(record, at->second);
                folder.name = at->second.name;
                folder.directory = at->second.directory;
                folder.uid_validity = at->second.uid_validity;
                at->second = std::move(folder);
                closed_ = false;
            }
            break;
        case t_removed: folders_.erase(id); break;
        case t_reserved: {
            Reservation reservation;
            FieldReader fields(record.fields);
            while (const auto field = fields.next()) {
                if (field->tag == 2) reservation.room.bytes = field->number();
                if (field->tag == 3) reservation.time = static_cast<std::int64_t>(field->number());
                if (field->tag == 4) reservation.room.messages = field->number();
            }
            reservations_[id] = reservation;
            break;
        }
        case t_released: reservations_.erase(id); break;
        case t_counted:
            counted_in_ = id;
            closed_ = false;
            break;
        case t_closed: closed_ = true; break;
        default: break;
    }
}

QuotaUse AccountState::used(std::int64_t now) const noexcept {
    QuotaUse sum;
    for (const auto& [id, folder] : folders_) {
        sum.bytes += folder.bytes;
        sum.messages += folder.messages;
    }
    for (const auto& [token, reservation] : reservations_) {
        if (!is_live(reservation, now)) continue;
        sum.bytes += reservation.room.bytes;
        sum.messages += reservation.room.messages;
    }
    return sum;
}

std::string AccountState::snapshot(std::int64_t now) const {
    FrameWriter frame;
    put_validity(frame, last_validity_);
    for (const auto& [id, folder] : folders_) {
        put_folder(frame, folder);
        put_numbers(frame, folder);
    }
    for (const auto& [token, reservation] : reservations_)
        if (is_live(reservation, now)) put_reserved(frame, token, reservation);
    put_counted(frame, counted_in_);
    if (closed_) put_closed(frame);
    return frame.finish();
}

void AccountState::put_validity(FrameWriter& frame, std::uint32_t last) {
    frame.record(t_validity).number(1, last);
}

void AccountState::put_folder(FrameWriter& frame, const FolderStatus& folder) {
    frame.record(t_folder)
        .text(1, folder.mailbox_id)
        .text(2, folder.name)
        .text(3, folder.directory)
        .number(4, folder.uid_validity);
}

void AccountState::put_numbers(FrameWriter& frame, const FolderStatus& folder) {
    frame.record(t_numbers)
        .text(1, folder.mailbox_id)
        .number(5, folder.messages)
        .number(6, folder.unseen)
        .number(7, folder.recent)
        .number(8, folder.bytes)
        .number(9, folder.uid_next)
        .number(10, folder.highest_modseq);
}

void AccountState::put_removed(FrameWriter& frame, std::string_view mailbox_id) {
    frame.record(t_removed).text(1, mailbox_id);
}

void AccountState::put_reserved(FrameWriter& frame, std::string_view token, const Reservation& reservation) {
    frame.record(t_reserved)
        .text(1, token)
        .number(2, reservation.room.bytes)
        .number(3, static_cast<std::uint64_t>(reservation.time))
        .number(4, reservation.room.messages);
}

void AccountState::put_released(FrameWriter& frame, std::string_view token) {
    frame.record(t_released).text(1, token);
}
void AccountState::put_counted(FrameWriter& frame, std::string_view boot_id) {
    frame.record(t_counted).text(1, boot_id);
}
void AccountState::put_closed(FrameWriter& frame) {
    frame.record(t_closed).text(1, "");
}

}  // namespace md::store
