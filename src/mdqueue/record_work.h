// mdqueue/record_work.h - what is done with one record of an intake journal
//
// PURPOSE
//   Delivers to each recipient at once, and has the spool keep what cannot be finished: the rest of the recipients in
//   incoming, copies that the filter wants looked at in quarantine, what was not filtered in holding, what cannot be
//   read in bad.
// CONTRACT
//   All that it makes, in mailboxes and in the spool, is synced by the sync that settles the record. What waits in
//   the spool (Record::kept) is worked on only after the record is settled, so until then the whole may be done again.
// ERRORS
//   SystemError: this machine failed; the record is to be handled again, as Record::how says then.
#pragma once

#include "mdqueue/hands.h"
#include "mdqueue/recipient_round.h"
#include "mdqueue/take_over.h"
#include "spool/spool.h"

namespace md::mdqueue {

class RecordWork {
  public:
    RecordWork(Hands& hands, spool::Spool& spool) : hands_(hands), spool_(spool) {}

    /// false: this process is to end, and the next one does better.
    async::Task<bool> handle(RecordPointer record);

  private:
    async::Task<bool> try_handle(RecordPointer record);
    async::Task<void> set_bad(RecordPointer record);
    async::Task<bool> place(RecordPointer record);
    async::Task<Readable> edited_message(RecordPointer record);
    async::Task<void> keep(RecordPointer record, const spool::StoredEnvelope& stored, const Readable& message,
                           std::string_view queue);
    [[nodiscard]] std::string destination_of(const std::vector<RemoteRecipient>& remote,
                                             const spool::StoredEnvelope& stored) const;

    Hands& hands_;
    spool::Spool& spool_;
};

}  // namespace md::mdqueue
