// proto/imap/date_time.cc - see date_time.h

#include "proto/imap/date_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "base/strings.h"

namespace md::imap {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
/// dd-Mmm-yyyy hh:mm:ss +hhmm
constexpr std::size_t kSize = 26;
constexpr std::int64_t kDay = 86400;

std::optional<unsigned> digits(std::string_view text, std::size_t at, std::size_t count) noexcept {
    return parse_number<unsigned>(text.substr(at, count));
}

std::optional<unsigned> month_number(std::string_view name) noexcept {
    for (std::size_t i = 0; i < kMonths.size(); ++i)
        if (equal_nocase(name, kMonths[i])) return static_cast<unsigned>(i + 1);
    return std::nullopt;
}

}  // namespace

std::optional<DateTime> parse_date_time(std::string_view text) noexcept {
    constexpr std::string_view shape = "  -   -       :  :       ";
    if (text.size() != kSize) return std::nullopt;
    for (const std::size_t at : {2u, 6u, 11u, 14u, 17u, 20u})
        if (text[at] != shape[at]) return std::nullopt;
    const auto day = text[0] == ' ' ? digits(text, 1, 1) : digits(text, 0, 2);
    const auto month = month_number(text.substr(3, 3));
    const auto year = digits(text, 7, 4);
    const auto hour = digits(text, 12, 2), minute = digits(text, 15, 2), second = digits(text, 18, 2);
    const auto zone_hour = digits(text, 22, 2), zone_minute = digits(text, 24, 2);
    const bool east = text[21] == '+';
    if (!day || !month || !year || !hour || !minute || !second || !zone_hour || !zone_minute) return std::nullopt;
    if ((!east && text[21] != '-') || *hour > 23 || *minute > 59 || *second > 60 || *zone_minute > 59)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    const int offset = static_cast<int>(*zone_hour * 60 + *zone_minute) * (east ? 1 : -1);
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    const std::int64_t local = days * kDay + *hour * 3600 + *minute * 60 + std::min(*second, 59u);
    return DateTime{local - offset * 60, static_cast<std::int16_t>(offset)};
}

std::optional<std::int64_t> parse_day(std::string_view text) noexcept {
    const auto parts = split(text, '-');
    if (parts.size() != 3 || parts[0].empty() || parts[0].size() > 2 || parts[1].size() != 3 || parts[2].size() != 4)
        return std::nullopt;
    const auto day = parse_number<unsigned>(parts[0]);
    const auto month = month_number(parts[1]);
    const auto year = parse_number<unsigned>(parts[2]);
    if (!day || !month || !year) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count();
}

std::string format_date_time(DateTime time) {
    using namespace std::chrono;
    constexpr std::int64_t first = sys_days(year(0) / 1 / 1).time_since_epoch().count() * kDay;
    constexpr std::int64_t last = sys_days(year(9999) / 12 / 31).time_since_epoch().count() * kDay + kDay - 1;
    const int zone = std::clamp<int>(time.zone_minutes, -(99 * 60 + 59), 99 * 60 + 59);
    const auto local = std::clamp(std::clamp(time.seconds, first, last) + zone * 60, first, last);
    const auto day_start = floor<days>(sys_seconds(seconds(local)));
    const year_month_day date(day_start);
    const auto of_day = static_cast<unsigned>((sys_seconds(seconds(local)) - day_start).count());
    const auto minutes_of_zone = static_cast<unsigned>(zone < 0 ? -zone : zone);
    char out[64];
    const auto& month = kMonths[static_cast<unsigned>(date.month()) - 1];
    const int size =
        std::snprintf(out, sizeof out, "%2u-%.3s-%04d %02u:%02u:%02u %c%02u%02u", static_cast<unsigned>(date.day()),
                      month.data(), static_cast<int>(date.year()), of_day / 3600, of_day / 60 % 60, of_day % 60,
                      zone < 0 ? '-' : '+', minutes_of_zone / 60, minutes_of_zone % 60);
    return {out, static_cast<std::size_t>(size)};
}

}  // namespace md::imap
