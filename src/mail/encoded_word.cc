// mail/encoded_word.cc - see encoded_word.h

#include "mail/encoded_word.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "base/encoding.h"
#include "base/strings.h"
#include "mail/charset.h"
#include "mail/transfer_decoder.h"

namespace md::mail {

namespace {

constexpr std::size_t kCharsetLimit = 64;
constexpr std::size_t kOctetsOfAWord = 42;  // 56 letters: with "Subject: " a line of at most 78 (RFC 2047 §2)

struct Word {
    std::string_view charset;
    bool base64;
    std::string_view text;
    std::size_t size;  ///< from "=?" to "?="
};

/// Neither blank nor control nor "?": RFC 2047 §2, the widest of what it lets stand in a word.
bool may_stand(char c) noexcept {
    return static_cast<unsigned char>(c) > ' ' && c != '?' && c != 0x7f;
}

/// The word at the front of `text`. Looks at nothing beyond the fourth "?", which keeps the whole linear.
std::optional<Word> read_word(std::string_view text) noexcept {
    if (!text.starts_with("=?")) return std::nullopt;
    std::size_t at = 2;
    while (at < text.size() && may_stand(text[at]) && at < kCharsetLimit) ++at;
    const auto charset = text.substr(2, at - 2);
    if (charset.empty() || text.substr(at, 1) != "?" || at + 2 >= text.size() || text[at + 2] != '?')
        return std::nullopt;
    const char encoding = to_lower(text[at + 1]);
    if (encoding != 'b' && encoding != 'q') return std::nullopt;
    const auto begin = at + 3;
    at = begin;
    while (at < text.size() && may_stand(text[at])) ++at;
    // A "?" that was not encoded, at the end of the text, is common.
    while (encoding == 'q' && at + 1 < text.size() && text[at] == '?' && text[at + 1] == '?') ++at;
    if (text.substr(at, 2) != "?=") return std::nullopt;
    return Word{charset, encoding == 'b', text.substr(begin, at - begin), at + 2};
}

/// RFC 2047 §4.2.
std::string decode_q(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto high = text[i] == '=' && i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
        if (low) {
            out.push_back(static_cast<char>(*high << 4 | *low));
            i += 2;
        } else {
            out.push_back(text[i] == '_' ? ' ' : text[i]);
        }
    }
    return out;
}

bool is_blank(char c) noexcept {
    return is_space(c) || c == '\r' || c == '\n';
}

/// Appends what stands between words, and words; one decoder goes on through words of one charset that join.
class Joiner {
  public:
    explicit Joiner(std::string& out) : out_(out) {}
    ~Joiner() { end_words(); }
    Joiner(const Joiner&) = delete;
    Joiner& operator=(const Joiner&) = delete;

    void word(const Word& word) {
        if (!decoder_ || !equal_nocase(charset_, word.charset)) {
            end_words();
            charset_ = word.charset;
            decoder_.emplace(charset_);
        }
        const auto octets = word.base64 ? transfer_decode(word.text, Encoding::base64) : decode_q(word.text);
        decoder_->feed(octets, out_);
        // The end of a word ends UTF-7's shifted text as no letter of it does (RFC 2152, rule 2).
        if (to_lower(charset_.front()) == 'u' && charset_.back() == '7') decoder_->finish(out_);
    }

    void text(std::string_view text) {
        end_words();
        std::string line;
        for (const char c : text)
            if (c != '\r' && c != '\n') line.push_back(c);
        out_ += guess_utf8(line);
    }

  private:
    void end_words() {
        if (decoder_) decoder_->finish(out_);
        decoder_.reset();
    }

    std::string& out_;
    std::string_view charset_;
    std::optional<CharsetDecoder> decoder_;
};

}  // namespace

std::string decode_words(std::string_view value) {
    value = trim(value);
    std::string out;
    out.reserve(value.size());
    Joiner joiner(out);
    std::size_t done = 0;  // all before it has been appended
    bool after_word = false;
    for (auto at = value.find("=?"); at != std::string_view::npos; at = value.find("=?", at)) {
        const auto word = read_word(value.substr(at));
        if (!word) {
            at += 2;
            continue;
        }
        const auto between = value.substr(done, at - done);
        bool blank = true;
        for (const char c : between) blank = blank && is_blank(c);
        if (!between.empty() && !(after_word && blank)) joiner.text(between);
        joiner.word(*word);
        at += word->size;
        done = at;
        after_word = true;
    }
    if (done < value.size()) joiner.text(value.substr(done));
    return out;
}

std::string encode_words(std::string_view text) {
    if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return std::string(text);
    std::string out;
    while (!text.empty()) {
        auto size = std::min(text.size(), kOctetsOfAWord);
        // RFC 2047 §5: no character is cut in two.
        while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) --size;
        out.append(out.empty() ? "" : "\n ")
            .append("=?utf-8?B?")
            .append(base64_encode(text.substr(0, size)))
            .append("?=");
        text.remove_prefix(size);
    }
    return out;
}

}  // namespace md::mail
