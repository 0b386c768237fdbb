// mail/parse_date.cc - reads the date-time of header fields; see date.h

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "mail/date.h"

namespace md::mail {

namespace {

using namespace std::chrono;

constexpr std::int64_t kDay = 86400;
constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};

struct NamedZone {
    std::string_view name;
    int minutes;
};
/// RFC 5322 §4.3; military letters and all other names are UTC.
constexpr std::array kZones{NamedZone{"edt", -240}, NamedZone{"est", -300}, NamedZone{"cdt", -300},
                            NamedZone{"cst", -360}, NamedZone{"mdt", -360}, NamedZone{"mst", -420},
                            NamedZone{"pdt", -420}, NamedZone{"pst", -480}};

/// 1 to 12 for a name that begins with a month's three letters; else 0.
unsigned month_of(std::string_view word) noexcept {
    for (std::size_t i = 0; i < kMonths.size(); ++i)
        if (starts_with_nocase(word, kMonths[i])) return static_cast<unsigned>(i + 1);
    return 0;
}

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    /// Blanks, line ends and comments (RFC 5322 §3.2.2), and of `others` any.
    void skip(std::string_view others = {}) noexcept {
        unsigned depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '(') {
                ++depth;
            } else if (depth > 0) {
                if (c == ')') --depth;
                if (c == '\\' && at_ + 1 < text_.size()) ++at_;
            } else if (!is_space(c) && c != '\r' && c != '\n' && others.find(c) == std::string_view::npos) {
                break;
            }
        }
    }

    bool take(char c) noexcept {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    std::string_view letters() noexcept { return take_while(is_alpha); }
    std::string_view digits() noexcept { return take_while(is_digit); }

    [[nodiscard]] std::size_t position() const noexcept { return at_; }
    void go_back(std::size_t position) noexcept { at_ = position; }

  private:
    template <class Predicate>
    std::string_view take_while(Predicate belongs) noexcept {
        const auto from = at_;
        while (at_ < text_.size() && belongs(text_[at_])) ++at_;
        return text_.substr(from, at_ - from);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

struct Parts {
    unsigned day = 0;
    unsigned month = 0;
    std::optional<int> year;
    int time = 0;  ///< seconds of the day
    int zone = 0;
};

/// RFC 5322 §4.3: two digits to 49 are of this century, other short years of the last.
std::optional<int> year_of(std::string_view digits) noexcept {
    const auto year = parse_number<unsigned>(digits);
    if (!year || *year > 9999) return std::nullopt;
    const auto number = static_cast<int>(*year);
    if (digits.size() == 2) return number < 50 ? number + 2000 : number + 1900;
    if (digits.size() == 3) return number + 1900;
    return digits.size() >= 4 ? std::optional(number) : std::nullopt;
}

unsigned small_number(std::string_view digits) noexcept {
    return digits.size() <= 2 ? parse_number<unsigned>(digits).value_or(99) : 99;
}

/// "10:30:00", blanks around the colons; nothing is taken where none stands.
void read_time(Reader& reader, Parts& parts) noexcept {
    reader.skip(",T");
    const auto before = reader.position();
    const auto hour = small_number(reader.digits());
    reader.skip();
    if (!reader.take(':') && !reader.take('.')) return reader.go_back(before);
    reader.skip();
    const auto minute = small_number(reader.digits());
    unsigned second = 0;
    reader.skip();
    if (reader.take(':') || reader.take('.')) {
        reader.skip();
        second = small_number(reader.digits());
        if (reader.take('.')) (void)reader.digits();
    }
    if (hour > 23 || minute > 59 || second > 60) return;
    parts.time = static_cast<int>(hour * 3600 + minute * 60 + std::min(second, 59U));
}

void read_zone(Reader& reader, Parts& parts) noexcept {
    reader.skip();
    const char sign = reader.peek();
    if (reader.take('+') || reader.take('-')) {
        auto digits = reader.digits();
        unsigned hours = 99, minutes = 0;
        if (digits.size() == 2) {  // +01:00
            hours = small_number(digits);
            if (reader.take(':')) minutes = small_number(reader.digits());
        } else if (digits.size() == 4) {
            hours = small_number(digits.substr(0, 2));
            minutes = small_number(digits.substr(2));
        }
        if (hours > 23 || minutes > 59) return;
        const auto east = static_cast<int>(hours * 60 + minutes);
        parts.zone = sign == '-' ? -east : east;
        return;
    }
    const auto before = reader.position();
    const auto name = reader.letters();
    for (const auto& zone : kZones)
        if (equal_nocase(zone.name, name)) parts.zone = zone.minutes;
    if (name.empty()) reader.go_back(before);
}

/// "25 Nov 2025", "25-Nov-25", and of ISO 8601 "2025-11-25".
void read_day_first(Reader& reader, Parts& parts) noexcept {
    const auto first = reader.digits();
    reader.skip("-./");
    if (first.size() == 4) {
        parts.year = year_of(first);
        parts.month = small_number(reader.digits());
        reader.skip("-./");
        parts.day = small_number(reader.digits());
        return;
    }
    parts.day = small_number(first);
    parts.month = month_of(reader.letters());
    reader.skip("-.,/");
    parts.year = year_of(reader.digits());
}

/// "Nov 25 10:30:00 2025" (asctime), with a zone before the year perhaps, and "November 25, 2025".
void read_month_first(Reader& reader, Parts& parts, unsigned month) noexcept {
    parts.month = month;
    reader.skip(".-");
    parts.day = small_number(reader.digits());
    read_time(reader, parts);
    read_zone(reader, parts);
    reader.skip(",");
    parts.year = year_of(reader.digits());
}

}  // namespace

std::int64_t SentDate::day() const noexcept {
    const auto local = seconds + std::int64_t{zone_minutes} * 60;
    return local >= 0 ? local / kDay : -((-local + kDay - 1) / kDay);
}

std::optional<SentDate> parse_date(std::string_view value) noexcept {
    Reader reader(value);
    Parts parts;
    reader.skip("\",");
    auto word = reader.letters();
    if (!word.empty() && month_of(word) == 0) {  // a day of the week, or what stands for it
        reader.skip(",.");
        word = reader.letters();
    }
    if (word.empty()) {
        read_day_first(reader, parts);
        read_time(reader, parts);
        read_zone(reader, parts);
    } else {
        read_month_first(reader, parts, month_of(word));
        if (parts.time == 0) read_time(reader, parts);
        if (parts.zone == 0) read_zone(reader, parts);
    }
    if (!parts.year) return std::nullopt;
    const year_month_day date{year(*parts.year), month(parts.month), day(parts.day)};
    if (!date.ok()) return std::nullopt;
    const std::int64_t days = sys_days(date).time_since_epoch().count();
    return SentDate{days * kDay + parts.time - parts.zone * 60, parts.zone};
}

}  // namespace md::mail
