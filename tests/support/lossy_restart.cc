// tests/support/lossy_restart.cc - what a disk holds after a power cut; see lossy_disk.h
//
// CONTRACT
//   Deterministic from the seed. The first seeds are the extremes that a chance would seldom hit:
//   0 all names and no data, 1 all data and no names, 2 only what was taken away, 3 every rename with both its names, 4
//   all of it; then, by the seed, each change of a name with one probability and each page in one of the versions that
//   it had.

#include <algorithm>
#include <set>

#include "support/lossy_disk.h"

namespace md::test::lossy {

namespace {

constexpr std::uint64_t kNamesOnly = 0;
constexpr std::uint64_t kDataOnly = 1;
constexpr std::uint64_t kRemovalsOnly = 2;
constexpr std::uint64_t kBothNames = 3;
constexpr std::uint64_t kEverything = 4;

bool keep_change(const NameChange& change, Random& random, std::uint64_t flavour, unsigned percent) {
    switch (flavour) {
        case kNamesOnly:
        case kEverything: return true;
        case kDataOnly: return false;
        case kRemovalsOnly: return !change.target && change.needs == 0;
        case kBothNames: return change.needs == 0;
        default: return random.chance(percent);
    }
}

/// One of the versions that the page had, or sector by sector of two that followed each other.
std::string some_version(const std::string& old, const PageHistory& history, Random& random) {
    const auto count = history.versions.size();
    const auto version = [&](std::size_t i) -> const std::string& { return i == 0 ? old : history.versions[i - 1]; };
    const auto chosen = random.below(count + 1);
    auto page = version(chosen);
    if (chosen == 0 || !random.chance(30)) return page;
    for (std::size_t at = 0; at < kPage; at += kSector)
        if (random.chance(50)) page.replace(at, kSector, version(chosen - 1), at, kSector);
    return page;
}

}  // namespace

std::uint64_t Random::next() {  // splitmix64
    state_ += 0x9e3779b97f4a7c15ULL;
    auto z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
}

void keep_some_data(Node& node, Random& random, std::uint64_t flavour) {
    auto size = node.durable.size();
    const bool whole = flavour == kDataOnly || flavour == kEverything;
    if (!node.sizes.empty()) {
        const auto last = node.sizes.size();
        auto chosen = random.chance(50) ? last : random.below(last + 1);
        if (whole || flavour == kNamesOnly || flavour == kBothNames) chosen = last;
        if (flavour == kNamesOnly && random.chance(50)) chosen = 0;
        if (chosen > 0) size = node.sizes[chosen - 1];
    }
    auto content = node.durable;
    for (const auto& [number, history] : node.pages) {
        const auto at = number * kPage;
        content.resize(std::max(content.size(), at + kPage));
        const auto old = content.substr(at, kPage);
        if (whole)
            content.replace(at, kPage, history.versions.back());
        else if (flavour != kNamesOnly)
            content.replace(at, kPage, some_version(old, history, random));
    }
    content.resize(size);
    if (content != node.durable && random.chance(50)) node.durable_modified = node.modified;
    node.durable = std::move(content);
}

void Disk::keep_some_names(Random& random, std::uint64_t flavour) {
    const auto percent = static_cast<unsigned>(10 + random.below(5) * 20);
    std::set<std::uint64_t> dropped;
    for (const auto& change : changes_)
        if (!keep_change(change, random, flavour, percent)) dropped.insert(change.id);
    for (const auto& change : changes_) {
        if (dropped.contains(change.id) || dropped.contains(change.needs)) continue;
        commit(change);  // in the order of the program: of one name the last that survived stands
    }
}

void Disk::forget(const NodePointer& node) {
    node->data = node->durable;
    node->names = node->durable_names;
    node->pages.clear();
    node->sizes.clear();
    node->modified = node->durable_modified;
    node->links = 0;
    node->lock_holder = nullptr;
    for (const auto& [name, child] : node->names) forget(child);
}

void Disk::count_links(const NodePointer& node) {
    for (const auto& [name, child] : node->names) {
        ++child->links;
        if (child->directory) count_links(child);
    }
}

void Disk::restart(Restart mode, std::uint64_t seed) {
    if (mode == Restart::any_subset) {
        Random random(seed);
        keep_some_names(random, seed);
        std::set<const Node*> seen;
        std::vector<NodePointer> ahead{root};
        while (!ahead.empty()) {
            const auto node = ahead.back();
            ahead.pop_back();
            if (!seen.insert(node.get()).second) continue;
            keep_some_data(*node, random, seed);
            for (const auto& [name, child] : node->durable_names) ahead.push_back(child);
        }
    }
    changes_.clear();
    forget(root);
    count_links(root);
}

}  // namespace md::test::lossy
