// store/removal.h - messages that leave a mailbox by their owner's will: EXPUNGE, MOVE
//
// PURPOSE
//   remove() is the journal's part, after which the messages are gone; clear_away() is the files'.
// CONTRACT
//   For store/ alone. Between the two the caller syncs the journal. What clear_away() cannot do now (a full disk, a
//   dying process) the next scan does: the journal knows the files for what they are.
#pragma once

#include <cstdint>
#include <vector>

#include "store/mailbox_core.h"
#include "store/undelete.h"

namespace md::store {

struct Removal {
    Reason reason = Reason::expunged;
    std::int64_t time = 0;
    ModSeq modseq = 0;
    std::vector<Uid> uids;
    std::vector<Buried> messages;
};

/// Those of `uids` that exist (`only_deleted`: and have \Deleted), as one change. Not synced.
[[nodiscard]] Removal remove(MailboxCore& core, const UidRanges& uids, bool only_deleted, Reason reason);
/// The files into the undelete area, where sessions that have yet to be told find them; what was expunged is listed
/// there, what was moved is not.
void clear_away(MailboxCore& core, const Removal& removal);

}  // namespace md::store
