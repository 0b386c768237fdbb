// mdimapd/list_names.cc - see list_names.h

#include "mdimapd/list_names.h"

#include <algorithm>
#include <utility>

#include "mdimapd/folders.h"
#include "proto/imap/lexical.h"
#include "proto/imap/response.h"

namespace md::mdimapd {

using imap::ListOption;

namespace {

/// Much less than what a session holds before it sends.
constexpr std::size_t kBlock = 16 * 1024;

constexpr std::string_view kInbox = "INBOX";

std::string& block(std::vector<std::string>& blocks) {
    if (blocks.empty() || blocks.back().size() >= kBlock) blocks.emplace_back();
    return blocks.back();
}

}  // namespace

bool Names::InboxFirst::operator()(std::string_view a, std::string_view b) const noexcept {
    return std::pair(a != kInbox, a) < std::pair(b != kInbox, b);
}

Names::Names(const store::AccountListing& listing, const imap::List& asked, std::uint64_t append_limit)
    : listing_(listing), asked_(asked), append_limit_(append_limit) {
    for (const auto& pattern : asked.patterns) {
        // RFC 5258 §3: an empty one "MUST be ignored for the purpose of matching".
        if (!asked.extended || !pattern.empty()) patterns_.emplace_back(asked.reference + pattern);
    }
    for (const auto& folder : listing.folders) {
        nodes_[folder.name].folder = &folder;
        above(folder.name, [](Node& node) { return !std::exchange(node.has_children, true); });
    }
    for (const auto& name : listing.subscriptions) nodes_[name].subscribed = true;
}

/// The levels above a name from below, made if they are not there, until `mark` says that it knew one.
template <class Mark>
void Names::above(std::string_view name, Mark mark) {
    for (auto at = name.rfind(imap::kSeparator); at != std::string_view::npos && at > 0;
         at = name.rfind(imap::kSeparator, at - 1)) {
        const auto level = nodes_.try_emplace(std::string(name.substr(0, at))).first;
        if (!mark(level->second)) return;
    }
}

bool Names::is_wanted(const Node& node) const {
    const bool subscribed = asked_.selects(ListOption::subscribed);
    const bool special = asked_.selects(ListOption::special_use);
    if (subscribed && !node.subscribed) return false;
    if (special && (node.folder == nullptr || node.folder->uses == 0)) return false;
    return subscribed || special || node.folder != nullptr || node.has_children;
}

/// RFC 5819 §2: of a name that is wanted, and not told only for what is below it.
bool Names::tells_status(const Node& node) const {
    return asked_.returns_or_selects(ListOption::status) && node.folder != nullptr;
}

bool Names::is_meant(std::string_view name) const {
    return std::any_of(patterns_.begin(), patterns_.end(), [&](const auto& pattern) { return pattern.matches(name); });
}

/// RFC 5258 §3.5: what is above a selected name, whether a pattern means that name or not.
void Names::mark_below() {
    std::vector<std::pair<std::string, bool>> selected;
    for (const auto& [name, node] : nodes_)
        if (is_wanted(node)) selected.emplace_back(name, !is_meant(name));
    for (const auto& [name, untold] : selected) {
        above(name, [untold = untold](Node& node) {
            const bool known = node.below_matches && (node.below_is_not_told || !untold);
            node.below_matches = true;
            node.below_is_not_told = node.below_is_not_told || untold;
            return !known;
        });
    }
}

std::vector<std::size_t> Names::with_status() const {
    std::vector<std::size_t> out;
    for (const auto& [name, node] : nodes_)
        if (tells_status(node) && is_wanted(node) && is_meant(name))
            out.push_back(static_cast<std::size_t>(node.folder - listing_.folders.data()));
    return out;
}

void Names::list(std::vector<std::string>& blocks) {
    const bool recursive = asked_.selects(ListOption::recursive_match);
    if (recursive) mark_below();
    for (const auto& [name, node] : nodes_) {
        const bool wanted = is_wanted(node);
        // What CHILDINFO would say of a name that is not selected itself, the names below it say as well, if all are
        // told.
        if (!wanted && !(recursive && node.below_is_not_told)) continue;
        if (is_meant(name)) append_one(block(blocks), name, node, wanted);
    }
}

std::string Names::attributes(const Node& node) const {
    std::string out;
    const auto add = [&out](std::string_view attribute) {
        if (!out.empty()) out += ' ';
        out += attribute;
    };
    const auto told = [this](ListOption option) { return asked_.returns_or_selects(option); };
    const bool plain = !asked_.extended;
    if (node.folder == nullptr) add(plain ? "\\Noselect" : "\\NonExistent");
    if (node.subscribed && told(ListOption::subscribed)) add("\\Subscribed");
    if (plain || told(ListOption::children)) add(node.has_children ? "\\HasChildren" : "\\HasNoChildren");
    if (node.folder != nullptr && (plain || told(ListOption::special_use))) {
        for (const auto& row : imap::kUseNames)
            if ((wire_uses(node.folder->uses) & row.bit) != 0) add(row.name);
    }
    return out;
}

void Names::append_one(std::string& out, const std::string& name, const Node& node, bool wanted) const {
    const bool info = asked_.selects(ListOption::recursive_match) && node.below_matches;
    std::string children;
    if (info) {
        children = "(\"CHILDINFO\" (";
        if (asked_.selects(ListOption::subscribed)) children += "\"SUBSCRIBED\"";
        if (asked_.selects(ListOption::special_use))
            children += asked_.selects(ListOption::subscribed) ? " \"SPECIAL-USE\"" : "\"SPECIAL-USE\"";
        children += "))";
    }
    imap::append_list(out, "LIST", attributes(node), name, children);
    if (wanted && tells_status(node))
        imap::append_status_values(out, {name, asked_.status}, status_values(*node.folder, append_limit_));
}

/// RFC 3501 §6.3.9: "%" also shows the levels above subscribed names, as \Noselect; other names as they were
/// subscribed, whether they exist or not.
void Names::lsub(std::vector<std::string>& blocks) {
    std::vector<std::string> subscribed;
    for (const auto& [name, node] : nodes_)
        if (node.subscribed) subscribed.push_back(name);
    for (const auto& name : subscribed)
        above(name, [](Node& node) { return !std::exchange(node.below_matches, true); });
    const bool levels = std::any_of(asked_.patterns.begin(), asked_.patterns.end(),
                                    [](const auto& pattern) { return pattern.ends_with('%'); });
    for (const auto& [name, node] : nodes_) {
        if (!node.subscribed && !(levels && node.below_matches)) continue;
        if (is_meant(name)) imap::append_list(block(blocks), "LSUB", node.subscribed ? "" : "\\Noselect", name, {});
    }
}

}  // namespace md::mdimapd
