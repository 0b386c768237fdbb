// tests/support/lossy_files.cc - steps, cuts, faults, and the calls on names; see lossy_files.h

#include "support/lossy_files.h"

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "support/lossy_state.h"

namespace md::test {

using lossy::Disk;
using lossy::NodePointer;
using lossy::Place;
using lossy::State;
using lossy::Trouble;

std::string_view system_name(Operation operation) noexcept {
    static constexpr std::array<std::string_view, kOperations> names{
        "open", "open",   "read",  "write", "fdatasync", "fsync", "fsync",     "syncfs", "ftruncate", "rename",
        "link", "unlink", "mkdir", "rmdir", "opendir",   "stat",  "utimensat", "flock",  "statvfs"};
    return names[static_cast<std::size_t>(operation)];
}

std::uint64_t Counters::syncs() const {
    return of(Operation::sync_data) + of(Operation::sync) + of(Operation::sync_directory) +
           of(Operation::sync_filesystem);
}

LossyFiles::LossyFiles(const Options& options) : state_(std::make_shared<State>(options)) {}
LossyFiles::~LossyFiles() = default;

void LossyFiles::cut_at(std::uint64_t step, Cut where) {
    const std::scoped_lock hold(state_->mutex);
    state_->cut_step = step;
    state_->cut_where = where;
}

void LossyFiles::cut_now() {
    const std::scoped_lock hold(state_->mutex);
    state_->cut = true;
    state_->unlocked.notify_all();
}

bool LossyFiles::is_cut() const {
    const std::scoped_lock hold(state_->mutex);
    return state_->cut;
}

void LossyFiles::restart(Restart mode, std::uint64_t seed) {
    const std::scoped_lock hold(state_->mutex);
    ++state_->epoch;
    state_->cut = false;
    state_->cut_step = 0;
    state_->faults.clear();
    if (mode == Restart::process)
        state_->disk.drop_locks();
    else
        state_->disk.restart(mode, seed);
    state_->unlocked.notify_all();
}

std::uint64_t LossyFiles::steps() const {
    const std::scoped_lock hold(state_->mutex);
    return state_->steps;
}

void LossyFiles::trace(std::function<void(std::uint64_t, const std::string&)> listener) {
    const std::scoped_lock hold(state_->mutex);
    state_->listener = std::move(listener);
}

std::string LossyFiles::last_step() const {
    const std::scoped_lock hold(state_->mutex);
    return state_->last_step;
}

void LossyFiles::fail(Fault fault) {
    const std::scoped_lock hold(state_->mutex);
    state_->faults.push_back({std::move(fault), 0});
}

void LossyFiles::fail_at_step(std::uint64_t step, int code, std::uint64_t times) {
    const std::scoped_lock hold(state_->mutex);
    Fault fault;
    fault.code = code;
    fault.times = times;
    state_->faults.push_back({std::move(fault), step});
}

void LossyFiles::fail_operation(Operation operation, int code, std::uint64_t times) {
    Fault fault;
    fault.matches = [operation](Operation asked, const std::string&) { return asked == operation; };
    fault.code = code;
    fault.times = times;
    fail(std::move(fault));
}

void LossyFiles::mend() {
    const std::scoped_lock hold(state_->mutex);
    state_->faults.clear();
}

std::uint64_t LossyFiles::faults_met() const {
    const std::scoped_lock hold(state_->mutex);
    return state_->faults_met;
}

void LossyFiles::limit_space(std::uint64_t bytes) {
    const std::scoped_lock hold(state_->mutex);
    state_->space = bytes;
}

void LossyFiles::slow(std::chrono::milliseconds each_call) {
    const std::scoped_lock hold(state_->mutex);
    state_->delay = each_call;
}

void LossyFiles::set_time(std::int64_t nanoseconds) {
    const std::scoped_lock hold(state_->mutex);
    state_->disk.now = nanoseconds;
}

void LossyFiles::advance(std::chrono::nanoseconds by) {
    const std::scoped_lock hold(state_->mutex);
    state_->disk.now += by.count();
}

const Clock& LossyFiles::clock() const {
    return state_->clock;
}

Counters LossyFiles::counters() const {
    const std::scoped_lock hold(state_->mutex);
    return state_->counters;
}

void LossyFiles::reset_counters() {
    const std::scoped_lock hold(state_->mutex);
    state_->counters = {};
}

namespace {

bool only_reads(OpenMode mode) {
    return mode == OpenMode::read || mode == OpenMode::read_linked;
}

}  // namespace

std::unique_ptr<File> LossyFiles::open(const std::string& path, OpenMode mode, mode_t permissions) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    const bool may_create = mode == OpenMode::create || mode == OpenMode::create_new;
    auto node = state_->disk.find(path);
    if (!node && may_create) {
        const auto trouble = state_->begin(Operation::create, path, true);
        if (trouble.code != 0) throw SystemError("open", path, trouble.code);
        node = state_->disk.create(state_->disk.place("open", path), false, permissions);
        state_->end(trouble);
        return state_->file(node, path, true);
    }
    state_->look(Operation::open, path);
    if (!node) throw SystemError("open", path, ENOENT);
    if (mode == OpenMode::create_new) throw SystemError("open", path, EEXIST);
    if (node->directory && !only_reads(mode)) throw SystemError("open", path, EISDIR);
    return state_->file(node, path, !only_reads(mode));
}

std::unique_ptr<File> LossyFiles::open_if_there(const std::string& path, OpenMode mode) {
    if (mode == OpenMode::create || mode == OpenMode::create_new) {
        try {
            return open(path, mode);
        } catch (const SystemError& error) {
            if (error.code() == ENOENT || error.code() == ENOTDIR) return nullptr;
            throw;
        }
    }
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    state_->look(Operation::open, path);
    const auto node = state_->disk.find(path);
    if (!node) return nullptr;
    if (node->directory && !only_reads(mode)) throw SystemError("open", path, EISDIR);
    return state_->file(node, path, !only_reads(mode));
}

std::unique_ptr<File> LossyFiles::open_directory(const std::string& path) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    state_->look(Operation::open, path);
    const auto node = state_->disk.find(path);
    if (!node) throw SystemError("open", path, ENOENT);
    if (!node->directory) throw SystemError("open", path, ENOTDIR);
    return state_->file(node, path, false);
}

void LossyFiles::rename(const std::string& from, const std::string& to) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    const auto trouble = state_->begin(Operation::rename, from, true);
    if (trouble.code != 0) throw SystemError("rename", from + " to " + to, trouble.code);
    state_->disk.rename(from, to);
    state_->end(trouble);
}

bool LossyFiles::unlink(const std::string& path) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    const auto trouble = state_->begin(Operation::unlink, path, true);
    if (trouble.code != 0) throw SystemError("unlink", path, trouble.code);
    const bool there = state_->disk.find(path) != nullptr;
    if (there) {
        const auto place = state_->disk.place("unlink", path);
        if (place.node->directory) throw SystemError("unlink", path, EISDIR);
        state_->disk.unlink(place);
    }
    state_->end(trouble);
    return there;
}

LinkOutcome LossyFiles::link(const std::string& from, const std::string& to) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    const auto trouble = state_->begin(Operation::link, from, true);
    const auto code = trouble.code;
    if (code == EMLINK) return LinkOutcome::too_many_links;
    if (code == EXDEV) return LinkOutcome::other_filesystem;
    if (code != 0) throw SystemError("link", from + " to " + to, code);
    const auto node = state_->disk.find(from);
    if (!node) throw SystemError("link", from + " to " + to, ENOENT);
    const auto target = state_->disk.place("link", to);
    if (target.node) return LinkOutcome::exists;
    if (node->device != target.directory->device) return LinkOutcome::other_filesystem;
    if (node->links >= state_->disk.options.links_limit) return LinkOutcome::too_many_links;
    state_->disk.link(node, target);
    state_->end(trouble);
    return LinkOutcome::done;
}

bool LossyFiles::make_directory(const std::string& path, mode_t permissions) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    const auto trouble = state_->begin(Operation::make_directory, path, true);
    if (trouble.code != 0) throw SystemError("mkdir", path, trouble.code);
    const auto there = state_->disk.find(path) != nullptr;
    if (!there) state_->disk.create(state_->disk.place("mkdir", path), true, permissions);
    state_->end(trouble);
    return !there;
}

bool LossyFiles::remove_directory(const std::string& path) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    const auto trouble = state_->begin(Operation::remove_directory, path, true);
    if (trouble.code != 0) throw SystemError("rmdir", path, trouble.code);
    const auto node = state_->disk.find(path);
    if (node && !node->directory) throw SystemError("rmdir", path, ENOTDIR);
    if (node && !node->names.empty()) throw SystemError("rmdir", path, ENOTEMPTY);
    if (node) state_->disk.unlink(state_->disk.place("rmdir", path));
    state_->end(trouble);
    return node != nullptr;
}

void LossyFiles::sync_directory(const std::string& path) {
    open_directory(path)->sync();
}

std::optional<std::vector<std::string>> LossyFiles::list(const std::string& path) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    state_->look(Operation::list, path);
    const auto node = state_->disk.find(path);
    if (!node || !node->directory) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& [name, child] : node->names) names.push_back(name);
    const std::hash<std::string> hash;  // as on a disk: in no order that means anything
    std::sort(names.begin(), names.end(), [&](const auto& a, const auto& b) { return hash(a) < hash(b); });
    return names;
}

std::optional<FileInfo> LossyFiles::info(const std::string& path) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    state_->look(Operation::info, path);
    const auto node = state_->disk.find(path);
    if (!node) return std::nullopt;
    return state_->disk.info(*node);
}

void LossyFiles::set_modified(const std::string& path, std::int64_t nanoseconds) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    const auto trouble = state_->begin(Operation::set_modified, path, true);
    const auto node = state_->disk.find(path);
    const auto code = trouble.code != 0 ? trouble.code : node ? 0 : ENOENT;
    if (code != 0) throw SystemError("utimensat", path, code);
    node->modified = nanoseconds;
    node->changed = state_->disk.now;
    state_->end(trouble);
}

std::uint64_t LossyFiles::free_bytes(const std::string& path) {
    state_->pause();
    const std::scoped_lock hold(state_->mutex);
    state_->look(Operation::free_bytes, path);
    if (state_->space == UINT64_MAX) return 1ULL << 40U;
    return state_->space - std::min(state_->space, state_->disk.used());
}

}  // namespace md::test
