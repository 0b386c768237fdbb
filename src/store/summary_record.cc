// store/summary_record.cc - summaries as the records of mdmail.cache; see summary.h

#include "store/record.h"
#include "store/summary.h"

namespace md::store {

namespace {

using mail::Part;

enum Tag : std::uint32_t {
    tag_uid = 1,
    tag_envelope,
    tag_fields,
    tag_structure,
    tag_extended,
    tag_size,
    tag_parts,
    tag_keys
};

/// All offsets as what they are beyond the one before.
std::string encode_parts(const std::vector<PartPlace>& parts) {
    std::string out;
    for (std::uint32_t at = 0; at < parts.size(); ++at) {
        const auto& part = parts[at];
        put_varint(out, static_cast<std::uint64_t>(part.kind));
        put_varint(out, static_cast<std::uint64_t>(part.encoding));
        put_varint(out, part.next - at);
        put_varint(out, part.header);
        put_varint(out, part.body - part.header);
        put_varint(out, part.end - part.body);
        put_varint(out, part.header_size);
        put_varint(out, part.body_size);
    }
    return out;
}

std::optional<PartPlace> decode_part(std::string_view& data, std::uint32_t at) {
    std::uint64_t numbers[8];
    for (auto& number : numbers) {
        const auto taken = take_varint(data);
        if (!taken) return std::nullopt;
        number = *taken;
    }
    constexpr auto kLimit = std::uint64_t{1} << 62;
    if (numbers[0] > static_cast<std::uint64_t>(Part::Kind::message) ||
        numbers[1] > static_cast<std::uint64_t>(mail::Encoding::unknown) || numbers[2] == 0 ||
        numbers[2] > UINT32_MAX - at || numbers[3] > kLimit || numbers[4] > kLimit || numbers[5] > kLimit)
        return std::nullopt;
    return PartPlace{static_cast<Part::Kind>(numbers[0]),
                     static_cast<mail::Encoding>(numbers[1]),
                     at + static_cast<std::uint32_t>(numbers[2]),
                     numbers[3],
                     numbers[3] + numbers[4],
                     numbers[3] + numbers[4] + numbers[5],
                     numbers[6],
                     numbers[7]};
}

/// Whether the parts are a tree: what find() walks on.
bool are_sound(const std::vector<PartPlace>& parts) {
    std::vector<std::uint32_t> ends;
    for (std::uint32_t at = 0; at < parts.size(); ++at) {
        while (!ends.empty() && ends.back() <= at) ends.pop_back();
        const auto end = ends.empty() ? static_cast<std::uint32_t>(parts.size()) : ends.back();
        if (at > 0 && ends.empty()) return false;
        if (parts[at].next > end || (parts[at].kind == Part::Kind::leaf && parts[at].next != at + 1)) return false;
        if (parts[at].kind == Part::Kind::message && parts[at].next == at + 1) return false;
        ends.push_back(parts[at].next);
    }
    return !parts.empty() && parts.front().next == parts.size();
}

std::optional<std::vector<PartPlace>> decode_parts(std::string_view data) {
    std::vector<PartPlace> parts;
    while (!data.empty()) {
        const auto part = decode_part(data, static_cast<std::uint32_t>(parts.size()));
        if (!part) return std::nullopt;
        parts.push_back(*part);
    }
    if (!are_sound(parts)) return std::nullopt;
    return parts;
}

std::optional<Record> first_record(std::string_view payload, CacheRecord type) noexcept {
    const auto record = RecordReader(payload).next();
    if (!record || record->type != static_cast<std::uint32_t>(type)) return std::nullopt;
    return record;
}

}  // namespace

std::string encode_frame(Uid uid, const HeaderSummary& summary) {
    FrameWriter frame;
    frame.record(static_cast<std::uint32_t>(CacheRecord::header))
        .number(tag_uid, uid)
        .text(tag_envelope, summary.envelope)
        .text(tag_fields, summary.fields)
        .text(tag_keys, encode_keys(summary.keys));
    return frame.finish();
}

std::string encode_frame(Uid uid, const BodySummary& summary) {
    FrameWriter frame;
    frame.record(static_cast<std::uint32_t>(CacheRecord::body))
        .number(tag_uid, uid)
        .text(tag_structure, summary.structure)
        .text(tag_extended, summary.extended_structure)
        .number(tag_size, summary.file_size)
        .text(tag_parts, encode_parts(summary.parts));
    return frame.finish();
}

std::optional<CacheKey> decode_key(std::string_view payload) noexcept {
    // What stands at the front is enough, so that an index need not hold a frame.
    const auto type = take_varint(payload);
    const auto size = take_varint(payload);
    const auto tag = take_varint(payload);
    const auto octets = take_varint(payload);
    if (!type || !size || tag != tag_uid || !octets || *octets > payload.size()) return std::nullopt;
    const auto uid = Field{tag_uid, payload.substr(0, static_cast<std::size_t>(*octets))}.number();
    const bool known = *type == static_cast<std::uint32_t>(CacheRecord::header) ||
                       *type == static_cast<std::uint32_t>(CacheRecord::body);
    if (!known || uid == 0 || uid > UINT32_MAX) return std::nullopt;
    return CacheKey{static_cast<CacheRecord>(*type), static_cast<Uid>(uid)};
}

std::optional<HeaderSummary> decode_header(std::string_view payload) {
    const auto record = first_record(payload, CacheRecord::header);
    if (!record) return std::nullopt;
    HeaderSummary summary;
    std::optional<HeaderKeys> keys;
    FieldReader reader(record->fields);
    while (const auto field = reader.next()) {
        if (field->tag == tag_envelope) summary.envelope = field->octets;
        if (field->tag == tag_fields) summary.fields = field->octets;
        if (field->tag == tag_keys) keys = decode_keys(field->octets);
    }
    if (summary.envelope.empty()) return std::nullopt;
    // A record from before there were keys has none.
    summary.keys = keys ? *std::move(keys) : keys_of(summary.fields);
    return summary;
}

std::optional<BodySummary> decode_body(std::string_view payload) {
    const auto record = first_record(payload, CacheRecord::body);
    if (!record) return std::nullopt;
    BodySummary summary;
    FieldReader reader(record->fields);
    while (const auto field = reader.next()) {
        if (field->tag == tag_structure) summary.structure = field->octets;
        if (field->tag == tag_extended) summary.extended_structure = field->octets;
        if (field->tag == tag_size) summary.file_size = field->number();
        if (field->tag != tag_parts) continue;
        auto parts = decode_parts(field->octets);
        if (!parts) return std::nullopt;
        summary.parts = *std::move(parts);
    }
    if (summary.structure.empty() || summary.extended_structure.empty() || summary.parts.empty()) return std::nullopt;
    return summary;
}

}  // namespace md::store
