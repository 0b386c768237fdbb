// tests/support/lossy_disk.cc - see lossy_disk.h

#include "support/lossy_disk.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <set>

#include "base/error.h"

namespace md::test::lossy {

namespace {

std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < path.size();) {
        const auto slash = std::min(path.find('/', at), path.size());
        if (slash > at && path.substr(at, slash - at) != ".") parts.push_back(path.substr(at, slash - at));
        at = slash + 1;
    }
    return parts;
}

NodePointer walk(NodePointer node, const std::string& path, std::map<std::string, NodePointer> Node::*names) {
    for (const auto& part : parts_of(path)) {
        const auto found = ((*node).*names).find(part);
        if (found == ((*node).*names).end()) return nullptr;
        node = found->second;
    }
    return node;
}

void each_node(const NodePointer& from, std::set<const Node*>& seen,
               const std::function<void(const NodePointer&)>& call) {
    if (!seen.insert(from.get()).second) return;
    call(from);
    for (const auto& [name, node] : from->names) each_node(node, seen, call);
}

}  // namespace

Disk::Disk(const LossyOptions& chosen) : options(chosen), root(std::make_shared<Node>()), now(chosen.start_ns) {
    root->number = ++last_node_;
    root->device = devices;
    root->directory = true;
    root->mode = 0755;
    root->modified = root->changed = root->durable_modified = now;
}

NodePointer Disk::find(const std::string& path) const {
    return walk(root, path, &Node::names);
}
NodePointer Disk::find_durable(const std::string& path) const {
    return walk(root, path, &Node::durable_names);
}

Place Disk::place(std::string_view operation, const std::string& path) const {
    auto parts = parts_of(path);
    if (parts.empty()) throw SystemError(operation, path, EBUSY);
    Place place{root, parts.back(), nullptr};
    parts.pop_back();
    for (const auto& part : parts) {
        const auto found = place.directory->names.find(part);
        if (found == place.directory->names.end()) throw SystemError(operation, path, ENOENT);
        place.directory = found->second;
        if (!place.directory->directory) throw SystemError(operation, path, ENOTDIR);
    }
    if (const auto found = place.directory->names.find(place.name); found != place.directory->names.end())
        place.node = found->second;
    return place;
}

FileInfo Disk::info(const Node& node) const {
    FileInfo info;
    info.device = node.device;
    info.inode = node.number;
    info.size_bytes = node.directory ? kPage : node.data.size();
    info.links = node.links;
    info.modified_ns = node.modified;
    info.changed_ns = node.changed;
    info.owner = ::getuid();
    info.group = ::getgid();
    info.mode = node.mode;
    info.directory = node.directory;
    return info;
}

std::uint64_t Disk::used() const {
    std::uint64_t sum = 0;
    std::set<const Node*> seen;
    each_node(root, seen, [&](const NodePointer& node) { sum += node->data.size(); });
    return sum;
}

std::uint64_t Disk::change(const NodePointer& directory, const std::string& name, const NodePointer& target,
                           std::uint64_t needs, bool created) {
    if (target)
        directory->names[name] = target;
    else
        directory->names.erase(name);
    directory->modified = directory->changed = now;
    changes_.push_back({++last_change_, directory, name, target, needs, created, false, now});
    return last_change_;
}

NodePointer Disk::create(const Place& place, bool directory, mode_t mode) {
    auto node = std::make_shared<Node>();
    node->number = ++last_node_;
    node->device = place.directory->device;
    node->directory = directory;
    node->mode = mode;
    node->links = 1;
    node->modified = node->changed = node->durable_modified = now;
    change(place.directory, place.name, node, 0, !directory);
    return node;
}

void Disk::rename(const std::string& from, const std::string& to) {
    const auto both = from + " to " + to;
    const auto source = place("rename", from);
    const auto target = place("rename", to);
    if (!source.node) throw SystemError("rename", both, ENOENT);
    if (source.directory->device != target.directory->device) throw SystemError("rename", both, EXDEV);
    if (source.node == target.node) return;  // POSIX: two names of one file both stay
    if (target.node) {
        if (target.node->directory != source.node->directory)
            throw SystemError("rename", both, target.node->directory ? EISDIR : ENOTDIR);
        if (!target.node->names.empty()) throw SystemError("rename", both, ENOTEMPTY);
        --target.node->links;
        target.node->changed = now;
    }
    const auto added = change(target.directory, target.name, source.node, 0, false);
    change(source.directory, source.name, nullptr, added, false);
    source.node->changed = now;
}

void Disk::unlink(const Place& place) {
    --place.node->links;
    place.node->changed = now;
    change(place.directory, place.name, nullptr, 0, false);
}

void Disk::link(const NodePointer& node, const Place& to) {
    ++node->links;
    node->changed = now;
    change(to.directory, to.name, node, 0, false);
}

void Disk::note_pages(Node& node, std::uint64_t from, std::uint64_t to) {
    for (auto page = from / kPage; page * kPage < to; ++page) {
        auto& history = node.pages[page];
        auto version = page * kPage < node.data.size() ? node.data.substr(page * kPage, kPage) : std::string();
        version.resize(kPage);
        history.versions.push_back(std::move(version));
        history.dirty = true;
    }
}

void Disk::write(Node& node, std::uint64_t offset, std::string_view octets) {
    if (octets.empty()) return;
    const auto end = offset + octets.size();
    if (node.data.size() < end) {
        node.data.resize(end);
        node.sizes.push_back(end);
    }
    node.data.replace(offset, octets.size(), octets);
    node.modified = node.changed = now;
    note_pages(node, offset, end);
}

void Disk::truncate(Node& node, std::uint64_t size) {
    const auto before = node.data.size();
    node.data.resize(size);
    node.sizes.push_back(size);
    node.modified = node.changed = now;
    if (size < before) note_pages(node, size, before);
}

void Disk::sync_content(const NodePointer& node, bool times) {
    node->durable.resize(node->data.size());
    for (const auto& [page, history] : node->pages) {
        const auto at = page * kPage;
        if (!history.dirty || at >= node->data.size()) continue;
        node->durable.replace(at, kPage, node->data, at, kPage);
    }
    std::erase_if(node->pages, [](const auto& entry) { return entry.second.dirty; });
    node->sizes.clear();
    if (times) node->durable_modified = node->modified;
    if (times && options.sync_commits_new_name) commit_created(node);
}

void Disk::sync_half(Node& node) {
    bool this_one = false;
    node.durable.resize(node.data.size());
    for (auto& [page, history] : node.pages) {
        this_one = !this_one;
        const auto at = page * kPage;
        if (!this_one || !history.dirty || at >= node.durable.size()) continue;
        node.durable.replace(at, kPage, history.versions.back(), 0, std::min(kPage, node.durable.size() - at));
    }
}

void Disk::commit(const NameChange& change) {
    if (change.target)
        change.directory->durable_names[change.name] = change.target;
    else
        change.directory->durable_names.erase(change.name);
    change.directory->durable_modified = std::max(change.directory->durable_modified, change.time);
}

/// What was done to that name before is then done too: a journal keeps the order.
void Disk::commit_created(const NodePointer& node) {
    for (const auto& its : std::vector<NameChange>(changes_)) {
        if (!its.created || its.lost || its.target != node) continue;
        commit(its);
        std::erase_if(changes_, [&](const NameChange& other) {
            return other.directory == its.directory && other.name == its.name && other.id <= its.id;
        });
    }
}

void Disk::sync_names(const NodePointer& directory) {
    std::set<std::uint64_t> done;
    std::set<std::uint64_t> lost;
    for (const auto& change : changes_)
        if (change.lost) lost.insert(change.id);
    for (const auto& change : changes_) {
        if (change.directory != directory || change.lost || lost.contains(change.needs) || done.contains(change.id))
            continue;
        const auto other =
            std::find_if(changes_.begin(), changes_.end(), [&](const auto& c) { return c.id == change.needs; });
        if (change.needs != 0 && other != changes_.end() && !done.contains(other->id)) {
            commit(*other);
            // What was done to that name before is done with it, and not after it.
            for (const auto& before : changes_)
                if (before.directory == other->directory && before.name == other->name && before.id <= other->id)
                    done.insert(before.id);
        }
        commit(change);
        done.insert(change.id);
    }
    std::erase_if(changes_, [&](const NameChange& change) { return done.contains(change.id); });
    directory->durable_modified = directory->modified;
}

void Disk::sync_device(std::uint64_t device) {
    std::set<const Node*> seen;
    std::vector<NodePointer> directories;
    each_node(root, seen, [&](const NodePointer& node) {
        if (node->device != device) return;
        sync_content(node, true);
        if (node->directory) directories.push_back(node);
    });
    for (const auto& change : changes_)  // a directory that was unlinked is of no interest, one moved about is
        if (change.directory->device == device) directories.push_back(change.directory);
    for (const auto& directory : directories) sync_names(directory);
}

void Disk::sync_failed(const NodePointer& node) {
    for (auto& [page, history] : node->pages) history.dirty = false;
    if (!options.failed_directory_sync_is_final) return;
    for (auto& change : changes_)
        if (change.directory == node) change.lost = true;
}

void Disk::sync_device_failed(std::uint64_t device) {
    std::set<const Node*> seen;
    each_node(root, seen, [&](const NodePointer& node) {
        if (node->device == device) sync_failed(node);
    });
}

void Disk::drop_locks() {
    std::set<const Node*> seen;
    each_node(root, seen, [](const NodePointer& node) { node->lock_holder = nullptr; });
}

void Disk::make_all_durable() {
    for (std::uint64_t device = 1; device <= devices; ++device) sync_device(device);
}

}  // namespace md::test::lossy
