// store/entry_table.cc - see entry_table.h

#include "store/entry_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "store/maildir_name.h"

namespace md::store {

namespace {

constexpr std::size_t kPiece = 64U << 10;
constexpr std::size_t kDeadBorne = 1'024;

template <class Number>
Number cut(std::size_t size) noexcept {
    return static_cast<Number>(std::min<std::size_t>(size, std::numeric_limits<Number>::max()));
}

}  // namespace

std::string_view key_of(std::string_view name) noexcept {
    if (name.starts_with('.')) return {};
    const auto base = name.substr(0, name.find(':'));
    return base.substr(0, base.find(','));
}

Known EntryTable::known(const Slot& slot) const {
    Known out;
    out.uid = slot.uid;
    out.modseq = slot.modseq;
    out.flags = slot.flags;
    out.keywords = slot.keywords;
    out.internal_date = slot.internal_date;
    out.size_lf = slot.size_lf;
    out.size_crlf = slot.size_crlf;
    const auto* at = slot.texts;
    out.name = {at, slot.name_size};
    at += slot.name_size;
    out.email_id = {at, slot.email_id_size};
    at += slot.email_id_size;
    out.uidl = {at, slot.uidl_size};
    out.where = slot.where;
    out.letters = slot.letters == 0 ? std::string_view() : letters_[slot.letters - 1];
    out.misnamed = slot.misnamed;
    return out;
}

std::size_t EntryTable::position(Uid uid) const noexcept {
    if (slots_.empty() || slots_.back().uid < uid) return slots_.size();  // most are added behind all others
    const auto at = std::lower_bound(slots_.begin(), slots_.end(), uid,
                                     [](const Slot& slot, Uid wanted) { return slot.uid < wanted; });
    return static_cast<std::size_t>(at - slots_.begin());
}

const EntryTable::Slot* EntryTable::slot_of(Uid uid) const noexcept {
    const auto at = position(uid);
    return at < slots_.size() && slots_[at].uid == uid && !slots_[at].dead ? &slots_[at] : nullptr;
}

EntryTable::Slot* EntryTable::slot_of(Uid uid) noexcept {
    return const_cast<Slot*>(std::as_const(*this).slot_of(uid));
}

EntryTable::Range EntryTable::range(Uid first, Uid last) const {
    const auto end = last == UINT32_MAX ? slots_.size() : position(last + 1);
    return {Iterator(*this, position(first)), Iterator(*this, end)};
}

std::optional<Known> EntryTable::find(Uid uid) const {
    const auto* slot = slot_of(uid);
    if (slot == nullptr) return std::nullopt;
    return known(*slot);
}

std::optional<Known> EntryTable::find_key(std::string_view key) const {
    const Slot* slot = nullptr;
    const auto is_key = [&](Uid uid) {
        slot = slot_of(uid);
        return slot != nullptr && key_of({slot->texts, slot->name_size}) == key;
    };
    return keys_.find(key, is_key) == 0 ? std::nullopt : std::optional(known(*slot));
}

std::uint32_t EntryTable::number_of(std::string_view letters) {
    if (letters.empty()) return 0;
    const auto at = letter_numbers_.find(letters);
    if (at != letter_numbers_.end()) return at->second;
    letters_.emplace_back(letters);
    const auto number = static_cast<std::uint32_t>(letters_.size());
    letter_numbers_.emplace(letters, number);
    return number;
}

/// What a changed name leaves behind is given back when the mailbox is read anew.
void EntryTable::put_texts(Slot& slot, std::string_view name, std::string_view email_id, std::string_view uidl) {
    slot.name_size = cut<std::uint16_t>(name.size());
    slot.email_id_size = cut<std::uint8_t>(email_id.size());
    slot.uidl_size = cut<std::uint8_t>(uidl.size());
    const std::size_t size = slot.name_size + std::size_t{slot.email_id_size} + slot.uidl_size;
    if (room_ < size) {
        room_ = std::max(kPiece, size);
        pieces_.push_back(std::make_unique_for_overwrite<char[]>(room_));
        piece_end_ = pieces_.back().get() + room_;
    }
    auto* at = piece_end_ - room_;
    room_ -= size;
    slot.texts = at;
    for (const auto text :
         {name.substr(0, slot.name_size), email_id.substr(0, slot.email_id_size), uidl.substr(0, slot.uidl_size)}) {
        std::copy(text.begin(), text.end(), at);
        at += text.size();
    }
}

bool EntryTable::add(const Known& message) {
    const auto key = key_of(message.name);
    const auto at = position(message.uid);
    const bool known_uid = at < slots_.size() && slots_[at].uid == message.uid;
    if (key.empty() || has_key(key) || (known_uid && !slots_[at].dead)) return false;
    Slot slot{};
    slot.modseq = message.modseq;
    slot.internal_date = message.internal_date;
    slot.size_lf = message.size_lf;
    slot.size_crlf = message.size_crlf;
    slot.uid = message.uid;
    slot.keywords = message.keywords;
    slot.letters = number_of(message.letters);
    slot.flags = message.flags;
    slot.where = message.where;
    slot.misnamed = message.misnamed;
    put_texts(slot, message.name, message.email_id, message.uidl);
    if (known_uid) {
        slots_[at] = slot;
    } else {
        slots_.insert(slots_.begin() + static_cast<std::ptrdiff_t>(at), slot);
    }
    keys_.insert(key, message.uid);
    ++live_;
    if ((message.flags & flag::seen) == 0) unseen_from_ = std::min(unseen_from_, message.uid);
    if (message.misnamed) misnamed_from_ = std::min(misnamed_from_, message.uid);
    return true;
}

bool EntryTable::remove(Uid uid) {
    auto* slot = slot_of(uid);
    if (slot == nullptr) return false;
    keys_.erase(key_of({slot->texts, slot->name_size}), uid);
    slot->dead = true;
    --live_;
    drop_dead();
    return true;
}

void EntryTable::drop_dead() {
    const auto dead = slots_.size() - live_;
    if (dead < kDeadBorne || dead < live_) return;
    std::erase_if(slots_, [](const Slot& slot) { return slot.dead; });
}

void EntryTable::set_flags(Uid uid, Flags flags, KeywordSet keywords, ModSeq modseq) {
    auto* slot = slot_of(uid);
    if (slot == nullptr) return;
    slot->flags = flags;
    slot->keywords = keywords;
    slot->modseq = modseq;
    if ((flags & flag::seen) == 0) unseen_from_ = std::min(unseen_from_, uid);
}

void EntryTable::set_place(Uid uid, Where where, std::string_view letters) {
    auto* slot = slot_of(uid);
    if (slot == nullptr) return;
    slot->where = where;
    slot->letters = number_of(letters);
}

void EntryTable::set_name(Uid uid, std::string_view name) {
    auto* slot = slot_of(uid);
    if (slot == nullptr || key_of(name) != key_of({slot->texts, slot->name_size})) return;
    const auto before = known(*slot);
    put_texts(*slot, name, before.email_id, before.uidl);
}

void EntryTable::set_misnamed(Uid uid, bool misnamed) {
    auto* slot = slot_of(uid);
    if (slot == nullptr) return;
    slot->misnamed = misnamed;
    if (misnamed) misnamed_from_ = std::min(misnamed_from_, uid);
}

namespace {

/// The first slot from `at` on that is alive and is meant; all passed over need not be looked at again.
template <class Slots, class Meant>
Uid first_of(const Slots& slots, std::size_t at, Meant meant) {
    for (; at < slots.size(); ++at)
        if (!slots[at].dead && meant(slots[at])) return slots[at].uid;
    return 0;
}

}  // namespace

Uid EntryTable::next_misnamed(Uid from) const {
    const bool all = from <= misnamed_from_;
    const auto found =
        first_of(slots_, position(all ? misnamed_from_ : from), [](const Slot& s) { return s.misnamed; });
    if (all) misnamed_from_ = found == 0 ? UINT32_MAX : found;
    return found;
}

Uid EntryTable::first_unseen() const {
    const auto unseen = [](const Slot& s) { return (s.flags & flag::seen) == 0; };
    const auto found = first_of(slots_, position(unseen_from_), unseen);
    unseen_from_ = found == 0 ? UINT32_MAX : found;
    return found;
}

}  // namespace md::store
