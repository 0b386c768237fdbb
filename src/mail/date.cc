// mail/date.cc - see date.h

#include "mail/date.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace md::mail {

namespace {

constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string format_date(WallTime time, std::chrono::minutes zone) {
    using namespace std::chrono;
    const auto local = floor<seconds>(time) + zone;
    const auto day = floor<days>(local);
    const year_month_day date(day);
    const hh_mm_ss clock(local - day);
    const auto offset = std::abs(static_cast<int>(zone.count()));
    char text[64];
    std::snprintf(text, sizeof text, "%s, %u %s %04d %02d:%02d:%02d %c%02d%02d", kDays[weekday(day).c_encoding()],
                  static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                  static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                  zone.count() < 0 ? '-' : '+', offset / 60, offset % 60);
    return text;
}

}  // namespace md::mail
