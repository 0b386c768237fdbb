// delivery/filter_outcome.cc - see filter_outcome.h

#include "delivery/filter_outcome.h"

#include "base/strings.h"

namespace md::delivery {

using spool::Verdict;

Verdict to_verdict(const milter::RecipientVerdict& from) {
    static_assert(static_cast<int>(milter::RecipientVerdict::Action::discard) ==
                  static_cast<int>(Verdict::Action::discard));
    Verdict verdict;
    verdict.action = static_cast<Verdict::Action>(from.action);
    verdict.score_hundredths = from.score_hundredths;
    verdict.queue = from.queue;
    verdict.reason = from.reason;
    return verdict;
}

mail::HeaderEdit to_edit(const milter::HeaderChange& from, bool own_received) {
    const std::uint32_t unseen = own_received ? 1 : 0;
    mail::HeaderEdit edit;
    edit.name = from.name;
    edit.value = from.value;
    edit.index = from.index;
    switch (from.kind) {
        case milter::HeaderChange::Kind::add: edit.kind = mail::HeaderEdit::Kind::append; break;
        case milter::HeaderChange::Kind::insert:
            edit.kind = mail::HeaderEdit::Kind::insert;
            edit.index += unseen;
            break;
        case milter::HeaderChange::Kind::change:
            edit.kind = from.value.empty() ? mail::HeaderEdit::Kind::remove : mail::HeaderEdit::Kind::change;
            if (equal_nocase(from.name, "Received")) edit.index += unseen;
            break;
    }
    return edit;
}

void apply_envelope(spool::Envelope& envelope, const milter::Outcome& outcome) {
    auto& recipients = envelope.recipients;
    for (const auto& gone : outcome.deleted_recipients)
        std::erase_if(recipients, [&gone](const auto& one) { return equal_nocase(one.address, gone); });
    for (const auto& added : outcome.added_recipients) recipients.emplace_back(added);
    if (outcome.reverse_path) envelope.reverse_path = *outcome.reverse_path;
    if (!outcome.quarantine) return;
    for (auto& recipient : recipients) {
        recipient.verdict.action = Verdict::Action::quarantine;
        recipient.verdict.reason = *outcome.quarantine;
    }
}

}  // namespace md::delivery
