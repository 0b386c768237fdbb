// mail/address_completion.cc - see address_completion.h

#include "mail/address_completion.h"

#include <algorithm>
#include <vector>

namespace md::mail {

namespace {

/// Finds the ends of bare addresses; one look at each octet.
class Completion {
  public:
    explicit Completion(std::string_view value) noexcept : text_(value) {}

    std::vector<std::size_t> places() {
        while (at_ < text_.size()) step();
        end_element();
        return std::move(places_);
    }

  private:
    void step() {
        switch (text_[at_]) {
            case '(': skip_comment(); return;
            case '"':
                begin_word();
                skip_quoted();
                return;
            case '[':
                skip_to(']');
                whole_ = true;
                return;
            case '<': take_angle(); return;
            case ',':
            case ';':
                ++at_;
                end_element();
                return;
            case ':':  // what stands before it names a group, or a route
                ++at_;
                forget();
                return;
            case '@': whole_ = true; break;
            case ' ':
            case '\t':
            case '\r':
            case '\n':
                in_word_ = false;
                ++at_;
                return;
            default: begin_word(); break;
        }
        ++at_;
        word_end_ = at_;
    }

    void begin_word() noexcept {
        if (!in_word_) ++words_;
        in_word_ = true;
    }

    void skip_quoted() noexcept {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        at_ = std::min(at_ + 1, text_.size());
        word_end_ = at_;
    }

    void skip_comment() noexcept {
        std::size_t depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\\') {
                ++at_;
            } else if (c == '(') {
                ++depth;
            } else if (c == ')' && --depth == 0) {
                break;
            }
        }
        at_ = std::min(at_ + 1, text_.size());
        in_word_ = false;
    }

    void skip_to(char end) noexcept {
        while (at_ < text_.size() && text_[at_] != end) ++at_;
        at_ = std::min(at_ + 1, text_.size());
    }

    /// "<local>": completed before the bracket; "<>" and what has a domain are whole.
    void take_angle() {
        const auto begin = ++at_;
        bool has_domain = false;
        while (at_ < text_.size() && text_[at_] != '>') {
            if (text_[at_] == '"') {
                skip_quoted();
                continue;
            }
            has_domain = has_domain || text_[at_] == '@';
            ++at_;
        }
        const bool closed = at_ < text_.size();
        auto end = at_;
        while (end > begin && (text_[end - 1] == ' ' || text_[end - 1] == '\t')) --end;
        if (closed && !has_domain && end > begin) places_.push_back(end);
        at_ = std::min(at_ + 1, text_.size());
        whole_ = true;
    }

    void end_element() {
        if (words_ == 1 && !whole_) places_.push_back(word_end_);
        forget();
    }

    void forget() noexcept {
        words_ = 0;
        in_word_ = whole_ = false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t word_end_ = 0;
    unsigned words_ = 0;
    bool in_word_ = false;
    bool whole_ = false;  ///< this element has its domain, or brackets that have been looked at
    std::vector<std::size_t> places_;
};

}  // namespace

std::optional<std::string> complete_addresses(std::string_view value, std::string_view domain) {
    const auto places = Completion(value).places();
    if (places.empty()) return std::nullopt;
    std::string out;
    std::size_t from = 0;
    for (const auto place : places) {
        out.append(value.substr(from, place - from)).append(1, '@').append(domain);
        from = place;
    }
    return out.append(value.substr(from));
}

}  // namespace md::mail
