// mail/threads.cc - see threads.h
//
// The steps are those of RFC 5256 §3. Up to step 1 a node knows its parent alone, which makes a link or its removal
// cost nothing; from step 2 on there are lists of children with their ends at hand.

#include "mail/threads.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace md::mail {

namespace {

constexpr auto kNone = Forest::kNone;

/// Siblings in the order of sent dates, then of the mailbox (§2.2).
bool earlier(const ThreadMessage& a, const ThreadMessage& b) noexcept {
    return std::pair(a.sent, a.number) < std::pair(b.sent, b.number);
}

/// Steps 2 to 6.
class Gatherer {
  public:
    struct Node {
        std::uint32_t message = kNone;
        std::uint32_t first = kNone;  ///< children
        std::uint32_t last = kNone;
        std::uint32_t next = kNone;
        bool moved = false;  ///< no root any more
    };

    Gatherer(std::vector<ThreadMessage> messages, std::size_t nodes) : messages_(std::move(messages)), nodes_(nodes) {}

    Node& operator[](std::uint32_t node) noexcept { return nodes_[node]; }

    void add_child(std::uint32_t parent, std::uint32_t child) noexcept {
        nodes_[child].next = kNone;
        auto& above = nodes_[parent];
        if (above.first == kNone)
            above.first = child;
        else
            nodes_[above.last].next = child;
        above.last = child;
    }

    /// Step 3 for one node whose children have been pruned already: dummies below it give way to their children.
    void prune_children(std::uint32_t node) noexcept {
        auto child = std::exchange(nodes_[node].first, kNone);
        nodes_[node].last = kNone;
        while (child != kNone) {
            const auto next = nodes_[child].next;
            if (nodes_[child].message != kNone)
                add_child(node, child);
            else if (nodes_[child].first != kNone)
                splice(node, child);
            child = next;
        }
    }

    /// Step 3 at the top: a dummy is kept if it holds several together.
    void add_root(std::uint32_t node) {
        const auto& top = nodes_[node];
        if (top.message == kNone) {
            if (top.first == kNone) return;
            if (top.first == top.last) node = top.first;
        }
        nodes_[node].next = kNone;
        roots_.push_back(node);
    }

    Forest finish() {
        sort_roots();
        gather_subjects();
        Forest forest;
        forest.nodes.resize(nodes_.size());
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            if (nodes_[i].message != kNone) forest.nodes[i].number = messages_[nodes_[i].message].number;
            sort_children(i);
        }
        std::erase_if(roots_, [&](auto root) { return nodes_[root].moved; });
        sort_siblings(roots_);
        for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
            forest.nodes[i].first_child = nodes_[i].first;
            forest.nodes[i].next = nodes_[i].next;
        }
        for (std::size_t i = 0; i < roots_.size(); ++i)
            forest.nodes[roots_[i]].next = i + 1 < roots_.size() ? roots_[i + 1] : kNone;
        if (!roots_.empty()) forest.first_root = roots_.front();
        return forest;
    }

  private:
    /// The children of a dummy take its place among its siblings.
    void splice(std::uint32_t parent, std::uint32_t dummy) noexcept {
        auto& above = nodes_[parent];
        if (above.first == kNone)
            above.first = nodes_[dummy].first;
        else
            nodes_[above.last].next = nodes_[dummy].first;
        above.last = nodes_[dummy].last;
        nodes_[dummy].first = nodes_[dummy].last = kNone;
    }

    /// By which a node is sorted: its message, or its first child's.
    [[nodiscard]] const ThreadMessage& key(std::uint32_t node) const noexcept {
        const auto& own = nodes_[node];
        return messages_[own.message != kNone ? own.message : nodes_[own.first].message];
    }
    [[nodiscard]] bool is_dummy(std::uint32_t node) const noexcept { return nodes_[node].message == kNone; }

    void sort_siblings(std::vector<std::uint32_t>& siblings) const {
        std::sort(siblings.begin(), siblings.end(), [&](auto a, auto b) { return earlier(key(a), key(b)); });
    }

    void sort_children(std::uint32_t node) {
        auto& above = nodes_[node];
        if (above.first == above.last) return;
        std::vector<std::uint32_t> children;
        for (auto child = above.first; child != kNone; child = nodes_[child].next) children.push_back(child);
        sort_siblings(children);
        above.first = above.last = kNone;
        for (const auto child : children) add_child(node, child);
    }

    /// Step 4.
    void sort_roots() {
        for (const auto root : roots_)
            if (is_dummy(root)) sort_children(root);
        sort_siblings(roots_);
    }

    /// Step 5.
    void gather_subjects() {
        std::unordered_map<std::uint32_t, std::uint32_t> table;
        for (const auto root : roots_) {
            const auto subject = key(root).subject;
            if (subject == 0) continue;
            const auto [at, is_new] = table.try_emplace(subject, root);
            if (is_new || is_dummy(at->second)) continue;
            if (is_dummy(root) || (key(at->second).is_reply && !key(root).is_reply)) at->second = root;
        }
        for (std::size_t i = 0, count = roots_.size(); i < count; ++i) {
            const auto root = roots_[i];
            if (nodes_[root].moved) continue;
            const auto subject = key(root).subject;
            if (subject == 0) continue;
            auto& head = table[subject];
            if (head != root) merge(head, root);
        }
    }

    /// Step 5C: `root` and what the table has for its subject.
    void merge(std::uint32_t& head, std::uint32_t root) {
        nodes_[root].moved = true;
        if (is_dummy(head) && is_dummy(root)) {
            splice(head, root);
        } else if (is_dummy(head) || (key(root).is_reply && !key(head).is_reply)) {
            add_child(head, root);
        } else {
            const auto dummy = static_cast<std::uint32_t>(nodes_.size());
            nodes_.emplace_back();
            nodes_[head].moved = true;
            add_child(dummy, head);
            add_child(dummy, root);
            roots_.push_back(dummy);
            head = dummy;
        }
    }

    std::vector<ThreadMessage> messages_;
    std::vector<Node> nodes_;
    std::vector<std::uint32_t> roots_;
};

}  // namespace

/// None yet: kNone.
std::uint32_t& ReferencesThreader::node_at(std::uint32_t id) {
    if (id >= ids_.size()) ids_.resize(std::max(std::size_t{id} + 1, 2 * ids_.size()), kNone);
    return ids_[id];
}

std::uint32_t ReferencesThreader::new_node() {
    nodes_.emplace_back();
    return static_cast<std::uint32_t>(nodes_.size() - 1);
}

/// The node of an identifier that a message refers to.
std::uint32_t ReferencesThreader::node_of(std::uint32_t id) {
    auto& node = node_at(id);
    if (node == kNone) node = new_node();
    return node;
}

/// Where the message with this identifier belongs: what was referred to before, or a node of its own. The second
/// message of one identifier is as one without.
std::uint32_t ReferencesThreader::own_node(std::uint32_t id) {
    if (id == 0) return new_node();
    const auto node = node_of(id);
    return nodes_[node].message == kNone ? node : new_node();
}

/// Whether `node` is `other` or stands above it.
bool ReferencesThreader::is_above(std::uint32_t node, std::uint32_t other) {
    if (node == other) return true;
    if (nodes_[node].children == 0) return false;
    for (; other != kNone; other = nodes_[other].parent) {
        if (other == node || ++walked_ > kWalkLimit) return true;
    }
    return false;
}

void ReferencesThreader::link(std::uint32_t parent, std::uint32_t child) {
    if (nodes_[child].parent != kNone || is_above(child, parent)) return;
    nodes_[child].parent = parent;
    ++nodes_[parent].children;
}

/// Step 1.
void ReferencesThreader::add(const ThreadMessage& message, std::uint32_t id, std::span<const std::uint32_t> parents) {
    const auto own = own_node(id);
    nodes_[own].message = static_cast<std::uint32_t>(messages_.size());
    messages_.push_back(message);
    auto last = kNone;
    for (const auto parent : parents) {
        const auto node = node_of(parent);
        if (last != kNone) link(last, node);
        last = node;
    }
    // B: what this message says of its own parent counts more than what others say.
    auto& parent = nodes_[own].parent;
    if (parent != kNone) --nodes_[parent].children;
    parent = kNone;
    if (last != kNone) link(last, own);
}

Forest ReferencesThreader::finish() {
    Gatherer trees(std::move(messages_), nodes_.size());
    std::vector<std::uint32_t> order;  // parents before their children
    order.reserve(nodes_.size());
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        trees[i].message = nodes_[i].message;
        if (nodes_[i].parent != kNone)
            trees.add_child(nodes_[i].parent, i);
        else
            order.push_back(i);
    }
    const auto roots = order.size();
    for (std::size_t i = 0; i < order.size(); ++i)
        for (auto child = trees[order[i]].first; child != kNone; child = trees[child].next) order.push_back(child);
    for (auto at = order.rbegin(); at != order.rend(); ++at) trees.prune_children(*at);
    for (std::size_t i = 0; i < roots; ++i) trees.add_root(order[i]);
    return trees.finish();
}

Forest thread_by_subject(std::vector<ThreadMessage> messages) {
    const auto order = [](const ThreadMessage& a, const ThreadMessage& b) {
        return a.subject != b.subject ? a.subject < b.subject : earlier(a, b);
    };
    std::sort(messages.begin(), messages.end(), order);
    Forest forest;
    forest.nodes.resize(messages.size());
    std::vector<std::uint32_t> roots;
    for (std::uint32_t i = 0; i < messages.size(); ++i) {
        auto& node = forest.nodes[i];
        node.number = messages[i].number;
        if (roots.empty() || messages[roots.back()].subject != messages[i].subject) {
            roots.push_back(i);
        } else if (roots.back() + 1 == i) {
            forest.nodes[roots.back()].first_child = i;
        } else {
            forest.nodes[i - 1].next = i;
        }
    }
    std::sort(roots.begin(), roots.end(), [&](auto a, auto b) { return earlier(messages[a], messages[b]); });
    for (std::size_t i = 0; i + 1 < roots.size(); ++i) forest.nodes[roots[i]].next = roots[i + 1];
    if (!roots.empty()) forest.first_root = roots.front();
    return forest;
}

}  // namespace md::mail
