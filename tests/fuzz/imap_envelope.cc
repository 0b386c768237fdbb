// tests/fuzz/imap_envelope.cc - of any octets as a message file, ENVELOPE, BODY and BODYSTRUCTURE are what RFC 3501 §9
// says, and not much longer than the message
//
// The lists are read as a strict client would: one space where the grammar has one, literals as long as they say, no
// NUL anywhere, no CR, LF or 8-bit octet in a quoted string, NIL only where it may stand.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/strings.h"
#include "mail/structure.h"
#include "proto/imap/lexical.h"
#include "store/summary.h"

namespace {

/// The shortest address ("a,") has 17 octets on the wire, its commas included, and From is told three times where
/// Sender and Reply-To are not there; a part of a digest costs its boundary line.
constexpr std::size_t kTimes = 100;
constexpr std::size_t kAtLeast = 1000;

class Reader {
  public:
    explicit Reader(std::string_view text) : left_(text) {}

    void envelope() {
        take('(');
        nstring();
        space();
        nstring();
        for (int list = 0; list < 6; ++list) {
            space();
            addresses();
        }
        space();
        nstring();
        space();
        nstring();
        take(')');
    }

    void body(bool extended) {
        take('(');
        if (next_is('(')) {
            while (next_is('(')) body(extended);
            space();
            string();
            if (extended) {
                space();
                parameters();
            }
        } else {
            single_part(extended);
            if (extended) {
                space();
                nstring();  // MD5
            }
        }
        if (extended) {
            space();
            disposition();
            space();
            languages();
            space();
            nstring();
        }
        take(')');
    }

    void end() const { MD_ASSERT(left_.empty()); }

  private:
    void single_part(bool extended) {
        const auto type = string();
        space();
        const auto subtype = string();
        space();
        parameters();
        space();
        nstring();
        space();
        nstring();
        space();
        string();  // the encoding is never NIL
        space();
        number();
        MD_ASSERT(!md::equal_nocase(type, "multipart"));
        if (md::equal_nocase(type, "message") && md::equal_nocase(subtype, "rfc822")) {
            space();
            envelope();
            space();
            body(extended);
            space();
            number();
        } else if (md::equal_nocase(type, "text")) {
            space();
            number();
        }
    }

    void addresses() {
        if (nil()) return;
        take('(');
        do {
            take('(');
            nstring();
            for (int part = 0; part < 3; ++part) {
                space();
                nstring();
            }
            take(')');
        } while (next_is('('));
        take(')');
    }

    void parameters() {
        if (nil()) return;
        take('(');
        pair();
        while (next_is(' ')) {
            space();
            pair();
        }
        take(')');
    }

    void pair() {
        string();
        space();
        string();
    }

    void disposition() {
        if (nil()) return;
        take('(');
        string();
        space();
        parameters();
        take(')');
    }

    void languages() {
        if (!next_is('(')) {
            nstring();
            return;
        }
        take('(');
        string();
        while (next_is(' ')) {
            space();
            string();
        }
        take(')');
    }

    void nstring() {
        if (!nil()) string();
    }

    bool nil() {
        if (!left_.starts_with("NIL")) return false;
        left_.remove_prefix(3);
        return true;
    }

    std::string string() {
        if (next_is('{')) return literal();
        std::string out;
        take('"');
        while (!next_is('"')) {
            if (next_is('\\')) {
                left_.remove_prefix(1);
                MD_ASSERT(next_is('"') || next_is('\\'));
            }
            MD_ASSERT(!left_.empty() && md::imap::is_text_char(left_.front()));
            out += left_.front();
            left_.remove_prefix(1);
        }
        take('"');
        return out;
    }

    std::string literal() {
        take('{');
        const auto size = number();
        take('}');
        take('\r');
        take('\n');
        MD_ASSERT(size <= left_.size());
        std::string out(left_.substr(0, size));
        MD_ASSERT(out.find('\0') == std::string::npos);
        left_.remove_prefix(size);
        return out;
    }

    std::uint32_t number() {
        const auto digits =
            static_cast<std::size_t>(std::find_if_not(left_.begin(), left_.end(), md::is_digit) - left_.begin());
        const auto value = md::parse_number<std::uint32_t>(left_.substr(0, digits));
        MD_ASSERT(value);
        left_.remove_prefix(digits);
        return *value;
    }

    void space() { take(' '); }
    void take(char c) {
        MD_ASSERT(next_is(c));
        left_.remove_prefix(1);
    }
    [[nodiscard]] bool next_is(char c) const { return !left_.empty() && left_.front() == c; }

    std::string_view left_;
};

void check_envelope(const std::string& told, std::size_t size) {
    Reader reader(told);
    reader.envelope();
    reader.end();
    MD_ASSERT(told.size() <= kTimes * size + kAtLeast);
}

void check_body(const std::string& told, bool extended, std::size_t size) {
    Reader reader(told);
    reader.body(extended);
    reader.end();
    MD_ASSERT(told.size() <= kTimes * size + kAtLeast);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    check_envelope(md::store::summarise_header(message).envelope, size);
    md::mail::StructureParser parser;
    parser.feed(message);
    const auto body = md::store::summarise_body(parser.finish());
    check_body(body.structure, false, size);
    check_body(body.extended_structure, true, size);
    return 0;
}
