// store/record.cc - see record.h

#include "store/record.h"

#include <algorithm>
#include <utility>
#include <vector>

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

std::optional<std::uint64_t> take_long_varint(std::string_view& data) noexcept {
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

namespace {

/// Records that stand one behind another, as far as they were walked: what tells nearly all octets from a frame. A walk
/// that comes to where another was goes on as that did, so that all of them together are linear.
class Walks {
  public:
    explicit Walks(std::string_view data) : data_(data) {}

    /// Whether records fill the octets from `begin` to `end`, and fields each record.
    [[nodiscard]] bool fill(std::size_t begin, std::size_t end, std::uint64_t& steps) {
        if (is_in(longest_, begin)) return reaches(longest_, end, steps);
        other_ = {{begin}, false};
        while (other_.begins.back() < end && walk(other_, steps))
            if (is_in(longest_, other_.begins.back())) return reaches(longest_, end, steps);
        const bool found = other_.begins.back() == end;
        if (longest_.begins.empty() || other_.begins.back() > longest_.begins.back()) std::swap(longest_, other_);
        return found;
    }

  private:
    struct Walk {
        std::vector<std::size_t> begins;  ///< ascending; behind the last record, too
        bool is_over = false;             ///< no record stands behind it
    };

    [[nodiscard]] static bool is_in(const Walk& walk, std::size_t at) {
        return std::binary_search(walk.begins.begin(), walk.begins.end(), at);
    }
    [[nodiscard]] bool reaches(Walk& walk, std::size_t end, std::uint64_t& steps) const {
        while (walk.begins.back() < end && this->walk(walk, steps)) continue;
        return is_in(walk, end);
    }
    /// One record on.
    [[nodiscard]] bool walk(Walk& walk, std::uint64_t& steps) const {
        if (walk.is_over) return false;
        walk.is_over = true;
        auto rest = data_.substr(walk.begins.back());
        const auto type = take_small(rest);
        auto fields = type && *type != 0 ? take_text(rest) : std::nullopt;
        if (!fields) return false;
        for (++steps; !fields->empty(); ++steps)
            if (!take_small(*fields) || !take_text(*fields)) return false;
        walk.begins.push_back(data_.size() - rest.size());
        walk.is_over = false;
        return true;
    }

    std::string_view data_;
    Walk longest_;
    Walk other_;
};

}  // namespace

std::optional<std::size_t> find_frame(std::string_view data, std::size_t from, bool* gave_up) {
    // A wrong length costs what it claims: bounded, so that damage cannot make this quadratic.
    constexpr std::uint64_t kStep = 16;  // octets of a checksum
    std::uint64_t budget = 64ULL * data.size() + (1U << 20);
    if (gave_up != nullptr) *gave_up = false;
    Walks walks(data);
    for (auto at = from; at + kFrameHeader <= data.size(); ++at) {
        ByteReader reader(data.substr(at));
        const auto size = reader.number<std::uint32_t>();
        const auto begin = at + kFrameHeader;
        if (size < kSmallestPayload || size > kFrameLimit || size > data.size() - begin) continue;
        std::uint64_t steps = 1;
        const bool may_be = walks.fill(begin, begin + size, steps);
        const auto cost = steps * kStep + (may_be ? size : 0);
        if (may_be && next_frame(data.substr(at)).state == FrameStep::State::whole) return at;
        if (cost > budget) {
            if (gave_up != nullptr) *gave_up = true;
            return std::nullopt;
        }
        budget -= cost;
    }
    return std::nullopt;
}

}  // namespace md::store
