// delivery/envelope_policy.h - who may send to whom: the answers to MAIL and RCPT
//
// PURPOSE
//   Decides on each recipient (what it leads to here, a site elsewhere: expansion.h) and whether a login may use a
//   sender address.
// CONTRACT
//   Asks accounts::Directory on the pool. A directory that cannot be asked is 451, never "unknown". Relaying is open to
//   nobody but those for whom the caller says so; a report to a rewritten reverse-path (srs.h) goes to its sender
//   alone.
// RFC
//   5321 §3.6.2 (relaying), §4.5.1 (postmaster without domain); 5233 (subaddress); 6409 §6.1 (sender); 3463 §3.2
#pragma once

#include <optional>
#include <string>

#include "accounts/directory.h"
#include "async/worker_pool.h"
#include "delivery/room.h"
#include "delivery/srs_site.h"
#include "mail/address.h"
#include "proto/smtp/reply.h"

namespace md::delivery {

struct Admission {
    Admission() = default;
    explicit Admission(smtp::Reply no) : refusal(std::move(no)) {}

    std::optional<smtp::Reply> refusal;  ///< none: taken
    bool local = false;
    std::optional<accounts::Account> mailbox;  ///< of a recipient that is just this account
    std::string account;                       ///< whose mailbox it is for, where it is for one alone
    mail::Address recipient;                   ///< as it goes into the envelope: Postmaster has a domain by now
};

/// What is said of a mailbox that is full (store.over_quota).
enum class FullMailbox : std::uint8_t { defer, refuse };

class EnvelopePolicy {
  public:
    /// `room`: asked about mailboxes with a quota; null: nobody is.
    EnvelopePolicy(const accounts::Directory& directory, async::WorkerPool& pool, std::string hostname,
                   RoomClient* room = nullptr, FullMailbox full = FullMailbox::defer)
        : directory_(directory), pool_(pool), hostname_(std::move(hostname)), room_(room), full_(full) {}

    /// Rewritten reverse-paths of ours (srs.h) are taken, from the null sender; null: they are addresses like others.
    void take_reports_by(SrsPointer srs) { srs_ = std::move(srs); }

    /// `may_relay`: the client may send to other sites. `size_bytes`: of the message as announced; 0: not known.
    /// `null_sender`: its reverse-path is null.
    async::Task<Admission> admit(mail::Address recipient, bool may_relay, std::uint64_t size_bytes = 0,
                                 bool null_sender = false);
    /// With the domain that one without has here; else why none could be found.
    async::Task<Result<mail::Address, smtp::Reply>> complete(mail::Address address);
    /// Why `account` may not send as `sender`; none: it may.
    async::Task<std::optional<smtp::Reply>> refuse_sender(std::string account, mail::Address sender);

  private:
    async::Task<std::optional<smtp::Reply>> refuse_full(accounts::Account account, std::uint64_t size_bytes);
    [[nodiscard]] Result<std::optional<std::string>, accounts::Unavailable> own_domain() const;
    [[nodiscard]] Result<mail::Address, smtp::Reply> with_domain(mail::Address address) const;

    const accounts::Directory& directory_;
    async::WorkerPool& pool_;
    std::string hostname_;
    RoomClient* room_;
    FullMailbox full_;
    SrsPointer srs_;
};

}  // namespace md::delivery
