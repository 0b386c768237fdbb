// tests/crash/ledger.h - what the outside world was told, and whether the machine still stands by it
//
// PURPOSE
//   Survives every cut: senders, readers and remote hosts do not forget. Each message carries its marker in its
//   Subject, so that a copy is known wherever it turns up; a copy whose octets are not exactly those sent is half a
//   message.
// CONTRACT
//   `trying` is noted before a call, the outcome after it: what a cut leaves at `trying` may have happened or not.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
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
    Done taken_away = Done::no;  ///< expunged, or relayed
    store::Flags flags = 0;      ///< durable ones
};

struct Totals {
    std::uint64_t runs = 0;  ///< whole scenarios, each cut or disturbed
    std::uint64_t steps = 0;
    std::uint64_t orders = 0;  ///< of surviving operations tried
    std::uint64_t acknowledged = 0;
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
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

    std::map<std::string, Sent> sent_;
    std::map<std::pair<std::string, std::string>, Copy> copies_;
    std::map<std::string, ToldMailbox> told_;
    std::vector<std::string> faults_;
    Totals totals_;
};

/// A group of example.org: an account that keeps a copy and another, and who is elsewhere.
inline constexpr const char* kGroup = "all@example.org";
/// Who gets a copy of what is for that recipient.
[[nodiscard]] std::vector<std::string> holders_of(const std::string& recipient);
[[nodiscard]] bool is_local(const std::string& recipient);
[[nodiscard]] store::AccountName account_of(const std::string& recipient);
/// Between "Subject: " and the line's end; empty if there is none.
[[nodiscard]] std::string marker_of(const std::string& octets);
/// A message of about `size` octets, LF line ends, unlike any of another marker.
[[nodiscard]] std::string message(const std::string& marker, std::size_t size);

}  // namespace md::test::crash
