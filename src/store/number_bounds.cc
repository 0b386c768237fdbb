// store/number_bounds.cc - see number_bounds.h

#include "store/number_bounds.h"

#include <array>

#include "store/record.h"

namespace md::store {

namespace {

constexpr std::string_view kMagic{"MDNUMB\x01\x00", 8};
constexpr std::uint32_t kRecord = 1;
constexpr std::size_t kSlot = 512;  // a sector each: a write of one cannot tear the other
constexpr std::size_t kSlots = 2;
constexpr std::size_t kFileLimit = 64U << 10;

struct Slots {
    NumberEnds ends;
    std::uint64_t generation = 0;  ///< 0: none is whole
    std::size_t newest = 0;
    bool doubtful = false;
};

std::string slot_of(std::uint64_t generation, const NumberEnds& ends) {
    FrameWriter frame;
    frame.record(kRecord)
        .number(1, generation)
        .number(2, ends.uid_end)
        .number(3, ends.modseq_end)
        .number(4, ends.journal_inode);
    auto slot = frame.finish();
    slot.resize(kSlot, '\0');
    return slot;
}

void read_slot(std::string_view slot, std::size_t index, Slots& out) {
    const auto step = next_frame(slot);
    if (step.state != FrameStep::State::whole) {
        out.doubtful = out.doubtful || slot.find_first_not_of('\0') != std::string_view::npos;
        return;
    }
    RecordReader records(step.payload);
    const auto record = records.next();
    if (!record || record->type != kRecord) return;
    std::uint64_t generation = 0;
    NumberEnds ends;
    FieldReader fields(record->fields);
    while (const auto field = fields.next()) {
        if (field->tag == 1) generation = field->number();
        if (field->tag == 2 && field->number() <= UINT32_MAX) ends.uid_end = static_cast<Uid>(field->number());
        if (field->tag == 3) ends.modseq_end = field->number();
        if (field->tag == 4) ends.journal_inode = field->number();
    }
    if (generation <= out.generation) return;
    out = {ends, generation, index, out.doubtful};
}

Slots read_slots(std::string_view content) {
    Slots out;
    if (!content.starts_with(kMagic)) return out;
    for (std::size_t i = 0; i < kSlots; ++i)
        if (const auto at = kSlot * (i + 1); at < content.size()) read_slot(content.substr(at, kSlot), i, out);
    return out;
}

}  // namespace

std::string NumberBounds::path(std::string_view mailbox_id) const {
    // The last two characters are random: 1,296 folders.
    return directory_ + "/" + std::string(mailbox_id.substr(mailbox_id.size() < 2 ? 0 : mailbox_id.size() - 2)) + "/" +
           std::string(mailbox_id);
}

std::optional<NumberEnds> NumberBounds::read(std::string_view mailbox_id) const {
    const auto file = files_.open_if_there(path(mailbox_id), OpenMode::read);
    if (!file) return std::nullopt;
    std::array<char, kSlot*(kSlots + 1)> content;
    auto slots = read_slots({content.data(), file->read_at(0, content.data(), content.size())});
    if (slots.generation == 0) return std::nullopt;
    slots.ends.doubtful = slots.doubtful;
    return slots.ends;
}

void NumberBounds::write(std::string_view mailbox_id, const NumberEnds& ends) {
    const auto where = path(mailbox_id);
    if (const auto file = files_.open_if_there(where, OpenMode::read_write)) {
        const auto slots = read_slots(file->read_all(kFileLimit));
        if (slots.generation > 0) {
            const auto other = (slots.newest + 1) % kSlots;
            file->write_at(kSlot * (other + 1), slot_of(slots.generation + 1, ends));
            file->sync_data();
            return;
        }
    }
    files_.make_directories(parent_directory(where));
    std::string content(kMagic);
    content.resize(kSlot, '\0');
    files_.replace(where, content + slot_of(1, ends) + std::string(kSlot, '\0'));
}

}  // namespace md::store
