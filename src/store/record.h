// store/record.h - frames and records: what both journals are made of
//
// PURPOSE
//   A journal is a magic number of 8 octets, then frames. A frame is one change, whole or not there: its length, its
//   CRC-32C, and one or more records. A record is a type, a length and fields; a field is a tag, a length and octets.
//   Byte by byte: doc/formats/mailbox-journal.md.
// CONTRACT
//   Pure. Readers skip the record types and field tags that they do not know. No input makes them read outside their
//   view or allocate more than it holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/types.h"

namespace md::store {

inline constexpr std::size_t kFrameHeader = 8;
inline constexpr std::size_t kFrameLimit = 32U << 20;
/// What need not be one change is split here: damage costs the frame that it is in.
inline constexpr std::size_t kFrameSplit = 64U << 10;

/// 7 bits an octet, least significant first, the high bit set on all but the last.
void put_varint(std::string& out, std::uint64_t value);
[[nodiscard]] std::optional<std::uint64_t> take_long_varint(std::string_view& data) noexcept;
[[nodiscard]] inline std::optional<std::uint64_t> take_varint(std::string_view& data) noexcept {
    // Most are of one octet.
    if (data.empty() || (data.front() & 0x80) != 0) return take_long_varint(data);
    const auto value = static_cast<unsigned char>(data.front());
    data.remove_prefix(1);
    return value;
}

/// Builds the records of one frame.
class FrameWriter {
  public:
    class Record {
      public:
        Record(FrameWriter& frame, std::uint32_t type) : frame_(frame), type_(type) {}
        ~Record();
        Record(const Record&) = delete;
        Record& operator=(const Record&) = delete;
        Record& number(std::uint32_t tag, std::uint64_t value);
        Record& text(std::uint32_t tag, std::string_view value);
        Record& ranges(std::uint32_t tag, const UidRanges& value);

      private:
        FrameWriter& frame_;
        std::uint32_t type_;
        std::string fields_;
    };

    /// The record is in the frame when the returned object dies.
    [[nodiscard]] Record record(std::uint32_t type) { return Record(*this, type); }
    [[nodiscard]] bool empty() const noexcept { return records_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
    /// With length and checksum; the writer is empty again. Empty if there was no record.
    [[nodiscard]] std::string finish();

  private:
    std::string records_;
};

struct Field {
    std::uint32_t tag = 0;
    std::string_view octets;

    [[nodiscard]] std::uint64_t number() const noexcept;  ///< 0 if it is none
    [[nodiscard]] std::optional<UidRanges> ranges() const;
};

/// The fields of one record, one after another.
class FieldReader {
  public:
    explicit FieldReader(std::string_view fields) noexcept : rest_(fields) {}
    [[nodiscard]] std::optional<Field> next() noexcept;

  private:
    std::string_view rest_;
};

struct Record {
    std::uint32_t type = 0;
    std::string_view fields;
};

/// The records of one frame's payload.
class RecordReader {
  public:
    explicit RecordReader(std::string_view payload) noexcept : rest_(payload) {}
    [[nodiscard]] std::optional<Record> next() noexcept;

  private:
    std::string_view rest_;
};

struct FrameStep {
    enum class State : std::uint8_t {
        whole,
        incomplete,  ///< the data ends within it
        damaged,     ///< no frame can stand here
    } state;
    std::string_view payload;
    std::size_t size = 0;  ///< of the frame, header included
};

/// What stands at the start of `data`.
[[nodiscard]] FrameStep next_frame(std::string_view data) noexcept;
/// Where in `data`, at or after `from`, a whole frame begins; none: nowhere. For what lies behind damage. `gave_up`:
/// none was found before the search became too dear, and there may be one.
[[nodiscard]] std::optional<std::size_t> find_frame(std::string_view data, std::size_t from, bool* gave_up = nullptr);

}  // namespace md::store
