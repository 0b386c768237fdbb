// proto/imap/cursor.cc - see cursor.h

#include "proto/imap/cursor.h"

#include "proto/imap/lexical.h"

namespace md::imap {

bool Cursor::fail(std::string_view why) noexcept {
    if (error_.empty()) error_ = why;
    return false;
}

bool Cursor::take(char c) noexcept {
    if (at_ == text_.size() || text_[at_] != c || (c == ' ' && at_end())) return false;
    ++at_;
    while (c == ' ' && text_[at_] == ' ') ++at_;
    return true;
}

bool Cursor::expect(char c, std::string_view what) noexcept {
    return take(c) || fail(what);
}

template <class Predicate>
std::string_view Cursor::take_while(Predicate belongs) noexcept {
    const auto from = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
}

std::optional<std::string_view> Cursor::tag() noexcept {
    const auto word = take_while(is_tag_char);
    if (!word.empty()) return word;
    fail("tag expected");
    return std::nullopt;
}

std::optional<std::string_view> Cursor::atom(std::string_view what) noexcept {
    const auto word = take_while(is_atom_char);
    if (!word.empty()) return word;
    fail(what);
    return std::nullopt;
}

std::optional<std::string_view> Cursor::astring(std::string_view what) {
    return string_or(take_while(is_astring_char), what);
}

std::optional<std::string_view> Cursor::list_mailbox() {
    return string_or(take_while(is_list_char), "mailbox pattern expected");
}

std::optional<std::string_view> Cursor::string_or(std::string_view word, std::string_view what) {
    if (!word.empty()) return word;
    if (peek() == '"') return quoted();
    if (peek() == '{') return literal_string();
    fail(what);
    return std::nullopt;
}

std::optional<std::string_view> Cursor::quoted() {
    if (!expect('"', "quoted string expected")) return std::nullopt;
    const auto from = at_;
    std::string* clean = nullptr;  // made at the first backslash
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') {
            if (clean == nullptr) clean = &unescaped_.emplace_front(text_.substr(from, at_ - from));
            ++at_;
            if (peek() != '"' && peek() != '\\') {
                fail("backslash in a quoted string before something else than \" or \\");
                return std::nullopt;
            }
        } else if (text_[at_] == '\0' || text_[at_] == '\r' || text_[at_] == '\n') {
            break;
        }
        if (clean != nullptr) *clean += text_[at_];
    }
    const auto plain = text_.substr(from, at_ - from);
    if (!expect('"', "quoted string without its end")) return std::nullopt;
    return clean != nullptr ? std::string_view(*clean) : plain;
}

std::optional<std::string_view> Cursor::literal_string() noexcept {
    // A "{" that the assembler has not seen as a literal is none: it did not end its line.
    if (next_literal_ == literals_.size() || literals_[next_literal_].announced != at_) {
        fail("malformed literal");
        return std::nullopt;
    }
    const auto& literal = literals_[next_literal_];
    if (literal.outside) {
        wants_literal_ = true;
        fail("literal not expected here");
        return std::nullopt;
    }
    if (literal.binary) {
        fail("literal8 not expected here");
        return std::nullopt;
    }
    const auto content = text_.substr(literal.content, static_cast<std::size_t>(literal.size));
    if (content.find('\0') != std::string_view::npos) {
        fail("NUL in a literal");
        return std::nullopt;
    }
    ++next_literal_;
    at_ = literal.content + content.size();
    return content;
}

const Literal* Cursor::outside_literal() noexcept {
    if (next_literal_ == literals_.size() || literals_[next_literal_].announced != at_ ||
        !literals_[next_literal_].outside) {
        fail("literal expected");
        return nullptr;
    }
    at_ = literals_[next_literal_].content;
    return &literals_[next_literal_++];
}

std::string_view Cursor::set_text() noexcept {
    return take_while([](char c) { return is_digit(c) || c == '*' || c == ':' || c == ',' || c == '$'; });
}

std::string_view Cursor::digits() noexcept {
    return take_while(is_digit);
}

std::optional<std::uint32_t> Cursor::number() noexcept {
    const auto value = parse_number<std::uint32_t>(digits());
    if (!value) fail("number expected");
    return value;
}

std::string_view Cursor::word() noexcept {
    return take_while([](char c) { return is_alpha(c) || is_digit(c) || c == '.'; });
}

bool Cursor::take_word(std::string_view name) noexcept {
    const auto from = at_;
    if (equal_nocase(word(), name)) return true;
    at_ = from;
    return false;
}

std::string_view Cursor::until_space() noexcept {
    return take_while([](char c) { return c != ' ' && !is_control(c); });
}

}  // namespace md::imap
