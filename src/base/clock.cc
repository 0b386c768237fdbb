// base/clock.cc - see clock.h

#include "base/clock.h"

#include <cstdio>
#include <ctime>
#include <string_view>

#include "base/strings.h"

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
    char text[96];
    // Not strftime: its %Y writes the year 27 with two digits.
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                  utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, static_cast<int>((time - seconds).count()));
    return text;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    using std::chrono::hours;
    using std::chrono::microseconds;
    using std::chrono::minutes;
    using std::chrono::month;
    using std::chrono::seconds;
    using std::chrono::year;
    constexpr std::string_view kForm = "0000-00-00T00:00:00";
    if (text.size() < kForm.size() + 1 || text.back() != 'Z') return std::nullopt;
    for (std::size_t i = 0; i < kForm.size(); ++i)
        if (kForm[i] == '0' ? !is_digit(text[i]) : text[i] != kForm[i]) return std::nullopt;
    const auto number = [&](std::size_t at, std::size_t size) {
        return static_cast<int>(*parse_number<std::uint32_t>(text.substr(at, size)));
    };
    const std::chrono::year_month_day day(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(number(8, 2))));
    const int hour = number(11, 2);
    const int minute = number(14, 2);
    const int second = number(17, 2);
    if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    auto fraction = text.substr(kForm.size(), text.size() - kForm.size() - 1);
    microseconds micro(0);
    if (!fraction.empty()) {
        if (fraction.front() != '.' || fraction.size() < 2 || fraction.size() > 7) return std::nullopt;
        std::string digits(fraction.substr(1));
        digits.resize(6, '0');
        const auto value = parse_number<std::uint32_t>(digits);
        if (!value) return std::nullopt;
        micro = microseconds(*value);
    }
    return WallTime(std::chrono::sys_days(day)) + hours(hour) + minutes(minute) + seconds(second) + micro;
}

}  // namespace md
