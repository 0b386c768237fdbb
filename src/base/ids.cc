// base/ids.cc - see ids.h

#include "base/ids.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"
#include "base/error.h"
#include "base/strings.h"

namespace md {

namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint64_t kEpochMs = 1'577'836'800'000;  // 2020-01-01T00:00:00Z

/// splitmix64's finaliser: every bit of the input moves every bit of the output.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9;
    x ^= x >> 27;
    x *= 0x94d049bb133111eb;
    return x ^ x >> 31;
}

}  // namespace

std::string QueueId::text() const {
    std::string out(kTextSize, '0');
    auto rest = value_;
    for (auto i = kTextSize; i-- > 0; rest >>= 5) out[i] = kDigits[rest & 31];
    return out;
}

std::optional<QueueId> QueueId::parse(std::string_view text) noexcept {
    if (text.size() != kTextSize) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digit = kDigits.find(to_upper(text[i]));
        if (digit == std::string_view::npos || (i == 0 && digit > 15))
            return std::nullopt;  // 13 * 5 is one bit too many
        value = value << 5 | digit;
    }
    return QueueId(value);
}

QueueId QueueId::child(std::string_view kind, std::uint32_t index) const noexcept {
    auto hash = mix(value_ + 0x9e3779b97f4a7c15);
    for (const char c : kind) hash = mix(hash ^ static_cast<unsigned char>(c));
    return QueueId(mix(hash + index));
}

QueueIdMaker::QueueIdMaker(unsigned slot, const Clock& clock) : clock_(clock), slot_(slot) {
    MD_ASSERT(slot < kSlots);
    const auto random = random_octets(2);
    first_ =
        static_cast<std::uint16_t>(static_cast<unsigned char>(random[0]) | static_cast<unsigned char>(random[1]) << 8);
    sequence_ = first_;
}

QueueId QueueIdMaker::make() {
    const auto wall = std::chrono::floor<std::chrono::milliseconds>(clock_.now()).time_since_epoch().count();
    const auto now =
        static_cast<std::uint64_t>(std::max<std::int64_t>(wall, static_cast<std::int64_t>(kEpochMs))) - kEpochMs;
    if (now > last_ms_) {
        last_ms_ = now;
        first_ = ++sequence_;
    } else if (static_cast<std::uint16_t>(++sequence_) == first_) {
        ++last_ms_;  // 65,536 within one millisecond, or the clock stands: run ahead of it
    }
    return QueueId((last_ms_ & ((std::uint64_t{1} << 42) - 1)) << 22 | slot_ << 16 | sequence_);
}

std::string random_octets(std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t done = 0; done < size;) {
        const auto n = ::getrandom(out.data() + done, size - done, 0);
        if (n > 0) done += static_cast<std::size_t>(n);
        if (n < 0 && errno != EINTR) throw SystemError("getrandom", "", errno);
    }
    return out;
}

std::string random_name(std::size_t size) {
    constexpr std::string_view kNameDigits = "0123456789abcdefghijklmnopqrstuv";
    auto out = random_octets(size);
    for (auto& c : out) c = kNameDigits[static_cast<unsigned char>(c) & 31];
    return out;
}

}  // namespace md
