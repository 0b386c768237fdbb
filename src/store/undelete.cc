// store/undelete.cc - see undelete.h

#include "store/undelete.h"

namespace md::store {

namespace {

constexpr std::uint32_t kOrigin = 100;  // then the message's own record, as in the mailbox journal

}  // namespace

void make_undelete(Files& files, const std::string& directory) {
    for (const auto& path : {parent_directory(parent_directory(directory)), parent_directory(directory), directory})
        files.make_directory(path);
}

void note_buried(Files& files, const std::string& directory, std::span<const Buried> messages) {
    const auto file = files.open(directory + "/index", OpenMode::create);
    FrameWriter frame;
    for (const auto& message : messages) {
        frame.record(kOrigin).text(1, message.folder).number(2, static_cast<std::uint64_t>(message.expunged));
        encode(frame, record::Added{message.entry});
    }
    // Behind the half frame of a process that died, too: the reader looks for the next whole one.
    const auto size = file->info().size_bytes;
    file->write_at(size, (size == 0 ? std::string(kUndeleteMagic) : std::string()) + frame.finish());
}

void sync_buried(Files& files, const std::string& directory) {
    files.open(directory + "/index", OpenMode::create)->sync();
    auto path = directory;
    for (int level = 0; level < 3; ++level) {
        files.sync_directory(path);
        path = parent_directory(path);
    }
    files.sync_directory(path);
}

std::vector<Buried> parse_buried(std::string_view content, bool* damaged) {
    std::vector<Buried> out;
    // Without its magic number it may yet hold whole frames: their checksums say what they are.
    const bool ours = content.starts_with(kUndeleteMagic);
    if (damaged != nullptr) *damaged = !ours;
    if (ours) content.remove_prefix(kUndeleteMagic.size());
    while (!content.empty()) {
        const auto step = next_frame(content);
        if (step.state != FrameStep::State::whole) {
            if (damaged != nullptr) *damaged = true;
            const auto next = find_frame(content, 1);
            if (!next) break;
            content.remove_prefix(*next);
            continue;
        }
        content.remove_prefix(step.size);
        Buried buried;
        RecordReader records(step.payload);
        while (const auto raw = records.next()) {
            if (raw->type == kOrigin) {
                buried = {};
                FieldReader fields(raw->fields);
                while (const auto field = fields.next()) {
                    if (field->tag == 1) buried.folder = field->octets;
                    if (field->tag == 2) buried.expunged = static_cast<std::int64_t>(field->number());
                }
                continue;
            }
            const auto record = decode(*raw);
            if (!record || !std::holds_alternative<record::Added>(*record)) continue;
            buried.entry = std::get<record::Added>(*record).entry;
            out.push_back(buried);
        }
    }
    return out;
}

bool is_damaged_index(std::string_view content) {
    bool damaged = false;
    (void)parse_buried(content, &damaged);
    return damaged;
}

std::vector<Buried> read_buried(Files& files, const std::string& directory) {
    const auto content = files.read(directory + "/index", kUndeleteIndexLimit);
    return content ? parse_buried(*content) : std::vector<Buried>{};
}

}  // namespace md::store
