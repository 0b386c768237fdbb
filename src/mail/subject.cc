// mail/subject.cc - see subject.h

#include "mail/subject.h"

#include <algorithm>

#include "base/strings.h"
#include "mail/encoded_word.h"

namespace md::mail {

namespace {

/// RFC 5256 §2.1, step 1.
std::string flat(std::string_view value) {
    std::string text = decode_words(value);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\t' || c == '\r' || c == '\n'; }, ' ');
    const auto same = [](char a, char b) { return a == ' ' && b == ' '; };
    text.erase(std::unique(text.begin(), text.end(), same), text.end());
    return text;
}

/// Takes artifacts from both ends of a text. Every octet is passed a few times at most.
class Stripper {
  public:
    explicit Stripper(std::string_view text) : text_(text) {}

    [[nodiscard]] bool is_reply() const noexcept { return is_reply_; }

    std::string_view strip() noexcept {
        do {
            drop_trailers();
            while (drop_leader() || drop_blob()) {
            }
        } while (unwrap());
        return text_;
    }

  private:
    /// Step 2: subj-trailer.
    void drop_trailers() noexcept {
        constexpr std::string_view forwarded = "(fwd)";
        for (;;) {
            if (!text_.empty() && text_.back() == ' ') {
                text_.remove_suffix(1);
            } else if (text_.size() >= forwarded.size() &&
                       equal_nocase(text_.substr(text_.size() - forwarded.size()), forwarded)) {
                text_.remove_suffix(forwarded.size());
                is_reply_ = true;
            } else {
                return;
            }
        }
    }

    /// Behind the subj-blob at `at`; `at` itself if there is none.
    [[nodiscard]] std::size_t blob_end(std::size_t at) const noexcept {
        if (at == text_.size() || text_[at] != '[') return at;
        const auto end = text_.find_first_of("[]", at + 1);
        if (end == std::string_view::npos || text_[end] == '[') return at;
        return skip_blanks(end + 1);
    }
    [[nodiscard]] std::size_t skip_blanks(std::size_t at) const noexcept {
        while (at < text_.size() && text_[at] == ' ') ++at;
        return at;
    }

    /// Behind the subj-refwd at `at`; `at` itself if there is none.
    [[nodiscard]] std::size_t refwd_end(std::size_t at) const noexcept {
        const auto rest = text_.substr(at);
        std::size_t size = 0;
        if (starts_with_nocase(rest, "re")) size = 2;
        if (starts_with_nocase(rest, "fw")) size = starts_with_nocase(rest, "fwd") ? 3 : 2;
        if (size == 0) return at;
        const auto end = blob_end(skip_blanks(at + size));
        return end < text_.size() && text_[end] == ':' ? end + 1 : at;
    }

    /// Step 3: subj-leader.
    bool drop_leader() noexcept {
        if (!text_.empty() && text_.front() == ' ') {
            text_.remove_prefix(1);
            return true;
        }
        // Blobs that led to no subj-refwd once lead to none when the first of them is gone.
        if (text_.size() > leader_below_) return false;
        std::size_t at = 0;
        for (auto end = blob_end(at); end != at; end = blob_end(at)) at = end;
        const auto end = refwd_end(at);
        if (end == at) {
            leader_below_ = text_.size() - at;
            return false;
        }
        text_.remove_prefix(end);
        is_reply_ = true;
        return true;
    }

    /// Step 4.
    bool drop_blob() noexcept {
        const auto end = blob_end(0);
        if (end == 0 || end == text_.size()) return false;
        text_.remove_prefix(end);
        return true;
    }

    /// Step 6: subj-fwd.
    bool unwrap() noexcept {
        constexpr std::string_view header = "[fwd:";
        if (!starts_with_nocase(text_, header) || text_.back() != ']') return false;
        text_.remove_prefix(header.size());
        text_.remove_suffix(1);
        is_reply_ = true;
        leader_below_ = std::string_view::npos;
        return true;
    }

    std::string_view text_;
    std::size_t leader_below_ = std::string_view::npos;  ///< a longer text has no leader
    bool is_reply_ = false;
};

}  // namespace

BaseSubject base_subject(std::string_view field_value) {
    const auto text = flat(field_value);
    Stripper stripper(text);
    BaseSubject subject;
    subject.text = stripper.strip();
    subject.is_reply = stripper.is_reply();
    return subject;
}

}  // namespace md::mail
