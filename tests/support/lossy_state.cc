// tests/support/lossy_state.cc - see lossy_state.h, and of lossy_files.h what stands outside counting, faults and cuts

#include "support/lossy_state.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <functional>

#include "base/error.h"

namespace md::test {

namespace lossy {

WallTime State::StandingClock::now() const noexcept {
    const std::scoped_lock hold(state_.mutex);
    return WallTime(std::chrono::floor<std::chrono::microseconds>(std::chrono::nanoseconds(state_.disk.now)));
}

void State::pause() {
    auto wait = std::chrono::milliseconds(0);
    {
        const std::scoped_lock hold(mutex);
        wait = delay;
    }
    if (wait.count() > 0) std::this_thread::sleep_for(wait);
}

void State::dead(Operation operation, const std::string& path) const {
    if (std::uncaught_exceptions() > 0) throw SystemError(system_name(operation), path, EIO);
    throw PowerCut{};
}

int State::fault_of(Operation operation, const std::string& path, bool step) {
    for (auto& [fault, from_step] : faults) {
        const bool hit = from_step == 0 ? fault.matches && fault.matches(operation, path) : step && steps >= from_step;
        if (!hit) continue;
        if (fault.skip > 0) {
            --fault.skip;
            continue;
        }
        if (fault.times == 0) continue;
        if (fault.times != UINT64_MAX) --fault.times;
        ++faults_met;
        return fault.code;
    }
    return 0;
}

Trouble State::begin(Operation operation, const std::string& path, bool step) {
    if (cut) dead(operation, path);
    ++counters.calls[static_cast<std::size_t>(operation)];
    Trouble trouble;
    if (step) {
        ++steps;
        last_step = std::string(system_name(operation)) + " " + path;
        if (listener) listener(steps, last_step);
        if (steps == cut_step) {
            cut = true;
            unlocked.notify_all();
            if (cut_where == Cut::before) dead(operation, path);
            trouble.cut = true;
            return trouble;
        }
    }
    trouble.code = fault_of(operation, path, step);
    return trouble;
}

void State::end(const Trouble& trouble) {
    if (trouble.cut) throw PowerCut{};
}

void State::look(Operation operation, const std::string& path) {
    const auto trouble = begin(operation, path, false);
    if (trouble.code != 0) throw SystemError(system_name(operation), path, trouble.code);
}

}  // namespace lossy

using lossy::NodePointer;

void LossyFiles::put(const std::string& path, std::string_view content) {
    const std::scoped_lock hold(state_->mutex);
    auto& disk = state_->disk;
    for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const auto directory = path.substr(0, slash);
        if (!disk.find(directory)) disk.create(disk.place("mkdir", directory), true, 0700);
    }
    auto node = disk.find(path);
    if (!node) node = disk.create(disk.place("open", path), false, 0600);
    disk.truncate(*node, 0);
    disk.write(*node, 0, content);
    disk.make_all_durable();
}

void LossyFiles::mount(const std::string& path) {
    const std::scoped_lock hold(state_->mutex);
    auto& disk = state_->disk;
    const auto node = disk.create(disk.place("mkdir", path), true, 0755);
    node->device = ++disk.devices;
    disk.make_all_durable();
}

std::optional<std::string> LossyFiles::content(const std::string& path) const {
    const std::scoped_lock hold(state_->mutex);
    const auto node = state_->disk.find(path);
    if (!node || node->directory) return std::nullopt;
    return node->data;
}

std::optional<std::string> LossyFiles::durable_content(const std::string& path) const {
    const std::scoped_lock hold(state_->mutex);
    const auto node = state_->disk.find_durable(path);
    if (!node || node->directory) return std::nullopt;
    return node->durable;
}

std::vector<std::string> LossyFiles::tree() const {
    const std::scoped_lock hold(state_->mutex);
    std::vector<std::string> paths;
    const std::function<void(const lossy::Node&, const std::string&)> walk = [&](const lossy::Node& node,
                                                                                 const std::string& at) {
        for (const auto& [name, child] : node.names) {
            paths.push_back(at + "/" + name + (child->directory ? "/" : ""));
            walk(*child, at + "/" + name);
        }
    };
    walk(*state_->disk.root, "");
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace md::test
