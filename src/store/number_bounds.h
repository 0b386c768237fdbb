// store/number_bounds.h - how far a mailbox's numbers may have been told, kept outside of it
//
// PURPOSE
//   One small file a MAILBOXID below <root>/.numbers. It is raised, durably, before the first number of a block is
//   told; so a journal that lost its end, or came back from a backup, goes on behind everything that any client may
//   know.
// CONTRACT
//   Blocks. Written by the holder of the mailbox's lock; whoever reads without it takes a slot that is being written
//   for a doubtful one. Two slots, written in turn, so that a torn write leaves the other.
// FORMAT
//   doc/formats/mailbox-journal.md
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "store/types.h"

namespace md::store {

struct NumberEnds {
    Uid uid_end = 1;
    ModSeq modseq_end = 1;
    std::uint64_t journal_inode = 0;  ///< of the journal that these ends were raised for: another one is an older copy
    bool doubtful = false;            ///< read() met a damaged slot: it may have held higher ends
};

class NumberBounds {
  public:
    NumberBounds(Files& files, std::string directory) : files_(files), directory_(std::move(directory)) {}

    /// None: no such file, or no whole slot in it.
    [[nodiscard]] std::optional<NumberEnds> read(std::string_view mailbox_id) const;
    /// Durable on return.
    void write(std::string_view mailbox_id, const NumberEnds& ends);

  private:
    [[nodiscard]] std::string path(std::string_view mailbox_id) const;

    Files& files_;
    std::string directory_;
};

}  // namespace md::store
