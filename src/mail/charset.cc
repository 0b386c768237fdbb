// mail/charset.cc - see charset.h; the only file that knows iconv

#include "mail/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/strings.h"
#include "mail/ascii_run.h"

namespace md::mail {

namespace {

// How a charset is decoded: by what stands here, or by iconv under its own name.
constexpr std::string_view kGuess = "guess";
constexpr std::string_view kUtf8 = "utf-8";
constexpr std::string_view kWindows1252 = "windows-1252";

struct CharsetRow {
    std::string_view name;  ///< as in mail, lower case
    const char* engine;     ///< one of the three above, or iconv's name
    bool told;              ///< stands in charset_names()
};

constexpr std::array kCharsets{
    CharsetRow{"us-ascii", "guess", true},
    CharsetRow{"ascii", "guess", false},
    CharsetRow{"ansi_x3.4-1968", "guess", false},
    CharsetRow{"iso646-us", "guess", false},
    CharsetRow{"utf-8", "utf-8", true},
    CharsetRow{"utf8", "utf-8", false},
    CharsetRow{"unicode-1-1-utf-8", "utf-8", false},
    CharsetRow{"iso-8859-1", "windows-1252", true},
    CharsetRow{"iso8859-1", "windows-1252", false},
    CharsetRow{"iso_8859-1", "windows-1252", false},
    CharsetRow{"latin1", "windows-1252", false},
    CharsetRow{"l1", "windows-1252", false},
    CharsetRow{"windows-1252", "windows-1252", true},
    CharsetRow{"cp1252", "windows-1252", false},
    CharsetRow{"cp-1252", "windows-1252", false},
    CharsetRow{"x-cp1252", "windows-1252", false},
    CharsetRow{"ansi", "windows-1252", false},
    CharsetRow{"iso-8859-2", "ISO-8859-2", true},
    CharsetRow{"iso8859-2", "ISO-8859-2", false},
    CharsetRow{"latin2", "ISO-8859-2", false},
    CharsetRow{"iso-8859-3", "ISO-8859-3", true},
    CharsetRow{"iso-8859-4", "ISO-8859-4", true},
    CharsetRow{"iso-8859-5", "ISO-8859-5", true},
    CharsetRow{"iso-8859-6", "ISO-8859-6", true},
    CharsetRow{"iso-8859-7", "ISO-8859-7", true},
    CharsetRow{"iso-8859-8", "ISO-8859-8", true},
    CharsetRow{"iso-8859-8-i", "ISO-8859-8", false},
    CharsetRow{"iso-8859-8-e", "ISO-8859-8", false},
    CharsetRow{"iso-8859-9", "CP1254", true},
    CharsetRow{"iso8859-9", "CP1254", false},
    CharsetRow{"latin5", "CP1254", false},
    CharsetRow{"iso-8859-10", "ISO-8859-10", true},
    CharsetRow{"iso-8859-11", "CP874", true},
    CharsetRow{"iso-8859-13", "ISO-8859-13", true},
    CharsetRow{"iso-8859-14", "ISO-8859-14", true},
    CharsetRow{"iso-8859-15", "ISO-8859-15", true},
    CharsetRow{"iso8859-15", "ISO-8859-15", false},
    CharsetRow{"latin-9", "ISO-8859-15", false},
    CharsetRow{"latin9", "ISO-8859-15", false},
    CharsetRow{"iso-8859-16", "ISO-8859-16", true},
    CharsetRow{"windows-1250", "CP1250", true},
    CharsetRow{"cp1250", "CP1250", false},
    CharsetRow{"windows-1251", "CP1251", true},
    CharsetRow{"cp1251", "CP1251", false},
    CharsetRow{"cp-1251", "CP1251", false},
    CharsetRow{"win-1251", "CP1251", false},
    CharsetRow{"windows-1253", "CP1253", true},
    CharsetRow{"cp1253", "CP1253", false},
    CharsetRow{"windows-1254", "CP1254", true},
    CharsetRow{"cp1254", "CP1254", false},
    CharsetRow{"windows-1255", "CP1255", true},
    CharsetRow{"cp1255", "CP1255", false},
    CharsetRow{"windows-1256", "CP1256", true},
    CharsetRow{"cp1256", "CP1256", false},
    CharsetRow{"windows-1257", "CP1257", true},
    CharsetRow{"cp1257", "CP1257", false},
    CharsetRow{"windows-1258", "CP1258", true},
    CharsetRow{"cp1258", "CP1258", false},
    CharsetRow{"windows-874", "CP874", true},
    CharsetRow{"cp874", "CP874", false},
    CharsetRow{"tis-620", "CP874", true},
    CharsetRow{"koi8-r", "KOI8-R", true},
    CharsetRow{"koi8r", "KOI8-R", false},
    CharsetRow{"koi8", "KOI8-R", false},
    CharsetRow{"koi8-u", "KOI8-U", true},
    CharsetRow{"koi8-ru", "KOI8-RU", false},
    CharsetRow{"koi8-t", "KOI8-T", false},
    CharsetRow{"ibm437", "IBM437", true},
    CharsetRow{"cp437", "IBM437", false},
    CharsetRow{"ibm850", "IBM850", true},
    CharsetRow{"cp850", "IBM850", false},
    CharsetRow{"cp-850", "IBM850", false},
    CharsetRow{"ibm852", "IBM852", true},
    CharsetRow{"cp852", "IBM852", false},
    CharsetRow{"ibm855", "IBM855", false},
    CharsetRow{"ibm857", "IBM857", false},
    CharsetRow{"ibm862", "IBM862", false},
    CharsetRow{"ibm866", "IBM866", true},
    CharsetRow{"cp866", "IBM866", false},
    CharsetRow{"macintosh", "MACINTOSH", true},
    CharsetRow{"x-mac-roman", "MACINTOSH", false},
    CharsetRow{"viscii", "VISCII", true},
    CharsetRow{"tcvn5712", "TCVN5712-1", false},
    CharsetRow{"armscii-8", "ARMSCII-8", false},
    CharsetRow{"gb2312", "GB18030", true},
    CharsetRow{"gb_2312-80", "GB18030", false},
    CharsetRow{"euc-cn", "GB18030", false},
    CharsetRow{"gbk", "GB18030", true},
    CharsetRow{"x-gbk", "GB18030", false},
    CharsetRow{"cp936", "GB18030", false},
    CharsetRow{"gb18030", "GB18030", true},
    CharsetRow{"iso-2022-cn", "ISO-2022-CN", false},
    CharsetRow{"big5", "BIG5-HKSCS", true},
    CharsetRow{"big-5", "BIG5-HKSCS", false},
    CharsetRow{"cn-big5", "BIG5-HKSCS", false},
    CharsetRow{"x-big5", "BIG5-HKSCS", false},
    CharsetRow{"cp950", "BIG5-HKSCS", false},
    CharsetRow{"big5-hkscs", "BIG5-HKSCS", true},
    CharsetRow{"iso-2022-jp", "ISO-2022-JP", true},
    CharsetRow{"iso-2022-jp-2", "ISO-2022-JP-2", false},
    CharsetRow{"iso-2022-jp-3", "ISO-2022-JP-3", false},
    CharsetRow{"cp50220", "ISO-2022-JP", false},
    CharsetRow{"cp50221", "ISO-2022-JP", false},
    CharsetRow{"shift_jis", "CP932", true},
    CharsetRow{"shift-jis", "CP932", false},
    CharsetRow{"sjis", "CP932", false},
    CharsetRow{"x-sjis", "CP932", false},
    CharsetRow{"ms_kanji", "CP932", false},
    CharsetRow{"windows-31j", "CP932", false},
    CharsetRow{"cp932", "CP932", false},
    CharsetRow{"euc-jp", "EUC-JP-MS", true},
    CharsetRow{"x-euc-jp", "EUC-JP-MS", false},
    CharsetRow{"euc-kr", "CP949", true},
    CharsetRow{"ks_c_5601", "CP949", false},
    CharsetRow{"ks_c_5601-1987", "CP949", true},
    CharsetRow{"ks_c_5601-1989", "CP949", false},
    CharsetRow{"ksc5601", "CP949", false},
    CharsetRow{"ksc_5601", "CP949", false},
    CharsetRow{"korean", "CP949", false},
    CharsetRow{"cp949", "CP949", false},
    CharsetRow{"windows-949", "CP949", false},
    CharsetRow{"iso-2022-kr", "ISO-2022-KR", true},
    CharsetRow{"johab", "JOHAB", false},
    CharsetRow{"utf-7", "UTF-7", true},
    CharsetRow{"utf7", "UTF-7", false},
    CharsetRow{"unicode-1-1-utf-7", "UTF-7", false},
    CharsetRow{"utf-16", "UTF-16", true},
    CharsetRow{"utf-16le", "UTF-16LE", true},
    CharsetRow{"utf-16be", "UTF-16BE", true},
    CharsetRow{"utf-32", "UTF-32", true},
    CharsetRow{"utf-32le", "UTF-32LE", false},
    CharsetRow{"utf-32be", "UTF-32BE", false},
};

/// Without blanks, quotes, and the language that RFC 2231 §5 puts behind the name.
std::string_view bare_name(std::string_view name) noexcept {
    name = name.substr(0, name.find('*'));
    name = trim(name);
    if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front())
        name = trim(name.substr(1, name.size() - 2));
    return name;
}

const CharsetRow* find_charset(std::string_view name) noexcept {
    name = bare_name(name);
    const auto* const row = std::find_if(kCharsets.begin(), kCharsets.end(),
                                         [&](const auto& known) { return equal_nocase(known.name, name); });
    return row == kCharsets.end() ? nullptr : row;
}

/// What windows-1252 has where ISO-8859-1 has control characters; 0: the control character.
constexpr std::array<char16_t, 32> kWindows1252Upper{0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                                     0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                                     0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                                     0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

void append_windows1252(char c, std::string& out) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x80) {
        out.push_back(c);
        return;
    }
    unsigned code = octet;
    if (octet < 0xa0 && kWindows1252Upper[octet - 0x80] != 0) code = kWindows1252Upper[octet - 0x80];
    if (code >= 0x800) out.push_back(static_cast<char>(0xe0 | code >> 12));
    out.push_back(static_cast<char>(code >= 0x800 ? 0x80 | (code >> 6 & 0x3f) : 0xc0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
}

/// A character of UTF-8 at the front of a text: how many of its octets are there, and whether they are all.
struct Character {
    std::size_t octets;
    enum class State : std::uint8_t { whole, cut, bad } state;
};

/// RFC 3629 §4. `text` is not empty.
Character first_character(std::string_view text) noexcept {
    const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = octet(0);
    if (lead < 0x80) return {1, Character::State::whole};
    if (lead < 0xc2 || lead > 0xf4) return {1, Character::State::bad};
    const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    for (std::size_t i = 1; i < size; ++i) {
        if (i == text.size()) return {i, Character::State::cut};
        unsigned low = 0x80, high = 0xbf;
        if (i == 1 && lead == 0xe0) low = 0xa0;
        if (i == 1 && lead == 0xed) high = 0x9f;
        if (i == 1 && lead == 0xf0) low = 0x90;
        if (i == 1 && lead == 0xf4) high = 0x8f;
        if (octet(i) < low || octet(i) > high) return {i, Character::State::bad};
    }
    return {size, Character::State::whole};
}

/// Open descriptors of this thread: opening one costs more than a header's worth of text.
class Descriptors {
  public:
    ~Descriptors() {
        for (const auto& [name, descriptor] : idle_) iconv_close(descriptor);
    }

    iconv_t take(const char* name) {
        const auto at =
            std::find_if(idle_.begin(), idle_.end(), [&](const auto& entry) { return entry.first == name; });
        if (at == idle_.end()) return iconv_open("UTF-8", name);
        const auto descriptor = at->second;
        idle_.erase(at);
        return descriptor;
    }

    void give_back(const char* name, iconv_t descriptor) {
        constexpr std::size_t kept = 8;
        if (idle_.size() == kept) {
            iconv_close(idle_.front().second);
            idle_.erase(idle_.begin());
        }
        iconv(descriptor, nullptr, nullptr, nullptr, nullptr);
        idle_.emplace_back(name, descriptor);
    }

  private:
    std::vector<std::pair<const char*, iconv_t>> idle_;
};

Descriptors& descriptors() {
    static thread_local Descriptors mine;
    return mine;
}

}  // namespace

struct CharsetDecoder::Engine {
    virtual ~Engine() = default;
    virtual void feed(std::string_view octets, std::string& out) = 0;
    virtual void finish(std::string& out) = 0;
};

namespace {

class Windows1252 final : public CharsetDecoder::Engine {
  public:
    void feed(std::string_view octets, std::string& out) override {
        while (!octets.empty()) {
            const auto run = ascii_run(octets);
            out.append(octets.substr(0, run));
            octets.remove_prefix(run);
            if (octets.empty()) break;
            append_windows1252(octets.front(), out);
            octets.remove_prefix(1);
        }
    }
    void finish(std::string&) override {}
};

/// UTF-8; what is none becomes U+FFFD or, guessing, counts as windows-1252.
class Utf8 final : public CharsetDecoder::Engine {
  public:
    explicit Utf8(bool guess) : guess_(guess) {}

    void feed(std::string_view octets, std::string& out) override {
        while (!held_.empty() && !octets.empty()) {
            held_.push_back(octets.front());
            const auto character = first_character(held_);
            if (character.state == Character::State::cut) {
                octets.remove_prefix(1);
                continue;
            }
            if (character.state == Character::State::whole) {
                out.append(held_);
                octets.remove_prefix(1);
            } else {
                replace(std::string_view(held_).substr(0, character.octets), out);  // the last octet begins anew
            }
            held_.clear();
        }
        run(octets, out);
    }

    void finish(std::string& out) override {
        if (!held_.empty()) replace(held_, out);
        held_.clear();
    }

  private:
    void run(std::string_view octets, std::string& out) {
        std::size_t at = 0;
        std::size_t good = 0;  // from here to `at` all is UTF-8
        while (at < octets.size()) {
            at += ascii_run(octets.substr(at));
            if (at == octets.size()) break;
            const auto character = first_character(octets.substr(at));
            if (character.state == Character::State::whole) {
                at += character.octets;
                continue;
            }
            out.append(octets.substr(good, at - good));
            if (character.state == Character::State::cut) {
                held_ = octets.substr(at);
                return;
            }
            replace(octets.substr(at, character.octets), out);
            at += character.octets;
            good = at;
        }
        out.append(octets.substr(good));
    }

    void replace(std::string_view octets, std::string& out) const {
        if (!guess_) {
            out.append(kReplacement);
            return;
        }
        for (const char c : octets) append_windows1252(c, out);
    }

    bool guess_;
    std::string held_;  ///< the beginning of a character
};

class Iconv final : public CharsetDecoder::Engine {
  public:
    explicit Iconv(const char* name) : name_(name), descriptor_(descriptors().take(name)) {}
    ~Iconv() override {
        if (open()) descriptors().give_back(name_, descriptor_);
    }
    Iconv(const Iconv&) = delete;
    Iconv& operator=(const Iconv&) = delete;

    [[nodiscard]] bool open() const noexcept {
        return descriptor_ != reinterpret_cast<iconv_t>(-1);  // NOLINT: iconv's own way to say so
    }

    void feed(std::string_view octets, std::string& out) override {
        // A held piece is completed octet by octet, so that nothing long is copied.
        while (!held_.empty() && !octets.empty()) {
            held_.push_back(octets.front());
            octets.remove_prefix(1);
            const auto joined = std::exchange(held_, {});
            convert(joined, out);
        }
        convert(octets, out);
    }

    void finish(std::string& out) override {
        if (!held_.empty()) out.append(kReplacement);
        held_.clear();
        std::array<char, 64> buffer;
        char* to = buffer.data();
        auto room = buffer.size();
        iconv(descriptor_, nullptr, nullptr, &to, &room);
        out.append(buffer.data(), buffer.size() - room);
    }

  private:
    /// The longest piece of a character and of what switches between sets that is waited for.
    static constexpr std::size_t kLongest = 16;

    void convert(std::string_view octets, std::string& out) {
        std::array<char, 4096> buffer;
        auto* from = const_cast<char*>(octets.data());  // iconv takes it so, and leaves it alone
        auto left = octets.size();
        while (left > 0) {
            char* to = buffer.data();
            auto room = buffer.size();
            const auto before = left;
            const bool done = iconv(descriptor_, &from, &left, &to, &room) != static_cast<std::size_t>(-1);
            const int fault = done ? 0 : errno;
            out.append(buffer.data(), buffer.size() - room);
            if (done) return;
            if (fault == EINVAL && left < kLongest) {
                held_.assign(from, left);
                return;
            }
            if (fault == E2BIG && (left != before || room != buffer.size())) continue;
            out.append(kReplacement);
            ++from;
            --left;
        }
    }

    const char* name_;
    iconv_t descriptor_;
    std::string held_;
};

std::unique_ptr<CharsetDecoder::Engine> make_engine(std::string_view charset) {
    const auto* row = find_charset(charset);
    const std::string_view engine = row == nullptr ? kGuess : row->engine;
    if (engine == kUtf8) return std::make_unique<Utf8>(false);
    if (engine == kWindows1252) return std::make_unique<Windows1252>();
    if (engine != kGuess) {
        auto made = std::make_unique<Iconv>(row->engine);
        if (made->open()) return made;  // a machine may lack some of iconv's modules
    }
    return std::make_unique<Utf8>(true);
}

}  // namespace

bool known_charset(std::string_view name) noexcept {
    return find_charset(name) != nullptr;
}

const std::vector<std::string_view>& charset_names() {
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> told;
        for (const auto& row : kCharsets)
            if (row.told) told.push_back(row.name);
        return told;
    }();
    return names;
}

CharsetDecoder::CharsetDecoder(std::string_view charset) : engine_(make_engine(charset)) {}
CharsetDecoder::~CharsetDecoder() = default;
CharsetDecoder::CharsetDecoder(CharsetDecoder&&) noexcept = default;
CharsetDecoder& CharsetDecoder::operator=(CharsetDecoder&&) noexcept = default;

void CharsetDecoder::feed(std::string_view octets, std::string& out) {
    engine_->feed(octets, out);
}

void CharsetDecoder::finish(std::string& out) {
    engine_->finish(out);
}

std::string to_utf8(std::string_view octets, std::string_view charset) {
    std::string out;
    out.reserve(octets.size());
    CharsetDecoder decoder(charset);
    decoder.feed(octets, out);
    decoder.finish(out);
    return out;
}

}  // namespace md::mail
