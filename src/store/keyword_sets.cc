// store/keyword_sets.cc - see keyword_sets.h

#include "store/keyword_sets.h"

#include <algorithm>

#include "base/strings.h"

namespace md::store {

void KeywordSets::add(Members& members, const std::string& keyword) {
    const auto [at, fresh] = keywords_.try_emplace(lower(keyword), static_cast<Keyword>(spelt_.size()));
    if (fresh) spelt_.emplace_back();
    if (std::find(members.begin(), members.end(), at->second) != members.end()) return;
    auto& spelt = spelt_[at->second];
    if (spelt.uses == 0) spelt.spelling = keyword;
    members.push_back(at->second);
}

KeywordSet KeywordSets::number_of(Members members) {
    std::sort(members.begin(), members.end());
    const auto [at, fresh] = numbers_.try_emplace(members, static_cast<KeywordSet>(sets_.size()));
    if (fresh) {
        sets_.push_back(std::move(members));
        uses_.push_back(0);
    }
    return at->second;
}

KeywordSet KeywordSets::of(const std::vector<std::string>& keywords) {
    if (keywords.empty()) return 0;
    return changed(0, true, keywords, {});
}

KeywordSet KeywordSets::changed(KeywordSet set, bool clear, const std::vector<std::string>& added,
                                const std::vector<std::string>& removed) {
    Members members;
    if (!clear) members = sets_[set];
    for (const auto& keyword : removed) {
        const auto known = keywords_.find(lower(keyword));
        if (known != keywords_.end()) std::erase(members, known->second);
    }
    for (const auto& keyword : added) add(members, keyword);
    return number_of(std::move(members));
}

std::vector<std::string> KeywordSets::names(KeywordSet set) const {
    std::vector<std::string> out;
    for (const auto keyword : sets_[set]) out.push_back(spelt_[keyword].spelling);
    std::sort(out.begin(), out.end());
    return out;
}

bool KeywordSets::has(KeywordSet set, std::string_view keyword) const {
    if (set == 0) return false;
    const auto known = keywords_.find(lower(keyword));
    return known != keywords_.end() && std::binary_search(sets_[set].begin(), sets_[set].end(), known->second);
}

void KeywordSets::count(KeywordSet set, int sign) {
    if (set == 0) return;
    auto& uses = uses_[set];
    const bool before = uses > 0;
    uses += static_cast<std::uint32_t>(sign);
    if (before == (uses > 0)) return;
    // The set appears or goes: so may keywords of it.
    for (const auto keyword : sets_[set]) {
        auto& spelt = spelt_[keyword];
        spelt.uses += static_cast<std::uint32_t>(sign);
        if (sign > 0 && spelt.uses == 1) ++in_use_;
        if (sign < 0 && spelt.uses == 0) --in_use_;
    }
}

std::vector<std::string> KeywordSets::in_use() const {
    std::vector<std::string> out;
    for (const auto& [key, keyword] : keywords_)
        if (spelt_[keyword].uses > 0) out.push_back(spelt_[keyword].spelling);
    return out;
}

std::string_view KeywordSets::spelling(std::string_view keyword) const {
    const auto known = keywords_.find(lower(keyword));
    if (known == keywords_.end() || spelt_[known->second].uses == 0) return {};
    return spelt_[known->second].spelling;
}

}  // namespace md::store
