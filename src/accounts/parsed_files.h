// accounts/parsed_files.h - what small files say, read again only when they have changed
//
// PURPOSE
//   Every recipient of every message asks for the same few files: a look-up of one that has not changed costs a stat.
// CONTRACT
//   Thread-safe. Whoever changes a file, by rename or in place, is heeded by the next look-up: a file is known by
//   device, inode, size and both times, and one that changed less than kYoung ago is not remembered, for these may not
//   tell the next change of it. Keeps kMost files at most. A file that was looked at less than kAtHand ago is one whose
//   stat the system answers from memory.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "accounts/directory.h"
#include "base/clock.h"
#include "base/files.h"

namespace md::accounts {

template <class T>
class ParsedFiles {
  public:
    static constexpr std::size_t kMost = 32768;
    static constexpr auto kYoung = std::chrono::seconds(2);
    static constexpr auto kAtHand = std::chrono::seconds(10);

    using Value = std::shared_ptr<const T>;

    ParsedFiles(Files& files, const Clock& clock) : files_(files), clock_(clock) {}

    /// null: there is no such file. `parse` gives a Result<T, Unavailable> of a text. Throws SystemError.
    template <class Parse>
    [[nodiscard]] Result<Value, Unavailable> get(const std::string& path, Parse parse) const {
        const auto info = files_.info(path);
        if (!info) return Value();
        if (auto known = find(path, *info)) return known;
        const auto text = files_.read(path);
        if (!text) return Value();
        auto parsed = parse(*text);
        if (!parsed) return fail(std::move(parsed).error());
        auto value = std::make_shared<const T>(std::move(*parsed));
        keep(path, *info, value);
        return value;
    }

    /// What it said when it was looked at last; null: that is too long ago, or not known.
    [[nodiscard]] Value at_hand(const std::string& path) const {
        const auto now = clock_.now();
        const std::lock_guard guard(mutex_);
        const auto at = kept_.find(path);
        const bool recent = at != kept_.end() && at->second.looked <= now && now < at->second.looked + kAtHand;
        return recent ? at->second.value : Value();
    }

  private:
    struct Kept {
        FileInfo info;
        Value value;
        WallTime looked;
    };

    static bool same(const FileInfo& a, const FileInfo& b) noexcept {
        return a.device == b.device && a.inode == b.inode && a.size_bytes == b.size_bytes &&
               a.modified_ns == b.modified_ns && a.changed_ns == b.changed_ns;
    }
    [[nodiscard]] Value find(const std::string& path, const FileInfo& info) const {
        const auto now = clock_.now();
        const std::lock_guard guard(mutex_);
        const auto at = kept_.find(path);
        if (at == kept_.end() || !same(at->second.info, info)) return Value();
        at->second.looked = now;
        return at->second.value;
    }
    void keep(const std::string& path, const FileInfo& info, const Value& value) const {
        const auto changed = WallTime(std::chrono::duration_cast<WallTime::duration>(
            std::chrono::nanoseconds(std::max(info.modified_ns, info.changed_ns))));
        const auto now = clock_.now();
        if (now < changed + kYoung) return;
        const std::lock_guard guard(mutex_);
        if (kept_.size() >= kMost) kept_.clear();
        kept_.insert_or_assign(path, Kept{info, value, now});
    }

    Files& files_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    mutable std::unordered_map<std::string, Kept> kept_;
};

}  // namespace md::accounts
