// tests/crash/ledger.h - what the outside world was told, and whether the machine still stands by it
//
// PURPOSE
//   Survives every cut: senders, readers and remote hosts do not forget. Each message carries its marker in its
//   Subject, so that a copy is known wherever it turns up; a copy whose octets are not exactly those sent is half a
//   message.
// CONTRACT
//   `trying` is noted before a call, the outcome after it: what a cut leaves at `trying` may have happened or not.
//   What a host of another site took may come to it again only if the machine, or the relay child, died while the
//   record of its 250 was not on disk (RFC 5321 §6.1 leaves no other way); that is counted apart from what is doubled.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "spool/envelope.h"
#include "store/mailbox.h"

namespace md::test::crash {

enum class Done : std::uint8_t { no, trying, yes };

struct Sent {
    QueueId id;
    std::string marker;
    std::string octets;                   ///< as the journal gets it
    std::vector<std::string> recipients;  ///< who gets a copy; of example.org: local; others: remote
    Done acknowledged = Done::no;
};

/// One copy: a message for one recipient, or one that was appended.
struct Copy {
    std::string octets;  ///< as the mailbox or the spool must show it
    Done given = Done::no;
    Done taken_away = Done::no;  ///< expunged, or removed by an administrator
    store::Flags flags = 0;      ///< durable ones

    // Of other sites
    QueueId id;               ///< of the message that was taken last
    unsigned accepted = 0;    ///< how often its host has taken it
    unsigned excused = 0;     ///< of these, how often nobody here could know it afterwards
    bool unrecorded = false;  ///< the last 250 is not on disk yet
    bool refused = false;     ///< ... for the disk refused it once
};

struct Totals {
    std::uint64_t runs = 0;  ///< whole scenarios, each cut or disturbed
    std::uint64_t steps = 0;
    std::uint64_t orders = 0;  ///< of surviving operations tried
    std::uint64_t acknowledged = 0;
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::uint64_t relayed = 0;  ///< taken by hosts of other sites
    std::uint64_t twice = 0;    ///< of these, what came again as it may
    std::uint64_t halves = 0;
    std::uint64_t numbers_twice =
        0;  ///< a UID for a second message, UIDNEXT or HIGHESTMODSEQ gone back, a change hidden by its MODSEQ
    std::uint64_t other = 0;

    Totals& operator+=(const Totals& more);
};

class Ledger {
  public:
    Sent& send(QueueId id, const std::string& marker, std::size_t size, std::vector<std::string> recipients);
    void acknowledged(const std::string& marker);
    [[nodiscard]] std::map<std::string, Sent>& sent() { return sent_; }

    /// By the holder (an account's address, or a remote recipient) and the marker.
    [[nodiscard]] Copy& copy(const std::string& holder, const std::string& marker) { return copies_[{holder, marker}]; }

    /// A host of another site says 250.
    void accept(const spool::Envelope& envelope, const std::string& recipient, const std::string& octets);
    /// ... and nobody hears it.
    void answer_lost(const std::string& recipient, const std::string& octets);
    /// Whose 250 is not on disk.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> unrecorded() const;
    /// The disk has refused the record of that message; of all, if none is named.
    void disk_refused(std::optional<QueueId> id);
    /// Every process ended, with all that it knew.
    void processes_died();

    /// What a reader of the mailbox sees now; compares it with all that it was told before.
    struct Seen {
        store::Message message;
        std::string octets;
    };
    void see_mailbox(const std::string& account, const store::MailboxNumbers& numbers,
                     const std::vector<Seen>& messages);
    /// Nothing runs any more that could still deliver: whether each copy is there that must be, and no other.
    void settle_mailbox(const std::string& account, const std::vector<Seen>& messages);
    struct Waiting {
        std::string recipient;
        std::string octets;
        bool set_aside = false;  ///< by an administrator
    };
    void settle_spool(const std::vector<Waiting>& waiting);

    void fault(std::uint64_t Totals::*kind, const std::string& text);
    [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
    [[nodiscard]] const Totals& totals() const { return totals_; }
    void count_acknowledged();

  private:
    struct Told {
        std::string marker;
        store::ModSeq modseq = 0;
        store::Flags flags = 0;
    };
    struct ToldMailbox {
        store::MailboxNumbers numbers;
        std::map<std::pair<std::uint32_t, store::Uid>, Told> uids;
    };
    void see_message(const std::string& account, ToldMailbox& told, std::uint32_t validity, const Seen& seen,
                     store::ModSeq highest);
    void settle(const std::string& holder, const std::map<std::string, unsigned>& there);
    void settle_elsewhere(const std::pair<std::string, std::string>& key, const Copy& copy, unsigned waiting);
    [[nodiscard]] bool is_reported(const std::string& marker) const;

    std::map<std::string, Sent> sent_;
    std::map<std::pair<std::string, std::string>, Copy> copies_;
    std::map<std::string, ToldMailbox> told_;
    std::vector<std::string> faults_;
    Totals totals_;
};

/// Who sends all of it, from elsewhere, and gets the reports.
inline constexpr const char* kSender = "sender@example.net";
/// A group of example.org: an account that keeps a copy and another, and who is elsewhere.
inline constexpr const char* kGroup = "all@example.org";
/// Who gets a copy of what is for that recipient.
[[nodiscard]] std::vector<std::string> holders_of(const std::string& recipient);
[[nodiscard]] bool is_local(const std::string& recipient);
[[nodiscard]] store::AccountName account_of(const std::string& recipient);
/// Between "Subject: " and the line's end; empty if there is none. Of a report: "report on " and that of the message.
[[nodiscard]] std::string marker_of(const std::string& octets);
/// A message of about `size` octets, LF line ends, unlike any of another marker.
[[nodiscard]] std::string message(const std::string& marker, std::size_t size);

}  // namespace md::test::crash
