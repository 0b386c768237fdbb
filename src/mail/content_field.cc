// mail/content_field.cc - see content_field.h

#include "mail/content_field.h"

#include <algorithm>

#include "base/strings.h"
#include "mail/parameter_pieces.h"

namespace md::mail {

namespace {

bool is_blank(char c) noexcept {
    return is_space(c) || c == '\r' || c == '\n';
}

/// RFC 2045 §5.1: tspecials end a token; octets above 127 are let through.
bool is_token_char(char c) noexcept {
    return !is_control(c) && std::string_view(" ()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

class ContentScanner {
  public:
    explicit ContentScanner(std::string_view text) noexcept : text_(text) {}

    [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
    void drop() noexcept { ++at_; }

    /// Over blanks, line ends and comments.
    void skip() noexcept {
        while (!at_end() && (is_blank(peek()) || peek() == '(')) {
            if (peek() == '(') {
                skip_comment();
            } else {
                ++at_;
            }
        }
    }

    bool take(char c) noexcept {
        if (peek() != c || at_end()) return false;
        ++at_;
        return true;
    }

    std::string token() {
        const auto from = at_;
        while (!at_end() && is_token_char(peek())) ++at_;
        return std::string(text_.substr(from, at_ - from));
    }

    /// Behind the opening quote, up to the closing one or the end.
    std::string quoted() {
        std::string value;
        while (!at_end()) {
            char c = text_[at_++];
            if (c == '"') break;
            if (c == '\\' && !at_end()) c = text_[at_++];
            if (c != '\r' && c != '\n') value.push_back(c);
        }
        return value;
    }

    /// A value without quotes: words up to a semicolon, or up to what begins another parameter.
    std::string words() {
        std::string value;
        do {
            if (!value.empty()) value.push_back(' ');
            while (!at_end() && !is_blank(peek()) && peek() != ';' && peek() != '(') value.push_back(text_[at_++]);
            skip();
        } while (!at_end() && peek() != ';' && !begins_parameter());
        return value;
    }

  private:
    void skip_comment() noexcept {
        std::size_t depth = 0;
        while (!at_end()) {
            const char c = text_[at_++];
            if (c == '\\' && !at_end()) ++at_;
            if (c == '(') ++depth;
            if (c == ')' && --depth == 0) return;
        }
    }

    [[nodiscard]] bool begins_parameter() const noexcept {
        auto at = at_;
        while (at < text_.size() && is_token_char(text_[at])) ++at;
        return at > at_ && at < text_.size() && text_[at] == '=';
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

Parameters take_parameters(ContentScanner& in) {
    Parameters found;
    while (found.size() < kParameterLimit) {
        in.skip();
        if (in.at_end()) break;
        auto name = in.token();
        if (name.empty()) {
            in.drop();
            continue;
        }
        in.skip();
        if (!in.take('=')) continue;
        in.skip();
        auto value = in.take('"') ? in.quoted() : in.words();
        found.push_back({std::move(name), std::move(value)});
    }
    return join_pieces(std::move(found));
}

}  // namespace

const std::string* find_parameter(const Parameters& parameters, std::string_view name) noexcept {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const Parameter& p) { return equal_nocase(p.name, name); });
    return found == parameters.end() ? nullptr : &found->value;
}

std::optional<ContentType> parse_content_type(std::string_view value) {
    ContentScanner in(value);
    in.skip();
    ContentType found;
    found.type = in.token();
    in.skip();
    const bool slash = in.take('/');
    in.skip();
    if (slash) found.subtype = in.token();
    if (found.type.empty() || found.subtype.empty()) return std::nullopt;
    found.parameters = take_parameters(in);
    return found;
}

std::optional<Disposition> parse_disposition(std::string_view value) {
    ContentScanner in(value);
    in.skip();
    Disposition found;
    found.type = in.token();
    if (found.type.empty()) return std::nullopt;
    found.parameters = take_parameters(in);
    return found;
}

std::string parse_content_token(std::string_view value) {
    ContentScanner in(value);
    std::string word;
    for (;;) {
        in.skip();
        const auto piece = in.token();
        if (piece.empty()) return word;
        word += piece;
    }
}

std::vector<std::string> parse_languages(std::string_view value) {
    ContentScanner in(value);
    std::vector<std::string> tags;
    while (tags.size() < kParameterLimit) {
        in.skip();
        if (in.at_end()) break;
        auto tag = in.token();
        if (tag.empty()) {
            in.drop();
        } else {
            tags.push_back(std::move(tag));
        }
    }
    return tags;
}

}  // namespace md::mail
