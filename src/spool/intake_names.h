// spool/intake_names.h - what lies in the intake folder, by name
//
// PURPOSE
//   All journals lie in one folder, which mdqueue owns (mode 1770), so that mdsmtpd writes files there and mdqueue may
//   rename and remove them, and not the reverse. A file's name says whose it is:
//     JOURNAL.lock                    held by flock while the journal's writer lives
//     JOURNAL.starting                the same before it is held
//     JOURNAL.SERIAL.seg              a segment
//     JOURNAL.SERIAL.COVERED.failed   a segment whose sync failed: only the first COVERED octets count
//     JOURNAL.QUEUEID.msg             a large message
//     SERIAL.free                     a segment that any writer may take
// CONTRACT
//   Pure. Names that are none of these are none of ours, and left alone. SERIAL is 16 hexadecimal digits, COVERED
//   decimal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace md::spool {

struct IntakeName {
    enum class Kind : std::uint8_t { lock, starting, segment, failed, large, free };
    Kind kind = Kind::lock;
    std::string journal;        ///< all but free
    std::uint64_t serial = 0;   ///< segment, failed, free
    std::uint64_t covered = 0;  ///< failed
    QueueId id;                 ///< large

    [[nodiscard]] std::string text() const;
    friend bool operator==(const IntakeName&, const IntakeName&) = default;
};

[[nodiscard]] std::optional<IntakeName> parse_intake_name(std::string_view name);

[[nodiscard]] std::string lock_name(const std::string& journal);
[[nodiscard]] std::string starting_name(const std::string& journal);
[[nodiscard]] std::string segment_name(const std::string& journal, std::uint64_t serial);
[[nodiscard]] std::string failed_name(const std::string& journal, std::uint64_t serial, std::uint64_t covered);
[[nodiscard]] std::string large_name(const std::string& journal, QueueId id);
[[nodiscard]] std::string free_name(std::uint64_t serial);

}  // namespace md::spool
