// base/clock.cc - see clock.h

#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace md {

namespace {

class RealClock final : public Clock {
  public:
    [[nodiscard]] WallTime now() const noexcept override {
        return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
};

}  // namespace

const Clock& real_clock() noexcept {
    static const RealClock clock;
    return clock;
}

std::string rfc3339(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const std::time_t t = seconds.time_since_epoch().count();
    std::tm utc{};
    gmtime_r(&t, &utc);
    char text[64];
    const auto n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text + n, sizeof text - n, ".%06dZ", static_cast<int>((time - seconds).count()));
    return text;
}

}  // namespace md
