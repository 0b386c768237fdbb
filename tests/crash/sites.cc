// tests/crash/sites.cc - see sites.h

#include "crash/sites.h"

#include "mdqueue/message_plan.h"

namespace md::test::crash {

using mdqueue::Attempt;
using mdqueue::Relayed;

namespace {

Attempt said(Attempt::Kind kind, std::string status, std::string text) {
    Attempt out;
    out.kind = kind;
    out.status = std::move(status);
    out.text = std::move(text);
    out.host = "mx.example.com [192.0.2.1]";
    return out;
}

}  // namespace

void Sites::kill_at(std::uint64_t transaction, Killed when) {
    fatal_ = transaction;
    when_ = when;
}

Relayed Sites::relay(const spool::Envelope& envelope, const File& message, std::uint64_t size) {
    Relayed out;
    if (mood == Mood::busy || mood == Mood::rests) {
        out.kind = mood == Mood::busy ? Relayed::Kind::busy : Relayed::Kind::rests;
        out.wait = std::chrono::seconds(7);
        out.reason = "connection refused";
        return out;
    }
    std::string octets(size - envelope.relay_from, '\0');
    octets.resize(message.read_at(envelope.relay_from, octets.data(), octets.size()));
    const auto killed = ++transactions_ == fatal_ ? when_ : Killed::never;
    for (const auto& recipient : envelope.recipients)
        out.attempts.push_back(answer(envelope, recipient.address, octets, killed));
    return out;
}

/// As the manager says it of a child that died (mdqueue/relays.cc): nothing is known.
Attempt Sites::answer(const spool::Envelope& envelope, const std::string& recipient, const std::string& octets,
                      Killed killed) {
    const bool open = mood == Mood::takes || (mood == Mood::takes_most && recipient != kLater);
    const bool taken = open && recipient != kNobody && killed != Killed::before_the_250;
    if (taken) ledger_.accept(envelope, recipient, octets);
    if (killed != Killed::never) {
        ledger_.answer_lost(recipient, octets);
        return said(Attempt::Kind::deferred, std::string(mdqueue::kLocalError), "this machine cannot send now");
    }
    if (taken) return said(Attempt::Kind::relayed, "2.0.0", "250 2.0.0 taken");
    if (open) return said(Attempt::Kind::failed, "5.1.1", "550 5.1.1 unknown here");
    return said(Attempt::Kind::deferred, "4.2.1", "451 4.2.1 later");
}

}  // namespace md::test::crash
