// store/record.cc - see record.h

#include "store/record.h"

#include "base/bytes.h"
#include "base/crc32c.h"

namespace md::store {

namespace {

constexpr std::size_t kSmallestPayload = 2;  // a type and a length

std::optional<std::string_view> take_text(std::string_view& data) noexcept {
    const auto size = take_varint(data);
    if (!size || *size > data.size()) return std::nullopt;
    const auto text = data.substr(0, *size);
    data.remove_prefix(*size);
    return text;
}

std::optional<std::uint32_t> take_small(std::string_view& data) noexcept {
    const auto value = take_varint(data);
    if (!value || *value > UINT32_MAX) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

}  // namespace

void put_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7f) | 0x80));
    out.push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take_varint(std::string_view& data) noexcept {
    // Most are of one octet.
    if (!data.empty() && (data.front() & 0x80) == 0) {
        const auto value = static_cast<unsigned char>(data.front());
        data.remove_prefix(1);
        return value;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < data.size() && i < 10; ++i) {
        const auto octet = static_cast<unsigned char>(data[i]);
        if (i == 9 && octet > 1) return std::nullopt;  // does not fit 64 bits
        value |= static_cast<std::uint64_t>(octet & 0x7f) << (7 * i);
        if ((octet & 0x80) == 0) {
            data.remove_prefix(i + 1);
            return value;
        }
    }
    return std::nullopt;
}

FrameWriter::Record::~Record() {
    put_varint(frame_.records_, type_);
    put_varint(frame_.records_, fields_.size());
    frame_.records_.append(fields_);
}

FrameWriter::Record& FrameWriter::Record::number(std::uint32_t tag, std::uint64_t value) {
    std::string octets;
    put_varint(octets, value);
    return text(tag, octets);
}

FrameWriter::Record& FrameWriter::Record::text(std::uint32_t tag, std::string_view value) {
    put_varint(fields_, tag);
    put_varint(fields_, value.size());
    fields_.append(value);
    return *this;
}

/// Each range as its distance from the end of the one before, and its length less one.
FrameWriter::Record& FrameWriter::Record::ranges(std::uint32_t tag, const UidRanges& value) {
    std::string octets;
    Uid end = 0;
    for (const auto& range : value) {
        put_varint(octets, range.first - end);
        put_varint(octets, range.last - range.first);
        end = range.last;
    }
    return text(tag, octets);
}

std::string FrameWriter::finish() {
    if (records_.empty()) return {};
    std::string frame;
    frame.reserve(kFrameHeader + records_.size());
    put_number(frame, static_cast<std::uint32_t>(records_.size()));
    put_number(frame, crc32c(records_, crc32c(frame)));
    frame.append(records_);
    records_.clear();
    return frame;
}

std::uint64_t Field::number() const noexcept {
    auto data = octets;
    const auto value = take_varint(data);
    return value && data.empty() ? *value : 0;
}

std::optional<UidRanges> Field::ranges() const {
    UidRanges out;
    auto data = octets;
    std::uint64_t end = 0;
    while (!data.empty()) {
        const auto gap = take_varint(data);
        const auto more = take_varint(data);
        if (!gap || !more || *gap == 0 || *gap > UINT32_MAX || *more > UINT32_MAX) return std::nullopt;
        const auto first = end + *gap;
        end = first + *more;
        if (end > UINT32_MAX) return std::nullopt;
        out.push_back({static_cast<Uid>(first), static_cast<Uid>(end)});
    }
    return out;
}

std::optional<Field> FieldReader::next() noexcept {
    if (rest_.empty()) return std::nullopt;
    const auto tag = take_small(rest_);
    const auto octets = tag ? take_text(rest_) : std::nullopt;
    if (!octets) {
        rest_ = {};
        return std::nullopt;
    }
    return Field{*tag, *octets};
}

std::optional<Record> RecordReader::next() noexcept {
    if (rest_.empty()) return std::nullopt;
    const auto type = take_small(rest_);
    const auto fields = type ? take_text(rest_) : std::nullopt;
    if (!fields) {
        rest_ = {};
        return std::nullopt;
    }
    return Record{*type, *fields};
}

FrameStep next_frame(std::string_view data) noexcept {
    ByteReader reader(data);
    const auto size = reader.number<std::uint32_t>();
    const auto checksum = reader.number<std::uint32_t>();
    if (!reader.ok()) return {FrameStep::State::incomplete, {}, 0};
    if (size < kSmallestPayload || size > kFrameLimit) return {FrameStep::State::damaged, {}, 0};
    const auto payload = reader.take(size);
    if (!reader.ok()) return {FrameStep::State::incomplete, {}, 0};
    if (crc32c(payload, crc32c(data.substr(0, 4))) != checksum) return {FrameStep::State::damaged, {}, 0};
    return {FrameStep::State::whole, payload, kFrameHeader + size};
}

std::optional<std::size_t> find_frame(std::string_view data, std::size_t from) noexcept {
    // A wrong length costs a checksum over what it claims: bounded, so that damage cannot make this quadratic.
    std::uint64_t budget = 64ULL * data.size() + (1U << 20);
    for (auto at = from; at + kFrameHeader <= data.size(); ++at) {
        ByteReader reader(data.substr(at));
        const auto size = reader.number<std::uint32_t>();
        if (size < kSmallestPayload || size > data.size() - at - kFrameHeader) continue;
        if (size > budget) return std::nullopt;
        budget -= size;
        if (next_frame(data.substr(at)).state == FrameStep::State::whole) return at;
    }
    return std::nullopt;
}

}  // namespace md::store
