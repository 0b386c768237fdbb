// mdqueue/sync_history.h - whether what was delivered may be trusted to be on disk
//
// PURPOSE
//   A sync that failed proves nothing about what was written before it, not even when a later one succeeds (files.h):
//   the pages in memory are clean and may still be lost. So whoever forgets his own copy after a sync asks here whether
//   one has failed since he began; a mark on disk tells the next process of this boot.
// CONTRACT
//   begin() and end() block (pool jobs), one sync at a time; the rest may be asked from any thread. The mark says
//   "doubtful" before a sync is tried, so that nothing need be written to a disk that has just failed; once one has
//   failed, it says so for the rest of the boot. After another boot what is read is what the disk has: the mark is
//   void.
// ERRORS
//   SystemError of begin(): the sync must not be tried.
// FORMAT
//   doc/formats/sync-mark.md
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"

namespace md::mdqueue {

struct SyncMark {
    std::uint64_t boot = 0;
    bool doubtful = false;
};
[[nodiscard]] std::string encode(const SyncMark& mark);
/// What cannot be read is doubtful in every boot.
[[nodiscard]] SyncMark decode_sync_mark(std::string_view file, std::uint64_t boot) noexcept;

class SyncHistory {
  public:
    /// `boot`: tells this boot of the machine from others.
    SyncHistory(Files& files, std::string path, std::uint64_t boot);

    /// A sync failed, or was not seen to end, in an earlier process of this boot.
    [[nodiscard]] bool doubtful_past() const noexcept { return doubtful_past_; }
    /// How many have failed in this process.
    [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

    void begin();
    void end(bool good);

  private:
    void write(bool doubtful);

    Files& files_;
    std::string path_;
    std::uint64_t boot_;
    std::unique_ptr<File> file_;
    bool doubtful_past_ = false;
    std::atomic<std::uint64_t> failures_ = 0;
};

}  // namespace md::mdqueue
