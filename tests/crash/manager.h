// tests/crash/manager.h - the queue manager without its processes: mdqueue::TakeOver, the spool and the store, called
// in its order
//
// PURPOSE
//   IntakeFollower and SpoolRunner (src/mdqueue) as plain calls on a disk that forgets: what the journals hold goes
//   into mailboxes, or else into the spool; one sync settles what was delivered; only then `taken` says so.
// CONTRACT
//   Every call may throw SystemError: what was not finished is tried again by the next turn().
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "mdqueue/take_over.h"
#include "spool/spool.h"
#include "store/account.h"
#include "store/store.h"

namespace md::test::crash {

class Manager {
  public:
    /// `boot` differs from boot to boot.
    Manager(Files& files, const store::StoreOptions& store, std::uint64_t boot);

    /// Takes over what there is, and tries what waits in the spool for a mailbox here.
    void turn();
    /// All of it on disk, then `taken`, then the segments free.
    void settle();
    /// The end of a process that stops in order.
    void close() { store_.close(); }

    [[nodiscard]] spool::Spool& spool() { return spool_; }

  private:
    struct Work {
        mdqueue::Record record;
        bool finished = false;  ///< and not yet settled
        bool anew = false;      ///< a sync failed since: what is in memory of its files proves nothing
    };
    struct Message {
        const File* file;
        std::uint64_t offset;
        std::uint64_t size;
        bool replay;
        bool anew;
    };

    void handle(Work& work);
    [[nodiscard]] bool deliver(const spool::Envelope& envelope, const std::string& recipient, const Message& message);
    void keep(const mdqueue::Record& record, const std::vector<std::uint32_t>& wanted,
              std::vector<spool::Progress> progress);
    void run_spool();
    void run_message(const std::string& state, QueueId id, const spool::StoredEnvelope& stored);
    void sync();

    store::Store store_;
    const Clock& clock_;
    spool::Spool spool_;
    mdqueue::TakeOver take_over_;
    std::vector<Work> work_;
    bool doubtful_ = false;  ///< the last sync failed, and what waits in the spool is delivered anew
};

}  // namespace md::test::crash
