// tests/support/lossy_disk.h - inodes, names and pages, each as memory has it and as the disk has it
//
// CONTRACT
//   The inside of LossyFiles: no locks, no faults, no steps. Errors are SystemError with the system's name of the
//   operation. A file's page is 4 KiB. Of each page that was written since the last sync every version is kept, for the
//   disk may hold any of them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/files.h"
#include "support/lossy_files.h"

namespace md::test::lossy {

inline constexpr std::size_t kPage = 4096;
inline constexpr std::size_t kSector = 512;

struct PageHistory {
    std::vector<std::string> versions;  ///< oldest first; the last is what memory has
    bool dirty = false;                 ///< false: a sync of it failed
};

struct Node {
    std::uint64_t number = 0;
    std::uint64_t device = 0;
    bool directory = false;
    mode_t mode = 0;
    std::uint32_t links = 0;
    std::int64_t modified = 0;
    std::int64_t changed = 0;
    std::string data;
    std::map<std::string, std::shared_ptr<Node>> names;  // of a directory

    std::int64_t durable_modified = 0;
    std::string durable;
    std::map<std::string, std::shared_ptr<Node>> durable_names;
    std::map<std::uint64_t, PageHistory> pages;  // written since the last good sync
    std::vector<std::uint64_t> sizes;            // had since the last good sync

    const void* lock_holder = nullptr;
    std::thread::id lock_thread;
};

using NodePointer = std::shared_ptr<Node>;

/// A name made, or taken away (no target), that its directory's sync has not yet made durable.
struct NameChange {
    std::uint64_t id = 0;
    NodePointer directory;
    std::string name;
    NodePointer target;
    std::uint64_t needs = 0;  ///< of a rename's removal: the id of its addition
    bool created = false;     ///< by open, not by rename or link
    bool lost = false;        ///< a sync of it failed
    std::int64_t time = 0;
};

/// The directory that holds, or could hold, a path's last name.
struct Place {
    NodePointer directory;
    std::string name;
    NodePointer node;  ///< null: not there
};

class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    bool chance(unsigned percent) { return below(100) < percent; }

  private:
    std::uint64_t state_;
};

class Disk {
  public:
    explicit Disk(const LossyOptions& options);

    [[nodiscard]] NodePointer find(const std::string& path) const;
    [[nodiscard]] NodePointer find_durable(const std::string& path) const;
    [[nodiscard]] Place place(std::string_view operation, const std::string& path) const;  ///< throws ENOENT, ENOTDIR
    [[nodiscard]] FileInfo info(const Node& node) const;
    [[nodiscard]] std::uint64_t used() const;

    NodePointer create(const Place& place, bool directory, mode_t mode);
    void rename(const std::string& from, const std::string& to);
    void unlink(const Place& place);
    void link(const NodePointer& node, const Place& to);

    void write(Node& node, std::uint64_t offset, std::string_view octets);
    void truncate(Node& node, std::uint64_t size);

    void sync_content(const NodePointer& node, bool times);
    void sync_half(Node& node);
    void sync_names(const NodePointer& directory);
    void sync_device(std::uint64_t device);
    void sync_failed(const NodePointer& node);
    void sync_device_failed(std::uint64_t device);

    void restart(Restart mode, std::uint64_t seed);
    void drop_locks();
    void make_all_durable();

    LossyOptions options;
    NodePointer root;
    std::int64_t now = 0;
    std::uint64_t devices = 1;

  private:
    std::uint64_t change(const NodePointer& directory, const std::string& name, const NodePointer& target,
                         std::uint64_t needs, bool created);
    void commit(const NameChange& change);
    void commit_created(const NodePointer& node);
    void note_pages(Node& node, std::uint64_t from, std::uint64_t to);
    void keep_some_names(Random& random, std::uint64_t flavour);
    void forget(const NodePointer& node);
    void count_links(const NodePointer& node);

    std::vector<NameChange> changes_;
    std::uint64_t last_change_ = 0;
    std::uint64_t last_node_ = 0;
};

/// What a disk may hold of a file after a cut.
void keep_some_data(Node& node, Random& random, std::uint64_t flavour);

}  // namespace md::test::lossy
