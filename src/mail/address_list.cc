// mail/address_list.cc - see address_list.h

#include "mail/address_list.h"

#include <utility>

#include "base/strings.h"

namespace md::mail {

namespace {

using Kind = ListedAddress::Kind;

bool is_blank(char c) noexcept {
    return is_space(c) || c == '\r' || c == '\n';
}

/// What ends a word outside of quotes.
bool ends_word(char c) noexcept {
    return is_blank(c) || c == ',' || c == ';' || c == ':' || c == '<' || c == '>' || c == '@' || c == '"';
}

/// `text` without the backslashes of quoted pairs and without line ends.
void append_unquoted(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        if (text[i] != '\r' && text[i] != '\n') out.push_back(text[i]);
    }
}

}  // namespace

std::optional<std::size_t> AddressListScanner::comment_end() {
    if (!comments_end_) return std::nullopt;
    std::size_t depth = 0;
    for (auto at = at_; at < text_.size(); ++at) {
        const char c = text_[at];
        if (c == '\\') {
            ++at;
        } else if (c == '(') {
            ++depth;
        } else if (c == ')' && --depth == 0) {
            ahead_ += at - at_;
            return at;
        }
    }
    ahead_ += text_.size() - at_;
    comments_end_ = false;
    return std::nullopt;
}

std::optional<std::size_t> AddressListScanner::quote_end() {
    if (!quotes_end_) return std::nullopt;
    for (auto at = at_ + 1; at < text_.size(); ++at) {
        if (text_[at] == '\\') {
            ++at;
        } else if (text_[at] == '"') {
            ahead_ += at - at_;
            return at;
        }
    }
    ahead_ += text_.size() - at_;
    quotes_end_ = false;
    return std::nullopt;
}

bool AddressListScanner::skip() {
    const auto from = at_;
    while (!at_end()) {
        if (is_blank(peek())) {
            ++at_;
            continue;
        }
        if (peek() != '(') break;
        const auto end = comment_end();
        if (!end) break;
        std::string comment;
        append_unquoted(comment, text_.substr(at_ + 1, *end - at_ - 1));
        comment_ = std::string(trim(comment));
        at_ = *end + 1;
    }
    return at_ > from;
}

/// Atoms, dots and quoted strings that stand together.
void AddressListScanner::take_word(std::string& out) {
    while (!at_end()) {
        const char c = peek();
        if (c == '"') {
            const auto end = quote_end();
            if (end) {
                append_unquoted(out, text_.substr(at_ + 1, *end - at_ - 1));
                at_ = *end + 1;
                continue;
            }
        } else if (c == '(') {
            if (comment_end()) break;
        } else if (ends_word(c)) {
            break;
        }
        out.push_back(c);
        ++at_;
    }
}

/// Words up to what decides what they are; blanks around a dot belong to a local part (RFC 5322 §4.4).
void AddressListScanner::take_phrase() {
    phrase_.clear();
    word_.clear();
    before_word_ = 0;
    skip();
    while (!at_end()) {
        const auto before = at_;
        std::string word;
        take_word(word);
        if (at_ == before) break;
        const bool joined = !word_.empty() && (word_.back() == '.' || (!word.empty() && word.front() == '.'));
        if (!joined) {
            word_.clear();
            before_word_ = phrase_.size();
        }
        word_ += word;
        phrase_.append(phrase_.empty() ? "" : " ").append(word);
        skip();
    }
}

void AddressListScanner::take_domain(std::string& out) {
    skip();
    while (!at_end()) {
        const auto before = at_;
        if (peek() == '[') {
            while (!at_end() && peek() != ']' && peek() != '>' && !is_blank(peek())) out.push_back(text_[at_++]);
            if (!at_end() && peek() == ']') out.push_back(text_[at_++]);
        } else {
            take_word(out);
        }
        if (at_ == before) break;
        const bool open = !out.empty() && out.back() == '.';
        const bool apart = skip();
        if (apart && !open && !at_end() && peek() != '.') break;
    }
}

/// Behind "<": "@a,@b:" if it is there (RFC 5322 §4.4, obs-route).
void AddressListScanner::take_route(ListedAddress& address) {
    std::string route;
    while (!at_end() && peek() == '@') {
        ++at_;
        std::string host;
        take_domain(host);
        if (!at_end() && peek() == '>') {
            // No route: an address without local part.
            address.host = std::move(host);
            return;
        }
        route.append(route.empty() ? "@" : ",@").append(host);
        while (!at_end() && (peek() == ',' || is_blank(peek()))) ++at_;
    }
    if (route.empty()) return;
    address.route = std::move(route);
    if (!at_end() && peek() == ':') ++at_;
}

void AddressListScanner::take_angle(ListedAddress& address) {
    ++at_;
    skip();
    take_route(address);
    skip();
    while (!at_end() && peek() != '@' && peek() != '>' && peek() != ',') {
        const auto before = at_;
        take_word(address.mailbox);
        const bool apart = skip() && !at_end() && peek() != '@' && peek() != '>' && peek() != ',' && peek() != '.';
        if (apart && !address.mailbox.empty() && address.mailbox.back() != '.') address.mailbox.push_back(' ');
        // A character that means nothing here is one of the local part.
        if (at_ == before) address.mailbox.push_back(text_[at_++]);
    }
    if (!at_end() && peek() == '@') {
        ++at_;
        take_domain(address.host);
    }
    while (!at_end() && peek() != '>' && peek() != ',') ++at_;
    if (!at_end() && peek() == '>') ++at_;
}

/// Behind an address, up to what separates it from the next.
void AddressListScanner::drop_rest() {
    skip();
    while (!at_end() && peek() != ',' && peek() != ';') {
        std::string dropped;
        take_word(dropped);
        if (!at_end() && peek() != ',' && peek() != ';' && !skip()) ++at_;
    }
    if (!at_end() && peek() == ',') ++at_;
}

/// No brackets: the word before "@" is the local part, or all of it a mailbox without domain.
bool AddressListScanner::mailbox_from_words(ListedAddress& address) {
    if (!at_end() && peek() == '@') {
        ++at_;
        address.mailbox = word_;
        take_domain(address.host);
        if (before_word_ > 0) address.name = phrase_.substr(0, before_word_);
        return true;
    }
    // A word by itself is somebody of this machine, several are a name without an address.
    if (before_word_ > 0) {
        address.name = phrase_;
    } else {
        address.mailbox = word_;
    }
    return !phrase_.empty();
}

bool AddressListScanner::next(ListedAddress& address) {
    while (!at_end()) {
        address = {};
        comment_.reset();
        take_phrase();
        bool found = true;
        if (!at_end() && peek() == '<') {
            if (!phrase_.empty()) address.name = phrase_;
            take_angle(address);
        } else if (!at_end() && peek() == ':' && !in_group_) {
            ++at_;
            in_group_ = true;
            address.kind = Kind::group_start;
            address.mailbox = phrase_;
            return true;
        } else {
            found = mailbox_from_words(address);
        }
        if (!found && !at_end() && peek() == ';') {
            ++at_;
            if (in_group_) break;
            continue;
        }
        drop_rest();
        if (!found) continue;
        if (!address.name && comment_ && !comment_->empty()) address.name = std::move(comment_);
        return true;
    }
    if (!std::exchange(in_group_, false)) return false;
    address = {};
    address.kind = Kind::group_end;
    return true;
}

}  // namespace md::mail
