// mail/text_finder.cc - see text_finder.h

#include "mail/text_finder.h"

#include <algorithm>
#include <cstring>

#include "mail/casemap.h"

namespace md::mail {

namespace {

/// At most as much is prepared at once: it stays in the processor's cache.
constexpr std::size_t kPortion = 16 * 1024;
/// Octets times strings that one portion() costs.
constexpr std::size_t kWork = 4 << 20;
constexpr std::size_t kLeastPortion = 512;
constexpr std::size_t kMostPortion = 64 * 1024;

bool holds(std::string_view text, std::string_view needle) noexcept {
    return memmem(text.data(), text.size(), needle.data(), needle.size()) != nullptr;
}

}  // namespace

TextFinder::TextFinder(std::vector<std::string> needles) : needles_(std::move(needles)), found_(needles_.size()) {
    for (std::size_t i = 0; i < needles_.size(); ++i) {
        found_[i] = needles_[i].empty();
        if (!found_[i]) ++missing_;
        longest_ = std::max(longest_, needles_[i].size());
    }
}

void TextFinder::feed(std::string_view utf8) {
    while (!utf8.empty() && missing_ > 0) {
        const auto portion = utf8.substr(0, kPortion);
        utf8.remove_prefix(portion.size());
        const auto known = window_.size();
        if (cut_.empty()) {
            cut_ = portion.substr(casemap_some(portion, window_));
        } else {
            cut_.append(portion);
            cut_.erase(0, casemap_some(cut_, window_));
        }
        look(known);
    }
}

std::size_t TextFinder::portion() const noexcept {
    return std::clamp(kWork / std::max<std::size_t>(missing_, 1), kLeastPortion, kMostPortion);
}

void TextFinder::end_text() {
    cut_.clear();
    window_.clear();
}

/// `known` octets of the window were looked at before: of these a string needs one less than it has.
void TextFinder::look(std::size_t known) {
    for (std::size_t i = 0; i < needles_.size(); ++i) {
        if (found_[i]) continue;
        const auto before = std::min(known, needles_[i].size() - 1);
        if (!holds(std::string_view(window_).substr(known - before), needles_[i])) continue;
        found_[i] = true;
        --missing_;
    }
    if (window_.size() >= longest_) window_.erase(0, window_.size() - (longest_ > 0 ? longest_ - 1 : 0));
}

void TextPortions::give(TextFinder& finder, TextFinder* second) {
    auto size = finder.portion();
    if (second != nullptr) size = std::min(size, second->portion());
    const auto portion = std::string_view(text_).substr(at_, size);
    at_ += portion.size();
    finder.feed(portion);
    if (done()) finder.end_text();
    if (second == nullptr) return;
    second->feed(portion);
    if (done()) second->end_text();
}

}  // namespace md::mail
