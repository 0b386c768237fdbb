// tests/support/lossy_file.cc - an open file of LossyFiles; see lossy_files.h

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "base/error.h"
#include "support/lossy_state.h"

namespace md::test::lossy {

namespace {

class LossyFile final : public File {
  public:
    LossyFile(std::shared_ptr<State> state, NodePointer node, std::string path, bool writable)
        : state_(std::move(state)),
          node_(std::move(node)),
          path_(std::move(path)),
          epoch_(state_->epoch),
          writable_(writable) {}
    ~LossyFile() override {
        const std::scoped_lock hold(state_->mutex);
        release();
    }
    LossyFile(const LossyFile&) = delete;
    LossyFile& operator=(const LossyFile&) = delete;

    std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const override {
        state_->pause();
        const std::scoped_lock hold(state_->mutex);
        check_alive(Operation::read);
        state_->look(Operation::read, path_);
        if (node_->directory) throw SystemError("read", path_, EISDIR);
        if (offset >= node_->data.size()) return 0;
        return node_->data.copy(to, size, offset);
    }

    using File::write_at;
    void write_at(std::uint64_t offset, std::span<const std::string_view> pieces) override {
        state_->pause();
        std::string octets;
        for (const auto piece : pieces) octets += piece;
        const std::scoped_lock hold(state_->mutex);
        check_alive(Operation::write);
        const auto trouble = state_->begin(Operation::write, path_, true);
        if (!writable_) throw SystemError("write", path_, EBADF);
        auto count = trouble.none() || trouble.code == EROFS ? octets.size() : octets.size() / 2;
        auto code = trouble.code;
        if (const auto room = room_for(offset, octets.size()); room < count) {
            count = room;
            code = ENOSPC;
        }
        if (code != EROFS) state_->disk.write(*node_, offset, std::string_view(octets).substr(0, count));
        if (code != EROFS) state_->counters.octets_written += count;
        if (code != 0) throw SystemError("write", path_, code);
        state_->end(trouble);
    }

    void sync_data() override { sync_as(Operation::sync_data); }
    void sync() override { sync_as(node_->directory ? Operation::sync_directory : Operation::sync); }

    void sync_filesystem() override {
        state_->pause();
        const std::scoped_lock hold(state_->mutex);
        check_alive(Operation::sync_filesystem);
        const auto trouble = state_->begin(Operation::sync_filesystem, path_, true);
        if (trouble.none()) state_->disk.sync_device(node_->device);
        if (trouble.code != 0) {
            state_->disk.sync_device_failed(node_->device);
            throw SystemError("syncfs", path_, trouble.code);
        }
        state_->end(trouble);
    }

    void truncate(std::uint64_t size) override {
        state_->pause();
        const std::scoped_lock hold(state_->mutex);
        check_alive(Operation::truncate);
        const auto trouble = state_->begin(Operation::truncate, path_, true);
        auto code = trouble.code;
        if (!writable_) code = EINVAL;
        if (code != 0) throw SystemError("ftruncate", path_, code);
        state_->disk.truncate(*node_, size);
        state_->end(trouble);
    }

    [[nodiscard]] FileInfo info() const override {
        state_->pause();
        const std::scoped_lock hold(state_->mutex);
        check_alive(Operation::info);
        state_->look(Operation::info, path_);
        return state_->disk.info(*node_);
    }

    void lock() override {
        state_->pause();
        std::unique_lock hold(state_->mutex);
        check_alive(Operation::lock);
        state_->look(Operation::lock, path_);
        if (node_->lock_holder == this) return;
        if (node_->lock_holder != nullptr && node_->lock_thread == std::this_thread::get_id())
            throw std::logic_error("a thread waits for a lock that it holds itself: " + path_);
        state_->unlocked.wait(hold,
                              [&] { return node_->lock_holder == nullptr || state_->cut || state_->epoch != epoch_; });
        check_alive(Operation::lock);
        if (state_->cut) state_->dead(Operation::lock, path_);
        hold_lock();
    }

    [[nodiscard]] bool try_lock() override {
        state_->pause();
        const std::scoped_lock hold(state_->mutex);
        check_alive(Operation::lock);
        state_->look(Operation::lock, path_);
        if (node_->lock_holder != nullptr && node_->lock_holder != this) return false;
        hold_lock();
        return true;
    }

    void unlock() override {
        const std::scoped_lock hold(state_->mutex);
        release();
    }

    [[nodiscard]] int descriptor() const noexcept override { return -1; }
    [[nodiscard]] const std::string& path() const noexcept override { return path_; }

  private:
    void check_alive(Operation operation) const {
        if (state_->epoch != epoch_) state_->dead(operation, path_);
    }

    void sync_as(Operation operation) {
        state_->pause();
        const std::scoped_lock hold(state_->mutex);
        check_alive(operation);
        const auto trouble = state_->begin(operation, path_, true);
        if (trouble.cut) state_->disk.sync_half(*node_);
        if (trouble.code != 0) {
            state_->disk.sync_failed(node_);
            throw SystemError(system_name(operation), path_, trouble.code);
        }
        state_->end(trouble);
        state_->disk.sync_content(node_, operation != Operation::sync_data);
        if (node_->directory) state_->disk.sync_names(node_);
    }

    [[nodiscard]] std::size_t room_for(std::uint64_t offset, std::size_t size) const {
        if (state_->space == UINT64_MAX) return size;
        const auto used = state_->disk.used();
        const auto end = node_->data.size() + (state_->space - std::min(used, state_->space));
        return offset >= end ? 0 : std::min<std::size_t>(size, end - offset);
    }

    void hold_lock() {
        node_->lock_holder = this;
        node_->lock_thread = std::this_thread::get_id();
    }

    void release() noexcept {
        if (state_->epoch != epoch_ || node_->lock_holder != this) return;
        node_->lock_holder = nullptr;
        state_->unlocked.notify_all();
    }

    std::shared_ptr<State> state_;
    NodePointer node_;
    std::string path_;
    std::uint64_t epoch_;
    bool writable_;
};

}  // namespace

std::unique_ptr<File> State::file(const NodePointer& node, const std::string& path, bool writable) {
    return std::make_unique<LossyFile>(shared_from_this(), node, path, writable);
}

}  // namespace md::test::lossy
