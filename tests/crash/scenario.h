// tests/crash/scenario.h - a machine, the programs that run on it, and a fixed day of theirs
//
// PURPOSE
//   Machine is what survives a boot (disk, ledger and other sites), Programs what does not: a worker of mdsmtpd, the
//   manager, an IMAP session. The day receives small, middling and large messages for local and remote recipients,
//   takes them over, frees segments, relays, and reads, flags, appends and expunges by IMAP in between.
// CONTRACT
//   The same steps of LossyFiles each time. Programs must be destroyed by the exception that a cut throws, or before
//   it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crash/ledger.h"
#include "crash/manager.h"
#include "spool/intake_writer.h"
#include "spool/queue_act.h"
#include "store/view.h"
#include "support/lossy_files.h"

namespace md::test::crash {

class Machine {
  public:
    explicit Machine(const LossyOptions& options);

    LossyFiles files;
    Ledger ledger;
    Sites sites{ledger};
    std::uint64_t boot = 1;

    /// The same of each day: in what order the spool is gone through, and so what each step is, depends on them.
    [[nodiscard]] QueueId next_id() { return QueueId(kFirstId + ++ids_); }

    /// The power is back. Every process is new; only Restart::process keeps the boot.
    void restart(Restart mode, std::uint64_t seed);
    [[nodiscard]] store::StoreOptions store_options();

  private:
    static constexpr std::uint64_t kFirstId = std::uint64_t{210'000'000'000} << 22U;  ///< milliseconds: in 2026
    std::uint64_t ids_ = 0;
};

class Programs {
  public:
    explicit Programs(Machine& machine);

    // mdsmtpd
    struct Given {
        std::string marker;
        std::size_t size;
        std::vector<std::string> recipients;
    };
    void receive(const std::vector<Given>& batch);
    void prepare() { writer().prepare(); }
    void stop_receiving();

    // mdqueue
    void take_over() { (void)manager().turn(); }
    void settle() { manager().settle(); }
    void other_sites(Mood mood) { machine_.sites.mood = mood; }
    /// What an administrator does with it, if it waits.
    void administer(const std::string& marker, spool::Act what, const std::string& to = "");
    void stop_manager();

    // mdimapd
    void look(const std::string& account);
    void append(const std::string& account, const std::string& marker, std::size_t size);
    void flag(const std::string& account, const std::string& marker, store::Flags flags);
    void expunge(const std::string& account, const std::string& marker);
    void tidy(const std::string& account);

    /// The end of the day: all that was acknowledged is where it must be, once.
    void check_all();

  private:
    [[nodiscard]] spool::IntakeWriter& writer();
    [[nodiscard]] Manager& manager();
    [[nodiscard]] std::shared_ptr<store::Mailbox> inbox(const std::string& account);
    std::vector<Ledger::Seen> see(const std::string& account, store::Mailbox& mailbox);
    [[nodiscard]] std::vector<Ledger::Seen> read_all(store::Mailbox& mailbox);
    [[nodiscard]] store::UidRanges find(store::Mailbox& mailbox, const std::string& marker);

    Machine& machine_;
    std::unique_ptr<spool::IntakeWriter> writer_;
    std::unique_ptr<Manager> manager_;
    std::unique_ptr<store::Store> imap_;
};

struct Act {
    std::string name;
    std::function<void(Programs&)> run;
};
/// The day, in order.
[[nodiscard]] const std::vector<Act>& day();
/// What follows a restart or the end of a fault: take over what is left, look, receive one more and take that over too.
void morning_after(Programs& programs, const std::string& marker);

inline constexpr const char* kAnna = "anna@example.org";
inline constexpr const char* kBert = "bert@example.org";

}  // namespace md::test::crash
